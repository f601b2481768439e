/*
 * ttychan - a command over there on the user's terminal, as `ssh -t` has it;
 * or, where standard input is no terminal, on plain pipes, as `ssh -T`.
 *
 * Foreign bytes go to the terminal as they are: that is what it is for. No
 * environment, agent or X11 is offered.
 */
#ifndef TTYCHAN_H
#define TTYCHAN_H

#include <stdbool.h>

struct err;
struct net;
struct sshlink;
struct ttychan;

struct ttysize {
	int	cols, rows;
};

/* The user's end; descriptors are borrowed. */
struct ttychan_user {
	int		 in, out, err;
	bool		 tty;		/* in is a terminal: ask for one there */
	const char	*term;		/* TERM */
	struct ttysize	 size;
};

struct ttychan_on {
	/* The command runs. raw: what is typed is the far terminal's now. */
	void	(*began)(void *ctx, bool raw);
	/*
	 * It is over. why NULL: status is its own, or 128 and its signal;
	 * ERR_INTERRUPTED: "~." was typed; else it could not be run, or the
	 * link was lost.
	 */
	void	(*ended)(void *ctx, int status, const struct err *why);
	void	 *ctx;
};

/* l is up; everything is borrowed, *on copied. NULL sets e. */
struct ttychan	*ttychan_start(struct net *n, struct sshlink *l,
		    const char *command, const struct ttychan_user *user,
		    const struct ttychan_on *on, struct err *e);
void		 ttychan_resize(struct ttychan *t, const struct ttysize *size);

/* Hangs up on the command where it still runs. NULL is fine. */
void		 ttychan_free(struct ttychan *t);

#endif
