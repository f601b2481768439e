/*
 * authform - the bytes of an auth.json, as codex-cli 0.169 writes them.
 *
 * Threat: a file that Codex does not read, or a token that breaks out of the
 * header it will stand in. So
 * 1. a token MUST hold nothing but what RFC 6750, 2.1 allows (threat I7);
 * 2. what is made here MUST pass cred_parse, which judges as Codex does;
 * 3. a lease MUST hold nothing that outlives its access token.
 */
#include <stdio.h>
#include <string.h>

#include <sodium.h>

#include "authform.h"
#include "cred.h"
#include "err.h"
#include "json.h"
#include "jwt.h"
#include "secret.h"

#define CLAIM_AUTH   "https://api.openai.com/auth"
#define OWNER_BYTES  32
#define OWNER_LEN    sodium_base64_ENCODED_LEN(OWNER_BYTES, \
			sodium_base64_VARIANT_URLSAFE_NO_PADDING)
#define TIME_LEN     48
#define BLANK	     " \t\n\v\f\r"
#define ALNUM	     "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz" \
			"0123456789"

/*
 * The members that Codex writes, in its order, and what it writes for one
 * that is not there: NULL is nothing.
 */
static const struct member {
	const char	*parent;	/* "" for the top */
	const char	*name;
	const char	*absent;
} members[] = {
	{ "", "auth_mode", NULL },
	{ "", "OPENAI_API_KEY", "null" },
	{ "", "tokens", NULL },
	{ "", "last_refresh", NULL },
	{ "", "agent_identity", NULL },
	{ "", "personal_access_token", NULL },
	{ "", "bedrock_api_key", NULL },
	{ "", "bedrock_access_keys", NULL },
	{ "tokens", "id_token", NULL },
	{ "tokens", "access_token", NULL },
	{ "tokens", "refresh_token", NULL },
	{ "tokens", "oauth_provenance", NULL },
	{ "tokens", "login_owner_id", NULL },
	{ "tokens", "account_id", "null" },
	{ "oauth_provenance", "issuer", NULL },
	{ "oauth_provenance", "client_id", NULL },
	{ "agent_identity", "agent_runtime_id", NULL },
	{ "agent_identity", "agent_private_key", NULL },
	{ "agent_identity", "account_id", NULL },
	{ "agent_identity", "chatgpt_user_id", NULL },
	{ "agent_identity", "email", "\"\"" },
	{ "agent_identity", "plan_type", NULL },
	{ "agent_identity", "chatgpt_account_is_fedramp", NULL },
	{ "bedrock_api_key", "api_key", NULL },
	{ "bedrock_api_key", "region", NULL },
	{ "bedrock_access_keys", "access_key_id", NULL },
	{ "bedrock_access_keys", "secret_access_key", NULL },
	{ "bedrock_access_keys", "session_token", NULL },
};
#define MEMBERS (sizeof(members) / sizeof(members[0]))

/* Bytes on their way; without a place to put them they are counted. */
struct form {
	unsigned char	*out;	/* or NULL */
	size_t		 len;
};

static void
put(struct form *f, const void *p, size_t n)
{
	if (f->out != NULL)
		memcpy(f->out + f->len, p, n);
	f->len += n;
}

static void
put_text(struct form *f, const char *s)
{
	put(f, s, strlen(s));
}

/* As serde_json escapes: nothing but what has to be. */
static void
put_string(struct form *f, const char *s)
{
	static const char from[] = "\"\\\b\f\n\r\t", to[] = "\"\\bfnrt";
	const char *at;
	char hex[8];

	put(f, "\"", 1);
	for (; *s != '\0'; s++) {
		if ((at = strchr(from, *s)) != NULL) {
			put(f, "\\", 1);
			put(f, &to[at - from], 1);
		} else if ((unsigned char)*s < ' ') {
			(void)snprintf(hex, sizeof(hex), "\\u%04x",
			    (unsigned)*s);
			put_text(f, hex);
		} else {
			put(f, s, 1);
		}
	}
	put(f, "\"", 1);
}

static void	put_object(struct form *, const cJSON *, const char *, int);

/* One of those that cred_parse lets pass: null has been dealt with. */
static void
put_value(struct form *f, const cJSON *v, const char *name, int depth)
{
	if (cJSON_IsObject(v))
		put_object(f, v, name, depth);
	else if (cJSON_IsString(v))
		put_string(f, v->valuestring);
	else
		put_text(f, cJSON_IsTrue(v) ? "true" : "false");
}

static void
new_line(struct form *f, int depth)
{
	put(f, "\n", 1);
	for (; depth > 0; depth--)
		put(f, "  ", 2);
}

