/*
 * authwrite - changes this machine's auth.json, as Codex would.
 *
 * Whole old or whole new at every moment, 0600 from its first byte, under the
 * two locks of codex-cli 0.169 in its order: auth.lock in the Codex home,
 * then FILE.lock beside the file that a linked auth.json leads to. Each open
 * waits ten seconds for them at most (ERR_LOCKED).
 */
#ifndef AUTHWRITE_H
#define AUTHWRITE_H

#include <stdbool.h>

struct err;
struct secret;

enum authwrite_state {
	AUTHWRITE_NONE,		/* failed: the old file is there, or none */
	AUTHWRITE_WRITTEN,
	AUTHWRITE_UNCHANGED,	/* same bytes and 0600: nothing was written */
	AUTHWRITE_REMOVED,
	AUTHWRITE_ABSENT,	/* there was nothing to remove */
	AUTHWRITE_CHANGED	/* failed: it is not what was expected */
};

struct authwrite_done {
	enum authwrite_state state;
	/* A mount point, which can't be replaced: written where it is, which
	 * is not atomic, and Codex 0.169 can't refresh it there. */
	bool	 in_place;
	bool	 not_durable;	/* done, but a power cut may undo it */
};

enum {
	AUTHWRITE_MAKE = 1,	/* the folder, 0700: it is the default home */
	AUTHWRITE_ALONE = 2	/* no Codex home: a file that no lock guards */
};

/*
 * Opens the folder of path, the auth.json of a Codex home, judges it and
 * takes auth.lock. The caller's, to authwrite_close, which releases it: the
 * lock may be held while the network is asked, but then Codex waits too.
 * NULL with e set; ERR_NO_HOME where there is no folder.
 */
struct authwrite *authwrite_open(const char *path, unsigned flags,
		    struct err *e);
void		 authwrite_close(struct authwrite *w);

/*
 * Puts these bytes there. A link is kept and what it leads to replaced. With
 * expect (a CRED_DIGEST_LEN digest, zero for no file: struct cred has it) the
 * file has to be that one still, else AUTHWRITE_CHANGED and ERR_NEWER_THERE.
 * A link that others have a hand in, a hard link and what is no file are
 * ERR_UNSAFE_TARGET; a read-only file is ERR_PERMISSION_DENIED, as for Codex.
 * Not even SIGTERM cuts it in half. done->state always tells.
 */
int	authwrite_put(struct authwrite *w, const struct secret *bytes,
	    const unsigned char *expect, struct authwrite_done *done,
	    struct err *e);

/*
 * Whether a put of bytes like these would do now, the disk's room included,
 * without one: for who must not get what he can't store. 0, or -1 as a put.
 */
int	authwrite_try(struct authwrite *w, const struct secret *bytes,
	    const unsigned char *expect, struct err *e);

/* Removes it, whatever is in it; of a link the link alone, as Codex does. */
int	authwrite_remove(struct authwrite *w, const unsigned char *expect,
	    struct authwrite_done *done, struct err *e);

/*
 * Has what is there on the disk, its name too; links are followed. False where
 * that can't be known.
 */
bool	authwrite_sync(const char *path);

/* Open, put or remove, close. */
int	authwrite_install(const char *path, unsigned flags,
	    const struct secret *bytes, const unsigned char *expect,
	    struct authwrite_done *done, struct err *e);
int	authwrite_delete(const char *path, const unsigned char *expect,
	    struct authwrite_done *done, struct err *e);

static inline void
authwrite_close_auto(struct authwrite **w)
{
	authwrite_close(*w);
}
#define AUTHWRITE_AUTO \
	__attribute__((cleanup(authwrite_close_auto))) struct authwrite

#endif
