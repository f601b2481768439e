/*
 * farport - the two ports of a login: the one here that the browser comes to,
 * and codex's there.
 */
#include <string.h>

#include "callback.h"
#include "farask.h"
#include "farstate.h"
#include "secret.h"

#define PROBE_PATH	"/codex-provision"	/* that codex does not know */

static void
tried(void *ctx, enum farhttp_verdict verdict, const struct err *why)
{
	struct farlogin *f = ctx;
	struct err e = ERR_INIT;

	if (f->phase != FAR_TRY || f->lost)
		return;
	if (why != NULL) {
		farstate_fail(f, why);
	} else if (verdict == FARHTTP_NOTHING) {
		farstate_go(f, FAR_BROWSER);
	} else {
		err_set(&e, ERR_PROTOCOL, "what listens at port %d there does "
		    "not answer as codex does", f->url.port);
		farstate_fail(f, &e);
	}
}

static int
ask_start(struct farlogin *f, struct secret *request_take, farask_fn done,
    struct err *e)
{
	farask_free(f->ask);
	f->ask = farask_start(f->way, f->url.port, request_take, done, f);
	return f->ask != NULL ? 0 :
	    err_memory(e);
}

int
farport_try(struct farlogin *f, struct err *e)
{
	return ask_start(f, farhttp_get(f->url.port, PROBE_PATH), tried, e);
}

/* The browser */

static void
callback_answer(void *ctx, struct callquery *q)
{
	struct farlogin *f = ctx;
	struct err e = ERR_INIT;

	if (f->phase != FAR_BROWSER && (f->lost_since == 0 ||
	    f->resume != FAR_BROWSER))
		return;
	if (callquery_judge(q, f->plan->want.issuer, &e) == -1) {
		farstate_fail(f, &e);
		return;
	}
	f->answer = *q;
	memset(q, 0, sizeof(*q));	/* transferred */
	f->resume = FAR_EXCHANGE;	/* while the link is lost */
	if (f->phase == FAR_BROWSER)
		farstate_go(f, FAR_EXCHANGE);
}

static void
callback_closed(void *ctx)
{
	struct farlogin *f = ctx;

	f->showing = true;
	f->step.due = 0;
}

static const struct callback_fns callback_fns = {
	.answer = callback_answer,
	.closed = callback_closed,
};

static int
callback_listen(struct farlogin *f, struct err *e)
{
	const int ports[] = { f->url.port, 0 };

	f->callback = callback_open(f->net.loop, &(struct callback_ask){
	    .ports = ports, .both = true, .path = f->url.path,
	    .state = f->url.state, .fns = &callback_fns, .ctx = f }, e);
	if (f->callback != NULL)
		return 0;
	if (e->code == ERR_PORT_IN_USE)
		err_hint(e, "end that program, or use --paste, which needs no "
		    "port here");
	return -1;
}

/* By hand: everything else stands still meanwhile (see script_new). */
static int
paste(struct farlogin *f, struct err *e)
{
	const struct farlogin_watcher *w = f->plan->watcher;
	int64_t began = loop_clock();
	struct err bad = ERR_INIT;
	struct secret *url;
	struct callquery q = { 0 };

	do {
		url = w->paste == NULL ? NULL :
		    w->paste(w->ctx, bad.code != ERR_NONE ? &bad : NULL);
		net_forgive_since(&f->net, began);
		if (url == NULL)
			return err_set(e, ERR_CANCELLED, "no address was "
			    "given; nothing was changed");
		callquery_clear(&q);
		if (!callquery_read_url(&q, url) ||
		    !secret_equal(q.state, f->url.state))
			err_set(&bad, ERR_USAGE, "that is not the address "
			    "this login ends at");
		else
			bad.code = ERR_NONE;
		secret_free(url);
	} while (bad.code != ERR_NONE);
	callback_answer(f, &q);
	callquery_clear(&q);
	return 0;
}

int
farport_browser(struct farlogin *f, struct err *e)
{
	const struct farlogin_watcher *w = f->plan->watcher;
	bool shown = f->callback != NULL;	/* before the link was lost */

	if (!f->plan->paste && !shown && callback_listen(f, e) == -1)
		return -1;
	if (!shown)
		w->open(w->ctx, f->url.text, f->again > 0);
	if (f->plan->paste)
		return paste(f, e);
	return farline_poll(f, e);
}

/* The exchange, there */

static void
exchanged(void *ctx, enum farhttp_verdict verdict, const struct err *why)
{
	struct farlogin *f = ctx;

	(void)why;	/* the file tells */
	if (f->phase == FAR_EXCHANGE && !f->lost)
		farstate_go(f, verdict == FARHTTP_MOVED ? FAR_SUCCESS :
		    FAR_WAIT);
}

int
farport_exchange(struct farlogin *f, struct err *e)
{
	struct secret *request = farhttp_callback(f->url.port, f->url.path,
	    &f->answer);

	callquery_clear(&f->answer);
	return ask_start(f, request, exchanged, e);
}

static void
succeeded(void *ctx, enum farhttp_verdict verdict, const struct err *why)
{
	struct farlogin *f = ctx;

	(void)verdict, (void)why;	/* the file tells */
	if (f->phase == FAR_SUCCESS && !f->lost)
		farstate_go(f, FAR_FILE);
}

int
farport_success(struct farlogin *f, struct err *e)
{
	return ask_start(f, farhttp_get(f->url.port, "/success"), succeeded,
	    e);
}
