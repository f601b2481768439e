/*
 * keepchild - a refresh in a process of its own, which outlives ours.
 *
 * Between the issuer's answer and the disk a login exists in one place only,
 * and neither a signal, nor a closed terminal, nor a keeper that is killed
 * may end that. So the process that asks has a session of its own, takes no
 * signal, holds nothing of ours open, and has Codex's lock until it is done:
 * whoever keeps the login next waits for it. Only the end of the machine, or
 * a kill -9 of this very process, can cut in.
 */
#ifndef KEEPCHILD_H
#define KEEPCHILD_H

#include <stdbool.h>
#include <sys/types.h>

#include "keeprefresh.h"
#include "loop.h"

struct args;
struct err;

struct keepchild {
	struct watch	 answer;
	struct loop	*loop;
	pid_t		 pid;
	size_t		 got;		/* bytes of said */
	bool		 over;
	struct keeprefresh said;	/* once it is over */
};

/*
 * Begins, watched in l; no secret may be in our memory. 0, or -1 with e set
 * and nothing begun.
 */
int	keepchild_start(struct keepchild *k, struct loop *l,
	    const struct args *a, const char *path, struct err *e);

/* Takes no more notice of it: where it is not over, it ends by itself. */
void	keepchild_leave(struct keepchild *k);

#endif
