/*
 * issuer - the requests of Codex's login, to one issuer (auth.openai.com).
 *
 * Threat model, as rules:
 *  1. Nothing but the issuer's own URL is contacted: https, or http where the
 *     host is loopback; no answer changes where the next request goes
 *     (RFC 9700 4.4, 4.12), nothing is followed.
 *  2. What works once (a code, a refresh token) is sent once. Where its answer
 *     is lost after anything was sent the outcome is ISSUER_UNKNOWN, and said.
 *  3. Secrets are struct secret from the first byte: bodies are sent from
 *     there, answers are collected there.
 *  4. Answers are hostile: 256 KiB and 30 s at most, strict JSON, tokens of
 *     token characters alone, texts made safe and cut, and not shown at all
 *     where they quote what was sent.
 *
 * The wire forms are those of codex 0.169 (issuerwire.c has them all).
 * Driven from the loop; any number of calls at once.
 */
#ifndef ISSUER_H
#define ISSUER_H

#include <stdbool.h>
#include <stdint.h>

#include "tokens.h"

struct err;
struct issuer;
struct issuer_call;
struct loop;
struct secret;

#define ISSUER_URL	 "https://auth.openai.com"
#define ISSUER_CLIENT_ID "app_EMoamEEZ73f0CkXaXp7hrann"
#define ISSUER_NAME_MAX	 256	/* bytes of what whoami says, NUL included */
#define ISSUER_CODE_MAX	 17	/* of a user code, NUL included */

/* Borrowed for as long as the issuer lives. Any may be NULL. */
struct issuer_where {
	const char	*url;		/* NULL: ISSUER_URL */
	const char	*client_id;	/* NULL: ISSUER_CLIENT_ID */
	const char	*ca_file;	/* PEM, beside the system's own */
	const char	*ca_from;	/* the variable that names it */
	const char	*proxy;		/* for https that is not loopback */
	const char	*proxy_from;	/* the variable that names it */
	const char	*no_proxy;	/* hosts without it */
};

enum issuer_what {
	ISSUER_EXCHANGE,	/* code, verifier, redirect_uri -> tokens */
	ISSUER_APIKEY,		/* token (the id token) -> key, or NULL */
	ISSUER_USERCODE,	/* -> device */
	ISSUER_DEVICEPOLL,	/* device_id, user_code -> code, verifier */
	ISSUER_WHOAMI,		/* token (at-...) -> who */
	ISSUER_REFRESH,		/* token, reason -> tokens; absent ones stay */
	ISSUER_REVOKE,		/* token, hint -> nothing */
	ISSUER_WHATS
};

/* All borrowed for the length of the call that takes it. */
struct issuer_ask {
	enum issuer_what	 what;
	const struct secret	*code, *verifier, *token, *device_id;
	const char		*redirect_uri;
	const char		*user_code;
	const char		*reason;	/* "scheduled", ... */
	const char		*hint;		/* "refresh_token", "access_token" */
};

enum issuer_outcome {
	ISSUER_DONE,
	ISSUER_PENDING,		/* DEVICEPOLL: the user has not decided yet */
	ISSUER_SLOWER,		/* asked too often: later, and then less often */
	ISSUER_AGAIN,		/* nothing was used up: later may do */
	ISSUER_REFUSED,		/* for good */
	ISSUER_UNKNOWN		/* whether it took effect can't be told */
};

/* Why a refresh token is refused, by the code in the body, as Codex tells. */
enum issuer_refusal {
	REFUSAL_OTHER,
	REFUSAL_EXPIRED,
	REFUSAL_REUSED,		/* another copy was refreshed before */
	REFUSAL_INVALIDATED,	/* revoked: a log-out somewhere */
	REFUSAL_DENIED,		/* DEVICEPOLL: the user said no */
	REFUSAL_DISABLED,	/* USERCODE: no device codes here */
	REFUSAL_PAGE		/* a web page: not the issuer's own answer */
};

struct issuer_device {
	struct secret	*id;
	char		 user_code[ISSUER_CODE_MAX];	/* [A-Z0-9-]{4,16} */
	int		 interval;	/* seconds, 1 to 60 */
	int		 seconds;	/* that the code lives; 0: not said */
	int64_t		 over;		/* Unix time when it ends; 0: not said */
};

struct issuer_who {
	char	user[ISSUER_NAME_MAX], account[ISSUER_NAME_MAX];
	char	email[ISSUER_NAME_MAX], plan[ISSUER_NAME_MAX];
};

/* What is owned in it may be taken (leave NULL); the rest is freed after. */
struct issuer_answer {
	enum issuer_outcome	 outcome;
	enum issuer_refusal	 refusal;
	int			 retry_after;	/* seconds asked for; 0: none */
	bool			 sent;	/* the request, or some of it, went out */
	const struct err	*why;		/* NULL when done or pending */
	struct tokens		 tokens;
	struct secret		*key, *code, *verifier;
	struct issuer_device	 device;
	struct issuer_who	 who;
};

/* Called once, from the loop. May begin others; must not free the issuer. */
typedef void (*issuer_fn)(void *ctx, struct issuer_answer *a);

/*
 * NULL with e set: ERR_USAGE for a URL that is not allowed, a proxy that is
 * no URL, a CA file that can't be read or holds no certificate (the text
 * names the variable); else ERR_INTERNAL. Contacts nobody.
 */
struct issuer	*issuer_new(struct loop *l, const struct issuer_where *where,
		    struct err *e);
void		 issuer_free(struct issuer *i);

/* The URL without a slash at its end, for requests and to show; as it was
 * given, for oauth_provenance; the client. Borrowed from the issuer. */
const char	*issuer_url(const struct issuer *i);
const char	*issuer_given(const struct issuer *i);
const char	*issuer_client_id(const struct issuer *i);

/* Begins; NULL with ERR_INTERNAL without memory, and done is not called. */
struct issuer_call *issuer_call(struct issuer *i,
		    const struct issuer_ask *ask, issuer_fn done, void *ctx,
		    struct err *e);

/* Ends it without a word. Not after done was called. NULL is fine. */
void		 issuer_cancel(struct issuer_call *c);

#endif
