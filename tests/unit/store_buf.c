/* A buffer stops at its limit, says so once, and leaves nothing behind. */
#include "unit/store_fixture.h"

#include "buf.h"

static void
adds_grow_and_terminate(void **state)
{
	BUF_AUTO b = BUF_INIT(100000);
	char *p;

	(void)state;
	assert_string_equal(buf_str(&b), "");
	for (int i = 0; i < 3000; i++)
		assert_int_equal(buf_addf(&b, "%d,", i), 0);
	assert_int_equal(buf_adds(&b, "end"), 0);
	assert_int_equal(buf_add(&b, "\0x", 2), 0);
	assert_int_equal(buf_add(&b, NULL, 0), 0);
	assert_int_equal(b.len, 10 * 2 + 90 * 3 + 900 * 4 + 2000 * 5 + 5);
	assert_int_equal(b.p[b.len], '\0');
	assert_memory_equal(b.p, "0,1,2,", 6);
	assert_memory_equal(b.p + b.len - 10, "2999,end\0x", 10);
	assert_non_null(p = buf_take(&b));
	assert_int_equal(strlen(p), 13893);
	free(p);
	assert_string_equal(buf_str(&b), "");
	assert_int_equal(buf_adds(&b, "again"), 0);
	assert_string_equal(buf_str(&b), "again");
}

static void
the_limit_is_exact_and_sticky(void **state)
{
	BUF_AUTO b = BUF_INIT(5);

	(void)state;
	assert_int_equal(buf_adds(&b, "12345"), 0);
	assert_int_equal(buf_add(&b, "", 0), 0);
	assert_int_equal(buf_adds(&b, "6"), -1);
	assert_true(b.failed);
	assert_string_equal(buf_str(&b), "12345");
	buf_drop(&b, 5);
	assert_int_equal(buf_adds(&b, "6"), -1);	/* sticky */
	assert_string_equal(buf_str(&b), "");
	assert_null(buf_take(&b));
	assert_false(b.failed);				/* empty, usable */
	assert_int_equal(buf_addf(&b, "%s", "123456"), -1);
	assert_true(b.failed);
	buf_clear(&b);
	assert_int_equal(buf_addf(&b, "%s", "54321"), 0);
	assert_string_equal(buf_str(&b), "54321");
	assert_int_equal(buf_add(&b, "x", SIZE_MAX), -1);
}

static void
an_empty_buffer_is_an_empty_string(void **state)
{
	BUF_AUTO b = BUF_INIT(0);
	char *p = buf_take(&b);

	(void)state;
	assert_non_null(p);
	assert_string_equal(p, "");
	free(p);
	buf_drop(&b, 0);
	assert_int_equal(buf_adds(&b, ""), 0);
	assert_int_equal(buf_adds(&b, "x"), -1);
}

static void
drop_takes_from_the_front_and_wipes(void **state)
{
	BUF_AUTO b = BUF_INIT(100);

	(void)state;
	assert_int_equal(buf_adds(&b, "abcdef"), 0);
	buf_drop(&b, 4);
	assert_string_equal(buf_str(&b), "ef");
	assert_int_equal(b.len, 2);
	assert_memory_equal(b.p, "ef\0\0\0\0", 6);
	buf_drop(&b, 2);
	assert_string_equal(buf_str(&b), "");
}

static void
growing_and_clearing_wipe(void **state)
{
	struct buf b = BUF_INIT(5000);
	size_t cap;

	(void)state;
	/* Not at the start, where malloc's own links come to lie. */
	assert_int_equal(buf_addf(&b, "%100s" CANARY, "x"), 0);
	assert_int_equal(b.cap, 256);
	assert_int_equal(buf_addf(&b, "%2000s", "x"), 0);	/* grows */
	assert_memory_equal(b.p + 100, CANARY, strlen(CANARY));
	assert_false(fixture_heap_holds(256, CANARY));
	cap = b.cap;
	buf_clear(&b);
	assert_false(fixture_heap_holds(cap, CANARY));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(adds_grow_and_terminate),
		cmocka_unit_test(the_limit_is_exact_and_sticky),
		cmocka_unit_test(an_empty_buffer_is_an_empty_string),
		cmocka_unit_test(drop_takes_from_the_front_and_wipes),
		cmocka_unit_test(growing_and_clearing_wipe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
