#include "weblogin.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "authurl.h"
#include "callback.h"
#include "cred.h"
#include "err.h"
#include "issuer.h"
#include "loop.h"
#include "pkce.h"
#include "secret.h"

#define VERIFIER_BYTES 64	/* Codex's: 86 characters */
#define STATE_BYTES    32
#define PATH	       "/auth/callback"
#define URI_BYTES      64
#define TRIES	       3	/* of an exchange that could not be sent */
#define TRY_MS	       1000	/* before the second, and twice that after */

const int weblogin_ports[] = { CALLBACK_PORT, CALLBACK_PORT_FALLBACK, 0 };

enum phase { PHASE_WAIT, PHASE_EXCHANGE, PHASE_KEY, PHASE_ENDED, PHASE_OVER };

struct weblogin {
	struct weblogin_ask ask;
	struct loop	*loop;
	enum phase	 phase;
	struct secret	*state, *verifier, *code;
	char		 redirect_uri[URI_BYTES];
	char		*url;
	struct callback	*callback;	/* NULL: by hand, or closed */
	struct issuer_call *call;
	int		 tries;
	struct tokens	 tokens;
	int64_t		 due;		/* when it is given up */
	struct watch	 end, next;	/* that; the next step */
};

/* ---- how it ends -------------------------------------------------------- */

static void
finish(struct weblogin *w, struct secret *authjson_take,
    const struct err *why)
{
	w->phase = PHASE_ENDED;
	w->next.due = w->end.due = LOOP_NEVER;
	w->ask.ended(w->ask.ctx, authjson_take, why);
}

/* Whether id is one of a list with commas. */
static bool
among(const char *list, const char *id)
{
	size_t len = strlen(id), n;

	if (len == 0)
		return false;	/* "a,,b" names no login without one */
	for (; *list != '\0'; list += n + (list[n] == ',')) {
		n = strcspn(list, ",");
		if (n == len && memcmp(list, id, n) == 0)
			return true;
	}
	return false;
}

/* The issuer was asked for the workspace; that it heard has to be seen. */
static int
workspace_check(const struct weblogin *w, const char *account, struct err *e)
{
	if (w->ask.workspace == NULL || among(w->ask.workspace, account))
		return 0;
	err_set(e, ERR_LOGIN_REFUSED, "the login is of the workspace '%s', "
	    "not of '%s'", account, w->ask.workspace);
	return err_hint(e, "choose that workspace in the browser, or leave "
	    "--workspace away");
}

/* The tokens are here, and the key or none. */
static void
complete(struct weblogin *w, const struct secret *key)
{
	struct secret *authjson;
	struct err e = ERR_INIT;
	struct cred c = { 0 };

	authjson = login_authjson(w->ask.issuer, &w->tokens, key, &e);
	if (authjson == NULL || cred_parse(&c, authjson, &e) == -1 ||
	    workspace_check(w, c.account, &e) == -1) {
		cred_clear(&c);
		finish(w, NULL, &e);
		return;
	}
	authjson = c.bytes;
	c.bytes = NULL;		/* transferred */
	cred_clear(&c);
	finish(w, authjson, NULL);
}

/* ---- what the issuer says ----------------------------------------------- */

static void	step(struct weblogin *w);

static void
on_key(void *ctx, struct issuer_answer *a)
{
	struct weblogin *w = ctx;

	w->call = NULL;
	complete(w, a->outcome == ISSUER_DONE ? a->key : NULL);
}

static void
on_tokens(void *ctx, struct issuer_answer *a)
{
	struct weblogin *w = ctx;
	struct err e;

	w->call = NULL;
	if (a->outcome == ISSUER_AGAIN && !a->sent && ++w->tries < TRIES) {
		w->next.due = loop_now(w->loop) + (TRY_MS << (w->tries - 1));
		return;
	}
	if (a->outcome != ISSUER_DONE) {
		e = *a->why;
		finish(w, NULL, &e);
		return;
	}
	w->tokens = a->tokens;
	memset(&a->tokens, 0, sizeof(a->tokens));	/* transferred */
	w->phase = PHASE_KEY;
	step(w);
}

static int
ask(struct weblogin *w, struct err *e)
{
	struct issuer_ask how;
	bool key = w->phase == PHASE_KEY;

	if (key)
		how = (struct issuer_ask){ .what = ISSUER_APIKEY,
			.token = w->tokens.id };
	else
		how = (struct issuer_ask){ .what = ISSUER_EXCHANGE,
			.code = w->code, .verifier = w->verifier,
			.redirect_uri = w->redirect_uri };
	w->call = issuer_call(w->ask.issuer, &how, key ? on_key : on_tokens,
	    w, e);
	return w->call == NULL ? -1 : 0;
}

static void
step(struct weblogin *w)
{
	struct err e = ERR_INIT;

	if (ask(w, &e) == -1)
		finish(w, NULL, &e);
}

/* ---- what the browser brings -------------------------------------------- */

/* The state was right. Takes the code. */
static void
answered(struct weblogin *w, struct callquery *q)
{
	struct err e = ERR_INIT;

	if (callquery_judge(q, issuer_url(w->ask.issuer), &e) == -1) {
		finish(w, NULL, &e);
		return;
	}
	w->code = q->code;
	q->code = NULL;		/* transferred */
	w->phase = PHASE_EXCHANGE;
	step(w);
}

static void
on_answer(void *ctx, struct callquery *q)
{
	struct weblogin *w = ctx;

	if (w->phase == PHASE_WAIT)
		answered(w, q);
}

