/* Codex's own rules for CODEX_HOME, as seen on codex-cli 0.169.0. */
#include <errno.h>
#include <limits.h>

#include <sys/stat.h>

#include "unit/store_fixture.h"

#include "err.h"
#include "paths.h"

static char	base[PATH_MAX];

static int
setup(void **state)
{
	(void)state;
	if (fixture_enter(base, sizeof(base)) == -1 ||
	    mkdir("dir", 0700) == -1 || mkdir("odd $(x)'q", 0700) == -1 ||
	    symlink("dir", "link") == -1 || symlink("none", "dangling") == -1)
		return -1;
	return mknod("file", S_IFREG | 0600, 0);
}

static int
teardown(void **state)
{
	(void)state;
	return rmdir("dir") | rmdir("odd $(x)'q") | unlink("link") |
	    unlink("dangling") | unlink("file") | chdir("/") | rmdir(base);
}

static void
codex_home_is_found_as_codex_does(void **state)
{
	static const struct {
		const char	*codex_home, *home;
		bool		 below;		/* want begins below base */
		const char	*want;		/* NULL: refused */
	} rows[] = {
		{ NULL, "/home/a", false, "/home/a/.codex" },
		{ "", "/home/a", false, "/home/a/.codex" },
		{ NULL, "/", false, "/.codex" },
		{ NULL, "/no/such", false, "/no/such/.codex" },
		{ NULL, NULL, false, NULL },
		{ "", "", false, NULL },
		{ "dir", "/home/a", true, "/dir" },
		{ "dir", NULL, true, "/dir" },
		{ "./link/", "/home/a", true, "/dir" },
		{ "odd $(x)'q", "/home/a", true, "/odd $(x)'q" },
		{ "missing", "/home/a", false, NULL },
		{ "dangling", "/home/a", false, NULL },
		{ "file", "/home/a", false, NULL },
		{ "file/below", "/home/a", false, NULL },
		{ "~", "/home/a", false, NULL },
		{ "a\nb", "/home/a", false, NULL },
	};
	char want[PATH_MAX];
	struct err e;
	char *got;

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		e = (struct err)ERR_INIT;
		got = paths_codex_home(rows[i].codex_home, rows[i].home, &e);
		if (rows[i].want == NULL) {
			assert_null(got);
			assert_int_equal(e.code, ERR_NO_CREDENTIAL);
			assert_string_not_equal(e.hint, "");
			continue;
		}
		snprintf(want, sizeof(want), "%s%s",
		    rows[i].below ? base : "", rows[i].want);
		assert_non_null(got);
		assert_string_equal(got, want);
		free(got);
	}
}

static void
a_refusal_names_directory_and_cause(void **state)
{
	struct err e = ERR_INIT;

	(void)state;
	assert_null(paths_codex_home("missing\x1b", "/home/a", &e));
	assert_string_equal(e.text, "cannot use CODEX_HOME 'missing\\x1b': "
	    "no such file or directory");
	assert_int_equal(e.sys, ENOENT);
	assert_null(paths_codex_home("file", "/home/a", &e));
	assert_string_equal(e.text,
	    "cannot use CODEX_HOME 'file': not a directory");
}

static void
join_adds_one_slash(void **state)
{
	static const char *const rows[][3] = {
		{ "/a", "b", "/a/b" },
		{ "/", "b", "/b" },
		{ "/a/", "b", "/a/b" },
		{ ".", "auth.json", "./auth.json" },
	};
	char *got;

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		assert_non_null(got = paths_join(rows[i][0], rows[i][1]));
		assert_string_equal(got, rows[i][2]);
		free(got);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(codex_home_is_found_as_codex_does),
		cmocka_unit_test(a_refusal_names_directory_and_cause),
		cmocka_unit_test(join_adds_one_slash),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
