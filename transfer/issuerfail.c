#include "issuerfail.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "err.h"
#include "form.h"
#include "http.h"
#include "issuersaid.h"
#include "issuerwire.h"

#define CLOCK_OFF 300		/* seconds; tokens are not that exact */
#define TIME_LEN  32

static const char *
deed(const struct issuerfail *f)
{
	return issuerwire_of(f->what)->deed;
}

static const char *
proxy_name(const struct issuerfail *f)
{
	return f->where->proxy_from != NULL ? f->where->proxy_from : "";
}

static const char *
now_text(char out[TIME_LEN])
{
	time_t now = time(NULL);
	struct tm tm;

	out[0] = '\0';
	if (gmtime_r(&now, &tm) != NULL)
		(void)strftime(out, TIME_LEN, "%FT%TZ", &tm);
	return out;
}

/* How far our clock is from what the answer says. */
static long
clock_off(const char *date)
{
	time_t theirs = issuersaid_date(date);

	return theirs == 0 ? 0 : (long)(time(NULL) - theirs);
}

/* ---- no answer ---- */

static void
lost_hint(const struct issuerfail *f, struct err *e)
{
	const struct issuer_where *w = f->where;
	char now[TIME_LEN];

	switch (f->http->lost) {
	case HTTP_NO_PROXY:
		err_hint(e, "correct %s, or unset it", proxy_name(f));
		break;
	case HTTP_PROXY_REFUSES:
		if (f->http->proxy_status == 407)
			err_hint(e, "put its user and password into %s: "
			    "http://user:password@host:port", proxy_name(f));
		else
			err_hint(e, "have the proxy allow it, or name the host "
			    "in NO_PROXY");
		break;
	case HTTP_BAD_CA:
		err_hint(e, "name a PEM file of certificates in %s, or unset "
		    "it", w->ca_from != NULL ? w->ca_from :
		    "CODEX_CA_CERTIFICATE");
		break;
	case HTTP_UNTRUSTED:
		if (w->ca_file != NULL)
			err_hint(e, "see whether '%s', which %s names, is the CA "
			    "that signs here", w->ca_file,
			    w->ca_from != NULL ? w->ca_from : "you");
		else
			err_hint(e, "where a company's proxy opens TLS, name "
			    "its CA's PEM file in CODEX_CA_CERTIFICATE");
		break;
	case HTTP_CLOCK:
		err_hint(e, "this machine's clock says %s: correct it if that "
		    "is wrong", now_text(now));
		break;
	case HTTP_NO_NAME:
		err_hint(e, "see whether this machine has a network and names; "
		    "a proxy is named in HTTPS_PROXY");
		break;
	case HTTP_TOO_MUCH:
		err_hint(e, "is that the issuer? see what 'curl %s' shows",
		    f->url);
		break;
	default:
		err_hint(e, "see whether 'curl -I %s' works here", f->url);
		break;
	}
}

static void
lost_text(const struct issuerfail *f, struct err *e)
{
	const struct err *why = f->http->why;

	switch (f->http->lost) {
	case HTTP_NO_PROXY:
		err_set(e, why->code, "cannot reach the proxy that %s names: %s",
		    proxy_name(f), why->text);
		break;
	case HTTP_PROXY_REFUSES:
		err_set(e, why->code, "the proxy that %s names refuses '%s' "
		    "(status %d)", proxy_name(f), f->url,
		    f->http->proxy_status);
		break;
	case HTTP_BAD_CA:
		err_set(e, why->code, "cannot use the CA file '%s': %s",
		    f->where->ca_file != NULL ? f->where->ca_file : "",
		    why->text);
		break;
	case HTTP_UNTRUSTED:
	case HTTP_CLOCK:
		err_set(e, why->code, "cannot trust '%s': %s", f->url,
		    why->text);
		break;
	case HTTP_LATE:
		err_set(e, why->code, "'%s' did not answer in time", f->url);
		break;
	case HTTP_TOO_MUCH:
	case HTTP_BROKEN:
		err_set(e, why->code, "'%s' answers wrongly: %s", f->url,
		    why->text);
		break;
	default:
		err_set(e, why->code, "cannot reach '%s': %s", f->url,
		    why->text);
		break;
	}
	err_wrap(e, "%s", deed(f));
}

