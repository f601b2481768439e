/* --hosts files, and each place once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "args.h"
#include "err.h"
#include "hosts.h"
#include "targets.h"

#define PATH "/tmp/cmd_hosts.XXXXXX"

struct file {
	char	path[sizeof(PATH)];
};

static int
setup(void **state)
{
	struct file *f = calloc(1, sizeof(*f));
	int fd;

	if (f == NULL)
		return -1;
	memcpy(f->path, PATH, sizeof(PATH));
	if ((fd = mkstemp(f->path)) == -1)
		return -1;
	*state = f;
	return close(fd);
}

static int
teardown(void **state)
{
	struct file *f = *state;
	int rc = unlink(f->path);

	free(f);
	return rc;
}

static int
read_bytes(const struct file *f, const void *p, size_t len,
    struct targets *t, struct err *e)
{
	FILE *out = fopen(f->path, "w");

	assert_non_null(out);
	assert_int_equal(fwrite(p, 1, len, out), len);
	assert_int_equal(fclose(out), 0);
	targets_init(t);
	*e = (struct err)ERR_INIT;
	return hosts_read(t, f->path, e);
}

static int
read_text(const struct file *f, const char *s, struct targets *t,
    struct err *e)
{
	return read_bytes(f, s, strlen(s), t, e);
}

static void
comments_blanks_and_line_ends(void **state)
{
	struct targets t;
	struct err e;

	assert_int_equal(read_text(*state, "# all\n\n  \t\r\nweb1\r\n"
	    "\tdeploy@web2:2222  # the second\nssh://web3/srv/x\n  #x\n"
	    "web4", &t, &e), 0);
	assert_int_equal(t.n, 4);
	assert_string_equal(t.v[0].text, "web1");
	assert_string_equal(t.v[1].text, "deploy@web2:2222");
	assert_string_equal(t.v[3].text, "web4");
	assert_int_equal(targets_width(&t, 80), 16);
	assert_int_equal(targets_width(&t, 5), 5);
	targets_clear(&t);
}

static void
byte_order_mark_is_skipped(void **state)
{
	struct targets t;
	struct err e;

	assert_int_equal(read_text(*state, "\xef\xbb\xbfweb1\n", &t, &e), 0);
	assert_string_equal(t.v[0].host, "web1");
	targets_clear(&t);
}

static void
bad_line_is_named(void **state)
{
	const struct file *f = *state;
	char want[64];
	struct targets t;
	struct err e;

	assert_int_equal(read_text(f, "web1\n\n# c\nweb 4\n", &t, &e), -1);
	assert_int_equal(e.code, ERR_USAGE);
	snprintf(want, sizeof(want), "%s:4: ", f->path);
	assert_ptr_equal(strstr(e.text, want), e.text);
	assert_non_null(strstr(e.text, "'web 4'"));
	targets_clear(&t);
	assert_int_equal(read_bytes(f, "web1\nw\0b\n", 9, &t, &e), -1);
	snprintf(want, sizeof(want), "%s:2: ", f->path);
	assert_ptr_equal(strstr(e.text, want), e.text);
	targets_clear(&t);
	assert_int_equal(read_text(f, "web1\n-oProxyCommand=x", &t, &e), -1);
	targets_clear(&t);
}

static void
what_cannot_be_read_is_usage(void **state)
{
	static char big[1024 * 1024 + 1];
	struct targets t;
	struct err e;

	memset(big, '\n', sizeof(big));
	assert_int_equal(read_bytes(*state, big, sizeof(big) - 1, &t, &e), 0);
	assert_int_equal(read_bytes(*state, big, sizeof(big), &t, &e), -1);
	assert_int_equal(e.code, ERR_USAGE);
	assert_int_equal(hosts_read(&t, "/", &e), -1);
	assert_int_equal(e.code, ERR_USAGE);
	assert_int_equal(hosts_read(&t, "/nonexistent/hosts", &e), -1);
	assert_int_equal(e.code, ERR_USAGE);
	targets_clear(&t);
}

static void
each_place_once_in_the_order_given(void **state)
{
	struct targets t;
	struct err e;
	char name[32];

	(void)state;
	targets_init(&t);
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < 5000; i++) {
			snprintf(name, sizeof(name), "%s%d",
			    round == 0 ? "web" : "WEB", i);
			assert_int_equal(targets_add(&t, name, &e), 0);
		}
	}
	assert_int_equal(t.n, 5000);
	for (int i = 0; i < 5000; i++) {
		snprintf(name, sizeof(name), "web%d", i);
		assert_string_equal(t.v[i].text, name);
	}
	assert_int_equal(targets_add(&t, "me@web1", &e), 0);
	assert_int_equal(t.n, 5001);
	assert_int_equal(targets_add(&t, "a b", &e), -1);
	assert_int_equal(t.n, 5001);
	targets_clear(&t);
}

static void
an_empty_list_is_no_target(void **state)
{
	const struct file *f = *state;
	const char *list[] = { f->path, NULL };
	struct args a = { .hosts = { list, 1 } };
	struct targets t;
	struct err e;

	assert_int_equal(read_text(f, "# nobody\n", &t, &e), 0);
	assert_int_equal(targets_from_args(&t, &a, &e), -1);
	assert_int_equal(e.code, ERR_USAGE);
	targets_clear(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(comments_blanks_and_line_ends),
		cmocka_unit_test(byte_order_mark_is_skipped),
		cmocka_unit_test(bad_line_is_named),
		cmocka_unit_test(what_cannot_be_read_is_usage),
		cmocka_unit_test(each_place_once_in_the_order_given),
		cmocka_unit_test(an_empty_list_is_no_target),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
