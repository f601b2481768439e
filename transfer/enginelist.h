/*
 * enginelist - the containers that a filter chooses, before a run.
 *
 * What `docker ps --filter` shows: running ones, unless the filter says
 * otherwise. The engine does the choosing.
 */
#ifndef ENGINELIST_H
#define ENGINELIST_H

struct dockopts;
struct err;
struct io;
struct sshopts;

struct enginelist_ask {
	const struct dockopts *docker;
	const struct sshopts  *ssh;
	const struct io	      *io;
	const char *const     *filters;	/* KEY=VALUE, NULL-terminated or NULL */
	int		       timeout;	/* seconds */
	int		       signal_fd;	/* readable: give up */
	/* For each, by name; -1 (e set) ends it. */
	int		     (*found)(void *ctx, const char *name,
				 struct err *e);
	void		      *ctx;
};

/* 0 when all were told, or -1 with e set (as to ERR_INTERRUPTED). Runs a loop
 * of its own. */
int	enginelist_run(const struct enginelist_ask *ask, struct err *e);

#endif
