/* The strict gate: RFC 8259, and where cJSON is laxer than Codex. */
#include "unit/store_fixture.h"

#include "err.h"
#include "json.h"

#define BYTES(s) s, sizeof(s) - 1
#define LONG20 "11111111111111111111"

static const struct {
	const char	*in;
	size_t		 len;
	int		 byte;		/* where it is wrong; -1: it is right */
	const char	*what;
} rows[] = {
	{ BYTES("{}"), -1, NULL },
	{ BYTES("[]"), -1, NULL },
	{ BYTES("null"), -1, NULL },
	{ BYTES(" \t\r\n{\"a\" : [ 1 , -0.5e+10 ] , \"b\":true}\r\n "), -1,
	    NULL },
	{ BYTES("[0,-0,10,1.5,1E5,1e-5,1.0e+05,false,null]"), -1, NULL },
	{ BYTES("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\ud83d\\ude00\""), -1,
	    NULL },
	{ BYTES("\"\u00e9\u20ac\U0001f600\x7f\""), -1, NULL },
	{ BYTES("{\"a\":1,\"A\":2,\"b\":{\"a\":3},\"c\":[{\"a\":4},"
	    "{\"a\":5}]}"), -1, NULL },
	{ BYTES("{\"\":1}"), -1, NULL },
	/* numbers are kept as text elsewhere; 2^53+1 and 1e999 are JSON */
	{ BYTES("[9007199254740993,1e999]"), -1, NULL },

	/* where cJSON and Codex differ, row by row */
	{ BYTES("{\"a\":1,\"b\":2,\"a\":3}"), 13, "duplicate name" },
	{ BYTES("{}x"), 2, "more after the end" },
	{ BYTES("{} {}"), 3, "more after the end" },
	{ BYTES("truex"), 4, "more after the end" },
	{ BYTES("{}\0"), 2, "more after the end" },
	{ BYTES("\xef\xbb\xbf{}"), 0, "byte order mark" },
	{ BYTES("\"a\\u0000b\""), 4, "NUL in a string" },
	{ BYTES("{\"\\u0000\":1}"), 4, "NUL in a string" },
	{ BYTES("\"a\xff\""), 2, "invalid UTF-8" },
	{ BYTES("\"\xc0\xaf\""), 1, "invalid UTF-8" },
	{ BYTES("\"\xed\xa0\x80\""), 1, "invalid UTF-8" },
	{ BYTES("\"\xe2\x82\""), 1, "invalid UTF-8" },
	{ BYTES("\"a\nb\""), 2, "control character in a string" },
	{ BYTES("\"a\x1f\""), 2, "control character in a string" },
	{ BYTES("\"a\0\""), 2, "control character in a string" },
	{ BYTES("007"), 1, "number with a leading zero" },
	{ BYTES("-01"), 2, "number with a leading zero" },

	/* duplicates, escaped differently */
	{ BYTES("{\"a\":1,\"\\u0061\":2}"), 7, "duplicate name" },
	{ BYTES("{\"\u00e9\":1,\"\\u00E9\":2}"), 8, "duplicate name" },
	{ BYTES("{\"\U0001f600\":1,\"\\ud83d\\uDE00\":2}"), 10,
	    "duplicate name" },
	{ BYTES("{\"\\n\":1,\"\\u000a\":2}"), 8, "duplicate name" },
	{ BYTES("{\"\\/\":1,\"/\":2}"), 8, "duplicate name" },
	{ BYTES("{\"\":1,\"\":2}"), 6, "duplicate name" },
	{ BYTES("[{\"x\":{\"y\":1,\"y\":{}}}]"), 13, "duplicate name" },

	/* the rest of the grammar */
	{ BYTES(""), 0, "empty" },
	{ BYTES(" \n"), 2, "unexpected end" },
	{ BYTES("{"), 1, "expected a string" },
	{ BYTES("["), 1, "unexpected end" },
	{ BYTES("{\"a\":1"), 6, "expected ',' or the end of the list" },
	{ BYTES("{\"a\":1,}"), 7, "expected a string" },
	{ BYTES("[1,]"), 3, "expected a value" },
	{ BYTES("[1}"), 2, "expected ',' or the end of the list" },
	{ BYTES("{\"a\" 1}"), 5, "expected ':'" },
	{ BYTES("{a:1}"), 1, "expected a string" },
	{ BYTES("{'a':1}"), 1, "expected a string" },
	{ BYTES("[1 2]"), 3, "expected ',' or the end of the list" },
	{ BYTES("nul"), 0, "expected a value" },
	{ BYTES("True"), 0, "expected a value" },
	{ BYTES("NaN"), 0, "expected a value" },
	{ BYTES("Infinity"), 0, "expected a value" },
	{ BYTES("+1"), 0, "expected a value" },
	{ BYTES(".5"), 0, "expected a value" },
	{ BYTES("-"), 1, "bad number" },
	{ BYTES("1."), 2, "bad number" },
	{ BYTES("1.e5"), 2, "bad number" },
	{ BYTES("1e"), 2, "bad number" },
	{ BYTES("1e+"), 3, "bad number" },
	{ BYTES("0x10"), 1, "more after the end" },
	{ BYTES("/**/1"), 0, "expected a value" },
	{ BYTES("\f1"), 0, "expected a value" },
	{ BYTES("\xc2\xa0" "1"), 0, "expected a value" },
	{ BYTES("\"abc"), 4, "unfinished string" },
	{ BYTES("\"abc\\"), 5, "bad escape in a string" },
	{ BYTES("\"\\x41\""), 2, "bad escape in a string" },
	{ BYTES("\"\\\0\""), 2, "bad escape in a string" },
	{ BYTES("\"\\u12\""), 3, "bad escape in a string" },
	{ BYTES("\"\\u12g4\""), 3, "bad escape in a string" },
	{ BYTES("\"\\ud800\""), 3, "lone surrogate in a string" },
	{ BYTES("\"\\udc00\""), 3, "lone surrogate in a string" },
	{ BYTES("\"\\ud800\\ud800\""), 3, "lone surrogate in a string" },
	{ BYTES("\"\\ud800x\\udc00\""), 3, "lone surrogate in a string" },
	{ BYTES(LONG20 LONG20 LONG20), -1, NULL },
	{ BYTES(LONG20 LONG20 LONG20 "1"), 61, "number too long" },
};

