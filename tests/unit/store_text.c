/* What may reach a terminal, and numbers from outside. */
#include "unit/store_fixture.h"

#include "text.h"

/* N is the length without the NUL that C adds. */
#define BYTES(s) s, sizeof(s) - 1

static void
safe_escapes_what_moves_a_terminal(void **state)
{
	static const struct {
		const char	*in;
		size_t		 len;
		const char	*out;
	} rows[] = {
		{ BYTES(""), "" },
		{ BYTES("deploy@web1: ok"), "deploy@web1: ok" },
		{ BYTES("na\u00efve \u20ac \U0001f600"),
		    "na\u00efve \u20ac \U0001f600" },
		{ BYTES("a\\b\\x1b"), "a\\b\\x1b" },
		{ BYTES("\x1b[2J\x1b]0;t\a"), "\\x1b[2J\\x1b]0;t\\x07" },
		{ BYTES("a\0b"), "a\\x00b" },
		{ BYTES("a\tb\rc\nd\x7f"), "a\\x09b\\x0dc\\x0ad\\x7f" },
		/* C1: as a raw byte, and as the UTF-8 that means it */
		{ BYTES("\x9b" "31m"), "\\x9b31m" },
		{ BYTES("\xc2\x9b" "31m\xc2\x80\xc2\x9f"),
		    "\\u{9B}31m\\u{80}\\u{9F}" },
		{ BYTES("\u00a0\u00a1"), "\u00a0\u00a1" },
		/* invalid UTF-8: stray, overlong, surrogate, too big, cut */
		{ BYTES("\x80\xff\xfe"), "\\x80\\xff\\xfe" },
		{ BYTES("\xc0\xaf\xc1\x81"), "\\xc0\\xaf\\xc1\\x81" },
		{ BYTES("\xe0\x80\xaf"), "\\xe0\\x80\\xaf" },
		{ BYTES("\xed\xa0\x80"), "\\xed\\xa0\\x80" },
		{ BYTES("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80" },
		{ BYTES("\xf5\x80\x80\x80"), "\\xf5\\x80\\x80\\x80" },
		{ BYTES("\xe2\x82"), "\\xe2\\x82" },
		{ BYTES("\xe2\x82x"), "\\xe2\\x82x" },
		/* direction, width and line breaks */
		{ BYTES("a\u202eb\u202c"), "a\\u{202E}b\\u{202C}" },
		{ BYTES("\u2066\u2069\u200e\u200f\u061c"),
		    "\\u{2066}\\u{2069}\\u{200E}\\u{200F}\\u{61C}" },
		{ BYTES("\u200b\u200d\ufeff\u2060\u00ad"),
		    "\\u{200B}\\u{200D}\\u{FEFF}\\u{2060}\\u{AD}" },
		{ BYTES("\u2028\u2029"), "\\u{2028}\\u{2029}" },
		{ BYTES("\U000e0041"), "\\u{E0041}" },
	};
	char out[200], again[200];

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		assert_ptr_equal(text_safe(out, sizeof(out), rows[i].in,
		    rows[i].len), out);
		assert_string_equal(out, rows[i].out);
		text_safes(again, sizeof(again), out);
		assert_string_equal(again, out);
	}
}

static void
safe_cuts_at_a_character(void **state)
{
	static const struct {
		size_t		 size;
		const char	*in, *out;
	} rows[] = {
		{ 1, "abc", "" },
		{ 2, "abc", "." },
		{ 3, "abc", ".." },
		{ 4, "abc", "abc" },
		{ 4, "abcd", "..." },
		{ 6, "abcdef", "ab..." },
		{ 7, "abcdef", "abcdef" },
		/* 5 bytes would fit, the second euro sign would not */
		{ 9, "\u20ac\u20ac\u20ac", "\u20ac..." },
		{ 10, "\u20ac\u20ac\u20ac", "\u20ac\u20ac\u20ac" },
		/* an escape is whole or not there */
		{ 8, "ab\x1b" "cdefgh", "ab..." },
		{ 10, "ab\x1b" "cdefgh", "ab\\x1b..." },
		{ 4, "a", "a" },
	};
	char out[32];

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		memset(out, '#', sizeof(out));
		text_safes(out, rows[i].size, rows[i].in);
		assert_string_equal(out, rows[i].out);
		assert_int_equal(out[rows[i].size], '#');
	}
	out[0] = '#';
	text_safes(out, 0, "abc");
	assert_int_equal(out[0], '#');
}

