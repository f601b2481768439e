/* What a login through a browser sends out: PKCE and the authorize URL. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>

#include "authurl.h"
#include "callquery.h"
#include "err.h"
#include "issuer.h"
#include "loop.h"
#include "pkce.h"
#include "secret.h"
#include "weblogin.h"

static int
start(void **state)
{
	(void)state;
	return sodium_init() == -1 ? -1 : 0;
}

/* RFC 7636 appendix B (threat O-11) */
static void
the_challenge_is_the_rfcs(void **state)
{
	static const char verifier[] =
	    "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
	SECRET_AUTO *v = secret_copy(verifier, strlen(verifier));
	char out[PKCE_CHALLENGE];

	(void)state;
	assert_string_equal(pkce_challenge(out, v),
	    "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
}

/* Threat O-8: a thousand of them, no two alike. */
static void
each_verifier_is_new(void **state)
{
	static char seen[1000][87];

	(void)state;
	for (size_t i = 0; i < 1000; i++) {
		SECRET_AUTO *v = pkce_random(64);
		const char *p = (const char *)secret_expose(v, NULL);

		assert_int_equal(secret_len(v), 86);
		assert_int_equal(strspn(p, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
		    "abcdefghijklmnopqrstuvwxyz0123456789-_"), 86);
		memcpy(seen[i], p, 87);
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(seen[i], seen[j]);
	}
}

/* As codex 0.169.0 prints it; tests/cli compares with the program itself. */
static void
the_url_is_codexs(void **state)
{
	struct loop *l = loop_new();
	struct issuer_where where = { .url = NULL };
	struct err e = ERR_INIT;
	struct issuer *i = issuer_new(l, &where, &e);
	SECRET_AUTO *s = secret_copy("st-at_e", 7);
	struct authurl u = { .issuer = i, .challenge = "chal", .state = s,
		.redirect_uri = "http://127.0.0.1:1455/auth/callback",
		.workspace = "ws-1,ws-2" };
	char *url;

	(void)state;
	assert_non_null(i);
	url = authurl_make(&u);
	assert_string_equal(url, "https://auth.openai.com/oauth/authorize?"
	    "response_type=code&client_id=app_EMoamEEZ73f0CkXaXp7hrann&"
	    "redirect_uri=http%3A%2F%2F127.0.0.1%3A1455%2Fauth%2Fcallback&"
	    "code_challenge=chal&code_challenge_method=S256&state=st-at_e&"
	    "scope=openid+profile+email+offline_access+api.connectors.read+"
	    "api.connectors.invoke&id_token_add_organizations=true&"
	    "codex_cli_simplified_flow=true&originator=codex_cli_rs&"
	    "allowed_workspace_id=ws-1%2Cws-2");
	free(url);
	u.workspace = NULL;
	url = authurl_make(&u);
	assert_null(strstr(url, "workspace"));
	free(url);
	issuer_free(i);
	loop_free(l);
}

static void
an_address_is_read_as_it_was_copied(void **state)
{
	static const struct { const char *url; bool good; } urls[] = {
		{ "http://127.0.0.1:1455/auth/callback?code=c&state=s", true },
		{ "  127.0.0.1:1455/auth/callback?state=s&code=c \r\n", true },
		{ "?code=c&state=s", true },
		{ "code=c&state=s", false },
		{ "", false },
		{ "?", false },
		{ "http://127.0.0.1:1455/auth/callback", false },
		{ "http://127.0.0.1:1455/auth/callback?code=c&state=s#x", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(urls) / sizeof(*urls); i++) {
		SECRET_AUTO *s = secret_copy(urls[i].url, strlen(urls[i].url));
		struct callquery q;

		if (callquery_read_url(&q, s) != urls[i].good)
			fail_msg("%s", urls[i].url);
		callquery_clear(&q);
	}
}

/* RFC 9207 2.4 (threat O-21) */
static void
an_answer_of_another_issuer_is_refused(void **state)
{
	static const struct { const char *query; bool good; } queries[] = {
		{ "code=c&state=s", true },
		{ "code=c&state=s&iss=https%3A%2F%2Fauth.openai.com", true },
		{ "code=c&state=s&iss=https%3A%2F%2Fauth.openai.com%2F", true },
		{ "code=c&state=s&iss=https%3A%2F%2Fauth.openai.com.evil", false },
		{ "code=c&state=s&iss=https%3A%2F%2FAUTH.openai.com", false },
		{ "code=c&state=s&iss=", false },
	};
	struct err e = ERR_INIT;

	(void)state;
	for (size_t i = 0; i < sizeof(queries) / sizeof(*queries); i++) {
		struct callquery q;

		assert_true(callquery_read(&q, queries[i].query));
		if ((callquery_judge(&q, ISSUER_URL, &e) == 0) !=
		    queries[i].good)
			fail_msg("%s", queries[i].query);
		callquery_clear(&q);
	}
	assert_int_equal(e.code, ERR_LOGIN_REFUSED);
}

static void
a_missing_entitlement_is_said(void **state)
{
	struct callquery q;
	struct err e = ERR_INIT;

	(void)state;
	assert_true(callquery_read(&q, "error=access_denied&"
	    "error_description=missing_codex_entitlement&state=s"));
	assert_int_equal(callquery_judge(&q, ISSUER_URL, &e), -1);
	assert_string_equal(e.text, "Codex is not enabled for your workspace");
	callquery_clear(&q);
	assert_true(callquery_read(&q, "error=server_error&state=s"));
	assert_int_equal(callquery_judge(&q, ISSUER_URL, &e), -1);
	assert_string_equal(e.text, "the issuer refused the login: "
	    "server_error");
	callquery_clear(&q);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_challenge_is_the_rfcs),
		cmocka_unit_test(each_verifier_is_new),
		cmocka_unit_test(the_url_is_codexs),
		cmocka_unit_test(an_address_is_read_as_it_was_copied),
		cmocka_unit_test(an_answer_of_another_issuer_is_refused),
		cmocka_unit_test(a_missing_entitlement_is_said),
	};

	return cmocka_run_group_tests(tests, start, NULL);
}
