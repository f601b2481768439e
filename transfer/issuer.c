#include "issuer.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "form.h"
#include "http.h"
#include "issuerfail.h"
#include "issuersaid.h"
#include "issuerurl.h"
#include "issuerwire.h"
#include "loop.h"
#include "secret.h"

#define BODY_MAX   (256 * 1024)	/* of any answer (threat I4) */
#define ORIGINATOR "codex_cli_rs"

struct issuer {
	struct issuer_where where;
	char		*url;		/* without a slash at its end */
	struct http_where route;
	struct http	*http;
	struct issuer_call *calls;
};

/* Owns copies of the secrets that were asked with: the caller's may go. */
struct issuer_call {
	struct issuer_call *next;
	struct issuer	*issuer;
	enum issuer_what what;
	struct form_param sent[ISSUERWIRE_PARAMS];	/* those that are secret */
	size_t		 nsent;
	struct secret	*body;
	struct httpcall	*http;
	issuer_fn	 done;
	void		*ctx;
};

static void
call_free(struct issuer_call *c)
{
	http_cancel(c->http);
	for (size_t i = 0; i < c->nsent; i++)
		secret_free((struct secret *)c->sent[i].secret);
	secret_free(c->body);
	free(c);
}

void
issuer_cancel(struct issuer_call *c)
{
	struct issuer_call **at;

	if (c == NULL)
		return;
	for (at = &c->issuer->calls; *at != c; at = &(*at)->next)
		;
	*at = c->next;
	call_free(c);
}

/* Any failure of the API key is none of the login, as with Codex. */
static void
answer_settle(enum issuer_what what, struct issuer_answer *a,
    const struct err *e)
{
	if (what == ISSUER_APIKEY)
		a->outcome = ISSUER_DONE;
	if (a->outcome != ISSUER_DONE && a->outcome != ISSUER_PENDING)
		a->why = e;
}

/* When the code ends is by the issuer's clock: ours may be wrong. */
static void
device_settle(struct issuer_device *d, const char *date)
{
	time_t now = issuersaid_date(date);

	if (d->seconds == 0 && now != 0 && d->over > now &&
	    d->over - now <= INT_MAX)
		d->seconds = (int)(d->over - now);
}

/* The call is gone before its owner hears: he may begin the next. */
static void
call_answered(void *ctx, const struct http_answer *http)
{
	struct issuer_call *c = ctx;
	struct issuer_answer a = { .outcome = ISSUER_DONE,
		.sent = http->sent };
	struct issuerfail fail = { .where = &c->issuer->where,
		.url = c->issuer->url, .what = c->what, .http = http,
		.params = c->sent, .nparams = c->nsent };
	issuer_fn done = c->done;
	struct err e = ERR_INIT;

	ctx = c->ctx;
	if (http->status / 100 != 2)
		issuerfail_read(&fail, &a, &e);
	else if (issuersaid_read(c->what, http->body, http->len, &a, &e) == -1)
		issuerfail_unread(&fail, &a, &e);
	answer_settle(c->what, &a, &e);
	device_settle(&a.device, http->wanted);
	issuer_cancel(c);
	done(ctx, &a);
	issuersaid_clear(&a);
}

/* Copies of the secrets alone: an answer that quotes one must be known. */
static int
call_secrets(struct issuer_call *c, const struct issuer_ask *ask)
{
	struct form_param all[ISSUERWIRE_PARAMS];
	size_t n = issuerwire_params(ask, issuer_client_id(c->issuer), all);

	for (size_t i = 0; i < n; i++) {
		struct secret *copy;

		if (all[i].secret == NULL)
			continue;
		if ((copy = secret_dup(all[i].secret)) == NULL)
			return -1;
		c->sent[c->nsent++] = (struct form_param){ .secret = copy };
	}
	return 0;
}

static int
call_begin(struct issuer_call *c, const struct issuer_ask *ask)
{
	const struct issuerwire *w = issuerwire_of(ask->what);
	struct http_ask http = { .method = w->method, .path = w->path,
		.originator = w->named ? ORIGINATOR : NULL,
		.nameless = !w->named, .secret = true, .once = w->once,
		.want = "Date", .max = BODY_MAX, .ms = w->seconds * 1000 };

	if (call_secrets(c, ask) == -1)
		return -1;
	if (w->bearer) {
		http.bearer = c->sent[0].secret;
	} else {
		c->body = issuerwire_body(ask, issuer_client_id(c->issuer));
		http.body = c->body;
		http.type = w->form ? "application/x-www-form-urlencoded" :
		    "application/json";
		if (c->body == NULL)
			return -1;
	}
	c->http = http_call(c->issuer->http, &http, call_answered, c);
	return c->http == NULL ? -1 : 0;
}

struct issuer_call *
issuer_call(struct issuer *i, const struct issuer_ask *ask, issuer_fn done,
    void *ctx, struct err *e)
{
	struct issuer_call *c = calloc(1, sizeof(*c));

	if (c != NULL) {
		*c = (struct issuer_call){ .next = i->calls, .issuer = i,
			.what = ask->what, .done = done, .ctx = ctx };
		i->calls = c;
		if (call_begin(c, ask) == 0)
			return c;
		issuer_cancel(c);
	}
	err_memory(e);
	return NULL;
}

/* ---- the issuer ---- */

struct issuer *
issuer_new(struct loop *l, const struct issuer_where *where, struct err *e)
{
	struct issuer *i = calloc(1, sizeof(*i));
	bool loopback;

	if (i == NULL) {
		err_memory(e);
		return NULL;
	}
	i->where = *where;
	i->url = issuerurl_base(issuer_given(i), &loopback, e);
	if (i->url == NULL || issuerurl_proxy(where, e) == -1 ||
	    issuerurl_ca(where, e) == -1)
		goto fail;
	i->route = (struct http_where){ .base = i->url, .tls = true,
		.verify = true, .ca = where->ca_file, .ca_adds = true,
		.proxy = loopback ? NULL : where->proxy,
		.no_proxy = where->no_proxy };
	if ((i->http = http_new(l, &i->route, e)) == NULL)
		goto fail;
	return i;
fail:
	issuer_free(i);
	return NULL;
}

void
issuer_free(struct issuer *i)
{
	if (i == NULL)
		return;
	while (i->calls != NULL)
		issuer_cancel(i->calls);
	http_free(i->http);
	free(i->url);
	free(i);
}

const char *
issuer_url(const struct issuer *i)
{
	return i->url;
}

const char *
issuer_given(const struct issuer *i)
{
	return i->where.url != NULL ? i->where.url : ISSUER_URL;
}

const char *
issuer_client_id(const struct issuer *i)
{
	return i->where.client_id != NULL ? i->where.client_id :
	    ISSUER_CLIENT_ID;
}
