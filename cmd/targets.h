/*
 * targets - the list of targets of one call, each place once.
 */
#ifndef TARGETS_H
#define TARGETS_H

#include <stdbool.h>
#include <stddef.h>

#include "target.h"

struct arg_list;
struct args;
struct err;

#define TARGETS_BUCKETS 1024

struct targets {
	struct target_spec *v;		/* n of them, in the order given */
	size_t	*next;			/* the one before in its bucket + 1 */
	size_t	 n, cap;
	size_t	 heads[TARGETS_BUCKETS];	/* index + 1; 0: empty */
	bool	 containers;		/* a bare name is docker://NAME */
};

/* An empty list: all zero. */
void	targets_init(struct targets *t);
void	targets_clear(struct targets *t);

/*
 * Adds one, unless the same place is in the list. 0, or -1 (ERR_USAGE; the
 * list is as before).
 */
int	targets_add(struct targets *t, const char *text, struct err *e);

/* Operands, then the --hosts files, all before anything is contacted. */
int	targets_from_args(struct targets *t, const struct args *a,
	    struct err *e);

/* Columns of the longest name, at most max. */
int	targets_width(const struct targets *t, int max);

#endif
