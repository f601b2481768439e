/* The bodies of requests, byte for byte, and what quotes them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "form.h"
#include "issuerwire.h"
#include "secret.h"

#define CLIENT "app_EMoamEEZ73f0CkXaXp7hrann"

static struct secret *
hidden(const char *s)
{
	return secret_copy(s, strlen(s));
}

static void
is_body(const struct issuer_ask *ask, const char *want)
{
	SECRET_AUTO *body = issuerwire_body(ask, CLIENT);

	assert_non_null(body);
	assert_string_equal((char *)secret_expose(body, NULL), want);
	assert_int_equal(secret_len(body), strlen(want));
}

/* As codex-cli 0.169 sends them. */
static void
bodies_are_codex_own(void **state)
{
	SECRET_AUTO *a = hidden("A-_.~+/="), *b = hidden("V");

	(void)state;
	is_body(&(struct issuer_ask){ .what = ISSUER_EXCHANGE, .code = a,
	    .verifier = b,
	    .redirect_uri = "http://127.0.0.1:1455/auth/callback" },
	    "grant_type=authorization_code&client_id=" CLIENT
	    "&code=A-_.%7E%2B%2F%3D"
	    "&redirect_uri=http%3A%2F%2F127.0.0.1%3A1455%2Fauth%2Fcallback"
	    "&code_verifier=V");
	is_body(&(struct issuer_ask){ .what = ISSUER_APIKEY, .token = b },
	    "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3A"
	    "token-exchange&client_id=" CLIENT "&requested_token="
	    "openai-api-key&subject_token=V&subject_token_type="
	    "urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Aid_token");
	is_body(&(struct issuer_ask){ .what = ISSUER_USERCODE },
	    "{\"client_id\":\"" CLIENT "\"}");
	is_body(&(struct issuer_ask){ .what = ISSUER_DEVICEPOLL,
	    .device_id = a, .user_code = "AB-1" },
	    "{\"device_auth_id\":\"A-_.~+/=\",\"user_code\":\"AB-1\"}");
	is_body(&(struct issuer_ask){ .what = ISSUER_REFRESH, .token = b,
	    .reason = "scheduled" },
	    "{\"client_id\":\"" CLIENT "\",\"grant_type\":\"refresh_token\","
	    "\"refresh_reason\":\"scheduled\",\"refresh_token\":\"V\"}");
	is_body(&(struct issuer_ask){ .what = ISSUER_REVOKE, .token = b,
	    .hint = "refresh_token" },
	    "{\"token\":\"V\",\"token_type_hint\":\"refresh_token\","
	    "\"client_id\":\"" CLIENT "\"}");
	is_body(&(struct issuer_ask){ .what = ISSUER_REVOKE, .token = b,
	    .hint = "access_token" },
	    "{\"token\":\"V\",\"token_type_hint\":\"access_token\"}");
}

/* URL Standard 5.2 and RFC 8259 7, on every byte. */
static void
every_byte_is_encoded(void **state)
{
	static const char plain[] = "*-._0123456789abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	char want[16];

	(void)state;
	for (int c = 1; c < 256; c++) {
		const char byte = (char)c;
		SECRET_AUTO *s = secret_copy(&byte, 1);
		struct form_param p = { .name = "n", .secret = s };
		SECRET_AUTO *form = form_urlencoded(&p, 1);
		SECRET_AUTO *json = form_json(&p, 1);

		if (strchr(plain, c) != NULL)
			snprintf(want, sizeof(want), "n=%c", c);
		else if (c == ' ')
			snprintf(want, sizeof(want), "n=+");
		else
			snprintf(want, sizeof(want), "n=%%%02X", (unsigned)c);
		assert_string_equal((char *)secret_expose(form, NULL), want);
		if (c < ' ')
			snprintf(want, sizeof(want), "{\"n\":\"\\u%04x\"}",
			    (unsigned)c);
		else
			snprintf(want, sizeof(want), "{\"n\":\"%s%c\"}",
			    c == '"' || c == '\\' ? "\\" : "", c);
		assert_string_equal((char *)secret_expose(json, NULL), want);
	}
}

static void
what_quotes_a_secret_is_known(void **state)
{
	SECRET_AUTO *s = hidden("abcdefghijkl");
	const struct form_param p[] = {
		{ .name = "public-name", .value = "public-value" },
		{ .name = "secret-name", .secret = s },
	};

	(void)state;
	assert_true(form_quoted(p, 2, "you sent abcdefghijkl!"));
	assert_true(form_quoted(p, 2, "efghijkl"));
	assert_true(form_quoted(p, 2, "...abcdefgh"));
	assert_false(form_quoted(p, 2, "abcdefg"));
	assert_false(form_quoted(p, 2, "public-value secret-name"));
	assert_false(form_quoted(p, 2, ""));
	assert_false(form_quoted(p, 1, "abcdefghijkl"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bodies_are_codex_own),
		cmocka_unit_test(every_byte_is_encoded),
		cmocka_unit_test(what_quotes_a_secret_is_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
