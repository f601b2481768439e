/* What an issuer answers: what is taken, and what is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "err.h"
#include "http.h"
#include "issuerfail.h"
#include "issuersaid.h"
#include "issuerurl.h"
#include "json.h"
#include "secret.h"

#define JWT "e30.e30.c2ln"

static void
reads(enum issuer_what what, const char *body, struct issuer_answer *a)
{
	struct err e = ERR_INIT;

	*a = (struct issuer_answer){ .outcome = ISSUER_DONE };
	if (issuersaid_read(what, body, strlen(body), a, &e) == -1)
		fail_msg("%s: %s", body, e.text);
}

/* Refused, and nothing is kept of it. */
static void
refuses(enum issuer_what what, const char *body, const char *text)
{
	struct issuer_answer a = { .outcome = ISSUER_DONE };
	struct err e = ERR_INIT;

	if (issuersaid_read(what, body, strlen(body), &a, &e) != -1)
		fail_msg("taken: %s", body);
	assert_int_equal(e.code, ERR_PROTOCOL);
	if (strstr(e.text, text) == NULL)
		fail_msg("%s: '%s', not '%s'", body, e.text, text);
	assert_null(a.tokens.id);
	assert_null(a.tokens.access);
	assert_null(a.tokens.refresh);
	assert_null(a.device.id);
	assert_null(a.code);
}

static bool
is(const struct secret *s, const char *want)
{
	return s != NULL && strcmp((char *)secret_expose(s, NULL), want) == 0;
}

static void
tokens_are_taken(void **state)
{
	struct issuer_answer a;

	(void)state;
	reads(ISSUER_EXCHANGE, "{\"id_token\":\"" JWT "\",\"access_token\":"
	    "\"a.b+c/d~e==\",\"refresh_token\":\"rt_1\",\"more\":[1]}", &a);
	assert_true(is(a.tokens.id, JWT));
	assert_true(is(a.tokens.access, "a.b+c/d~e=="));
	assert_true(is(a.tokens.refresh, "rt_1"));
	issuersaid_clear(&a);
	/* After a refresh what is absent stays. */
	reads(ISSUER_REFRESH, "{}", &a);
	assert_null(a.tokens.access);
	reads(ISSUER_REFRESH, "{\"id_token\":null,\"refresh_token\":\"\","
	    "\"access_token\":\"new\"}", &a);
	assert_null(a.tokens.id);
	assert_null(a.tokens.refresh);
	assert_true(is(a.tokens.access, "new"));
	issuersaid_clear(&a);
	reads(ISSUER_APIKEY, "{\"access_token\":\"sk-1\"}", &a);
	assert_true(is(a.key, "sk-1"));
	issuersaid_clear(&a);
}

/* Threats I6 and I7. */
static void
no_other_tokens_are(void **state)
{
	static const char *const bad[] = { "", "a b", "a\\r\\nb", "a\\\"b",
		"\\u00e9", "a\\u0001", "a=b", "=", "a,b", "a\\tb", "{}" };
	static const char *const ids[] = { "a", "a.b", "e30.e30.", ".e30.x",
		"e30..x", "e30.e30.x.y", "e30.W10.x", "e30.!.x",
		"e30.bm90anNvbg.x" };
	char body[256];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		snprintf(body, sizeof(body), "{\"id_token\":\"" JWT "\","
		    "\"refresh_token\":\"r\",\"access_token\":\"%s\"}",
		    bad[i]);
		refuses(ISSUER_EXCHANGE, body, "'access_token'");
		snprintf(body, sizeof(body), "{\"access_token\":\"%s\"}",
		    bad[i]);
		refuses(ISSUER_APIKEY, body, "'access_token'");
		if (bad[i][0] != '\0')
			refuses(ISSUER_REFRESH, body, "'access_token'");
	}
	for (size_t i = 0; i < sizeof(ids) / sizeof(*ids); i++) {
		snprintf(body, sizeof(body), "{\"id_token\":\"%s\","
		    "\"refresh_token\":\"r\",\"access_token\":\"a\"}", ids[i]);
		refuses(ISSUER_EXCHANGE, body, "'id_token'");
		refuses(ISSUER_REFRESH, body, "'id_token'");
	}
	refuses(ISSUER_EXCHANGE, "{\"id_token\":\"" JWT "\","
	    "\"access_token\":\"a\"}", "'refresh_token'");
	refuses(ISSUER_REFRESH, "{\"refresh_token\":7}", "'refresh_token'");
	refuses(ISSUER_REFRESH, "{\"refresh_token\":\"a\","
	    "\"refresh_token\":\"b\"}", "duplicate");
	refuses(ISSUER_REFRESH, "[]", "no JSON object");
	refuses(ISSUER_REFRESH, "", "empty");
}

