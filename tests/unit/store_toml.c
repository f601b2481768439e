/*
 * TOML as Codex reads it: the verdicts of the rows marked so were compared
 * with codex-cli 0.169.0, others are of toml.io's own text.
 */
#include "unit/store_fixture.h"

#include "buf.h"
#include "err.h"
#include "toml.h"

/* "path=text" for a string, "path[" for an array, "path:" else; then ' '. */
static int
note(void *ctx, const struct toml_value *v, struct err *e)
{
	static const char *const marks[] = { "=", "[", ":" };

	(void)e;
	for (int i = 0; i < v->array; i++)
		(void)buf_adds(ctx, ">");
	return buf_addf(ctx, "%s%s%s ", v->path, marks[v->type], v->text);
}

static const struct {
	const char	*text, *want;
} good[] = {
	{ "", "" },
	{ "# nothing\n\n \t# more", "" },
	{ "a=\"x\"", "a=x " },
	{ "\xef\xbb\xbf" "a = 'x'\r\n", "a=x " },
	{ "a=\"x\" # y\nb='#'\n", "a=x b=# " },
	{ "a='\\n'\nb=\"\\n\\t\\\"\\\\\\u00e9\\U0001F600\\x41\\e\"",
	    "a=\\n b=\n\t\"\\\xc3\xa9\xf0\x9f\x98\x80" "A\033 " },
	{ "a='''\n'x''\n'''\nb=\"\"\"\"y\"\"\"\"\n", "a='x''\n b=\"y\" " },
	{ "a=\"\"\"\r\nx\r\ny\"\"\"", "a=x\ny " },
	{ "a=\"\"\"x \\ \n\n  y\"\"\"", "a=x y " },
	{ "a=\"\"\"\nb=\"c\"\n\"\"\"\nd='e'", "a=b=\"c\"\n d=e " },
	{ "a=1\nb=-0.5e+3\nc=0xdead_beef\nd=true\ne=+inf\nf=-nan",
	    "a: b: c: d: e: f: " },
	{ "a=1979-05-27T07:32:00.5-07:00\nb=1979-05-27 07:32:00\n"
	    "c=07:32:00\nd=1979-05-27 # x", "a: b: c: d: " },
	{ "a.b . \"c d\" = 1\n'e.f'.g=2\n\"\\u0061\"='x'",
	    "a.b.c d: e\x1f" "f.g: a=x " },
	{ "a=1\n[t]\na=1\n[ t . \"u.v\" ]\na=1\n[[w]]\na=1\n[[w]]\na=2",
	    "a: t.a: t.u\x1fv.a: w.a: w.a: " },
	{ "\"a\\u0000b\"=\"x\\U00000000\"", "a\xef\xbf\xbd" "b=x\xef\xbf\xbd " },
	/* A table without a name is not the top. */
	{ "[\"\"]\na=1\n[\"\".b]\nc=1", "\x1f.a: \x1f.b.c: " },
	{ "a=[]\nb=[ 1, 'x', # ]\n '''y''' ,\n]\nc=[[1],['x']]",
	    "a[ b[ >b: >b=x >b=y c[ >c[ >>c: >c[ >>c=x " },
	{ "a={}\nb={c='x', d.e=1}\nf=[{g='x'}]\nh={\n i=1, # }\n}\n",
	    "b.c=x b.d.e: f[ f.g=x h.i: " },
};

static void
values_are_found_in_their_place(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(good); i++) {
		BUF_AUTO b = BUF_INIT(4096);
		struct err e = ERR_INIT;

		assert_int_equal(toml_walk(good[i].text, strlen(good[i].text),
		    note, &b, ERR_BAD_CREDENTIAL, &e), 0);
		assert_string_equal(buf_str(&b), good[i].want);
		assert_string_equal(e.text, "");
	}
}

