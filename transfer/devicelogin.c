#include "devicelogin.h"

#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "buf.h"
#include "err.h"
#include "issuer.h"
#include "loop.h"
#include "secret.h"

#define SLOWER_SECONDS 5	/* RFC 8628 3.5 */
#define WAIT_MAX       60	/* seconds between two questions, ours */
#define PATH_SHOWN     "/codex/device"
#define PATH_REDIRECT  "/deviceauth/callback"
#define URL_BYTES      512

enum phase { PHASE_BEGIN, PHASE_POLL, PHASE_EXCHANGE, PHASE_OVER };

struct devicelogin {
	struct devicelogin_ask ask;
	struct loop	*loop;
	enum phase	 phase;
	struct issuer_call *call;
	struct issuer_device device;
	struct secret	*code, *verifier;
	int		 failures;	/* in a row */
	int		 seconds;	/* of the wait for the user */
	int64_t		 due;		/* when it is given up */
	struct watch	 next;		/* when to ask again */
	struct watch	 end;
	struct err	 last;		/* the failure before, if any */
};

static void	step(struct devicelogin *d);

/* Tells the owner, who may free d. */
static void
finish(struct devicelogin *d, struct secret *authjson_take,
    const struct err *why)
{
	d->phase = PHASE_OVER;
	d->next.due = d->end.due = LOOP_NEVER;
	issuer_cancel(d->call);
	d->call = NULL;
	d->ask.ended(d->ask.ctx, authjson_take, why);
}

/* No code, a code that nobody confirmed, or one that could not be used. */
static void
finish_late(struct devicelogin *d)
{
	struct err e = ERR_INIT;

	if (d->phase == PHASE_BEGIN) {
		err_set(&e, ERR_TIMEOUT, "'%s' gave no device code within "
		    "%d s", issuer_url(d->ask.issuer), d->ask.seconds);
		err_hint(&e, "run it again; --timeout gives more time");
	} else if (d->phase == PHASE_EXCHANGE) {
		e = d->last;
	} else {
		if (d->last.code != ERR_NONE)
			err_set(&e, ERR_TIMEOUT, "the code was not confirmed "
			    "in time; at last: %s", d->last.text);
		else
			err_set(&e, ERR_TIMEOUT, "the code was not confirmed "
			    "in time (%d s)", d->seconds);
		err_hint(&e, "run it again for a new code; enter it while "
		    "this waits");
	}
	finish(d, NULL, &e);
}

/* Asks again in that many seconds, unless the time is over before. */
static void
later(struct devicelogin *d, int seconds)
{
	d->next.due = loop_now(d->loop) + (int64_t)seconds * 1000;
}

/* Twice as long each time, and up to a quarter more: not all at once. */
static int
backoff(const struct devicelogin *d, int retry_after)
{
	int seconds = d->device.interval > 0 ? d->device.interval : 1;

	for (int i = 1; i < d->failures && seconds < WAIT_MAX; i++)
		seconds *= 2;
	if (seconds > WAIT_MAX)
		seconds = WAIT_MAX;
	seconds += (int)randombytes_uniform((uint32_t)seconds / 4 + 1);
	return retry_after > seconds ? retry_after : seconds;
}

/* Whether a failure was dealt with: the same is asked again later. */
static bool
again(struct devicelogin *d, const struct issuer_answer *a)
{
	if (a->why != NULL)
		d->last = *a->why;
	switch (a->outcome) {
	case ISSUER_PENDING:
		d->failures = 0;
		d->last.code = ERR_NONE;
		later(d, d->device.interval);
		return true;
	case ISSUER_SLOWER:
		d->failures = 0;
		d->device.interval += SLOWER_SECONDS;
		if (d->device.interval > WAIT_MAX)
			d->device.interval = WAIT_MAX;
		later(d, a->retry_after > d->device.interval ?
		    a->retry_after : d->device.interval);
		return true;
	case ISSUER_AGAIN:
		d->failures++;
		later(d, backoff(d, a->retry_after));
		return true;
	default:
		return false;
	}
}

static void
exchanged(void *ctx, struct issuer_answer *a)
{
	struct devicelogin *d = ctx;
	struct secret *authjson;
	struct err e = ERR_INIT;

	d->call = NULL;
	if (a->outcome == ISSUER_AGAIN && !a->sent &&
	    loop_now(d->loop) < d->due && again(d, a))
		return;
	if (a->outcome != ISSUER_DONE) {
		e = *a->why;
		finish(d, NULL, &e);
		return;
	}
	authjson = login_authjson(d->ask.issuer, &a->tokens, NULL, &e);
	finish(d, authjson, authjson != NULL ? NULL : &e);
}