static void
utf8_is_rfc3629(void **state)
{
	static const struct {
		const char	*in;
		size_t		 len;
		bool		 ok;
	} rows[] = {
		{ BYTES(""), true },
		{ BYTES("a\0\x7f"), true },
		{ BYTES("\xc2\x80\u07ff\u0800\uffff\U00010000\U0010ffff"),
		    true },
		{ BYTES("\xed\x9f\xbf\xee\x80\x80"), true },
		{ BYTES("\x80"), false },
		{ BYTES("\xc0\x80"), false },
		{ BYTES("\xc1\xbf"), false },
		{ BYTES("\xe0\x9f\xbf"), false },
		{ BYTES("\xf0\x8f\xbf\xbf"), false },
		{ BYTES("\xed\xa0\x80"), false },
		{ BYTES("\xed\xbf\xbf"), false },
		{ BYTES("\xf4\x90\x80\x80"), false },
		{ BYTES("\xf8\x88\x80\x80\x80"), false },
		{ BYTES("\xc3"), false },
		{ BYTES("\xe2\x82"), false },
		{ BYTES("\xf0\x9f\x98"), false },
		{ BYTES("\xc3(") , false },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		assert_int_equal(text_utf8(rows[i].in, rows[i].len),
		    rows[i].ok);
}

static void
numbers_are_digits_in_range(void **state)
{
	static const struct {
		const char	*in;
		int64_t		 min, max;
		int		 r;
		int64_t		 out;
	} rows[] = {
		{ "0", 0, 9, 0, 0 },
		{ "65535", 1, 65535, 0, 65535 },
		{ "65536", 1, 65535, -1, 0 },
		{ "0", 1, 65535, -1, 0 },
		{ "9223372036854775807", 0, INT64_MAX, 0, INT64_MAX },
		{ "9223372036854775808", 0, INT64_MAX, -1, 0 },
		{ "99999999999999999999", 0, INT64_MAX, -1, 0 },
		{ "", 0, 9, -1, 0 },
		{ " 1", 0, 9, -1, 0 },
		{ "1 ", 0, 9, -1, 0 },
		{ "+1", 0, 9, -1, 0 },
		{ "-1", -9, 9, -1, 0 },
		{ "0x1", 0, 9, -1, 0 },
		{ "1e0", 0, 9, -1, 0 },
		{ "\xd9\xa1", 0, 9, -1, 0 },
	};
	int64_t out;

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		out = -7;
		assert_int_equal(text_number(rows[i].in, rows[i].min,
		    rows[i].max, &out), rows[i].r);
		assert_true(out == (rows[i].r == 0 ? rows[i].out : -7));
	}
}

static void
hex_goes_both_ways(void **state)
{
	static const unsigned char raw[] = { 0x00, 0x7f, 0xa5, 0xff };
	static const char *const bad[] = { "", "007fa5f", "007fa5ff0",
	    "007fa5fg", " 07fa5ff", "007fa5f ", "0x7fa5ff", "00-fa5ff" };
	unsigned char back[sizeof(raw)];
	char hex[2 * sizeof(raw) + 1];

	(void)state;
	text_hex(hex, raw, sizeof(raw));
	assert_string_equal(hex, "007fa5ff");
	assert_int_equal(text_unhex(back, sizeof(back), hex), 0);
	assert_memory_equal(back, raw, sizeof(raw));
	assert_int_equal(text_unhex(back, sizeof(back), "007FA5fF"), 0);
	assert_memory_equal(back, raw, sizeof(raw));
	for (size_t i = 0; i < ROWS(bad); i++)
		assert_int_equal(text_unhex(back, sizeof(back), bad[i]), -1);
	assert_int_equal(text_unhex(back, 0, ""), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(safe_escapes_what_moves_a_terminal),
		cmocka_unit_test(safe_cuts_at_a_character),
		cmocka_unit_test(utf8_is_rfc3629),
		cmocka_unit_test(numbers_are_digits_in_range),
		cmocka_unit_test(hex_goes_both_ways),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
