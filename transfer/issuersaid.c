/*
 * issuersaid - reads what an issuer answers.
 *
 * 1. Nothing of an answer is used before all of it has been found right.
 * 2. A token MUST hold token characters alone (RFC 6750 2.1), the user code
 *    what a person types: both get into headers and onto terminals.
 * 3. An error MUST NOT quote the body: it may hold a token.
 */
#include "issuersaid.h"

#include <string.h>
#include <strings.h>
#include <time.h>

#include "cred.h"
#include "err.h"
#include "json.h"
#include "secret.h"
#include "text.h"

#define CODE_MIN	 4	/* of a user code */
#define TEXT_MAX	 4096	/* of a code, a verifier or an id */
#define INTERVAL_DEFAULT 5	/* RFC 8628 3.2 */
#define INTERVAL_MAX	 60
#define LIFE_MAX	 86400	/* seconds; --timeout goes no further */

static int
bad(struct err *e, const char *what)
{
	return err_set(e, ERR_PROTOCOL, "its answer has no usable '%s'", what);
}

static int
take(struct secret **to, const char *s, struct err *e)
{
	*to = secret_copy(s, strlen(s));
	return *to == NULL ? err_memory(e) : 0;
}

/* A member that need not be there; "" and null are as if it were not. */
static int
take_token(const cJSON *o, const char *name, bool needed, struct secret **to,
    struct err *e)
{
	const char *s = json_string(o, name);

	if (!needed && (!json_has(o, name) || (s != NULL && *s == '\0')))
		return 0;
	if (s == NULL || !token_ok(s) ||
	    (strcmp(name, "id_token") == 0 && !token_is_id(s)))
		return bad(e, name);
	return take(to, s, e);
}

static int
take_text(const cJSON *o, const char *name, struct secret **to, struct err *e)
{
	const char *s = json_string(o, name);

	if (s == NULL || *s == '\0' || strlen(s) > TEXT_MAX)
		return bad(e, name);
	return take(to, s, e);
}

static int
read_tokens(const cJSON *o, bool needed, struct tokens *t, struct err *e)
{
	if (take_token(o, "id_token", needed, &t->id, e) == -1 ||
	    take_token(o, "access_token", needed, &t->access, e) == -1 ||
	    take_token(o, "refresh_token", needed, &t->refresh, e) == -1)
		return -1;
	return 0;
}

/* Codex wants a string; a number does as well. Missing: RFC 8628's five. */
static int
read_interval(const cJSON *o, int *interval, struct err *e)
{
	const cJSON *m = cJSON_GetObjectItemCaseSensitive(o, "interval");
	const char *s = json_string(o, "interval");
	int64_t n = INTERVAL_DEFAULT;

	if (s != NULL && text_number(s, 0, INT32_MAX, &n) == -1)
		return bad(e, "interval");
	if (s == NULL && json_has(o, "interval")) {
		if (!cJSON_IsNumber(m) || m->valuedouble < 0 ||
		    m->valuedouble > INT32_MAX)
			return bad(e, "interval");
		n = (int64_t)m->valuedouble;
	}
	*interval = n < 1 ? 1 : n > INTERVAL_MAX ? INTERVAL_MAX : (int)n;
	return 0;
}

/*
 * How long the code lives, RFC 8628's way or OpenAI's. Codex looks at neither,
 * so what cannot be read is as if it were not there.
 */
static void
read_life(const cJSON *o, struct issuer_device *d)
{
	const cJSON *in = cJSON_GetObjectItemCaseSensitive(o, "expires_in");
	const char *at = json_string(o, "expires_at");
	struct timespec t;

	if (cJSON_IsNumber(in) && in->valuedouble >= 1 &&
	    in->valuedouble <= LIFE_MAX)
		d->seconds = (int)in->valuedouble;
	if (at != NULL && cred_time(at, &t) == 0)
		d->over = t.tv_sec;
}

static int
read_device(const cJSON *o, struct issuer_device *d, struct err *e)
{
	const char *code = json_string(o, "user_code");
	size_t len;

	if (code == NULL)
		code = json_string(o, "usercode");
	len = code == NULL ? 0 : strspn(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "0123456789-");
	if (len < CODE_MIN || len >= sizeof(d->user_code) || code[len] != '\0')
		return bad(e, "user_code");
	if (take_text(o, "device_auth_id", &d->id, e) == -1)
		return -1;
	memcpy(d->user_code, code, len + 1);
	read_life(o, d);
	return read_interval(o, &d->interval, e);
}