static void
polled(void *ctx, struct issuer_answer *a)
{
	struct devicelogin *d = ctx;
	struct err e;

	d->call = NULL;
	if (again(d, a))
		return;
	if (a->outcome != ISSUER_DONE) {
		e = *a->why;
		finish(d, NULL, &e);
		return;
	}
	d->code = a->code;
	d->verifier = a->verifier;
	a->code = a->verifier = NULL;	/* transferred */
	d->phase = PHASE_EXCHANGE;
	d->failures = 0;
	step(d);
}

/* A code that its issuer has ended is not waited for (threat O-17). */
static void
shorten(struct devicelogin *d)
{
	int64_t over = loop_now(d->loop) + (int64_t)d->device.seconds * 1000;

	if (d->device.seconds == 0 || over >= d->due)
		return;
	d->due = d->end.due = over;
	d->seconds = d->device.seconds;
}

static void
begun(void *ctx, struct issuer_answer *a)
{
	struct devicelogin *d = ctx;
	BUF_AUTO url = BUF_INIT(URL_BYTES);
	struct err e;

	d->call = NULL;
	if (a->outcome != ISSUER_DONE) {
		e = *a->why;
		finish(d, NULL, &e);
		return;
	}
	d->device = a->device;
	a->device.id = NULL;	/* transferred */
	d->phase = PHASE_POLL;
	shorten(d);
	later(d, d->device.interval);	/* nobody is quicker than that */
	(void)buf_addf(&url, "%s%s", issuer_url(d->ask.issuer), PATH_SHOWN);
	d->ask.show(d->ask.ctx, buf_str(&url), d->device.user_code,
	    d->seconds);
}

/* Asks what the phase has to ask. */
static int
ask(struct devicelogin *d, struct err *e)
{
	BUF_AUTO redirect = BUF_INIT(URL_BYTES);
	struct issuer *i = d->ask.issuer;

	switch (d->phase) {
	case PHASE_BEGIN:
		d->call = issuer_call(i, &(struct issuer_ask){
		    .what = ISSUER_USERCODE }, begun, d, e);
		break;
	case PHASE_POLL:
		d->call = issuer_call(i, &(struct issuer_ask){
		    .what = ISSUER_DEVICEPOLL, .device_id = d->device.id,
		    .user_code = d->device.user_code }, polled, d, e);
		break;
	case PHASE_EXCHANGE:
		(void)buf_addf(&redirect, "%s%s", issuer_url(i),
		    PATH_REDIRECT);
		d->call = issuer_call(i, &(struct issuer_ask){
		    .what = ISSUER_EXCHANGE, .code = d->code,
		    .verifier = d->verifier,
		    .redirect_uri = buf_str(&redirect) }, exchanged, d, e);
		break;
	case PHASE_OVER:
		return 0;
	}
	return d->call == NULL ? -1 : 0;
}

static void
step(struct devicelogin *d)
{
	struct err e = ERR_INIT;

	if (ask(d, &e) == -1)
		finish(d, NULL, &e);
}

static void
next_due(struct watch *w, short revents)
{
	(void)revents;
	step(w->ctx);
}

/* A grant that is on its way has its own deadline (issuerwire.c). */
static void
end_due(struct watch *w, short revents)
{
	struct devicelogin *d = w->ctx;

	(void)revents;
	if (d->phase != PHASE_EXCHANGE || d->call == NULL)
		finish_late(d);
}

struct devicelogin *
devicelogin_new(struct loop *l, const struct devicelogin_ask *how,
    struct err *e)
{
	struct devicelogin *d = calloc(1, sizeof(*d));

	err_memory(e);
	if (d == NULL)
		return NULL;
	d->ask = *how;
	d->seconds = how->seconds;
	d->loop = l;
	d->due = loop_now(l) + (int64_t)how->seconds * 1000;
	d->next = (struct watch){ .fd = -1, .due = LOOP_NEVER, .fn = next_due,
		.ctx = d };
	d->end = (struct watch){ .fd = -1, .due = d->due, .fn = end_due,
		.ctx = d };
	if (loop_watch(l, &d->next) == -1 || loop_watch(l, &d->end) == -1 ||
	    ask(d, e) == -1) {
		devicelogin_free(d);
		return NULL;
	}
	return d;
}

void
devicelogin_free(struct devicelogin *d)
{
	if (d == NULL)
		return;
	issuer_cancel(d->call);
	loop_unwatch(d->loop, &d->next);
	loop_unwatch(d->loop, &d->end);
	secret_free(d->device.id);
	secret_free(d->code);
	secret_free(d->verifier);
	free(d);
}

int64_t
devicelogin_due(const struct devicelogin *d)
{
	return d->due;
}
