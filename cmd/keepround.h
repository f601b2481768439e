/*
 * keepround - one round of keeping: a refresh where it is due, then a lease
 * to every target whose own is older, or that was not reached before.
 */
#ifndef KEEPROUND_H
#define KEEPROUND_H

#include <stdbool.h>
#include <stdint.h>

#include "cred.h"
#include "err.h"
#include "fleet.h"
#include "keepchild.h"
#include "loop.h"
#include "targets.h"

struct args;
struct ui;

/* When a target's turn is; milliseconds of loop_clock. */
struct keep_target {
	int64_t	 due;		/* LOOP_NEVER: it holds what there is */
	unsigned failures;	/* in a row */
};

/* What is known between rounds. No secret: it may be a long time. */
struct keep {
	struct ui	*ui;
	const struct args *args;
	const char	*path;		/* of the auth.json; borrowed */
	struct targets	 targets;
	struct keep_target *turns;	/* one a target */
	struct loop	*loop;
	struct watch	 signal, tick;
	unsigned	 stops;		/* signals so far */
	bool		 warned;	/* what a lease is */

	unsigned char	 digest[CRED_DIGEST_LEN];	/* as last seen */
	char		 account[CRED_FIELD_MAX];
	int64_t		 due, expires;	/* Unix seconds */
	bool		 lost;		/* it can't be read or kept */

	unsigned	 failures;	/* of refreshes or looks, in a row */
	int64_t		 not_before;	/* the next try; as keep_target.due */
	bool		 dead;		/* its token is known to be spent: */
	unsigned char	 spent[CRED_DIGEST_LEN];	/* this file's */
	struct err	 dead_why;
};

/* How one round went. */
struct keepround {
	bool		 tried;		/* a refresh; and what came of it: */
	enum keeprefresh_state state;
	bool		 leased;	/* targets were asked; n and status */
	struct fleet_count n;
	int		 status;
	struct err	 why;		/* the first thing that went wrong */
};

void	keepround(struct keep *k, struct keepround *r);

/* When the next is due; as keep_target.due. */
int64_t	keepround_next(const struct keep *k);

#endif
