/*
 * run - one job on all targets of a call: what push, pull, remove, status and
 * keep share.
 */
#ifndef RUN_H
#define RUN_H

#include <stddef.h>

struct args;
struct err;
struct fleet_count;
struct job;
struct result;
struct target_spec;
struct targets;
struct ui;

/* A verdict that is not said yet. */
struct run_held {
	const struct target_spec *spec;
	struct result	*r;
};

/* What a command adds to a run; members may be NULL. */
struct run_hooks {
	void	*ctx;
	/* Every target was understood, none was contacted. -1 ends it. */
	int	(*before)(void *ctx, struct ui *ui, const struct targets *t,
		    struct err *e);
	/* What is done to this target instead of the call's job; NULL: nothing,
	 * its verdict is put into *r. */
	const struct job *(*choose)(void *ctx, const struct target_spec *spec,
		    struct result *r);
	/* A verdict that isn't counted yet: the work at this end may change it. */
	void	(*settle)(void *ctx, const struct target_spec *spec,
		    struct result *r);
	/* All verdicts at once, in the order of the targets, instead of a line
	 * each as they end. */
	void	(*all)(void *ctx, struct ui *ui, struct run_held *held,
		    size_t n);
	/* Instead of a line each: the caller says of it what there is. */
	void	(*ended)(void *ctx, const struct target_spec *spec,
		    const struct result *r);
};

/* --probe where nothing could be asked: said. Of a push that has its verdict. */
void	run_unprobed(const struct args *a, struct result *r);

/*
 * One job on all of t, without a word: hooks->settle has the verdicts, and
 * may keep them (run_keep). 0, or -1 where nothing could be begun.
 */
int	run_silent(struct ui *ui, const struct args *a, const struct job *job,
	    const struct targets *t, const struct run_hooks *hooks,
	    struct err *e);

/* *out has what r owns; what the fleet still counts stays in r. */
void	run_keep(struct result *out, struct result *r);

/*
 * One job on one target, without a word: what a verdict on another job asks
 * for. *r is the caller's. 0, or -1 with r->err where nothing could be begun.
 */
int	run_one(struct ui *ui, const struct args *a, const struct job *job,
	    const struct target_spec *spec, struct result *r);

/*
 * One job on these targets, printing each verdict as it comes, and counting
 * into n. The exit status, or -1 with e set where nothing could be begun.
 */
int	run_list(struct ui *ui, const struct args *a, const struct job *job,
	    const struct run_hooks *hooks, const struct targets *t,
	    struct fleet_count *n, struct err *e);

/* Sets what every job has from the options. */
void	run_job(struct job *job, const struct args *a);

/*
 * Reads all targets, then runs the job, printing each verdict as it comes,
 * then the summary. Returns the exit status (codex-provision(1)). Nothing is
 * contacted before every target was understood. hooks may be NULL.
 */
int	run_targets(struct ui *ui, const struct args *a, const struct job *job,
	    const struct run_hooks *hooks);

#endif
