/*
 * fleet - one job, many targets: how many at once, until when, and that
 * every target gets exactly one verdict whatever happens to the others.
 */
#ifndef FLEET_H
#define FLEET_H

#include <stddef.h>
#include <stdint.h>

#include "net.h"
#include "target.h"

struct err;
struct fleet;

/* What the fleet tells its owner; members may be NULL. */
struct fleet_watcher {
	void	 *ctx;
	/* What is done to this target instead of the plan's job, borrowed
	 * until it ends. NULL: nothing, its verdict is put into *r. */
	const struct job *(*choose)(void *ctx, const struct target_spec *spec,
		    struct result *r);
	/* A target's verdict, before it counts: what has to be done with it at
	 * this end may still change it. */
	void	(*settle)(void *ctx, const struct target_spec *spec,
		    struct result *r);
	/* A target's verdict, once each, in the order they end. What it owns
	 * may be taken (leave it initialised). */
	void	(*ended)(void *ctx, const struct target_spec *spec,
		    struct result *r);
	/* About ten times a second: progress. See fleet_slow. */
	void	(*tick)(void *ctx, const struct fleet *f);
};

struct fleet_plan {
	const struct job	 *job;
	const struct target_spec *targets;
	size_t			  ntargets;
	int			  parallel;	/* in flight at once, 1 to 1024 */
	int			  signal_fd;	/* readable: stop; -1: none */
	const struct io		 *io;
	const struct sshopts	 *ssh;
	const struct dockopts	 *docker;
	const struct fleet_watcher *watcher;
};

struct fleet_count {
	size_t	done, flying, total;
	size_t	by_state[STATES];
	enum err_code last_error;	/* of the last target without success */
	double	seconds;
	bool	interrupted;
};

/*
 * Runs the whole plan. A readable signal_fd starts no more targets and ends
 * those in flight, except where a file may be half-way: those get 5 s more;
 * a second byte ends them as unknown. 0 when every target had its verdict
 * (good or bad), -1 with ERR_INTERNAL when nothing could be started.
 */
int	fleet_run(const struct fleet_plan *plan, struct fleet_count *count,
	    struct err *e);

/* For watcher.tick: counts so far, and the i-th longest waiting target. */
const struct fleet_count *fleet_progress(const struct fleet *f);
const struct target_spec *fleet_slow(const struct fleet *f, size_t i,
	    const char **stage, double *seconds);

#endif
