/*
 * The files that codex-cli 0.169.0 wrote, byte by byte: tests/cli compares
 * once more with the real one.
 */
#include "unit/store_credtext.h"

#include "authform.h"
#include "json.h"

#define ISSUER "https://auth.openai.com"
#define CLIENT "app_EMoamEEZ73f0CkXaXp7hrann"
#define OWNER  43	/* characters of a login_owner_id */

static int
setup(void **state)
{
	(void)state;
	json_init();
	return sodium_init() == -1 ? -1 : 0;
}

static struct secret *
secret_of(const char *s)
{
	return fixture_secret(s, strlen(s));
}

/* s is exactly text, in which $I and $A are the tokens; frees s. */
static void
same(struct secret *s, const char *text)
{
	char *want = fixture_fill(text, CLAIMS, NULL);

	assert_non_null(s);
	assert_int_equal(secret_len(s), strlen(want));
	assert_string_equal((char *)secret_expose(s, NULL), want);
	free(want);
	secret_free(s);
}

static void
refused(struct secret *s, const struct err *e, const char *text)
{
	assert_null(s);
	assert_int_equal(e->code, ERR_BAD_CREDENTIAL);
	assert_string_equal(e->text, text);
}

struct tokens {
	struct secret		*id, *access, *refresh, *key;
	struct authform_login	 login;
};

static void
tokens_make(struct tokens *t, const char *claims, const char *access,
    const char *refresh, const char *key)
{
	char *jwt = fixture_jwt(claims), *at = fixture_jwt(ACCESS);

	*t = (struct tokens){ .id = secret_of(jwt) };
	t->access = secret_of(access != NULL ? access : at);
	t->refresh = refresh != NULL ? secret_of(refresh) : NULL;
	t->key = key != NULL ? secret_of(key) : NULL;
	t->login = (struct authform_login){ t->id, t->access, t->refresh,
		t->key, ISSUER, CLIENT, { 1795475208, 65866242 } };
	free(jwt);
	free(at);
}

static void
tokens_free(struct tokens *t)
{
	secret_free(t->id);
	secret_free(t->access);
	secret_free(t->refresh);
	secret_free(t->key);
}

/* Puts ? for the owner, which is new each time, into out. */
static void
owner_take(struct secret *s, char *out)
{
	static const char name[] = "\"login_owner_id\": \"";
	char *at;

	assert_non_null(s);
	at = strstr((char *)secret_expose(s, NULL), name);
	assert_non_null(at);
	at += sizeof(name) - 1;
	assert_int_equal(strcspn(at, "\""), OWNER);
	memcpy(out, at, OWNER);
	memset(at, '?', OWNER);
}

#define FILE_OF(key, refresh, account) "{\n" \
	"  \"auth_mode\": \"chatgpt\",\n" \
	"  \"OPENAI_API_KEY\": " key ",\n" \
	"  \"tokens\": {\n" \
	"    \"id_token\": \"$I\",\n" \
	"    \"access_token\": \"$A\",\n" \
	"    \"refresh_token\": \"" refresh "\",\n" \
	"    \"oauth_provenance\": {\n" \
	"      \"issuer\": \"" ISSUER "\",\n" \
	"      \"client_id\": \"" CLIENT "\"\n" \
	"    },\n" \
	"    \"login_owner_id\": \"" \
	"???????????????????????????????????????????\",\n" \
	"    \"account_id\": " account "\n" \
	"  },\n" \
	"  \"last_refresh\": \"2026-11-23T23:06:48.065866242Z\"\n" \
	"}"

static void
a_login_has_codex_own_form(void **state)
{
	char first[OWNER], second[OWNER];
	struct err e = ERR_INIT;
	struct tokens t;
	struct secret *s;

	(void)state;
	tokens_make(&t, CLAIMS, NULL, "rt-1", "sk-" CANARY);
	s = authform_chatgpt(&t.login, &e);
	owner_take(s, first);
	same(s, FILE_OF("\"sk-" CANARY "\"", "rt-1", "\"acct-claim\""));
	s = authform_chatgpt(&t.login, &e);
	owner_take(s, second);
	assert_memory_not_equal(first, second, OWNER);
	secret_free(s);
	tokens_free(&t);
}

