#include "run.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "args.h"
#include "codexuse.h"
#include "enginelist.h"
#include "env.h"
#include "err.h"
#include "fleet.h"
#include "reach.h"
#include "report.h"
#include "signals.h"
#include "targets.h"
#include "ui.h"
#include "verdict.h"

#define EXIT_SOME    1	/* several targets, one without success */
#define NAME_COLUMNS 48
#define DESCRIPTORS_OURS 32	/* standard, signals, agent, jump hosts */
#define DESCRIPTORS_TARGET 8	/* session, look-up, agent's door, ssh -G */
#define NAME_BYTES   256	/* of a container */

struct run {
	struct ui	 *ui;
	const struct job *job;
	const struct run_hooks *hooks;	/* never NULL */
	int		  width;	/* of the column of names */
	bool		  silent;	/* run_silent */
	struct run_held	 *held;		/* a place for each target; or NULL */
	const struct target_spec *first;	/* of all targets */
	size_t		  useless;	/* looked at; Codex would not use it */
};

static const struct job *
on_choose(void *ctx, const struct target_spec *spec, struct result *r)
{
	struct run *run = ctx;

	return run->hooks->choose == NULL ? run->job :
	    run->hooks->choose(run->hooks->ctx, spec, r);
}

static void
on_settle(void *ctx, const struct target_spec *spec, struct result *r)
{
	struct run *run = ctx;

	if (run->hooks->settle != NULL)
		run->hooks->settle(run->hooks->ctx, spec, r);
}

/* At its target's place; without memory it is said now. */
static bool
hold(struct run *run, const struct target_spec *spec, struct result *r)
{
	struct run_held *h;

	if (run->held == NULL || run->hooks->all == NULL)
		return false;
	h = &run->held[spec - run->first];
	if ((h->r = malloc(sizeof(*h->r))) == NULL)
		return false;
	h->spec = spec;
	*h->r = *r;	/* transferred */
	result_init(r);
	return true;
}

static void
on_ended(void *ctx, const struct target_spec *spec, struct result *r)
{
	struct run *run = ctx;
	struct codexuse use;

	if (run->silent)
		return;
	if (run->job->op == JOB_STATUS) {
		verdict_result(r, time(NULL), &use);
		run->useless += use.answer == CODEXUSE_NO;
	}
	if (run->hooks->ended != NULL)
		run->hooks->ended(run->hooks->ctx, spec, r);
	else if (!hold(run, spec, r))
		report_result(run->ui, run->job, spec, r, run->width);
}

/* Says what was held, without the gaps of what was said before. */
static void
say_held(struct run *run, size_t n)
{
	size_t k = 0;

	for (size_t i = 0; i < n; i++) {
		if (run->held[i].r != NULL)
			run->held[k++] = run->held[i];
	}
	run->hooks->all(run->hooks->ctx, run->ui, run->held, k);
	for (size_t i = 0; i < k; i++) {
		result_clear(run->held[i].r);
		free(run->held[i].r);
	}
	free(run->held);
	run->held = NULL;
}

static void
on_tick(void *ctx, const struct fleet *f)
{
	struct run *run = ctx;

	progress_draw(&run->ui->progress, f);
}

static int
run_exit(const struct run *run, const struct fleet_count *n)
{
	size_t unknown = n->by_state[STATE_UNKNOWN];
	size_t bad = n->by_state[STATE_REFUSED] + n->by_state[STATE_FAILED] +
	    unknown;

	/* also when the answer to a prompt was Ctrl-C */
	if (n->interrupted || (bad > 0 && signals_first() != 0))
		return signals_exit();
	if (bad + run->useless == 0)
		return EXIT_SUCCESS;
	if (n->total > 1 || bad == 0)
		return EXIT_SOME;
	return unknown > 0 ? EXIT_UNKNOWN : err_exit(n->last_error);
}

/* As many at once as the descriptors allow, and said where that is fewer. */
static int
run_parallel(const struct run *run, const struct args *a, size_t targets)
{
	struct rlimit r;
	rlim_t fit;

	if (getrlimit(RLIMIT_NOFILE, &r) == -1 || r.rlim_cur == RLIM_INFINITY)
		return a->parallel;
	fit = r.rlim_cur > DESCRIPTORS_OURS + DESCRIPTORS_TARGET ?
	    (r.rlim_cur - DESCRIPTORS_OURS) / DESCRIPTORS_TARGET : 1;
	if (fit >= (rlim_t)a->parallel || fit >= targets)
		return a->parallel;
	if (!run->silent)
		ui_warn(run->ui, "%d targets at once, not %d: only %llu files "
		    "may be open (ulimit -n)", (int)fit, a->parallel,
		    (unsigned long long)r.rlim_cur);
	return (int)fit;
}

static int
on_found(void *ctx, const char *name, struct err *e)
{
	char url[sizeof("docker://") + NAME_BYTES];

	(void)snprintf(url, sizeof(url), "docker://%s", name);
	return targets_add(ctx, url, e);
}

