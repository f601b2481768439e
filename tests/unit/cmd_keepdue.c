/* When a login that is kept is refreshed, and how long failures wait. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cred.h"
#include "keepdue.h"

#define NOW 1800000000
#define DAY 86400

static struct cred
login(int64_t refreshed, int64_t expires)
{
	return (struct cred){ .mode = CRED_CHATGPT, .has_refreshed = true,
		.refreshed = { .tv_sec = refreshed }, .expires = expires };
}

static void
half_of_its_life(void **state)
{
	struct cred c = login(NOW, NOW + 10 * DAY);

	(void)state;
	assert_int_equal(keepdue_at(&c), NOW + 5 * DAY);
	assert_string_equal(keepdue_reason(&c), "proactive_expiry");
	/* long before Codex's own 300 s */
	c = login(NOW, NOW + 700);
	assert_true(keepdue_at(&c) < NOW + 700 - 300);
	/* the clock was wrong when it was refreshed */
	c = login(NOW + 20 * DAY, NOW + 10 * DAY);
	assert_int_equal(keepdue_at(&c), NOW + 10 * DAY);
}

static void
opaque_as_codex(void **state)
{
	struct cred c = login(NOW, 0);

	(void)state;
	assert_int_equal(keepdue_at(&c), NOW + 8 * DAY);
	assert_string_equal(keepdue_reason(&c), "scheduled");
}

static void
without_last_refresh_at_once(void **state)
{
	struct cred c = login(0, NOW + 10 * DAY);

	(void)state;
	c.has_refreshed = false;
	assert_int_equal(keepdue_at(&c), 0);
}

static void
delays_grow(void **state)
{
	(void)state;
	assert_int_equal(keepdue_delay(0), 1);
	assert_int_equal(keepdue_delay(1), 1);
	assert_int_equal(keepdue_delay(2), 2);
	assert_int_equal(keepdue_delay(5), 16);
	assert_int_equal(keepdue_delay(10), 300);
	assert_int_equal(keepdue_delay(4000000000u), 300);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(half_of_its_life),
		cmocka_unit_test(opaque_as_codex),
		cmocka_unit_test(without_last_refresh_at_once),
		cmocka_unit_test(delays_grow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
