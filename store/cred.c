/*
 * cred - what a Codex credential says, and its bytes.
 *
 * Threat: a file that we call good and the Codex over there does not read,
 * or reads as something else: the host is logged out, or another account is
 * overwritten. So
 * 1. what Codex 0.169 cannot parse MUST be refused here, whichever mode
 *    applies: it reads every member it knows before it chooses;
 * 2. the mode MUST be chosen in Codex's own order;
 * 3. claims are foreign text: they MUST be made safe before they are kept;
 * 4. no byte of the input may come into an error.
 */
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "cred.h"
#include "err.h"
#include "json.h"
#include "jwt.h"
#include "secret.h"
#include "text.h"

#define EXPIRES_MAX 253402300799	/* the last second of the year 9999 */
#define CLAIM_AUTH	"https://api.openai.com/auth"
#define CLAIM_PROFILE	"https://api.openai.com/profile"

_Static_assert(CRED_DIGEST_LEN == crypto_hash_sha256_BYTES, "SHA-256");

/*
 * Codex's modes, in the order in which 0.169 looks for a member where there
 * is no auth_mode; the named ones it takes from auth_mode alone, but for
 * ChatGPT, which is what remains.
 */
static const struct mode {
	const char	*word;		/* in auth_mode */
	enum cred_mode	 mode;
	const char	*member;	/* what has to be there */
	const char	*key;		/* and in it, where it is an object */
	bool		 guessed;	/* from its member */
} modes[] = {
	{ "personalAccessToken", CRED_PAT, "personal_access_token", NULL,
	    true },
	{ "bedrockApiKey", CRED_BEDROCK, "bedrock_api_key", "api_key", true },
	{ "bedrockAccessKeys", CRED_BEDROCK, "bedrock_access_keys",
	    "secret_access_key", true },
	{ "apikey", CRED_APIKEY, "OPENAI_API_KEY", NULL, true },
	{ "chatgpt", CRED_CHATGPT, "tokens", "access_token", true },
	{ "chatgptAuthTokens", CRED_LEASE, "tokens", "access_token", false },
	{ "agentIdentity", CRED_AGENT_IDENTITY, "agent_identity",
	    "agent_private_key", false },
};
#define MODES (sizeof(modes) / sizeof(modes[0]))

static const char *const mode_names[] = {
	[CRED_NONE] = "none",
	[CRED_CHATGPT] = "chatgpt",
	[CRED_LEASE] = "lease",
	[CRED_APIKEY] = "apikey",
	[CRED_PAT] = "personal_access_token",
	[CRED_AGENT_IDENTITY] = "agent_identity",
	[CRED_BEDROCK] = "bedrock",
};
_Static_assert(sizeof(mode_names) / sizeof(mode_names[0]) == CRED_MODES,
    "every mode has its word");

/*
 * The types serde asks for. Each row is a member of `parent` ("" for the top)
 * and is looked at only where the parent is an object; null is absent.
 */
