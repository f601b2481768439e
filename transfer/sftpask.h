/*
 * sftpask - asking an SFTP server: private to sftp.c (the stream), sftplook.c,
 * sftpput.c and sftpleft.c (what is asked, and in which order).
 *
 * Requests go out in batches; when every request of a batch has its answer
 * the step named with sftp_then runs and queues the next batch. One server
 * takes requests in order as if each had waited for the one before
 * (filexfer-02, 6.1), so a batch may hold requests that build on each other
 * where it does not matter that the later one runs after a failure.
 */
#ifndef SFTPASK_H
#define SFTPASK_H

#include "buf.h"
#include "err.h"
#include "look.h"
#include "sftpwire.h"

struct job;
struct result;
struct secret;
struct sftp;

#define SFTP_PATH_MAX	4096	/* bytes of a path, NUL included */
#define SFTP_HANDLE_MAX	256	/* section 4 */
#define SFTP_PIECE	32768u	/* of a READ or WRITE; every server takes it */
#define SFTP_LEFT_MAX	8	/* leftovers that one run removes */
#define SFTP_LEFT_NAME	64	/* bytes of a leftover's name, NUL included */
#define SFTP_TEMP	".cxp.sftp."	/* and the nonce */

/* Everything that is ever asked; each has its own answer. */
enum ask {
	ASK_HOME, ASK_ME,		/* REALPATH and STAT of "." */
	ASK_DIR,			/* STAT of the Codex home */
	ASK_LINK, ASK_STAT, ASK_REAL,	/* auth.json: LSTAT, STAT, REALPATH */
	ASK_FILE, ASK_RDIR,		/* a target: LSTAT, its folder: STAT */
	ASK_OPEN, ASK_READ, ASK_READ_END = ASK_READ + 2,
	ASK_FSTAT, ASK_CLOSE,
	ASK_LIST, ASK_NAMES, ASK_NAMES_END = ASK_NAMES + 2, ASK_LIST_CLOSE,
	ASK_MKDIR, ASK_TEMP, ASK_TEMP_STAT, ASK_TEMP_MODE,
	ASK_WRITE, ASK_WRITE_END = ASK_WRITE + 1,
	ASK_FSYNC, ASK_WRITTEN, ASK_TEMP_CLOSE, ASK_STILL,
	ASK_RENAME, ASK_REMOVE, ASK_BACK,
	ASK_DIR_OPEN, ASK_DIR_SYNC, ASK_DIR_CLOSE,	/* the folder's names */
	ASK_STATVFS, ASK_UNDO, ASK_UNDO_CLOSE, ASK_RMDIR,
	ASK_LEFT, ASK_LEFT_END = ASK_LEFT + SFTP_LEFT_MAX - 1,
	ASKS
};

struct answer {
	uint32_t	 id;
	uint64_t	 end;		/* of the request, in bytes queued */
	uint8_t		 want;		/* the reply that is a success */
	bool		 waiting;
	bool		 asked;		/* in this run at all */
	bool		 ok;
	uint32_t	 status;	/* enum fx; FX_OK where ok */
	char		 text[96];	/* the server's words, made safe */
	struct sftpattrs attrs;
	char		*name;		/* first of NAME; raw; owned */
	unsigned char	 handle[SFTP_HANDLE_MAX];
	size_t		 handle_len;
	uint32_t	 offset, limit, got;	/* READ */
	bool		 read_only, full;	/* statvfs */
};

/* File contents queued at byte `at` of out; borrowed. */
struct splice {
	size_t		     at;
	const struct secret *from;
	size_t		     off, len;
};

struct leftover {
	char	 name[SFTP_LEFT_NAME];
	uint32_t mtime;
};

typedef void (*sftp_step)(struct sftp *s);

struct sftp {
	const struct job *job;
	struct result	*r;
	bool		 look_only;
	struct err	 why;		/* look_only: what lost the link */

	/* The stream (sftp.c). */
	struct buf	 in, out;
	size_t		 out_at;
	struct splice	 splices[2 * CRED_SIZE_MAX / SFTP_PIECE];
	size_t		 splice_at, nsplices;
	uint64_t	 queued, sent;	/* bytes, splices included */
	uint64_t	 commit_end;	/* of the rename or remove; 0: none */
	size_t		 sink_at, sink_left;	/* file bytes that arrive */
	enum ask	 sink_for;
	uint32_t	 last_id;
	unsigned int	 waiting;
	sftp_step	 then;
	bool		 spoke, done, running;
	bool		 can_rename, can_fsync, can_statvfs;
	struct answer	 a[ASKS];

	/* What is known (sftplook.c). */
	char		*base, *named;	/* home and auth.json, as given */
	char		*dir, *file;	/* absolute, as named */
	char		*real, *rdir;	/* auth.json with links resolved */
	char		*temp;
	char		 nonce[33];
	struct sftpattrs seen;		/* of real, when it was looked at */
	struct look	 look;
	struct secret	*bytes;		/* what READ brings */
	unsigned int	 pieces;	/* READs of this file */
	struct secret	*old;		/* of the file, for the backup */
	long		 me;		/* our uid over there; -1 unknown */
	unsigned int	 changes;	/* looks that were overtaken */

	/* What was done (sftpput.c). */
	bool		 made_dir, temp_there, temp_open, temp_clock;
	uint32_t	 temp_mtime;
	bool		 making, backing, backed;
	struct err	 failure;
	bool		 vague;		/* failure: ask statvfs for the cause */
	struct leftover	 left[SFTP_LEFT_MAX];
	size_t		 nleft;
};

/* Each queues one request; its answer is s->a[a] when the step runs. */
void	sftp_ask_path(struct sftp *s, enum ask a, uint8_t type,
	    const char *path);
void	sftp_ask_handle(struct sftp *s, enum ask a, uint8_t type,
	    enum ask opened);
void	sftp_ask_open(struct sftp *s, enum ask a, const char *path,
	    uint32_t flags);
void	sftp_ask_mkdir(struct sftp *s, enum ask a, const char *path);
void	sftp_ask_chmod(struct sftp *s, enum ask a, enum ask opened);
void	sftp_ask_read(struct sftp *s, enum ask a, enum ask opened,
	    uint32_t offset, uint32_t len);
void	sftp_ask_write(struct sftp *s, enum ask a, enum ask opened,
	    const struct secret *from, uint32_t offset, uint32_t len);
void	sftp_ask_rename(struct sftp *s, enum ask a, const char *from,
	    const char *to);
void	sftp_ask_fsync(struct sftp *s, enum ask a, enum ask opened);
void	sftp_ask_statvfs(struct sftp *s, enum ask a, const char *path);

/*
 * Takes the reply to a (not DATA). 0, or -1 where it is malformed or not of
 * a type that the request can have.
 */
int	sftp_answer(struct sftp *s, struct answer *a, uint8_t type,
	    struct sftpin *in);

/* From when all that is queued now was handed over, sftp_committing. */
void	sftp_commit(struct sftp *s);
void	sftp_then(struct sftp *s, sftp_step then);

/* SHA-256 of a secret. */
void	sftp_digest(const struct secret *from,
	    unsigned char out[CRED_DIGEST_LEN]);

/*
 * Ends it now: nothing more can be asked. `unknown` instead of `failed` once
 * the rename or remove may have begun.
 */
void	sftp_break(struct sftp *s, const struct err *e);
/* Out of memory: the same, with that text. */
void	sftp_nomem(struct sftp *s);

#endif
