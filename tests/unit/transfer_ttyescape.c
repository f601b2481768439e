/* What is typed, and what of it is meant for us. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "ttyescape.h"

#define TYPED_MAX 64

/* The same whether it comes at once or a byte at a time. */
static void
check(const char *typed, const char *sent, bool quits)
{
	for (size_t step = 1; step <= TYPED_MAX; step += TYPED_MAX - 1) {
		struct ttyescape t = { 0 };
		char out[2 * TYPED_MAX + 1], *to = out;
		size_t len = strlen(typed), n;
		bool quit = false;

		for (size_t i = 0; i < len && !quit; i += n) {
			n = len - i < step ? len - i : step;
			to += ttyescape_filter(&t, typed + i, n, to, &quit);
		}
		*to = '\0';
		assert_string_equal(out, sent);
		assert_int_equal(quit, quits);
	}
}

static void
a_tilde_after_a_return_is_ours(void **state)
{
	(void)state;
	check("", "", false);
	check("abc\r", "abc\r", false);
	check("~.", "", true);
	check("ls\r~.more", "ls\r", true);
	check("ls\n~.", "ls\n", true);
}

static void
two_are_one(void **state)
{
	(void)state;
	check("~~", "~", false);
	check("~~.", "~.", false);
	check("~~~.", "~~.", false);
	check("\r~~x\r~.", "\r~x\r", true);
}

static void
others_are_what_they_are(void **state)
{
	(void)state;
	check("a~.", "a~.", false);
	check("~a", "~a", false);
	check("~a~.", "~a~.", false);
	check("~\r~.", "~\r", true);
	check("~\r.", "~\r.", false);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_tilde_after_a_return_is_ours),
		cmocka_unit_test(two_are_one),
		cmocka_unit_test(others_are_what_they_are),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