/* An exact copy on the heap, so that a read past the end is seen. */
static cJSON *
parse(const char *in, size_t len, struct err *e)
{
	char *copy = malloc(len != 0 ? len : 1);
	cJSON *j;

	assert_non_null(copy);
	memcpy(copy, in, len);
	j = json_parse(copy, len, ERR_PROTOCOL, e);
	free(copy);
	return j;
}

static void
only_rfc8259_passes(void **state)
{
	char want[ERR_TEXT_MAX];
	struct err e;

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		JSON_AUTO *j = NULL;

		e = (struct err)ERR_INIT;
		j = parse(rows[i].in, rows[i].len, &e);
		if (rows[i].byte == -1) {
			assert_string_equal(e.text, "");
			assert_non_null(j);
			continue;
		}
		snprintf(want, sizeof(want), "not JSON: %s at byte %d",
		    rows[i].what, rows[i].byte);
		assert_string_equal(e.text, want);
		assert_int_equal(e.code, ERR_PROTOCOL);
		assert_null(j);
	}
}

/* Every beginning of a document is refused, whatever was cut off. */
static void
a_truncated_document_never_passes(void **state)
{
	static const char whole[] = "{\"a\":[1,{\"b\":\"\\u00e9\u20ac\"},"
	    "true,null],\"c\":\"d\"}";
	struct err e = ERR_INIT;

	(void)state;
	for (size_t n = 0; n < sizeof(whole) - 1; n++)
		assert_null(parse(whole, n, &e));
	cJSON_Delete(parse(whole, sizeof(whole) - 1, &e));
}

