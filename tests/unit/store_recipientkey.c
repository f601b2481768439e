/* One key a machine, made whole and once, and used only while it is ours. */
#include "unit/store_fixture.h"

#include <dirent.h>
#include <errno.h>

#include <sys/stat.h>
#include <sys/wait.h>

#include "datadir.h"
#include "err.h"
#include "recipient.h"
#include "recipientkey.h"

#define RACERS 8

static char root[256], dir[300], file[340];

static int
enter(void **state)
{
	(void)state;
	if (fixture_enter(root, sizeof(root)) == -1)
		return -1;
	snprintf(dir, sizeof(dir), "%s/a/b/codex-provision", root);
	snprintf(file, sizeof(file), "%s/recipient.key", dir);
	return 0;
}

static int
leave(void **state)
{
	(void)state;
	(void)unlink(file);
	(void)rmdir(dir);
	(void)rmdir("a/b");
	(void)rmdir("a");
	return chdir("/") == -1 || rmdir(root) == -1 ? -1 : 0;
}

static int
remove_key(void **state)
{
	(void)state;
	return unlink(file) == -1 && errno != ENOENT ? -1 : 0;
}

static size_t
files_in(const char *path)
{
	DIR *d = opendir(path);
	size_t n = 0;

	assert_non_null(d);
	while (readdir(d) != NULL)
		n++;
	closedir(d);
	return n - 2;
}

/* The public word of the key in dir; made where `make`. */
static void
word_of(char out[RECIPIENT_TEXT_LEN], bool make)
{
	struct err e = ERR_INIT;
	SECRET_AUTO *key = make ? recipientkey_make(dir, &e) :
	    recipientkey_load(dir, &e);
	struct recipient r;

	assert_non_null(key);
	assert_int_equal(e.code, ERR_NONE);
	recipient_of(&r, key);
	recipient_text(out, &r);
}