static int
interval_of(const char *value)
{
	struct issuer_answer a;
	char body[128];

	snprintf(body, sizeof(body), "{\"device_auth_id\":\"d\","
	    "\"user_code\":\"ABCD-12\"%s%s}", value != NULL ?
	    ",\"interval\":" : "", value != NULL ? value : "");
	reads(ISSUER_USERCODE, body, &a);
	assert_true(is(a.device.id, "d"));
	assert_string_equal(a.device.user_code, "ABCD-12");
	issuersaid_clear(&a);
	return a.device.interval;
}

/* What is said of a code's end; no answer is refused for it. */
static void
lives(const char *more, int seconds, int64_t over)
{
	struct issuer_answer a;
	char body[256];

	snprintf(body, sizeof(body), "{\"device_auth_id\":\"d\","
	    "\"user_code\":\"ABCD-12\",%s}", more);
	reads(ISSUER_USERCODE, body, &a);
	issuersaid_clear(&a);
	if (a.device.seconds != seconds || a.device.over != over)
		fail_msg("%s: %d, %lld", more, a.device.seconds,
		    (long long)a.device.over);
}

/* O-17. */
static void
a_codes_end_is_read(void **state)
{
	static const char *const nothing[] = { "\"expires_in\":0",
		"\"expires_in\":-1", "\"expires_in\":1e300",
		"\"expires_in\":86401", "\"expires_in\":\"5\"",
		"\"expires_in\":[5]", "\"expires_at\":5",
		"\"expires_at\":\"\"", "\"expires_at\":\"soon\"",
		"\"expires_at\":\"2026-02-30T00:00:00Z\"" };

	(void)state;
	lives("\"expires_in\":900", 900, 0);
	lives("\"expires_in\":1.9", 1, 0);
	lives("\"expires_at\":\"2001-09-09T03:46:40.25+02:00\"", 0,
	    1000000000);
	for (size_t i = 0; i < sizeof(nothing) / sizeof(*nothing); i++)
		lives(nothing[i], 0, 0);
	assert_int_equal(issuersaid_date("Sun, 09 Sep 2001 01:46:40 GMT"),
	    1000000000);
	assert_int_equal(issuersaid_date(""), 0);
	assert_int_equal(issuersaid_date("2001-09-09"), 0);
}

/* O-12 and O-15. */
static void
device_codes_are_checked(void **state)
{
	static const char *const codes[] = { "ABC", "ABCDEFGHIJ-123456",
		"abcd", "AB CD", "AB\\u001b[m", "ABC\\u00c4", "", "ABC_D" };
	static const char *const intervals[] = { "-1", "\"-1\"", "1e300",
		"\"2147483648\"", "2147483648", "\"\"", "\" 5\"", "\"NaN\"",
		"true", "[]", "\"5s\"" };
	char body[128];

	(void)state;
	assert_int_equal(interval_of(NULL), 5);
	assert_int_equal(interval_of("null"), 5);
	assert_int_equal(interval_of("\"5\""), 5);
	assert_int_equal(interval_of("7"), 7);
	assert_int_equal(interval_of("7.9"), 7);
	assert_int_equal(interval_of("0"), 1);
	assert_int_equal(interval_of("\"3600\""), 60);
	assert_int_equal(interval_of("2147483647"), 60);
	for (size_t i = 0; i < sizeof(intervals) / sizeof(*intervals); i++) {
		snprintf(body, sizeof(body), "{\"device_auth_id\":\"d\","
		    "\"user_code\":\"ABCD\",\"interval\":%s}", intervals[i]);
		refuses(ISSUER_USERCODE, body, "'interval'");
	}
	for (size_t i = 0; i < sizeof(codes) / sizeof(*codes); i++) {
		snprintf(body, sizeof(body), "{\"device_auth_id\":\"d\","
		    "\"user_code\":\"%s\"}", codes[i]);
		refuses(ISSUER_USERCODE, body, "'user_code'");
	}
	refuses(ISSUER_USERCODE, "{\"user_code\":\"ABCD\"}",
	    "'device_auth_id'");
	refuses(ISSUER_DEVICEPOLL, "{\"authorization_code\":\"c\"}",
	    "'code_verifier'");
	refuses(ISSUER_DEVICEPOLL, "{\"authorization_code\":\"\","
	    "\"code_verifier\":\"v\"}", "'authorization_code'");
}

