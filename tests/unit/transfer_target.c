/* The target grammar of the manual, and results. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "target.h"

#define NUL NULL

static const struct {
	const char *text, *user, *host;
	int port;
	const char *home;
} good[] = {
	{ "web1", NUL, "web1", 0, NUL },
	{ "deploy@web1", "deploy", "web1", 0, NUL },
	{ "deploy@web1:2222", "deploy", "web1", 2222, NUL },
	{ "[::1]:22", NUL, "::1", 22, NUL },
	{ "[::1]", NUL, "::1", 0, NUL },
	{ "::1", NUL, "::1", 0, NUL },
	{ "a@fe80::1", "a", "fe80::1", 0, NUL },
	{ "[web1]:2200", NUL, "web1", 2200, NUL },
	{ "127.0.1.7:2200", NUL, "127.0.1.7", 2200, NUL },
	{ "user@realm@host", "user@realm", "host", 0, NUL },
	{ "alias_with-all.chars", NUL, "alias_with-all.chars", 0, NUL },
	{ "ssh://web1", NUL, "web1", 0, NUL },
	{ "ssh://web1/", NUL, "web1", 0, NUL },
	{ "ssh://a@web1:22/srv/codex", "a", "web1", 22, "/srv/codex" },
	{ "ssh://a@[::1]:22/srv/codex/", "a", "::1", 22, "/srv/codex" },
	{ "ssh://web1/with%20space", NUL, "web1", 0, "/with space" },
};

static const char *const bad[] = {
	"", "@", "@web1", "a@", "-oProxyCommand=x", "a@-web1", "-a@web1",
	"web1:0", "web1:65536", "web1:-1", "web1:x", "web1:", "web1:22:23",
	"web 1", "web1;id", "we$(id)b", "a`id`@web1", "a b@web1", "web1\n",
	"a\x1b@web1", "web1/path", "[::1", "::1]", "[z:z]:22", "ssh://",
	"ssh://a:password@web1", "ssh://web1?x=1", "ssh://web1#x",
	"ssh://web1/a%0ab", "ssh://-web1", "http://web1", "docker+x://c",
	"ssh:/web1", "ssh://web1/../x", "ssh://web1/a/..",
	"ssh://web1/%2e%2e/x", "a:secret@web1", "a'b@web1", "web1\xff",
};

static void
assert_same(const char *got, const char *want)
{
	if (want == NULL)
		assert_null(got);
	else
		assert_string_equal(got, want);
}

static void
accepts_what_the_contract_lists(void **state)
{
	struct target_spec s;
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		assert_int_equal(target_parse(&s, good[i].text, &e), 0);
		assert_same(s.user, good[i].user);
		assert_same(s.host, good[i].host);
		assert_int_equal(s.port, good[i].port);
		assert_same(s.codex_home, good[i].home);
		assert_string_equal(s.text, good[i].text);
		assert_ptr_equal(s.kind, &target_ssh);
		target_clear(&s);
	}
}

static void
refuses_what_could_reach_a_shell(void **state)
{
	struct target_spec s;
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		memset(&e, 0, sizeof(e));
		if (target_parse(&s, bad[i], &e) == 0)
			fail_msg("'%s' was accepted", bad[i]);
		assert_int_equal(e.code, ERR_USAGE);
		assert_true(e.hint[0] != '\0');
		assert_null(strchr(e.text, '\x1b'));
		assert_null(s.host);
		assert_null(strstr(e.text, "secret"));
		assert_null(strstr(e.text, "password@"));
	}
}

static void
duplicates_are_seen(void **state)
{
	static const struct {
		const char *a, *b;
		bool same;
	} rows[] = {
		{ "a@web1", "a@web1", true },
		{ "a@web1", "a@WEB1", true },
		{ "a@web1", "ssh://a@web1/", true },
		{ "a@web1", "b@web1", false },
		{ "a@web1", "web1", false },
		{ "web1", "web1:22", false },
		{ "ssh://web1/a", "ssh://web1/b", false },
	};
	struct target_spec a, b;
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		assert_int_equal(target_parse(&a, rows[i].a, &e), 0);
		assert_int_equal(target_parse(&b, rows[i].b, &e), 0);
		assert_int_equal(target_same(&a, &b), rows[i].same);
		target_clear(&a);
		target_clear(&b);
	}
}

static void
a_result_has_one_verdict(void **state)
{
	struct result r;

	(void)state;
	result_init(&r);
	assert_true(result_end(&r, STATE_WRITTEN));
	assert_false(result_end(&r, STATE_FAILED));
	assert_int_equal(r.state, STATE_WRITTEN);
	result_clear(&r);
}

static void
warnings_are_bounded_safe_and_said_once(void **state)
{
	struct result r;

	(void)state;
	result_init(&r);
	result_warn(&r, "beep %s", "\a");
	result_warn(&r, "beep %s", "\a");
	assert_int_equal(r.nwarnings, 1);
	assert_null(strchr(r.warnings[0], '\a'));
	for (int i = 0; i < 10; i++)
		result_warn(&r, "number %d", i);
	assert_int_equal(r.nwarnings, RESULT_WARNINGS_MAX);
	result_clear(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(accepts_what_the_contract_lists),
		cmocka_unit_test(refuses_what_could_reach_a_shell),
		cmocka_unit_test(duplicates_are_seen),
		cmocka_unit_test(a_result_has_one_verdict),
		cmocka_unit_test(warnings_are_bounded_safe_and_said_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
