/* survey: what the far side may say, and what is made of it. */
#include "store_fixture.h"

#include "survey.h"

#define NOW 1790000000

static void
each_fact_is_understood(void **state)
{
	struct survey *s = survey_new();

	(void)state;
	assert_non_null(s);
	assert_true(survey_fact(s, "time 1790000090", NOW));
	assert_true(s->timed);
	assert_int_equal(90, s->ahead);
	assert_true(survey_fact(s, "env CODEX_API_KEY", NOW));
	assert_true(survey_fact(s, "env CODEX_ACCESS_TOKEN", NOW));
	assert_true(s->env_api_key && s->env_access_token);
	assert_true(survey_fact(s, "closed /h/.codex", NOW));
	assert_true(survey_fact(s, "bus 1", NOW));
	assert_true(survey_fact(s, "foreign /h/.codex/auth.json", NOW));
	assert_true(s->closed && s->bus && s->foreign);
	assert_int_equal(-1, s->running);
	assert_true(survey_fact(s, "running 3", NOW));
	assert_int_equal(3, s->running);
	assert_true(survey_fact(s, "home /h/else where", NOW));
	assert_string_equal("/h/else where", s->home);
	assert_true(survey_fact(s, "rc ~/.zshrc sets CODEX_HOME", NOW));
	assert_string_equal("~/.zshrc sets CODEX_HOME", s->aside);
	assert_true(survey_fact(s, "mount tmpfs /h/a b", NOW));
	assert_string_equal("tmpfs", s->fs);
	assert_string_equal("/h/a b", s->mount);
	assert_true(survey_fact(s, "codex /h/.local/bin/codex", NOW));
	assert_true(survey_fact(s, "codex /usr/bin/codex", NOW));
	assert_string_equal("/h/.local/bin/codex", s->codex);
	assert_true(survey_fact(s, "version codex-cli 0.169.0", NOW));
	assert_string_equal("codex-cli 0.169.0", s->version);
	assert_true(survey_fact(s, "config =a = 1", NOW));
	assert_true(survey_fact(s, "config =", NOW));
	assert_true(survey_fact(s, "config = b", NOW));
	assert_string_equal("a = 1\n\n b\n", buf_str(&s->file[CODEXCONFIG_USER].text));
	assert_true(survey_fact(s, "managed unreadable", NOW));
	assert_true(s->file[CODEXCONFIG_MANAGED].unreadable);
	assert_false(s->file[CODEXCONFIG_REQUIRED].there);
	assert_true(survey_fact(s, "doctor ={", NOW));
	assert_string_equal("{\n", buf_str(&s->doctor));
	survey_free(s);
}

/* A date(1) that knows no %s is no liar; whoever invents words is one. */
static void
what_is_not_said_is_refused(void **state)
{
	static const char *const rows[] = {
		"", " ", "tim 5", "timeout 1", "env", "env PATH", "config",
		"config x", "running", "running -1", "running 99999999",
		"mount", "mount ext4", "token", "token 12", "surprise x",
	};
	struct survey *s = survey_new();
	BUF_AUTO big = BUF_INIT(1 << 20);

	(void)state;
	assert_non_null(s);
	for (size_t i = 0; i < ROWS(rows); i++) {
		if (survey_fact(s, rows[i], NOW))
			fail_msg("taken: '%s'", rows[i]);
	}
	assert_true(survey_fact(s, "time %s", NOW));
	assert_false(s->timed);
	assert_true(survey_fact(s, "version \x1b]0;x\x07", NOW));
	assert_null(strchr(s->version, '\x1b'));
	buf_adds(&big, "config =");
	for (int i = 0; i < 70000; i++)
		buf_adds(&big, "x");
	assert_false(survey_fact(s, buf_str(&big), NOW));
	survey_free(s);
}

/* SHA-256(key . SHA-256(key . token . newline) . newline), all in hex. */
static void
token_is_what_the_tools_say(void **state)
{
	static const char want[] = "1583c85697b5b14511b2fbffc1dca2da"
	    "f478181f8681c1adbd6b23a8bf9e37ed";
	const unsigned char key[SURVEY_KEY_LEN] = { 0xab, 1 };
	unsigned char out[SURVEY_TOKEN_LEN];
	char hex[2 * SURVEY_TOKEN_LEN + 1];
	SECRET_AUTO *token = fixture_secret("rt_example", 10);

	(void)state;
	survey_token(out, key, token);
	sodium_bin2hex(hex, sizeof(hex), out, sizeof(out));
	assert_string_equal(want, hex);
}

static void
script_is_one_line_that_holds_the_key(void **state)
{
	const unsigned char key[SURVEY_KEY_LEN] = { 0xab, 1 };
	BUF_AUTO b = BUF_INIT(1 << 16);

	(void)state;
	assert_int_equal(0, survey_script(&b, key));
	assert_non_null(strstr(buf_str(&b), "key=ab010000"));
	assert_ptr_equal(strchr(b.p, '\n'), b.p + b.len - 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_fact_is_understood),
		cmocka_unit_test(what_is_not_said_is_refused),
		cmocka_unit_test(token_is_what_the_tools_say),
		cmocka_unit_test(script_is_one_line_that_holds_the_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
