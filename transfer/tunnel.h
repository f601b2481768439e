/*
 * tunnel - a plain forward of a local port to the far host's, until it is
 * told to stop, or beside a command over there.
 */
#ifndef TUNNEL_H
#define TUNNEL_H

#include "ttychan.h"

struct err;
struct io;
struct sshopts;
struct target_spec;
struct tunnel;

/* What the owner is told; members may be NULL. */
struct tunnel_watcher {
	void	 *ctx;
	/* The link stands, and the server allows the forward. */
	void	(*ready)(void *ctx, const char *warning);
	/* The far port could not be reached; once until it can. */
	void	(*refused)(void *ctx, const struct err *why);
	/* From now on the terminal is the far one's. */
	void	(*raw)(void *ctx, struct tunnel *t);
	/* note_fd is readable: its bytes are the owner's to read. NULL where
	 * there is none. */
	void	(*noted)(void *ctx, struct tunnel *t);
};

struct tunnel_plan {
	const struct target_spec *target;
	int		 local_port, far_port;
	int		 timeout;	/* seconds until connected */
	const char	*command;	/* NULL: only the forward */
	struct ttychan_user user;	/* for the command */
	int		 signal_fd;	/* readable: stop; -1: none */
	int		 note_fd;	/* readable: noted(); -1: none */
	const struct io	*io;
	const struct sshopts *ssh;
	const struct tunnel_watcher *watcher;
};

/*
 * Runs it to its end. 0: the command ended, with *status (128 and a signal's
 * number included); -1: ERR_INTERRUPTED where signal_fd said so, or why it
 * could not begin or go on. Nothing is left on either side.
 */
int	tunnel_run(const struct tunnel_plan *plan, int *status,
	    struct err *e);

/* From raw() or noted(): the terminal's size. */
void	tunnel_resize(struct tunnel *t, const struct ttysize *size);

#endif
