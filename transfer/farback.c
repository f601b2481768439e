#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "callback.h"
#include "farscript.h"
#include "farstate.h"
#include "farway.h"

#define RETRY_MS	1000	/* between two tries to connect again */
#define RETRY_MAX_MS	60000	/* all of them */

static void
note(struct farlogin *f, const char *text)
{
	const struct farlogin_watcher *w = f->plan->watcher;

	net_trace(&f->net, 1, f->plan->target->text, "%s", text);
	if (w->note != NULL)
		w->note(w->ctx, text);
}

/*
 * Where it goes on. What was sent of an exchange may have been used, so it is
 * not sent again: codex there tells what became of it. FAR_OVER: nowhere.
 */
static enum farphase
resume_at(const struct farlogin *f)
{
	switch (f->phase) {
	case FAR_CONNECT:
	case FAR_PROBE:
		return f->lost_since != 0 ? f->resume : FAR_OVER;
	case FAR_START:
		return f->joining ? f->resume : FAR_OVER;
	case FAR_LOOK:
	case FAR_READ:
	case FAR_OWNER:
	case FAR_TRY:
	case FAR_BROWSER:
	case FAR_DEVICE:
	case FAR_FILE:
	case FAR_INSTALL:
		return f->phase;
	case FAR_EXCHANGE:
		return f->begun ? FAR_WAIT : FAR_EXCHANGE;
	case FAR_SUCCESS:
	case FAR_WAIT:
		return FAR_WAIT;
	case FAR_END:
		return f->failed || f->restart ? FAR_OVER : FAR_INSTALL;
	default:
		return FAR_OVER;
	}
}

/*
 * Its TCP connection is held until the login was joined: an end of it, coming
 * there late, would say that we were killed (farlogin.sh).
 */
static void
way_leave(struct farlogin *f)
{
	int held = f->way != NULL ? farway_hold(f->way) : -1;

	farback_let(f);
	f->held = held;
	farway_close(f->way);
	f->way = NULL;
}

void
farback_let(struct farlogin *f)
{
	if (f->held != -1)
		(void)close(f->held);	/* nothing is said on it any more */
	f->held = -1;
}

void
farback_lost(struct farlogin *f)
{
	int64_t now = loop_now(f->net.loop);
	bool first = f->lost_since == 0;

	f->lost = false;
	f->resume = resume_at(f);
	farstep_drop(f);
	way_leave(f);
	if (f->failed || f->phase >= FAR_SHOW) {
		if (f->phase < FAR_SHOW)
			farstate_go(f, FAR_SHOW);
		return;
	}
	if (f->resume == FAR_OVER || (!first &&
	    now - f->lost_since > RETRY_MAX_MS)) {
		farstate_fail(f, &f->lost_why);
		return;
	}
	if (first) {
		f->lost_since = now;
		note(f, "the connection was lost: connecting again");
	}
	f->cut |= f->resume == FAR_WAIT;
	f->joining = false;
	farstate_go(f, FAR_CONNECT);
	if (!first)
		f->step.due = now + RETRY_MS;
}

void
farback_up(struct farlogin *f)
{
	if (f->resume == FAR_INSTALL) {
		f->lost_since = 0;
		farstate_go(f, FAR_INSTALL);
		return;
	}
	f->joining = true;
	farstate_go(f, FAR_START);
}

void
farback_joined(struct farlogin *f)
{
	f->joining = false;
	f->lost_since = 0;
	farback_let(f);
	note(f, "connected again: the login goes on");
	farstate_go(f, f->resume);
}

void
farback_again(struct farlogin *f, const struct err *why)
{
	f->anew = true;
	f->lost_why = *why;
	f->step.due = 0;
}

void
farback_anew(struct farlogin *f)
{
	f->anew = false;
	farback_let(f);
	farstep_drop(f);
	if (f->again++ > 0) {
		farstate_fail(f, &f->lost_why);
		return;
	}
	note(f, "the login there is over: another one begins");
	farscript_free(f->script);
	f->script = NULL;
	farurl_clear(&f->url);
	memset(&f->code, 0, sizeof(f->code));
	callquery_clear(&f->answer);
	callback_free(f->callback);
	f->callback = NULL;
	f->joining = f->cut = f->restart = false;
	f->lost_since = 0;
	farstate_go(f, FAR_START);
}
