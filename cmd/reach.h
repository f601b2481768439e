/*
 * reach - what every command needs that goes to another machine or an engine:
 * what the options and the environment say about them, somebody to ask, and
 * word of a signal.
 */
#ifndef REACH_H
#define REACH_H

#include "engineconfig.h"
#include "prompt.h"
#include "sshconfig.h"

struct args;
struct err;
struct ui;

struct reach {
	struct sshopts	 ssh;
	struct dockopts	 docker;
	struct prompt	 prompt;
	int		 signal_fd;	/* readable: stop */
};

/*
 * All of it borrows from a and home. 0; or -1 with e set and nothing open. It
 * stays where it is: its prompt points to itself.
 */
int	reach_open(struct reach *r, struct ui *ui, const struct args *a,
	    const char *home, struct err *e);
void	reach_close(struct reach *r);

#endif