static void
the_first_use_makes_it(void **state)
{
	char a[RECIPIENT_TEXT_LEN], b[RECIPIENT_TEXT_LEN];
	struct err e = ERR_INIT;
	struct stat st;

	(void)state;
	assert_null(recipientkey_load(dir, &e));
	assert_int_equal(e.code, ERR_NO_CREDENTIAL);
	assert_non_null(strstr(e.hint, "codex-provision recipient"));
	word_of(a, true);
	word_of(b, true);
	assert_string_equal(a, b);
	word_of(b, false);
	assert_string_equal(a, b);
	assert_int_equal(stat(file, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(st.st_nlink, 1);
	assert_int_equal(files_in(dir), 1);
	assert_int_equal(stat("a", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_int_equal(stat(dir, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
}

static void
a_removed_key_is_another_one_next_time(void **state)
{
	char a[RECIPIENT_TEXT_LEN], b[RECIPIENT_TEXT_LEN];

	(void)state;
	word_of(a, true);
	assert_int_equal(unlink(file), 0);
	word_of(b, true);
	assert_string_not_equal(a, b);
}

static void
two_first_uses_at_once_agree(void **state)
{
	char words[RACERS][RECIPIENT_TEXT_LEN];
	int fds[2], go[2], status;
	char c;

	(void)state;
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(pipe(go), 0);
	for (int i = 0; i < RACERS; i++) {
		pid_t pid = fork();

		assert_int_not_equal(pid, -1);
		if (pid != 0)
			continue;
		(void)close(go[1]);
		if (read(go[0], &c, 1) != 0)	/* all begin at its end */
			_exit(1);
		word_of(words[0], true);
		_exit(write(fds[1], words[0], sizeof(words[0])) ==
		    sizeof(words[0]) ? 0 : 1);
	}
	(void)close(go[0]);
	(void)close(go[1]);
	for (int i = 0; i < RACERS; i++) {
		assert_int_not_equal(wait(&status), -1);
		assert_int_equal(status, 0);
		assert_int_equal(read(fds[0], words[i], sizeof(words[i])),
		    sizeof(words[i]));
		assert_string_equal(words[i], words[0]);
	}
	(void)close(fds[0]);
	(void)close(fds[1]);
	assert_int_equal(files_in(dir), 1);
}

static void
refused(enum err_code code, const char *why)
{
	struct err e = ERR_INIT;

	assert_null(recipientkey_make(dir, &e));
	assert_int_equal(e.code, code);
	assert_non_null(strstr(e.text, why));
	e = (struct err)ERR_INIT;
	assert_null(recipientkey_load(dir, &e));
	assert_int_equal(e.code, code);
}

static void
a_key_that_may_not_be_ours_is_refused(void **state)
{
	char word[RECIPIENT_TEXT_LEN], other[400];

	(void)state;
	word_of(word, true);
	assert_int_equal(chmod(file, 0640), 0);
	refused(ERR_UNSAFE_TARGET, "others can get at it");
	assert_int_equal(chmod(file, 0600), 0);
	if (geteuid() == 0) {
		assert_int_equal(chown(file, 12345, 0), 0);
		refused(ERR_UNSAFE_TARGET, "somebody else");
		assert_int_equal(chown(file, 0, 0), 0);
	}
	snprintf(other, sizeof(other), "%s/other", root);
	assert_int_equal(rename(file, other), 0);
	assert_int_equal(symlink(other, file), 0);
	refused(ERR_UNSAFE_TARGET, "symbolic links");
	assert_int_equal(unlink(file), 0);
	assert_int_equal(mkdir(file, 0700), 0);
	refused(ERR_UNSAFE_TARGET, "not a regular file");
	assert_int_equal(rmdir(file), 0);
	assert_int_equal(mkfifo(file, 0600), 0);
	refused(ERR_UNSAFE_TARGET, "not a regular file");
	assert_int_equal(unlink(file), 0);
	assert_int_equal(unlink(other), 0);
}

static void
a_damaged_key_is_refused_and_kept(void **state)
{
	char word[RECIPIENT_TEXT_LEN];
	struct stat st;

	(void)state;
	word_of(word, true);
	assert_int_equal(truncate(file, 20), 0);
	refused(ERR_BAD_CREDENTIAL, "damaged");
	assert_int_equal(stat(file, &st), 0);
	assert_int_equal(st.st_size, 20);
	assert_int_equal(truncate(file, 0), 0);
	refused(ERR_BAD_CREDENTIAL, "damaged");
	assert_int_equal(truncate(file, 1000000), 0);
	refused(ERR_BAD_CREDENTIAL, "damaged");
}

static void
a_folder_that_others_may_write_to_is_refused(void **state)
{
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(datadir_make(dir, &e), 0);
	assert_int_equal(chmod(dir, 0770), 0);
	assert_null(recipientkey_make(dir, &e));
	assert_int_equal(e.code, ERR_UNSAFE_TARGET);
	assert_int_equal(files_in(dir), 0);
	assert_int_equal(chmod(dir, 0700), 0);
	assert_int_equal(datadir_make("/proc/nowhere/x", &e), -1);
	assert_string_not_equal(e.text, "");
	assert_int_equal(datadir_make("/dev/null", &e), -1);
	assert_int_equal(e.code, ERR_UNSAFE_TARGET);
}

static void
the_folder_is_where_xdg_says(void **state)
{
	static const struct {
		const char *xdg, *home, *want;
	} rows[] = {
		{ "/x", "/h", "/x/codex-provision" },
		{ "/x/", NULL, "/x/codex-provision" },
		{ "", "/h", "/h/.local/share/codex-provision" },
		{ "relative", "/h", "/h/.local/share/codex-provision" },
		{ NULL, "/h", "/h/.local/share/codex-provision" },
		{ NULL, "", NULL },
		{ "relative", NULL, NULL },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct err e = ERR_INIT;
		char *path = datadir_path(rows[i].xdg, rows[i].home, &e);

		if (rows[i].want == NULL) {
			assert_null(path);
			assert_int_equal(e.code, ERR_NO_HOME);
		} else {
			assert_string_equal(path, rows[i].want);
		}
		free(path);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(the_first_use_makes_it, remove_key),
		cmocka_unit_test_setup(a_removed_key_is_another_one_next_time,
		    remove_key),
		cmocka_unit_test_setup(two_first_uses_at_once_agree,
		    remove_key),
		cmocka_unit_test_setup(a_key_that_may_not_be_ours_is_refused,
		    remove_key),
		cmocka_unit_test_setup(a_damaged_key_is_refused_and_kept,
		    remove_key),
		cmocka_unit_test_setup(
		    a_folder_that_others_may_write_to_is_refused, remove_key),
		cmocka_unit_test(the_folder_is_where_xdg_says),
	};

	return cmocka_run_group_tests_name("recipientkey", tests, enter,
	    leave);
}