static int
read_who(const cJSON *o, struct issuer_who *who, struct err *e)
{
	const struct {
		const char	*name;
		char		*to;
		bool		 needed;
	} texts[] = {
		{ "chatgpt_user_id", who->user, true },
		{ "chatgpt_account_id", who->account, true },
		{ "chatgpt_plan_type", who->plan, true },
		{ "email", who->email, false },
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		const char *s = json_string(o, texts[i].name);

		if (s == NULL && (texts[i].needed || json_has(o,
		    texts[i].name)))
			return bad(e, texts[i].name);
		(void)text_safes(texts[i].to, ISSUER_NAME_MAX,
		    s != NULL ? s : "");
	}
	if (!cJSON_IsBool(cJSON_GetObjectItemCaseSensitive(o,
	    "chatgpt_account_is_fedramp")))
		return bad(e, "chatgpt_account_is_fedramp");
	return 0;
}

static int
read_all(enum issuer_what what, const cJSON *o, struct issuer_answer *a,
    struct err *e)
{
	if (!cJSON_IsObject(o))
		return err_set(e, ERR_PROTOCOL, "its answer is no JSON object");
	switch (what) {
	case ISSUER_EXCHANGE:
		return read_tokens(o, true, &a->tokens, e);
	case ISSUER_REFRESH:
		return read_tokens(o, false, &a->tokens, e);
	case ISSUER_APIKEY:
		return take_token(o, "access_token", true, &a->key, e);
	case ISSUER_USERCODE:
		return read_device(o, &a->device, e);
	case ISSUER_DEVICEPOLL:
		return take_text(o, "authorization_code", &a->code, e) == -1 ?
		    -1 : take_text(o, "code_verifier", &a->verifier, e);
	case ISSUER_WHOAMI:
		return read_who(o, &a->who, e);
	case ISSUER_REVOKE:
	case ISSUER_WHATS:
		break;
	}
	return 0;
}

time_t
issuersaid_date(const char *date)
{
	struct tm tm = { 0 };
	const char *end = strptime(date, "%a, %d %b %Y %H:%M:%S GMT", &tm);

	return end == NULL ? 0 : timegm(&tm);
}

int
issuersaid_read(enum issuer_what what, const char *body, size_t len,
    struct issuer_answer *a, struct err *e)
{
	JSON_AUTO *o = NULL;

	if (what == ISSUER_REVOKE)
		return 0;	/* RFC 7009 2.2: the body means nothing */
	o = json_parse(body, len, ERR_PROTOCOL, e);
	if (o == NULL)
		return err_wrap(e, "its answer cannot be read");
	if (read_all(what, o, a, e) == 0)
		return 0;
	issuersaid_clear(a);
	return -1;
}

void
issuersaid_clear(struct issuer_answer *a)
{
	tokens_clear(&a->tokens);
	secret_free(a->key);
	secret_free(a->code);
	secret_free(a->verifier);
	secret_free(a->device.id);
	a->key = a->code = a->verifier = a->device.id = NULL;
}

/* ---- refusals ---- */

static bool
is_page(const char *body, size_t len, const char *type)
{
	size_t blank = 0;

	if (strncasecmp(type, "text/html", 9) == 0)
		return true;
	while (blank < len && strchr(" \t\r\n", body[blank]) != NULL &&
	    body[blank] != '\0')
		blank++;
	return blank < len && body[blank] == '<';
}

static void
say(char *to, size_t size, const char *s)
{
	if (*to == '\0' && s != NULL)
		(void)text_safes(to, size, s);
}

void
issuersaid_refusal(const char *body, size_t len, const char *type,
    struct issuersaid *said)
{
	struct err ignored;
	JSON_AUTO *o = json_parse(body, len, ERR_PROTOCOL, &ignored);
	const cJSON *error = json_object(o, "error");

	*said = (struct issuersaid){ .page = o == NULL &&
		is_page(body, len, type) };
	say(said->code, sizeof(said->code), json_string(o, "error"));
	say(said->code, sizeof(said->code), json_string(error, "code"));
	say(said->code, sizeof(said->code), json_string(o, "code"));
	say(said->text, sizeof(said->text),
	    json_string(o, "error_description"));
	say(said->text, sizeof(said->text), json_string(error, "message"));
	say(said->text, sizeof(said->text), json_string(o, "message"));
	say(said->text, sizeof(said->text), json_string(o, "detail"));
	say(said->text, sizeof(said->text), said->code);
	if (o == NULL && !said->page)
		(void)text_safe(said->text, sizeof(said->text), body, len);
}
