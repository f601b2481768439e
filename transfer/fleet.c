#include "fleet.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine.h"
#include "err.h"
#include "loop.h"
#include "sshnet.h"

#define FLEET_TICK	100	/* ms between two calls of watcher.tick */
#define FLEET_GRACE	5000	/* ms for a half-way file after an interrupt */

/* One target on its way. */
struct flight {
	struct flight	*next;
	struct fleet	*fleet;
	const struct job *job;
	const struct target_spec *spec;
	struct task	*task;
	struct result	 result;
	struct watch	 deadline;
	int64_t		 began;
	bool		 ended;
};

struct fleet {
	const struct fleet_plan *plan;
	struct fleet_count	*count;
	struct net		 net;
	struct flight		*flights;	/* oldest first */
	size_t			 next;		/* target to start */
	int			 stopping;	/* how often we were told */
	struct watch		 signals, tick;
};

static void
fleet_report(struct fleet *f, const struct target_spec *spec,
    struct result *r)
{
	const struct fleet_watcher *w = f->plan->watcher;

	if (w != NULL && w->settle != NULL)
		w->settle(w->ctx, spec, r);
	f->count->done++;
	f->count->by_state[r->state]++;
	if (r->err.code != ERR_NONE)
		f->count->last_error = r->err.code;
	if (w != NULL && w->ended != NULL)
		w->ended(w->ctx, spec, r);
}

/*
 * Ends it with why (timeout, interrupted). Where it is in doubt what became of
 * the file it gets a grace first, unless forced.
 */
static void
flight_cancel(struct flight *t, const struct err *why, bool force)
{
	int64_t grace = loop_now(t->fleet->net.loop) + FLEET_GRACE;

	if (t->ended)
		return;
	if (!t->spec->kind->committing(t->task)) {
		result_fail(&t->result, STATE_FAILED, why);
		t->ended = true;
	} else if (force) {
		result_unknown(&t->result, why, t->spec);
		t->ended = true;
	} else if (t->deadline.due > grace) {
		t->deadline.due = grace;
	}
}

static void
flight_late(struct watch *w, short revents)
{
	struct flight *t = w->ctx;
	struct err e = ERR_INIT;

	(void)revents;
	if (t->fleet->stopping > 0) {
		err_set(&e, ERR_INTERRUPTED, "interrupted");
	} else {
		err_set(&e, ERR_TIMEOUT, "took longer than %d s (%s)",
		    t->job->timeout,
		    t->spec->kind->stage(t->task));
		err_hint(&e, "--timeout SECONDS allows it more");
	}
	flight_cancel(t, &e, true);
}

/* A wait in our own queue is not charged to the target. */
static void
flight_began(void *ctx)
{
	struct flight *t = ctx;

	if (t->fleet->stopping == 0)
		t->deadline.due = loop_now(t->fleet->net.loop) +
		    1000 * (int64_t)t->job->timeout;
}

/* Called by the task in the middle of its own work: only taken note of. */
static void
flight_done(void *ctx)
{
	struct flight *t = ctx;

	t->ended = true;
}

static void
flight_free(struct flight *t)
{
	loop_unwatch(t->fleet->net.loop, &t->deadline);
	if (t->task != NULL)
		t->spec->kind->free(t->task);
	result_clear(&t->result);
	free(t);
}

static struct flight *
flight_start(struct fleet *f, const struct job *job,
    const struct target_spec *spec)
{
	struct flight *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return NULL;
	t->fleet = f;
	t->job = job;
	t->spec = spec;
	t->began = loop_now(f->net.loop);
	result_init(&t->result);
	t->deadline = (struct watch){ .fd = -1, .fn = flight_late, .ctx = t,
		.due = t->began + 1000 * (int64_t)job->timeout };
	if (loop_watch(f->net.loop, &t->deadline) == 0)
		t->task = spec->kind->start(&(struct task_ctx){
		    .net = &f->net, .job = job, .spec = spec,
		    .result = &t->result, .began = flight_began,
		    .done = flight_done, .ctx = t });
	if (t->task != NULL)
		return t;
	flight_free(t);
	return NULL;
}

/* A target that never took off still gets its verdict. */
static void
fleet_ground(struct fleet *f, const struct target_spec *spec,
    struct result *r)
{
	if (result_end(r, STATE_FAILED)) {
		if (f->stopping > 0)
			err_set(&r->err, ERR_INTERRUPTED, "interrupted before "
			    "it began");
		else
			err_memory(&r->err);
	}
	fleet_report(f, spec, r);
	result_clear(r);
}

/* NULL: it has its verdict, or nothing is begun any more. */
static const struct job *
fleet_choose(const struct fleet *f, const struct target_spec *spec,
    struct result *r)
{
	const struct fleet_watcher *w = f->plan->watcher;
	const struct job *job = f->plan->job;

	if (w != NULL && w->choose != NULL)
		job = w->choose(w->ctx, spec, r);
	return f->stopping > 0 ? NULL : job;
}

