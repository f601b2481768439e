#include "farlogin.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "callback.h"
#include "engine.h"
#include "enginexec.h"
#include "farrecipe.h"
#include "farscript.h"
#include "farstate.h"
#include "farway.h"
#include "sshnet.h"

#define TICK	   1000		/* ms between two words on what it waits for */
#define STOP_MS	   3000		/* for a polite end after an interrupt */
#define COMMIT_MS  5000		/* for a file that may be half-way */

/* What it waits for, and for how long (seconds; 0: the deadline of all). */
static const struct {
	const char	*stage;
	int		 seconds;
} phases[FAR_PHASES] = {
	[FAR_CONNECT] = { "connecting", 0 },
	[FAR_PROBE] = { "asking for the forward", 20 },
	[FAR_START] = { "starting codex there", 45 },
	[FAR_LOOK] = { "looking", 30 },
	[FAR_READ] = { "waiting for codex there", 60 },
	[FAR_OWNER] = { "checking its port", 20 },
	[FAR_TRY] = { "trying the forward", 20 },
	[FAR_BROWSER] = { "waiting for the browser", 0 },
	[FAR_DEVICE] = { "waiting for the browser", 0 },
	[FAR_EXCHANGE] = { "exchanging", 60 },
	[FAR_SUCCESS] = { "exchanging", 20 },
	[FAR_WAIT] = { "exchanging", 10 },
	[FAR_FILE] = { "fetching the login", 20 },
	[FAR_END] = { "ending codex there", 15 },
	[FAR_INSTALL] = { "installing", 60 },
	[FAR_SHOW] = { "showing the page", 5 },
};

static void
tell_stage(struct farlogin *f)
{
	const struct farlogin_watcher *w = f->plan->watcher;
	const char *what = phases[f->phase].stage;
	int64_t left = f->deadline.due - loop_now(f->net.loop);

	if (f->phase == FAR_CONNECT && f->way != NULL)
		what = farway_stage(f->way);
	if (what != NULL && w->stage != NULL)
		w->stage(w->ctx, what, (int)(left / 1000));
}

void
farstate_go(struct farlogin *f, enum farphase phase)
{
	int seconds = phases[phase].seconds;

	if (f->phase == FAR_OVER)
		return;
	f->phase = phase;
	f->begun = false;
	f->step.due = 0;
	f->poll.due = LOOP_NEVER;
	f->limit.due = seconds == 0 ? LOOP_NEVER :
	    loop_now(f->net.loop) + 1000 * (int64_t)seconds;
	net_trace(&f->net, 2, f->plan->target->text, "%s",
	    phases[phase].stage != NULL ? phases[phase].stage : "over");
}

/* Whether the far script runs and can be told to end. */
static bool
line_alive(const struct farlogin *f)
{
	return f->line != NULL && !f->lost && !farscript_over(f->script);
}

void
farstate_fail(struct farlogin *f, const struct err *why)
{
	if (f->failed || f->phase >= FAR_SHOW)
		return;
	f->failed = true;
	f->why = *why;
	if (f->nonce[0] != '\0')	/* it may be installed */
		result_unknown(f->r, why, f->plan->target);
	if (result_end(f->r, STATE_FAILED))
		f->r->err = *why;
	farstate_go(f, line_alive(f) ? FAR_END : FAR_SHOW);
	if (f->stopping > 0)
		f->limit.due = loop_now(f->net.loop) + STOP_MS;
}

void
farstate_fail_text(struct farlogin *f, enum err_code code, const char *text)
{
	struct err e = ERR_INIT;

	err_set(&e, code, "%s", text);
	farstate_fail(f, &e);
}

void
farstate_lost(struct farlogin *f, const struct err *why)
{
	if (!f->lost)
		f->lost_why = *why;
	f->lost = true;
	f->step.due = 0;
}

/* The limits */

static void
limit_over(struct watch *w, short revents)
{
	struct farlogin *f = w->ctx;
	struct err e = ERR_INIT;

	(void)revents;
	switch (f->phase) {
	case FAR_END:
		farline_over(f);
		return;
	case FAR_SHOW:
		farstate_go(f, FAR_OVER);
		return;
	case FAR_WAIT:
		farstate_go(f, FAR_FILE);
		return;
	default:
		break;
	}
	err_set(&e, ERR_TIMEOUT, "%s took longer than %d s",
	    phases[f->phase].stage, phases[f->phase].seconds);
	if (f->phase == FAR_INSTALL && f->recipe != NULL &&
	    farrecipe_committing(f->recipe))
		result_unknown(f->r, &e, f->plan->target);
	farstate_fail(f, &e);
}

static void
deadline_over(struct watch *w, short revents)
{
	struct farlogin *f = w->ctx;
	struct err e = ERR_INIT;

	(void)revents;
	if (f->phase >= FAR_WAIT)
		return;		/* what is left has limits of its own */
	err_set(&e, ERR_TIMEOUT, f->phase == FAR_BROWSER ||
	    f->phase == FAR_DEVICE ? "nobody logged in within %d s" :
	    "it took longer than %d s", f->plan->timeout);
	err_hint(&e, "run it again; --timeout gives more time");
	farstate_fail(f, &e);
}

