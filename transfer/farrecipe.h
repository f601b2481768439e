/*
 * farrecipe - the recipe of install.h over any way.
 */
#ifndef FARRECIPE_H
#define FARRECIPE_H

#include <stdbool.h>

struct err;
struct farrecipe;
struct farway;
struct job;
struct result;

enum farrecipe_end {
	FARRECIPE_DONE,		/* the result has its verdict */
	FARRECIPE_AGAIN,	/* what is there changed: start anew */
	FARRECIPE_LOST,		/* the link was; see farrecipe_committing */
	FARRECIPE_REFUSED	/* it did not run: the result's err says why */
};

/* All borrowed until farrecipe_free. */
struct farrecipe_ask {
	struct farway	*way;
	const struct job *job;
	const char	*codex_home;
	const char	*after;		/* as install_new's */
	const struct err *why;
	struct result	*result;
	/* Once, from the way; must not free it. */
	void		(*ended)(void *ctx, enum farrecipe_end end);
	void		*ctx;
};

/* NULL with e set. */
struct farrecipe *farrecipe_start(const struct farrecipe_ask *ask,
		    struct err *e);
void		  farrecipe_free(struct farrecipe *r);

/* For `after`. Borrowed. */
const char	 *farrecipe_nonce(const struct farrecipe *r);

/* Whether the file may be in place, or soon be, without our knowing. */
bool		  farrecipe_committing(const struct farrecipe *r);

#endif