/* Where asking the same again can't go better. */
static bool
lost_for_good(enum http_lost lost)
{
	return lost == HTTP_TOO_MUCH || lost == HTTP_PROXY_REFUSES ||
	    lost == HTTP_BAD_CA || lost == HTTP_UNTRUSTED ||
	    lost == HTTP_CLOCK;
}

/* The hint of what was spent by sending it. */
static void
unknown_hint(const struct issuerfail *f, struct err *e)
{
	if (f->what == ISSUER_REFRESH)
		err_hint(e, "the refresh token may be used up: if the next "
		    "refresh is refused, log in again");
	else
		err_hint(e, "a code works once and is not sent again: log in "
		    "once more");
}

static void
unknown(const struct issuerfail *f, struct issuer_answer *a, struct err *e)
{
	a->outcome = ISSUER_UNKNOWN;
	unknown_hint(f, e);
}

static void
lost(const struct issuerfail *f, struct issuer_answer *a, struct err *e)
{
	lost_text(f, e);
	lost_hint(f, e);
	a->outcome = lost_for_good(f->http->lost) ? ISSUER_REFUSED :
	    ISSUER_AGAIN;
	if (f->http->sent && issuerwire_of(f->what)->once)
		unknown(f, a, e);
}

/* ---- an answer, but no success ---- */

/* Codex looks at the code whatever the status is. */
static const struct {
	enum issuer_what	what;
	const char		*code;
	enum issuer_outcome	outcome;
	enum issuer_refusal	refusal;
} codes[] = {
	{ ISSUER_REFRESH, "refresh_token_reused", ISSUER_REFUSED,
	  REFUSAL_REUSED },
	{ ISSUER_REFRESH, "refresh_token_expired", ISSUER_REFUSED,
	  REFUSAL_EXPIRED },
	{ ISSUER_REFRESH, "refresh_token_invalidated", ISSUER_REFUSED,
	  REFUSAL_INVALIDATED },
	{ ISSUER_REFRESH, "invalid_grant", ISSUER_REFUSED, REFUSAL_OTHER },
	/* RFC 8628 3.5 */
	{ ISSUER_DEVICEPOLL, "authorization_pending", ISSUER_PENDING,
	  REFUSAL_OTHER },
	{ ISSUER_DEVICEPOLL, "slow_down", ISSUER_SLOWER, REFUSAL_OTHER },
	{ ISSUER_DEVICEPOLL, "access_denied", ISSUER_REFUSED,
	  REFUSAL_DENIED },
	{ ISSUER_DEVICEPOLL, "expired_token", ISSUER_REFUSED,
	  REFUSAL_EXPIRED },
};

static bool
by_code(const struct issuerfail *f, const char *code, struct issuer_answer *a)
{
	for (size_t i = 0; i < sizeof(codes) / sizeof(*codes); i++) {
		if (codes[i].what == f->what &&
		    strcmp(codes[i].code, code) == 0) {
			a->outcome = codes[i].outcome;
			a->refusal = codes[i].refusal;
			return true;
		}
	}
	return false;
}

static void
by_status(const struct issuerfail *f, bool page, struct issuer_answer *a)
{
	int status = f->http->status;

	if (status == 429)
		a->outcome = f->what == ISSUER_DEVICEPOLL ? ISSUER_SLOWER :
		    ISSUER_AGAIN;
	else if (status >= 500 || status == 408)
		a->outcome = issuerwire_of(f->what)->once ? ISSUER_UNKNOWN :
		    ISSUER_AGAIN;
	else if (page && status >= 400)
		a->outcome = ISSUER_AGAIN;
	else if (f->what == ISSUER_DEVICEPOLL &&
	    (status == 403 || status == 404))
		a->outcome = ISSUER_PENDING;
	else if (f->what == ISSUER_REFRESH && status >= 400 && status != 401)
		a->outcome = ISSUER_AGAIN;	/* as Codex: it may pass */
	else
		a->outcome = ISSUER_REFUSED;
	if (page)
		a->refusal = REFUSAL_PAGE;
	else if (f->what == ISSUER_USERCODE && status == 404)
		a->refusal = REFUSAL_DISABLED;
}