static void
what_the_issuer_did_not_give_is_null_or_empty(void **state)
{
	static const char no_claims[] = "{\"email\":\"ann@example.org\"}";
	struct err e = ERR_INIT;
	char owner[OWNER], *jwt = fixture_jwt(no_claims);
	struct tokens t;
	struct secret *s;

	(void)state;
	tokens_make(&t, no_claims, NULL, NULL, NULL);
	s = authform_chatgpt(&t.login, &e);
	owner_take(s, owner);
	assert_non_null(strstr((char *)secret_expose(s, NULL), jwt));
	assert_non_null(strstr((char *)secret_expose(s, NULL),
	    "\n  \"OPENAI_API_KEY\": null,\n"));
	assert_non_null(strstr((char *)secret_expose(s, NULL),
	    "\n    \"refresh_token\": \"\",\n"));
	assert_non_null(strstr((char *)secret_expose(s, NULL),
	    "\n    \"account_id\": null\n"));
	secret_free(s);
	tokens_free(&t);
	free(jwt);
}

/* chrono prints no zeros that a time does not need, three at a time. */
static void
the_time_has_the_digits_it_needs(void **state)
{
	static const struct {
		time_t		 sec;
		long		 nsec;
		const char	*text;
	} rows[] = {
		{ 0, 0, "1970-01-01T00:00:00Z" },
		{ 1, 120000000, "1970-01-01T00:00:01.120Z" },
		{ 1, 120, "1970-01-01T00:00:01.000000120Z" },
		{ 1795475208, 65866000, "2026-11-23T23:06:48.065866Z" },
		{ 4102444800, 999999999, "2100-01-01T00:00:00.999999999Z" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct err e = ERR_INIT;
		struct tokens t;
		struct secret *s;
		struct cred c;

		tokens_make(&t, CLAIMS, NULL, "rt-1", NULL);
		t.login.now = (struct timespec){ rows[i].sec, rows[i].nsec };
		s = authform_chatgpt(&t.login, &e);
		assert_non_null(s);
		assert_int_equal(cred_parse(&c, s, &e), 0);
		assert_string_equal(c.last_refresh, rows[i].text);
		cred_clear(&c);
		tokens_free(&t);
	}
}

/* Threat I7. */
static void
a_token_that_breaks_out_is_refused(void **state)
{
	static const char *const bad[] = { "a b", "a\r\nX: y", "a\"", "a\\",
		"a'", "a,b", "a;b", "=", "a=b", "\xc3\xa9", "a\x7f", "a%41",
		" a" };
	static const char *const good[] = { "a", "a==", "Az09-._~+/=" };

	(void)state;
	for (size_t i = 0; i < ROWS(bad); i++) {
		struct err e = ERR_INIT;
		struct tokens t;

		tokens_make(&t, CLAIMS, bad[i], "rt", NULL);
		refused(authform_chatgpt(&t.login, &e), &e,
		    "'access_token' holds characters no token has");
		tokens_free(&t);
		tokens_make(&t, CLAIMS, "at", bad[i], NULL);
		refused(authform_chatgpt(&t.login, &e), &e,
		    "'refresh_token' holds characters no token has");
		tokens_free(&t);
	}
	for (size_t i = 0; i < ROWS(good); i++) {
		struct err e = ERR_INIT;
		struct tokens t;
		struct secret *s;

		tokens_make(&t, CLAIMS, good[i], good[i], good[i]);
		s = authform_chatgpt(&t.login, &e);
		assert_non_null(s);
		secret_free(s);
		tokens_free(&t);
	}
}

static void
what_codex_would_not_read_is_not_made(void **state)
{
	static const struct {
		const char	*claims, *access, *text;
	} rows[] = {
		{ "[]", NULL, "'id_token' is not a JWT" },
		{ "{\"email\":1}", NULL, "'email' has the wrong type" },
		{ CLAIMS, "", "'access_token' is empty" },
	};
	struct err e = ERR_INIT;
	struct secret *s;
	struct tokens t;
	char nul[] = "a\0b";

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		tokens_make(&t, rows[i].claims, rows[i].access, "rt", NULL);
		refused(authform_chatgpt(&t.login, &e), &e, rows[i].text);
		tokens_free(&t);
	}
	s = fixture_secret(nul, sizeof(nul) - 1);
	refused(authform_pat(s, &e), &e,
	    "'personal_access_token' holds characters no token has");
	secret_free(s);
}