/* --filter and --all: the engine is asked before anything else is done. */
static int
run_choose(struct ui *ui, const struct args *a, struct targets *t,
    const char *home, struct err *e)
{
	struct reach out;
	int rc;

	if (!a->dock_all && a->dock_filters.n == 0)
		return 0;
	if (reach_open(&out, ui, a, home, e) == -1)
		return -1;
	rc = enginelist_run(&(struct enginelist_ask){ .docker = &out.docker,
	    .ssh = &out.ssh, .io = &out.prompt.io,
	    .filters = a->dock_filters.v, .timeout = a->timeout,
	    .signal_fd = out.signal_fd, .found = on_found, .ctx = t }, e);
	reach_close(&out);
	if (rc == -1 || t->n > 0)
		return rc;
	err_set(e, ERR_NO_CONTAINER, "no running container is chosen");
	return err_hint(e, "'docker ps' lists what runs");
}

static int
run_fleet(struct run *run, const struct args *a, const struct targets *t,
    const char *home, struct fleet_count *n, struct err *e)
{
	struct reach out;
	struct fleet_watcher watcher = { .ctx = run, .choose = on_choose,
		.settle = on_settle, .ended = on_ended, .tick = on_tick };
	struct fleet_plan plan = {
		.job = run->job,
		.targets = t->v,
		.ntargets = t->n,
		.parallel = run_parallel(run, a, t->n),
		.ssh = &out.ssh,
		.docker = &out.docker,
		.io = &out.prompt.io,
		.watcher = &watcher,
	};
	int rc;

	if (reach_open(&out, run->ui, a, home, e) == -1)
		return -1;
	plan.signal_fd = out.signal_fd;
	rc = fleet_run(&plan, n, e);
	reach_close(&out);
	return rc;
}

void
run_job(struct job *job, const struct args *a)
{
	job->codex_home = a->codex_home;
	job->dry_run = a->dry_run;
	job->force = a->force;
	job->backup = a->backup;
	job->probe = a->probe;
	job->timeout = a->timeout;
}

void
run_unprobed(const struct args *a, struct result *r)
{
	if (a->probe && r->survey == NULL &&
	    (r->state == STATE_WRITTEN || r->state == STATE_UNCHANGED))
		result_warn(r, "Codex there was not asked: that needs a shell");
}

/* The fleet's copy is about to be cleared. */
void
run_keep(struct result *out, struct result *r)
{
	*out = *r;	/* transferred */
	result_init(r);
	r->state = out->state;
	r->err = out->err;
}

static void
keep_result(void *ctx, const struct target_spec *spec, struct result *r)
{
	(void)spec;
	run_keep(ctx, r);
}

int
run_silent(struct ui *ui, const struct args *a, const struct job *job,
    const struct targets *t, const struct run_hooks *hooks, struct err *e)
{
	struct run run = { .ui = ui, .job = job, .hooks = hooks,
		.silent = true };
	struct fleet_count n = { 0 };
	char *home = env_home(e);
	int rc = -1;

	if (home != NULL)
		rc = run_fleet(&run, a, t, home, &n, e);
	free(home);
	return rc;
}

int
run_one(struct ui *ui, const struct args *a, const struct job *job,
    const struct target_spec *spec, struct result *r)
{
	const struct run_hooks hooks = { .ctx = r, .settle = keep_result };
	struct target_spec one = *spec;		/* borrowed: never cleared */
	const struct targets t = { .v = &one, .n = 1 };

	return run_silent(ui, a, job, &t, &hooks, &r->err);
}

int
run_list(struct ui *ui, const struct args *a, const struct job *job,
    const struct run_hooks *hooks, const struct targets *t,
    struct fleet_count *n, struct err *e)
{
	struct run run = { .ui = ui, .job = job, .hooks = hooks,
		.width = targets_width(t, NAME_COLUMNS) };
	char *home = env_home(e);
	int rc = -1;

	if (home != NULL && run_fleet(&run, a, t, home, n, e) == 0)
		rc = run_exit(&run, n);
	free(home);
	return rc;
}

int
run_targets(struct ui *ui, const struct args *a, const struct job *job,
    const struct run_hooks *hooks)
{
	static const struct run_hooks none;
	struct run run = { .ui = ui, .job = job,
		.hooks = hooks != NULL ? hooks : &none };
	struct fleet_count n = { 0 };
	struct err e = ERR_INIT;
	struct targets t;
	char *home = NULL;
	int status;

	targets_init(&t);
	if (targets_from_args(&t, a, &e) == -1 ||
	    (home = env_home(&e)) == NULL ||
	    run_choose(ui, a, &t, home, &e) == -1 ||
	    (run.hooks->before != NULL &&
	    run.hooks->before(run.hooks->ctx, ui, &t, &e) == -1)) {
		status = ui_fail(ui, &e);
		goto out;
	}
	run.width = targets_width(&t, NAME_COLUMNS);
	run.first = t.v;
	if (run.hooks->all != NULL)
		run.held = calloc(t.n, sizeof(*run.held));
	if (run_fleet(&run, a, &t, home, &n, &e) == -1) {
		status = ui_fail(ui, &e);
		goto out;
	}
	if (run.held != NULL)
		say_held(&run, t.n);
	report_summary(ui, &n);
	status = run_exit(&run, &n);
out:
	free(run.held);
	targets_clear(&t);
	free(home);
	return status;
}