static const struct field {
	const char	*parent;
	const char	*name;
	int		 types;		/* cJSON_String | ... */
	bool		 required;
} fields[] = {
	{ "", "auth_mode", cJSON_String, false },
	{ "", "OPENAI_API_KEY", cJSON_String, false },
	{ "", "tokens", cJSON_Object, false },
	{ "", "last_refresh", cJSON_String, false },
	{ "", "agent_identity", cJSON_String | cJSON_Object, false },
	{ "", "personal_access_token", cJSON_String, false },
	{ "", "bedrock_api_key", cJSON_Object, false },
	{ "", "bedrock_access_keys", cJSON_Object, false },
	{ "tokens", "id_token", cJSON_String, true },
	{ "tokens", "access_token", cJSON_String, true },
	{ "tokens", "refresh_token", cJSON_String, true },
	{ "tokens", "account_id", cJSON_String, false },
	{ "tokens", "login_owner_id", cJSON_String, false },
	{ "tokens", "oauth_provenance", cJSON_Object, false },
	{ "agent_identity", "agent_runtime_id", cJSON_String, true },
	{ "agent_identity", "agent_private_key", cJSON_String, true },
	{ "agent_identity", "account_id", cJSON_String, true },
	{ "agent_identity", "chatgpt_user_id", cJSON_String, true },
	{ "agent_identity", "email", cJSON_String, false },
	{ "agent_identity", "plan_type", cJSON_String, true },
	{ "agent_identity", "chatgpt_account_is_fedramp",
	    cJSON_True | cJSON_False, true },
	{ "bedrock_api_key", "api_key", cJSON_String, true },
	{ "bedrock_api_key", "region", cJSON_String, true },
	{ "bedrock_access_keys", "access_key_id", cJSON_String, true },
	{ "bedrock_access_keys", "secret_access_key", cJSON_String, true },
	{ "bedrock_access_keys", "session_token", cJSON_String, false },
}, provenance_fields[] = {
	{ "", "issuer", cJSON_String, true },
	{ "", "client_id", cJSON_String, true },
}, claim_fields[] = {
	{ "", "email", cJSON_String, false },
	{ "", CLAIM_PROFILE, cJSON_Object, false },
	{ "", CLAIM_AUTH, cJSON_Object, false },
	{ CLAIM_PROFILE, "email", cJSON_String, false },
	{ CLAIM_AUTH, "chatgpt_account_id", cJSON_String, false },
	{ CLAIM_AUTH, "chatgpt_user_id", cJSON_String, false },
	{ CLAIM_AUTH, "user_id", cJSON_String, false },
	{ CLAIM_AUTH, "chatgpt_plan_type", cJSON_String, false },
};
#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static int
bad(struct err *e, const char *what, const char *name)
{
	return err_set(e, ERR_BAD_CREDENTIAL, "'%s' %s", name, what);
}

static int
fields_check(const cJSON *top, const struct field *f, size_t n, struct err *e)
{
	for (const struct field *end = f + n; f < end; f++) {
		const cJSON *o = f->parent[0] == '\0' ? top :
		    json_object(top, f->parent);
		const cJSON *m;

		if (o == NULL)
			continue;
		m = cJSON_GetObjectItemCaseSensitive(o, f->name);
		if (m == NULL || cJSON_IsNull(m)) {
			if (f->required)
				return bad(e, "is missing", f->name);
		} else if ((m->type & f->types) == 0) {
			return bad(e, "has the wrong type", f->name);
		}
	}
	return 0;
}

/*
 * Whether it can stand in an Authorization header and in a shell's quotes:
 * what came with a line end or a quotation mark was pasted wrong.
 */
static bool
token_usable(const char *s)
{
	if (s == NULL || *s == '\0')
		return false;
	for (; *s != '\0'; s++)
		if (*s <= ' ' || *s > '~' || strchr("\"'\\", *s) != NULL)
			return false;
	return true;
}

/* One whose claims can be read; what they say is checked elsewhere. */
static cJSON *
token_claims(const char *s)
{
	return token_usable(s) && jwt_whole(s) ? jwt_claims(s) : NULL;
}

static int
tokens_check(const cJSON *tokens, struct err *e)
{
	static const char *const names[] = { "access_token", "refresh_token" };
	const cJSON *provenance = json_object(tokens, "oauth_provenance");
	cJSON *claims = token_claims(json_string(tokens, "id_token"));
	const char *s;
	int r;

	if (claims == NULL)
		return bad(e, "is not a JWT", "id_token");
	r = fields_check(claims, claim_fields, COUNT(claim_fields), e);
	cJSON_Delete(claims);
	if (r == 0 && provenance != NULL)
		r = fields_check(provenance, provenance_fields,
		    COUNT(provenance_fields), e);
	/* Empty is for the mode to judge: a lease has no refresh token. */
	for (size_t i = 0; r == 0 && i < COUNT(names); i++) {
		s = json_string(tokens, names[i]);
		if (*s != '\0' && !token_usable(s))
			r = bad(e, "holds characters no token has", names[i]);
	}
	return r;
}

static const struct mode *
mode_by_word(const char *word)
{
	for (size_t i = 0; i < MODES; i++)
		if (strcmp(modes[i].word, word) == 0)
			return &modes[i];
	return NULL;
}