static void
a_key_is_all_there_is(void **state)
{
	static const char *const given[] = { "sk-1", "sk-1\n",
		" \t\r\n\v\fsk-1\r\n " };
	struct err e = ERR_INIT;
	struct secret *s;

	(void)state;
	for (size_t i = 0; i < ROWS(given); i++) {
		s = secret_of(given[i]);
		same(authform_apikey(s, &e), "{\n  \"auth_mode\": \"apikey\","
		    "\n  \"OPENAI_API_KEY\": \"sk-1\"\n}");
		same(authform_pat(s, &e), "{\n  \"OPENAI_API_KEY\": null,"
		    "\n  \"personal_access_token\": \"sk-1\"\n}");
		secret_free(s);
	}
	s = secret_of(" \n");
	refused(authform_apikey(s, &e), &e, "'OPENAI_API_KEY' is empty");
	secret_free(s);
	s = secret_of("sk-1\nsk-2");
	refused(authform_apikey(s, &e), &e,
	    "'OPENAI_API_KEY' holds characters no token has");
	secret_free(s);
}

#define OLD "{\"zzz\":[1],\"bedrock_access_keys\":{\"session_token\":null," \
	"\"secret_access_key\":\"s/+=\",\"access_key_id\":\"AK\"}," \
	"\"agent_identity\":{\"agent_private_key\":\"k\",\"email\":null," \
	"\"agent_runtime_id\":\"r\",\"account_id\":\"a\"," \
	"\"chatgpt_user_id\":\"u\",\"plan_type\":\"\\u00e9\\u001f\\/\"," \
	"\"chatgpt_account_is_fedramp\":false},\"tokens\":{\"unknown\":1," \
	"\"login_owner_id\":\"own\",\"account_id\":\"acct-1\"," \
	"\"refresh_token\":\"rt-" CANARY "\",\"access_token\":\"$A\"," \
	"\"id_token\":\"$I\",\"oauth_provenance\":{\"x\":1," \
	"\"client_id\":\"c\",\"issuer\":\"i\"}}," LAST "," \
	"\"auth_mode\":\"chatgpt\",\"OPENAI_API_KEY\":\"sk-1\"}"