static void
refusal_text(const struct issuerfail *f, const struct issuersaid *said,
    const struct issuer_answer *a, struct err *e)
{
	int status = f->http->status;
	const char *words = form_quoted(f->params, f->nparams, said->text) ||
	    form_quoted(f->params, f->nparams, said->code) ?
	    "(its words quote a secret)" : said->text;

	if (a->refusal == REFUSAL_DISABLED)
		err_set(e, ERR_LOGIN_REFUSED, "device codes are not enabled at "
		    "'%s'", f->url);
	else if (a->refusal == REFUSAL_PAGE)
		err_set(e, ERR_UNREACHABLE, "'%s' answers with a web page "
		    "instead of JSON (status %d): a Cloudflare challenge, or a "
		    "proxy's page", f->url, status);
	else if (status >= 300 && status < 400)
		err_set(e, ERR_PROTOCOL, "'%s' redirects (status %d), which is "
		    "not followed", f->url, status);
	else
		err_set(e, status == 429 || status >= 500 || status == 408 ?
		    ERR_UNREACHABLE : status < 400 ? ERR_PROTOCOL :
		    ERR_LOGIN_REFUSED, "'%s' answers %d%s%s", f->url, status,
		    words[0] != '\0' ? ": " : "", words);
	err_wrap(e, "%s", deed(f));
}

static void
refusal_hint(const struct issuerfail *f, const struct issuer_answer *a,
    struct err *e)
{
	long off = clock_off(f->http->wanted);

	if (a->refusal == REFUSAL_DISABLED)
		err_hint(e, "allow device codes in ChatGPT's security settings "
		    "(of a workspace: its admin), or leave --device-auth out");
	else if (a->refusal == REFUSAL_PAGE)
		err_hint(e, "open the URL in a browser on this network, or use "
		    "another network");
	else if (a->refusal == REFUSAL_REUSED)
		err_hint(e, "another copy of this login was refreshed; log in "
		    "again, and keep one copy");
	else if (a->refusal == REFUSAL_DENIED)
		err_hint(e, "the request was declined in the browser");
	else if (f->what == ISSUER_DEVICEPOLL &&
	    a->refusal == REFUSAL_EXPIRED)
		err_hint(e, "run it again for a new code");
	else if (labs(off) > CLOCK_OFF)
		err_hint(e, "this machine's clock is %ld s %s the issuer's: "
		    "correct it", labs(off), off > 0 ? "ahead of" : "behind");
	else if (a->retry_after > 0)
		err_hint(e, "try again in %d s", a->retry_after);
	else if (a->outcome == ISSUER_AGAIN || a->outcome == ISSUER_SLOWER)
		err_hint(e, "try again later");
	else if (f->what == ISSUER_WHOAMI)
		err_hint(e, "see whether the token is whole, and not revoked");
	else if (f->what == ISSUER_REFRESH || f->what == ISSUER_EXCHANGE)
		err_hint(e, "log in again");
}

void
issuerfail_read(const struct issuerfail *f, struct issuer_answer *a,
    struct err *e)
{
	struct issuersaid said;

	if (f->http->status == 0) {
		lost(f, a, e);
		return;
	}
	issuersaid_refusal(f->http->body, f->http->len, f->http->type, &said);
	a->retry_after = f->http->retry_after;
	if (!by_code(f, said.code, a))
		by_status(f, said.page, a);
	refusal_text(f, &said, a, e);
	if (a->outcome == ISSUER_UNKNOWN)
		unknown_hint(f, e);
	else
		refusal_hint(f, a, e);
}

void
issuerfail_unread(const struct issuerfail *f, struct issuer_answer *a,
    struct err *e)
{
	struct issuersaid said;

	issuersaid_refusal(f->http->body, f->http->len, f->http->type, &said);
	a->outcome = ISSUER_REFUSED;
	if (said.page) {
		a->refusal = REFUSAL_PAGE;
		refusal_text(f, &said, a, e);
		refusal_hint(f, a, e);
	} else {
		err_wrap(e, "%s: '%s'", deed(f), f->url);
	}
	if (issuerwire_of(f->what)->once)
		unknown(f, a, e);
}