static const struct mode *
mode_choose(const cJSON *top, struct err *e)
{
	const char *word = json_string(top, "auth_mode");
	const struct mode *m;

	if (word != NULL) {
		if ((m = mode_by_word(word)) == NULL)
			(void)bad(e, "is no mode that Codex knows",
			    "auth_mode");
		return m;
	}
	for (size_t i = 0; i < MODES; i++)
		if (modes[i].guessed && json_has(top, modes[i].member))
			return &modes[i];
	return mode_by_word("chatgpt");
}

/* Codex says "Logged in" to some of what is refused here. */
static int
mode_check(const struct mode *m, const cJSON *top, struct err *e)
{
	const cJSON *o = json_object(top, m->member);
	const char *name = o != NULL ? m->key : m->member;
	const char *s = json_string(o != NULL ? o : top, name);

	if (token_usable(s)) {
		/* The key in an agent's record is left for Codex to judge. */
		if (m->mode == CRED_AGENT_IDENTITY && o == NULL) {
			JSON_AUTO *claims = token_claims(s);

			if (claims == NULL)
				return bad(e, "is not a JWT", name);
		}
		return 0;
	}
	if (s == NULL || s[strspn(s, " \t\r\n")] == '\0')
		return err_set(e, ERR_BAD_CREDENTIAL,
		    "no usable token: '%s' is %s", name,
		    s == NULL ? "missing" : "empty");
	return bad(e, "holds characters no token has", name);
}

/* A claim into one of cred's fields, unless something is there already. */
static void
keep(char dst[CRED_FIELD_MAX], const char *claim)
{
	if (dst[0] == '\0' && claim != NULL)
		text_safes(dst, CRED_FIELD_MAX, claim);
}

/* What the tokens say; any of them may be NULL or no JWT at all. */
static void
claims_read(struct cred *c, const char *account_id, const char *id_token,
    const char *access_token)
{
	JSON_AUTO *id = id_token != NULL ? jwt_claims(id_token) : NULL;
	JSON_AUTO *access = access_token != NULL ? jwt_claims(access_token) :
	    NULL;
	const cJSON *auth = json_object(id, CLAIM_AUTH), *exp;
	double t;

	keep(c->workspace, json_string(auth, "chatgpt_account_id"));
	keep(c->account, account_id);
	keep(c->account, c->workspace);
	keep(c->user, json_string(auth, "chatgpt_user_id"));
	keep(c->user, json_string(auth, "user_id"));
	keep(c->plan, json_string(auth, "chatgpt_plan_type"));
	keep(c->email, json_string(id, "email"));
	keep(c->email, json_string(json_object(id, CLAIM_PROFILE), "email"));

	exp = cJSON_GetObjectItemCaseSensitive(access, "exp");
	if (!cJSON_IsNumber(exp))
		return;
	t = exp->valuedouble;
	if (t >= 1 && t <= EXPIRES_MAX && t == (double)(int64_t)t)
		c->expires = (int64_t)t;
}

/* Whether s is a time; then it is kept, as written and as a number. */
static bool
refreshed_read(struct cred *c, const char *s)
{
	if (strlen(s) >= sizeof(c->last_refresh) ||
	    cred_time(s, &c->refreshed) == -1)
		return false;
	memcpy(c->last_refresh, s, strlen(s) + 1);
	c->has_refreshed = true;
	return true;
}

static int
judge(struct cred *c, const void *p, size_t len, struct err *e)
{
	JSON_AUTO *top = json_parse(p, len, ERR_BAD_CREDENTIAL, e);
	const cJSON *tokens;
	const char *s;
	const struct mode *m;

	if (top == NULL)
		return -1;
	if (!cJSON_IsObject(top))
		return err_set(e, ERR_BAD_CREDENTIAL, "not a JSON object");
	if (fields_check(top, fields, COUNT(fields), e) == -1)
		return -1;
	tokens = json_object(top, "tokens");
	if (tokens != NULL && tokens_check(tokens, e) == -1)
		return -1;
	s = json_string(top, "last_refresh");
	if (s != NULL && !refreshed_read(c, s))
		return bad(e, "is no RFC 3339 time", "last_refresh");
	if ((m = mode_choose(top, e)) == NULL || mode_check(m, top, e) == -1)
		return -1;

	c->mode = m->mode;
	if (tokens == NULL)
		return 0;
	c->refreshable = json_string(tokens, "refresh_token")[0] != '\0';
	/* With a key in use, the tokens beside it are not who it acts as. */
	if (c->mode != CRED_CHATGPT && c->mode != CRED_LEASE)
		return 0;
	keep(c->login, json_string(tokens, "login_owner_id"));
	claims_read(c, json_string(tokens, "account_id"),
	    json_string(tokens, "id_token"),
	    json_string(tokens, "access_token"));
	return 0;
}