static void
a_refreshed_file_is_codex_own_rewrite(void **state)
{
	struct authform_login fresh = { .now = { 1795475209, 0 } };
	struct err e = ERR_INIT;
	struct secret *rt = secret_of("rt-2");
	struct cred old;

	(void)state;
	fresh.refresh_token = rt;
	assert_int_equal(fixture_parse(&old, OLD, &e), 0);
	same(authform_refreshed(&old, &fresh, &e), "{\n"
	    "  \"auth_mode\": \"chatgpt\",\n"
	    "  \"OPENAI_API_KEY\": \"sk-1\",\n"
	    "  \"tokens\": {\n"
	    "    \"id_token\": \"$I\",\n"
	    "    \"access_token\": \"$A\",\n"
	    "    \"refresh_token\": \"rt-2\",\n"
	    "    \"oauth_provenance\": {\n"
	    "      \"issuer\": \"i\",\n"
	    "      \"client_id\": \"c\"\n"
	    "    },\n"
	    "    \"login_owner_id\": \"own\",\n"
	    "    \"account_id\": \"acct-1\"\n"
	    "  },\n"
	    "  \"last_refresh\": \"2026-11-23T23:06:49Z\",\n"
	    "  \"agent_identity\": {\n"
	    "    \"agent_runtime_id\": \"r\",\n"
	    "    \"agent_private_key\": \"k\",\n"
	    "    \"account_id\": \"a\",\n"
	    "    \"chatgpt_user_id\": \"u\",\n"
	    "    \"email\": \"\",\n"
	    "    \"plan_type\": \"\xc3\xa9\\u001f/\",\n"
	    "    \"chatgpt_account_is_fedramp\": false\n"
	    "  },\n"
	    "  \"bedrock_access_keys\": {\n"
	    "    \"access_key_id\": \"AK\",\n"
	    "    \"secret_access_key\": \"s/+=\"\n"
	    "  }\n"
	    "}");
	cred_clear(&old);
	/* One of 0.130 gets neither a mode nor an owner by it. */
	assert_int_equal(fixture_parse(&old, "{" TOKENS "}", &e), 0);
	same(authform_refreshed(&old, &fresh, &e), "{\n"
	    "  \"OPENAI_API_KEY\": null,\n"
	    "  \"tokens\": {\n"
	    "    \"id_token\": \"$I\",\n"
	    "    \"access_token\": \"$A\",\n"
	    "    \"refresh_token\": \"rt-2\",\n"
	    "    \"account_id\": null\n"
	    "  },\n"
	    "  \"last_refresh\": \"2026-11-23T23:06:49Z\"\n"
	    "}");
	cred_clear(&old);
	secret_free(rt);
}

static void
a_lease_holds_nothing_that_lasts(void **state)
{
	struct err e = ERR_INIT;
	struct cred c;

	(void)state;
	assert_int_equal(fixture_parse(&c, OLD, &e), 0);
	same(authform_lease(&c, &e), "{\n"
	    "  \"auth_mode\": \"chatgptAuthTokens\",\n"
	    "  \"OPENAI_API_KEY\": null,\n"
	    "  \"tokens\": {\n"
	    "    \"id_token\": \"$I\",\n"
	    "    \"access_token\": \"$A\",\n"
	    "    \"refresh_token\": \"\",\n"
	    "    \"oauth_provenance\": {\n"
	    "      \"issuer\": \"i\",\n"
	    "      \"client_id\": \"c\"\n"
	    "    },\n"
	    "    \"login_owner_id\": \"own\",\n"
	    "    \"account_id\": \"acct-1\"\n"
	    "  },\n"
	    "  \"last_refresh\": \"2026-11-23T23:06:48.065866242Z\"\n"
	    "}");
	cred_clear(&c);
	assert_int_equal(fixture_parse(&c, "{" TOKENS "}", &e), 0);
	refused(authform_lease(&c, &e), &e, "'last_refresh' is missing");
	cred_clear(&c);
	/* A key in use beside the tokens: it is no ChatGPT login. */
	assert_int_equal(fixture_parse(&c, "{\"OPENAI_API_KEY\":\"sk-1\","
	    TOKENS "," LAST "}", &e), 0);
	refused(authform_lease(&c, &e), &e, "not a chatgpt login");
	cred_clear(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_login_has_codex_own_form),
		cmocka_unit_test(what_the_issuer_did_not_give_is_null_or_empty),
		cmocka_unit_test(the_time_has_the_digits_it_needs),
		cmocka_unit_test(a_token_that_breaks_out_is_refused),
		cmocka_unit_test(what_codex_would_not_read_is_not_made),
		cmocka_unit_test(a_key_is_all_there_is),
		cmocka_unit_test(a_refreshed_file_is_codex_own_rewrite),
		cmocka_unit_test(a_lease_holds_nothing_that_lasts),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