static void
what_is_no_toml_is_refused_with_its_line(void **state)
{
	static const struct {
		const char	*text, *want;
	} rows[] = {
		{ "a", "line 1: '=' is missing" },
		{ "a=", "line 1: no value is like that" },
		{ "a=x", "line 1: no value is like that" },
		{ "a=1\nb=truex", "line 2: no value is like that" },
		{ "a=1\rb=2", "line 1: more than one value, or a control "
		    "character" },
		{ "a='x' y", "line 1: more than one value, or a control "
		    "character" },
		{ "a=1 b=2", "line 1: more than one value, or a control "
		    "character" },
		{ "#\x01", "line 1: a name is missing" },
		{ "=1", "line 1: a name is missing" },
		{ "a.=1", "line 1: a name is missing" },
		{ "\"\"\"a\"\"\"=1", "line 1: '=' is missing" },
		{ "a=\"x", "line 1: an unfinished string" },
		{ "a=\"x\ny\"", "line 1: an unfinished string" },
		{ "a='\x01'", "line 1: an unfinished string" },
		{ "a='''x''", "line 1: an unfinished string" },
		{ "a=\"\\q\"", "line 1: a bad escape" },
		{ "a=\"\\ud800\"", "line 1: a bad escape" },
		{ "a=\"\\U00110000\"", "line 1: a bad escape" },
		{ "a=\"\\u12\"", "line 1: a bad escape" },
		{ "a=\"\\\n\"", "line 1: a bad escape" },
		{ "a='\xff'", "line 1: invalid UTF-8" },
		{ "[a", "line 1: ']' is missing" },
		{ "[[a]", "line 1: ']' is missing" },
		{ "[a] b=1", "line 1: more than one value, or a control "
		    "character" },
		{ "a=[1 2]", "line 1: ',' or the end of a list is missing" },
		{ "a=[1,\n", "line 2: no value is like that" },
		{ "a={b=1", "line 1: ',' or the end of a list is missing" },
		{ "a={b}", "line 1: '=' is missing" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		BUF_AUTO b = BUF_INIT(4096);
		struct err e = ERR_INIT;

		assert_int_equal(toml_walk(rows[i].text, strlen(rows[i].text),
		    note, &b, ERR_BAD_CREDENTIAL, &e), -1);
		assert_string_equal(e.text, rows[i].want);
	}
}

static void
what_is_long_or_deep_is_bounded(void **state)
{
	BUF_AUTO text = BUF_INIT(1 << 20);
	BUF_AUTO seen = BUF_INIT(1 << 20);
	struct err e = ERR_INIT;

	(void)state;
	for (int i = 0; i < 1000; i++)
		(void)buf_adds(&text, "forced.");
	(void)buf_adds(&text, "end='");
	for (int i = 0; i < 1000; i++)
		(void)buf_adds(&text, "0123456789");
	(void)buf_adds(&text, "'");
	assert_int_equal(toml_walk(text.p, text.len, note, &seen,
	    ERR_BAD_CREDENTIAL, &e), 0);
	assert_int_equal(seen.len, TOML_PATH_MAX - 1 + TOML_STRING_MAX - 1 +
	    2);
	buf_clear(&text);
	(void)buf_adds(&text, "a=");
	for (int i = 0; i < 1000; i++)
		(void)buf_adds(&text, "[");
	assert_int_equal(toml_walk(text.p, text.len, note, &seen,
	    ERR_BAD_CREDENTIAL, &e), -1);
	assert_string_equal(e.text, "line 1: nested too deep");
}

static int
stop(void *ctx, const struct toml_value *v, struct err *e)
{
	(void)v;
	++*(int *)ctx;
	return err_set(e, ERR_USAGE, "enough");
}

static void
the_caller_can_end_it(void **state)
{
	struct err e = ERR_INIT;
	int n = 0;

	(void)state;
	assert_int_equal(toml_walk("a=[1,2]\nb=3", 11, stop, &n,
	    ERR_BAD_CREDENTIAL, &e), -1);
	assert_int_equal(n, 1);
	assert_string_equal(e.text, "enough");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_found_in_their_place),
		cmocka_unit_test(what_is_no_toml_is_refused_with_its_line),
		cmocka_unit_test(what_is_long_or_deep_is_bounded),
		cmocka_unit_test(the_caller_can_end_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