int
cred_parse(struct cred *c, struct secret *take, struct err *e)
{
	size_t len;
	const unsigned char *p = secret_expose(take, &len);
	int r;

	*c = (struct cred){ .mode = CRED_NONE };
	if (len > CRED_SIZE_MAX)
		r = err_set(e, ERR_BAD_CREDENTIAL, "larger than %d bytes",
		    CRED_SIZE_MAX);
	else
		r = judge(c, p, len, e);
	if (r == -1) {
		secret_free(take);
		cred_clear(c);
		return -1;
	}
	(void)crypto_hash_sha256(c->digest, p, len);	/* always 0 */
	c->bytes = take;
	return 0;
}

/* The mode as it can be told from afar; Bedrock only by its word. */
static enum cred_mode
claims_mode(const struct cred_claims *cl)
{
	const struct mode *m;
	enum cred_mode mode;

	if (cl->auth_mode != NULL) {
		m = mode_by_word(cl->auth_mode);
		mode = m != NULL ? m->mode : CRED_NONE;
	} else {
		mode = cl->has_pat ? CRED_PAT : cl->has_api_key ?
		    CRED_APIKEY : CRED_CHATGPT;
	}
	/* A mode whose token is not there is a login that is not there. */
	if ((mode == CRED_PAT && !cl->has_pat) ||
	    (mode == CRED_APIKEY && !cl->has_api_key) ||
	    ((mode == CRED_CHATGPT || mode == CRED_LEASE) && !cl->has_tokens))
		mode = CRED_NONE;
	return mode;
}

void
cred_from_claims(struct cred *c, const struct cred_claims *claims)
{
	*c = (struct cred){ .mode = claims_mode(claims) };
	if (claims->last_refresh != NULL)
		(void)refreshed_read(c, claims->last_refresh);
	c->refreshable = claims->has_refresh_token;
	if (c->mode == CRED_CHATGPT || c->mode == CRED_LEASE)
		claims_read(c, claims->account_id, claims->id_token,
		    claims->access_token);
}

void
cred_clear(struct cred *c)
{
	secret_free(c->bytes);
	sodium_memzero(c, sizeof(*c));
}

const char *
cred_mode_name(enum cred_mode mode)
{
	return (unsigned int)mode < CRED_MODES ? mode_names[mode] :
	    mode_names[CRED_NONE];
}

/* A lease is a ChatGPT login too: the same account, less of it. */
static enum cred_mode
kind_of(const struct cred *c)
{
	return c->mode == CRED_LEASE ? CRED_CHATGPT : c->mode;
}

static bool
differ(const char *a, const char *b)
{
	return a[0] != '\0' && b[0] != '\0' && strcmp(a, b) != 0;
}

bool
cred_other_account(const struct cred *a, const struct cred *b)
{
	if (a->mode != CRED_NONE && b->mode != CRED_NONE &&
	    kind_of(a) != kind_of(b))
		return true;
	return differ(a->account, b->account) || differ(a->user, b->user);
}

bool
cred_newer(const struct cred *there, const struct cred *ours)
{
	const struct timespec *t = &there->refreshed, *o = &ours->refreshed;

	if (!there->has_refreshed || !ours->has_refreshed)
		return false;
	if (t->tv_sec != o->tv_sec)
		return t->tv_sec > o->tv_sec;
	return t->tv_nsec > o->tv_nsec;
}

bool
cred_loses_token(const struct cred *there, const struct cred *ours)
{
	return there->refreshable && !ours->refreshable &&
	    kind_of(there) == CRED_CHATGPT && kind_of(ours) == CRED_CHATGPT;
}