static void
refusal(const char *body, const char *type, const char *code,
    const char *text)
{
	struct issuersaid said;

	issuersaid_refusal(body, strlen(body), type, &said);
	assert_string_equal(said.code, code);
	assert_string_equal(said.text, text);
	assert_false(said.page);
}

static void
refusals_are_read_as_codex_does(void **state)
{
	struct issuersaid said;

	(void)state;
	refusal("{\"error\":\"invalid_grant\",\"error_description\":\"why\"}",
	    "", "invalid_grant", "why");
	refusal("{\"error\":{\"message\":\"why\",\"code\":\"c\"}}", "", "c",
	    "why");
	refusal("{\"error\":{\"code\":\"c\"}}", "", "c", "c");
	refusal("{\"detail\":\"Not Found\"}", "", "", "Not Found");
	refusal("{\"error\":[7]}", "", "", "");
	refusal("no JSON\033[31m", "", "", "no JSON\\x1b[31m");
	refusal("", "", "", "");
	issuersaid_refusal(" \n<html>", 8, "", &said);
	assert_true(said.page);
	issuersaid_refusal("x", 1, "text/html; charset=utf-8", &said);
	assert_true(said.page);
	assert_string_equal(said.text, "");
}

/* One answer without success: what it means for whom. */
static void
means(enum issuer_what what, int status, const char *body,
    enum issuer_outcome outcome, enum issuer_refusal why)
{
	struct http_answer http = { .status = status, .body = body,
		.len = strlen(body), .wanted = "", .type = "", .sent = true };
	struct issuer_where where = { NULL };
	struct issuerfail f = { .where = &where, .url = "https://x",
		.what = what, .http = &http };
	struct issuer_answer a = { .outcome = ISSUER_DONE };
	struct err e = ERR_INIT;

	issuerfail_read(&f, &a, &e);
	if (a.outcome != outcome || a.refusal != why)
		fail_msg("%d %d %s: %d %d", (int)what, status, body,
		    (int)a.outcome, (int)a.refusal);
	assert_int_not_equal(e.code, ERR_NONE);
	assert_string_not_equal(e.text, "");
}

#define CODE(c) "{\"error\":{\"code\":\"" c "\"}}"