static void
put_object(struct form *f, const cJSON *o, const char *parent, int depth)
{
	const char *before = "";

	put(f, "{", 1);
	for (const struct member *m = members; m < members + MEMBERS; m++) {
		bool there = json_has(o, m->name);

		if (strcmp(m->parent, parent) != 0 ||
		    (!there && m->absent == NULL))
			continue;
		put_text(f, before);
		new_line(f, depth + 1);
		put_string(f, m->name);
		put_text(f, ": ");
		if (there)
			put_value(f, cJSON_GetObjectItemCaseSensitive(o,
			    m->name), m->name, depth + 1);
		else
			put_text(f, m->absent);
		before = ",";
	}
	new_line(f, depth);
	put(f, "}", 1);
}

/* The file that top says, judged; it has to be a login of that mode. */
static struct secret *
finish(const cJSON *top, enum cred_mode mode, struct err *e)
{
	struct form f = { NULL, 0 };
	struct secret *copy;
	SECRET_AUTO *s = NULL;
	struct secret *done;
	struct cred c;
	bool right;

	put_object(&f, top, "", 0);
	s = secret_new(f.len);
	copy = secret_new(f.len);
	if (s == NULL || copy == NULL) {
		secret_free(copy);
		(void)err_memory(e);
		return NULL;
	}
	f = (struct form){ secret_expose(s, NULL), 0 };
	put_object(&f, top, "", 0);
	memcpy(secret_expose(copy, NULL), secret_expose(s, NULL), f.len);
	if (cred_parse(&c, copy, e) == -1)
		return NULL;
	right = c.mode == mode;
	cred_clear(&c);
	if (!right) {
		(void)err_set(e, ERR_BAD_CREDENTIAL, "not a %s login",
		    cred_mode_name(mode));
		return NULL;
	}
	done = s;
	s = NULL;	/* transferred */
	return done;
}

/* Sets a member, or drops it where value is NULL. */
static int
set(cJSON *o, const char *name, const char *value, struct err *e)
{
	cJSON_DeleteItemFromObjectCaseSensitive(o, name);
	if (value != NULL && cJSON_AddStringToObject(o, name, value) == NULL)
		return err_memory(e);
	return 0;
}

/* b64token = 1*( ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/" ) *"=" */
static int
set_token(cJSON *o, const char *name, const struct secret *token,
    struct err *e)
{
	size_t len, n;
	const char *s = (const char *)secret_expose(token, &len);

	n = strspn(s, ALNUM "-._~+/");
	n += strspn(s + n, "=");
	if (len == 0)
		return err_set(e, ERR_BAD_CREDENTIAL, "'%s' is empty", name);
	if (n != len || s[0] == '=')
		return err_set(e, ERR_BAD_CREDENTIAL,
		    "'%s' holds characters no token has", name);
	return set(o, name, s, e);
}

/* As chrono prints it: no more digits than it takes, in threes. */
static int
set_time(cJSON *top, const struct timespec *t, struct err *e)
{
	char text[TIME_LEN], digits[10];
	size_t n, keep = 9;
	struct tm tm;

	if (gmtime_r(&t->tv_sec, &tm) == NULL ||
	    (n = strftime(text, sizeof(text), "%FT%T", &tm)) == 0)
		return err_set(e, ERR_INTERNAL, "the clock shows no time");
	(void)snprintf(digits, sizeof(digits), "%09ld", t->tv_nsec);
	while (keep > 0 && memcmp(digits + keep - 3, "000", 3) == 0)
		keep -= 3;
	(void)snprintf(text + n, sizeof(text) - n, "%s%.*sZ",
	    keep > 0 ? "." : "", (int)keep, digits);
	return set(top, "last_refresh", text, e);
}

/* Those of the three that there are. */
static int
set_tokens(cJSON *tokens, const struct authform_login *l, struct err *e)
{
	if (l->id_token != NULL &&
	    set_token(tokens, "id_token", l->id_token, e) == -1)
		return -1;
	if (l->access_token != NULL &&
	    set_token(tokens, "access_token", l->access_token, e) == -1)
		return -1;
	return l->refresh_token == NULL ? 0 :
	    set_token(tokens, "refresh_token", l->refresh_token, e);
}