static void
on_stray(void *ctx, int n)
{
	struct weblogin *w = ctx;

	if (w->ask.stray != NULL)
		w->ask.stray(w->ask.ctx, n);
}

static void
on_rival(void *ctx)
{
	struct weblogin *w = ctx;

	if (w->ask.rival != NULL)
		w->ask.rival(w->ask.ctx);
}

static void
on_closed(void *ctx)
{
	struct weblogin *w = ctx;

	callback_free(w->callback);
	w->callback = NULL;
	w->ask.closed(w->ask.ctx);
}

static const struct callback_fns fns = {
	.answer = on_answer,
	.stray = on_stray,
	.rival = on_rival,
	.closed = on_closed,
};

int
weblogin_paste(struct weblogin *w, const struct secret *url, struct err *e)
{
	struct callquery q;

	if (w->phase != PHASE_WAIT)
		return err_set(e, ERR_USAGE, "the login has its answer");
	if (!callquery_read_url(&q, url) || !secret_equal(q.state, w->state)) {
		callquery_clear(&q);
		err_set(e, ERR_USAGE, "that is not the address this login "
		    "ends at");
		return err_hint(e, "copy the whole address that begins with "
		    "%s", w->redirect_uri);
	}
	answered(w, &q);
	callquery_clear(&q);
	return 0;
}

/* ---- life --------------------------------------------------------------- */

static void
end_due(struct watch *v, short revents)
{
	struct weblogin *w = v->ctx;
	struct err e = ERR_INIT;

	(void)revents;
	if (w->phase != PHASE_WAIT)
		return;		/* an exchange has its own deadline */
	err_set(&e, ERR_TIMEOUT, "nobody logged in within %d s",
	    w->ask.seconds);
	err_hint(&e, "run it again; --timeout gives more time");
	finish(w, NULL, &e);
}

/* Another try, or the end of a login that nobody listens to. */
static void
next_due(struct watch *v, short revents)
{
	struct weblogin *w = v->ctx;

	(void)revents;
	if (w->phase == PHASE_OVER)
		w->ask.closed(w->ask.ctx);
	else if (w->phase == PHASE_EXCHANGE)
		step(w);
}

static int
listen_for(struct weblogin *w, struct err *e)
{
	int port = w->ask.ports[0];

	if (!w->ask.by_hand) {
		w->callback = callback_open(w->loop, &(struct callback_ask){
		    .ports = w->ask.ports, .both = w->ask.localhost,
		    .path = PATH, .state = w->state, .fns = &fns, .ctx = w }, e);
		if (w->callback == NULL)
			return -1;
		port = callback_port(w->callback);
	}
	(void)snprintf(w->redirect_uri, sizeof(w->redirect_uri),
	    "http://%s:%d" PATH, w->ask.localhost ? "localhost" : "127.0.0.1",
	    port);
	return 0;
}

static int
weblogin_begin(struct weblogin *w, struct err *e)
{
	char challenge[PKCE_CHALLENGE];

	err_memory(e);
	w->state = pkce_random(STATE_BYTES);
	w->verifier = pkce_random(VERIFIER_BYTES);
	if (w->state == NULL || w->verifier == NULL ||
	    loop_watch(w->loop, &w->end) == -1 ||
	    loop_watch(w->loop, &w->next) == -1 || listen_for(w, e) == -1)
		return -1;
	w->url = authurl_make(&(struct authurl){ .issuer = w->ask.issuer,
	    .redirect_uri = w->redirect_uri,
	    .challenge = pkce_challenge(challenge, w->verifier),
	    .state = w->state, .workspace = w->ask.workspace });
	return w->url == NULL ? -1 : 0;
}

struct weblogin *
weblogin_new(struct loop *l, const struct weblogin_ask *how, struct err *e)
{
	struct weblogin *w = calloc(1, sizeof(*w));

	if (w == NULL) {
		err_memory(e);
		return NULL;
	}
	w->ask = *how;
	w->loop = l;
	w->due = loop_now(l) + (int64_t)how->seconds * 1000;
	w->end = (struct watch){ .fd = -1, .due = w->due, .fn = end_due,
		.ctx = w };
	w->next = (struct watch){ .fd = -1, .due = LOOP_NEVER, .fn = next_due,
		.ctx = w };
	if (weblogin_begin(w, e) == 0)
		return w;
	weblogin_free(w);
	return NULL;
}

void
weblogin_free(struct weblogin *w)
{
	if (w == NULL)
		return;
	issuer_cancel(w->call);
	callback_free(w->callback);
	loop_unwatch(w->loop, &w->end);
	loop_unwatch(w->loop, &w->next);
	secret_free(w->state);
	secret_free(w->verifier);
	secret_free(w->code);
	tokens_clear(&w->tokens);
	free(w->url);
	free(w);
}

const char *
weblogin_url(const struct weblogin *w)
{
	return w->url;
}

int64_t
weblogin_due(const struct weblogin *w)
{
	return w->due;
}

bool
weblogin_hurry(struct weblogin *w)
{
	if (w->phase != PHASE_KEY)
		return false;
	issuer_cancel(w->call);
	w->call = NULL;
	complete(w, NULL);
	return true;
}

void
weblogin_finish(struct weblogin *w, bool good, const char *note)
{
	issuer_cancel(w->call);
	w->call = NULL;
	w->phase = PHASE_OVER;
	w->end.due = LOOP_NEVER;
	w->next.due = LOOP_NEVER;
	if (w->callback != NULL)
		callback_finish(w->callback, good, note);
	else
		w->next.due = loop_now(w->loop);
}