static void
answers_mean_what_codex_takes_them_for(void **state)
{
	(void)state;
	/* By the code whatever the status is; then by the status. */
	for (int status = 400; status < 600; status += 25) {
		means(ISSUER_REFRESH, status, CODE("refresh_token_reused"),
		    ISSUER_REFUSED, REFUSAL_REUSED);
		means(ISSUER_REFRESH, status, CODE("refresh_token_expired"),
		    ISSUER_REFUSED, REFUSAL_EXPIRED);
		means(ISSUER_REFRESH, status,
		    CODE("refresh_token_invalidated"), ISSUER_REFUSED,
		    REFUSAL_INVALIDATED);
		means(ISSUER_REFRESH, status, "{\"error\":\"invalid_grant\"}",
		    ISSUER_REFUSED, REFUSAL_OTHER);
	}
	means(ISSUER_REFRESH, 401, "{}", ISSUER_REFUSED, REFUSAL_OTHER);
	means(ISSUER_REFRESH, 400, CODE("app_session_terminated"),
	    ISSUER_AGAIN, REFUSAL_OTHER);
	means(ISSUER_REFRESH, 429, "", ISSUER_AGAIN, REFUSAL_OTHER);
	means(ISSUER_REFRESH, 403, "<html>", ISSUER_AGAIN, REFUSAL_PAGE);
	means(ISSUER_REFRESH, 500, "", ISSUER_UNKNOWN, REFUSAL_OTHER);
	means(ISSUER_REFRESH, 408, "", ISSUER_UNKNOWN, REFUSAL_OTHER);
	means(ISSUER_REFRESH, 307, "", ISSUER_REFUSED, REFUSAL_OTHER);
	means(ISSUER_EXCHANGE, 400, CODE("invalid_grant"), ISSUER_REFUSED,
	    REFUSAL_OTHER);
	means(ISSUER_EXCHANGE, 502, "<html>", ISSUER_UNKNOWN, REFUSAL_PAGE);
	means(ISSUER_WHOAMI, 500, "", ISSUER_AGAIN, REFUSAL_OTHER);
	means(ISSUER_USERCODE, 404, "", ISSUER_REFUSED, REFUSAL_DISABLED);
	means(ISSUER_DEVICEPOLL, 403, "", ISSUER_PENDING, REFUSAL_OTHER);
	means(ISSUER_DEVICEPOLL, 404, CODE("any"), ISSUER_PENDING,
	    REFUSAL_OTHER);
	means(ISSUER_DEVICEPOLL, 400, "{\"error\":\"authorization_pending\"}",
	    ISSUER_PENDING, REFUSAL_OTHER);
	means(ISSUER_DEVICEPOLL, 403, "<html>", ISSUER_AGAIN, REFUSAL_PAGE);
	means(ISSUER_DEVICEPOLL, 429, "", ISSUER_SLOWER, REFUSAL_OTHER);
	means(ISSUER_DEVICEPOLL, 403, CODE("slow_down"), ISSUER_SLOWER,
	    REFUSAL_OTHER);
	means(ISSUER_DEVICEPOLL, 403, CODE("access_denied"), ISSUER_REFUSED,
	    REFUSAL_DENIED);
	means(ISSUER_DEVICEPOLL, 403, CODE("expired_token"), ISSUER_REFUSED,
	    REFUSAL_EXPIRED);
	means(ISSUER_DEVICEPOLL, 400, "", ISSUER_REFUSED, REFUSAL_OTHER);
}

static void
url_is(const char *url, const char *want, bool here)
{
	struct err e = ERR_INIT;
	bool loopback;
	char *base = issuerurl_base(url, &loopback, &e);

	if (want == NULL) {
		if (base != NULL)
			fail_msg("taken: %s", url);
		assert_int_equal(e.code, ERR_USAGE);
		return;
	}
	if (base == NULL)
		fail_msg("%s: %s", url, e.text);
	assert_string_equal(base, want);
	assert_int_equal(loopback, here);
	free(base);
}

static void
urls_of_issuers(void **state)
{
	(void)state;
	url_is("https://auth.openai.com", "https://auth.openai.com", false);
	url_is("https://auth.openai.com///", "https://auth.openai.com", false);
	url_is("https://a.example:8443/path/", "https://a.example:8443/path",
	    false);
	url_is("https://127.0.0.1", "https://127.0.0.1", true);
	url_is("http://127.9.0.1:80", "http://127.9.0.1:80", true);
	url_is("http://LOCALHOST:1", "http://LOCALHOST:1", true);
	url_is("http://[::1]:1/", "http://[::1]:1", true);
	url_is("http://a.example", NULL, false);
	url_is("http://[::2]", NULL, false);
	url_is("http://[::ffff:10.0.0.1]", NULL, false);
	url_is("http://128.0.0.1", NULL, false);
	url_is("http://0.0.0.0", NULL, false);
	url_is("http://localhost.a.example", NULL, false);
	url_is("http://127.0.0.1@a.example", NULL, false);
	url_is("https://u@a.example", NULL, false);
	url_is("https://:p@a.example", NULL, false);
	url_is("https://a.example?x", NULL, false);
	url_is("https://a.example#x", NULL, false);
	url_is("https://a b", NULL, false);
	url_is("https://a\nb", NULL, false);
	url_is("ftp://127.0.0.1", NULL, false);
	url_is("file:///etc/passwd", NULL, false);
	url_is("auth.openai.com", NULL, false);
	url_is("https://", NULL, false);
	url_is("", NULL, false);
}

static int
setup(void **state)
{
	(void)state;
	json_init();
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tokens_are_taken),
		cmocka_unit_test(no_other_tokens_are),
		cmocka_unit_test(device_codes_are_checked),
		cmocka_unit_test(a_codes_end_is_read),
		cmocka_unit_test(refusals_are_read_as_codex_does),
		cmocka_unit_test(answers_mean_what_codex_takes_them_for),
		cmocka_unit_test(urls_of_issuers),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