/* What only a new login has. */
static int
set_origin(cJSON *tokens, const struct authform_login *l, struct err *e)
{
	JSON_AUTO *claims = jwt_claims(
	    (const char *)secret_expose(l->id_token, NULL));
	cJSON *o = cJSON_AddObjectToObject(tokens, "oauth_provenance");
	unsigned char random[OWNER_BYTES];
	char owner[OWNER_LEN];

	randombytes_buf(random, sizeof(random));
	(void)sodium_bin2base64(owner, sizeof(owner), random, sizeof(random),
	    sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	if (o == NULL)
		return err_memory(e);
	if (set(o, "issuer", l->issuer, e) == -1 ||
	    set(o, "client_id", l->client_id, e) == -1 ||
	    set(tokens, "login_owner_id", owner, e) == -1)
		return -1;
	return set(tokens, "account_id", json_string(json_object(claims,
	    CLAIM_AUTH), "chatgpt_account_id"), e);
}

struct secret *
authform_chatgpt(const struct authform_login *l, struct err *e)
{
	JSON_AUTO *top = cJSON_CreateObject();
	cJSON *tokens = cJSON_AddObjectToObject(top, "tokens");

	if (tokens == NULL) {
		(void)err_memory(e);
		return NULL;
	}
	if (set(top, "auth_mode", "chatgpt", e) == -1 ||
	    (l->api_key != NULL &&
	    set_token(top, "OPENAI_API_KEY", l->api_key, e) == -1) ||
	    set(tokens, "refresh_token", "", e) == -1 ||
	    set_tokens(tokens, l, e) == -1 ||
	    set_origin(tokens, l, e) == -1 ||
	    set_time(top, &l->now, e) == -1)
		return NULL;
	return finish(top, CRED_CHATGPT, e);
}

/* The tree of a file that cred_parse has taken. */
static cJSON *
tree_of(const struct cred *c, struct err *e)
{
	size_t len;
	const unsigned char *p = secret_expose(c->bytes, &len);

	return json_parse(p, len, ERR_BAD_CREDENTIAL, e);
}

/* top is the tree of c. Beside a key that is in use, tokens mean nothing. */
static cJSON *
tokens_of(const struct cred *c, cJSON *top, struct err *e)
{
	cJSON *t = cJSON_GetObjectItemCaseSensitive(top, "tokens");

	if (cJSON_IsObject(t) &&
	    (c->mode == CRED_CHATGPT || c->mode == CRED_LEASE))
		return t;
	(void)err_set(e, ERR_BAD_CREDENTIAL, "not a %s login",
	    cred_mode_name(CRED_CHATGPT));
	return NULL;
}

struct secret *
authform_refreshed(const struct cred *old, const struct authform_login *fresh,
    struct err *e)
{
	JSON_AUTO *top = tree_of(old, e);
	cJSON *tokens;

	if (top == NULL || (tokens = tokens_of(old, top, e)) == NULL ||
	    set_tokens(tokens, fresh, e) == -1 ||
	    set_time(top, &fresh->now, e) == -1)
		return NULL;
	return finish(top, CRED_CHATGPT, e);
}

struct secret *
authform_lease(const struct cred *c, struct err *e)
{
	JSON_AUTO *from = tree_of(c, e), *top = cJSON_CreateObject();
	cJSON *tokens;

	if (from == NULL || (tokens = tokens_of(c, from, e)) == NULL)
		return NULL;
	/* Without it Codex sends no token at all. */
	if (!c->has_refreshed) {
		(void)err_set(e, ERR_BAD_CREDENTIAL,
		    "'last_refresh' is missing");
		return NULL;
	}
	if (set(tokens, "refresh_token", "", e) == -1 ||
	    set(top, "auth_mode", "chatgptAuthTokens", e) == -1 ||
	    set(top, "last_refresh", c->last_refresh, e) == -1)
		return NULL;
	(void)cJSON_DetachItemViaPointer(from, tokens);
	if (!cJSON_AddItemToObject(top, "tokens", tokens)) {
		cJSON_Delete(tokens);
		(void)err_memory(e);
		return NULL;
	}
	return finish(top, CRED_LEASE, e);
}

/* Without the white space around it; NULL without memory. */
static struct secret *
trimmed(const struct secret *s)
{
	const char *p = (const char *)secret_expose(s, NULL);
	size_t len = secret_len(s), skip = strspn(p, BLANK);

	while (len > skip && strchr(BLANK, p[len - 1]) != NULL &&
	    p[len - 1] != '\0')
		len--;
	return secret_copy(p + skip, len - skip);
}

static struct secret *
key_form(const char *auth_mode, const char *name, const struct secret *given,
    enum cred_mode mode, struct err *e)
{
	JSON_AUTO *top = cJSON_CreateObject();
	SECRET_AUTO *key = trimmed(given);

	if (key == NULL) {
		(void)err_memory(e);
		return NULL;
	}
	if (set(top, "auth_mode", auth_mode, e) == -1 ||
	    set_token(top, name, key, e) == -1)
		return NULL;
	return finish(top, mode, e);
}

struct secret *
authform_apikey(const struct secret *key, struct err *e)
{
	return key_form("apikey", "OPENAI_API_KEY", key, CRED_APIKEY, e);
}

struct secret *
authform_pat(const struct secret *pat, struct err *e)
{
	return key_form(NULL, "personal_access_token", pat, CRED_PAT, e);
}