static void
depth_has_a_limit(void **state)
{
	char in[2 * JSON_DEPTH_MAX + 3];
	struct err e = ERR_INIT;
	cJSON *j;

	(void)state;
	memset(in, '[', JSON_DEPTH_MAX);
	memset(in + JSON_DEPTH_MAX, ']', JSON_DEPTH_MAX);
	assert_non_null(j = parse(in, 2 * JSON_DEPTH_MAX, &e));
	cJSON_Delete(j);
	memset(in, '[', JSON_DEPTH_MAX + 1);
	memset(in + JSON_DEPTH_MAX + 1, ']', JSON_DEPTH_MAX + 1);
	assert_null(parse(in, 2 * JSON_DEPTH_MAX + 2, &e));
	assert_string_equal(e.text, "not JSON: nested too deep at byte 32");
}

/* 100 000 names in one object: the check for duplicates is not quadratic. */
static void
many_names_are_fine(void **state)
{
	size_t room = 100000 * 12 + 32, at = 1;
	char *in = malloc(room);
	struct err e = ERR_INIT;
	cJSON *j;

	(void)state;
	assert_non_null(in);
	in[0] = '{';
	for (int i = 0; i < 100000; i++)
		at += (size_t)snprintf(in + at, room - at, "\"%d\":0,", i);
	memcpy(in + at - 1, "}", 2);
	assert_non_null(j = json_parse(in, at, ERR_PROTOCOL, &e));
	cJSON_Delete(j);
	memcpy(in + at - 1, ",\"777\":0}", 10);
	assert_null(json_parse(in, at + 8, ERR_PROTOCOL, &e));
	snprintf(in, room, "not JSON: duplicate name at byte %zu", at);
	assert_string_equal(e.text, in);
	free(in);
}

static void
getters_are_exact(void **state)
{
	static const char in[] = "{\"Refresh_Token\":\"EVIL\","
	    "\"refresh_token\":\"good\",\"n\":null,\"o\":{\"x\":1},"
	    "\"num\":5,\"list\":[]}";
	struct err e = ERR_INIT;
	JSON_AUTO *j = parse(in, sizeof(in) - 1, &e);
	JSON_AUTO *list = parse("[\"a\"]", 5, &e);

	(void)state;
	assert_non_null(j);
	assert_string_equal(json_string(j, "refresh_token"), "good");
	assert_null(json_string(j, "REFRESH_TOKEN"));
	assert_null(json_string(j, "num"));
	assert_null(json_string(j, "n"));
	assert_null(json_string(j, "none"));
	assert_non_null(json_object(j, "o"));
	assert_null(json_object(j, "list"));
	assert_null(json_object(j, "O"));
	assert_true(json_has(j, "num"));
	assert_true(json_has(j, "list"));
	assert_false(json_has(j, "n"));
	assert_false(json_has(j, "Num"));
	assert_false(json_has(NULL, "n"));
	assert_null(json_string(NULL, "n"));
	assert_null(json_object(list, "a"));
}

static void
what_is_freed_is_wiped(void **state)
{
	static const char in[] = "{\"a\":\"" "0123456789012345678901234567890"
	    "12345678901234567890123456789012345678901234567890" CANARY "\"}";
	struct err e = ERR_INIT;
	cJSON *j;

	(void)state;
	assert_non_null(j = json_parse(in, sizeof(in) - 1, ERR_USAGE, &e));
	cJSON_Delete(j);
	assert_false(fixture_heap_holds(sizeof(in) - 9, CANARY));
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
		cmocka_unit_test(only_rfc8259_passes),
		cmocka_unit_test(a_truncated_document_never_passes),
		cmocka_unit_test(depth_has_a_limit),
		cmocka_unit_test(many_names_are_fine),
		cmocka_unit_test(getters_are_exact),
		cmocka_unit_test(what_is_freed_is_wiped),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