/* Ends it politely; the second time at once. */
static void
told(struct watch *w, short revents)
{
	struct farlogin *f = w->ctx;
	struct err e = ERR_INIT;
	char byte;

	(void)revents;
	if (read(w->fd, &byte, 1) != 1) {
		loop_unwatch(f->net.loop, w);
		return;
	}
	err_set(&e, ERR_INTERRUPTED, "interrupted");
	if (f->stopping++ > 0) {
		if (f->recipe != NULL && farrecipe_committing(f->recipe))
			result_unknown(f->r, &e, f->plan->target);
		farstate_fail(f, &e);
		farstate_go(f, FAR_OVER);
	} else if (f->phase == FAR_INSTALL && f->recipe != NULL &&
	    farrecipe_committing(f->recipe)) {
		f->limit.due = loop_now(f->net.loop) + COMMIT_MS;
	} else {
		farstate_fail(f, &e);
	}
}

static void
tick(struct watch *w, short revents)
{
	struct farlogin *f = w->ctx;

	(void)revents;
	w->due = loop_now(f->net.loop) + TICK;
	tell_stage(f);
}

static void
polled(struct watch *w, short revents)
{
	(void)revents;
	farline_news(w->ctx);
}

/* The next step */

static void
on_closed(struct farlogin *f)
{
	callback_free(f->callback);
	f->callback = NULL;
	farstate_go(f, FAR_OVER);
}

static void
stepped(struct watch *w, short revents)
{
	struct farlogin *f = w->ctx;
	struct err e = ERR_INIT;

	(void)revents;
	if (f->lost) {
		farback_lost(f);
		return;
	}
	if (f->anew && !f->failed) {
		farback_anew(f);
		return;
	}
	if (f->phase == FAR_SHOW && f->begun && f->showing) {
		on_closed(f);
		return;
	}
	if (f->begun || f->phase == FAR_OVER)
		return;
	f->begun = true;
	tell_stage(f);
	if (farstep_begin(f, &e) == -1)
		farstate_fail(f, &e);
}

static int
login_open(struct farlogin *f, struct err *e)
{
	const struct farlogin_plan *p = f->plan;
	struct loop *l = loop_new();
	int64_t now;

	err_memory(e);
	if (l == NULL)
		return -1;
	f->net = (struct net){ .loop = l, .io = p->io, .ssh = p->ssh,
		.docker = p->docker };
	f->status = -1;
	now = loop_now(l);
	f->step = (struct watch){ .fd = -1, .fn = stepped, .ctx = f };
	f->limit = (struct watch){ .fd = -1, .due = LOOP_NEVER,
		.fn = limit_over, .ctx = f };
	f->poll = (struct watch){ .fd = -1, .due = LOOP_NEVER, .fn = polled,
		.ctx = f };
	f->deadline = (struct watch){ .fd = -1, .fn = deadline_over, .ctx = f,
		.due = now + 1000 * (int64_t)p->timeout };
	f->tick = (struct watch){ .fd = -1, .due = now + TICK, .fn = tick,
		.ctx = f };
	f->signals = (struct watch){ .fd = p->signal_fd, .events = POLLIN,
		.due = LOOP_NEVER, .fn = told, .ctx = f };
	if (loop_watch(l, &f->step) == -1 || loop_watch(l, &f->limit) == -1 ||
	    loop_watch(l, &f->poll) == -1 ||
	    loop_watch(l, &f->deadline) == -1 ||
	    loop_watch(l, &f->tick) == -1 || (p->signal_fd != -1 &&
	    loop_watch(l, &f->signals) == -1))
		return -1;
	f->peer = calloc(1, sizeof(*f->peer));
	return f->peer == NULL ? -1 : 0;
}

static void
login_close(struct farlogin *f)
{
	farstep_drop(f);
	farway_close(f->way);
	farback_let(f);
	callback_free(f->callback);
	callquery_clear(&f->answer);
	farscript_free(f->script);
	farurl_clear(&f->url);
	cred_clear(&f->cred);
	result_clear(&f->look);
	free(f->peer);
	free(f->home);
	engine_free_all(&f->net);
	sshnet_free(f->net.sshnet);
	loop_free(f->net.loop);
}

int
farlogin_run(const struct farlogin_plan *plan, struct result *r,
    struct err *e)
{
	struct farlogin f = { .plan = plan, .r = r, .held = -1 };
	int64_t began;
	int rc;

	result_init(&f.look);
	if ((rc = login_open(&f, e)) == 0) {
		began = loop_now(f.net.loop);
		farstate_go(&f, FAR_CONNECT);
		while (f.phase != FAR_OVER)
			loop_turn(f.net.loop);
		r->seconds = (double)(loop_now(f.net.loop) - began) / 1000;
	}
	login_close(&f);
	return rc;
}