static void
fleet_launch(struct fleet *f)
{
	struct flight **tail = &f->flights, *t;

	for (; *tail != NULL; tail = &(*tail)->next)
		;
	while (f->next < f->plan->ntargets &&
	    f->count->flying < (size_t)f->plan->parallel) {
		const struct target_spec *spec = &f->plan->targets[f->next++];
		const struct job *job;
		struct result r;

		result_init(&r);
		job = fleet_choose(f, spec, &r);
		t = job != NULL ? flight_start(f, job, spec) : NULL;
		if (t == NULL) {
			fleet_ground(f, spec, &r);
			continue;
		}
		*tail = t;
		tail = &t->next;
		f->count->flying++;
	}
}

static void
fleet_told(struct watch *w, short revents)
{
	struct fleet *f = w->ctx;
	struct err e = ERR_INIT;
	struct flight *t;
	char byte;

	(void)revents;
	if (read(w->fd, &byte, 1) != 1) {
		loop_unwatch(f->net.loop, w);
		w->fd = -1;
		return;
	}
	f->stopping++;
	f->count->interrupted = true;
	err_set(&e, ERR_INTERRUPTED, "interrupted");
	for (t = f->flights; t != NULL; t = t->next)
		flight_cancel(t, &e, f->stopping > 1);
}

/* A signal that came during this turn counts for what ended in it. */
static void
fleet_listen(struct fleet *f)
{
	struct pollfd p = { .fd = f->signals.fd, .events = POLLIN };

	if (poll(&p, 1, 0) == 1)
		fleet_told(&f->signals, p.revents);
}

/* What Ctrl-C at a prompt ended was not refused by anybody. */
static void
flight_interrupted(struct flight *t)
{
	enum err_code code = t->result.err.code;

	if (t->fleet->count->interrupted && t->result.state == STATE_FAILED &&
	    (code == ERR_AUTH_FAILED || code == ERR_HOSTKEY_UNKNOWN))
		err_set(&t->result.err, ERR_INTERRUPTED, "interrupted");
}

/* After a turn, when no callback is on the stack, ended ones can go. */
static void
fleet_land(struct fleet *f)
{
	struct flight **at = &f->flights, *t;

	fleet_listen(f);
	for (t = f->flights; t != NULL; t = t->next) {
		if (t->ended)
			flight_interrupted(t);
	}

	while ((t = *at) != NULL) {
		if (!t->ended) {
			at = &t->next;
			continue;
		}
		*at = t->next;
		f->count->flying--;
		t->result.seconds =
		    (double)(loop_now(f->net.loop) - t->began) / 1000;
		fleet_report(f, t->spec, &t->result);
		flight_free(t);
	}
}

static void
fleet_tick(struct watch *w, short revents)
{
	struct fleet *f = w->ctx;

	(void)revents;
	w->due = loop_now(f->net.loop) + FLEET_TICK;
	f->plan->watcher->tick(f->plan->watcher->ctx, f);
}

static int
fleet_open(struct fleet *f)
{
	const struct fleet_plan *p = f->plan;
	struct loop *l = loop_new();

	if (l == NULL)
		return -1;
	f->net = (struct net){ .loop = l, .io = p->io, .ssh = p->ssh,
		.docker = p->docker };
	f->signals = (struct watch){ .fd = p->signal_fd, .events = POLLIN,
		.due = LOOP_NEVER, .fn = fleet_told, .ctx = f };
	f->tick = (struct watch){ .fd = -1, .due = loop_now(l) + FLEET_TICK,
		.fn = fleet_tick, .ctx = f };
	if (p->signal_fd != -1 && loop_watch(l, &f->signals) == -1)
		return -1;
	if (p->watcher != NULL && p->watcher->tick != NULL)
		return loop_watch(l, &f->tick);
	return 0;
}

int
fleet_run(const struct fleet_plan *plan, struct fleet_count *count,
    struct err *e)
{
	struct fleet f = { .plan = plan, .count = count };
	int64_t began;
	int rc = 0;

	memset(count, 0, sizeof(*count));
	count->total = plan->ntargets;
	if (fleet_open(&f) == -1) {
		rc = err_memory(e);
		goto out;
	}
	began = loop_now(f.net.loop);
	for (;;) {
		fleet_launch(&f);
		if (f.flights == NULL)
			break;
		loop_turn(f.net.loop);
		fleet_land(&f);
	}
	count->seconds = (double)(loop_now(f.net.loop) - began) / 1000;
out:
	engine_free_all(&f.net);
	sshnet_free(f.net.sshnet);
	loop_free(f.net.loop);
	return rc;
}

const struct fleet_count *
fleet_progress(const struct fleet *f)
{
	return f->count;
}

const struct target_spec *
fleet_slow(const struct fleet *f, size_t i, const char **stage,
    double *seconds)
{
	const struct flight *t = f->flights;

	while (t != NULL && i-- > 0)
		t = t->next;
	if (t == NULL)
		return NULL;
	*stage = t->spec->kind->stage(t->task);
	*seconds = (double)(loop_now(f->net.loop) - t->began) / 1000;
	return t->spec;
}
