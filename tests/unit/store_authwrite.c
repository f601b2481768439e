/* Changing auth.json: what is put, kept, refused and removed, and where. */
#include <fcntl.h>
#include <limits.h>
#include <signal.h>

#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "unit/store_fixture.h"

#include "atomicfile.h"
#include "authwrite.h"
#include "cred.h"
#include "err.h"
#include "lockfile.h"

#define FILE_PATH "home/auth.json"

static char	base[PATH_MAX];

static int
setup(void **state)
{
	(void)state;
	(void)umask(077);
	return fixture_enter(base, sizeof(base)) == -1 ? -1 : 0;
}

/* Everything below here but here itself. */
static void
clean(void)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		(void)execl("/bin/sh", "sh", "-c", "rm -rf ./* ./.[!.]*",
		    (char *)NULL);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static int
fresh(void **state)
{
	(void)state;
	clean();
	return mkdir("home", 0700);
}

static int
teardown(void **state)
{
	(void)state;
	clean();
	return chdir("/") | rmdir(base);
}

static void
make(const char *path, const char *text, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_int_not_equal(fd, -1);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(fchmod(fd, mode), 0);
	assert_int_equal(close(fd), 0);
}

/* path holds text, 0600, and is no link. */
static void
holds(const char *path, const char *text)
{
	char got[256] = "";
	struct stat st;
	int fd = open(path, O_RDONLY | O_NOFOLLOW);

	assert_int_not_equal(fd, -1);
	assert_true(read(fd, got, sizeof(got) - 1) >= 0);
	assert_string_equal(got, text);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(close(fd), 0);
}

static enum authwrite_state
put(const char *path, const char *text, const unsigned char *expect,
    struct err *e)
{
	SECRET_AUTO *s = fixture_secret(text, strlen(text));
	struct authwrite_done done;
	int r;

	*e = (struct err)ERR_INIT;
	r = authwrite_install(path, 0, s, expect, &done, e);
	assert_int_equal(r == 0, e->code == ERR_NONE);
	assert_int_equal(r == 0, done.state == AUTHWRITE_WRITTEN ||
	    done.state == AUTHWRITE_UNCHANGED);
	assert_false(done.in_place || done.not_durable);
	return done.state;
}

static void
is_put(const char *path, const char *text)
{
	struct err e;

	assert_int_equal(put(path, text, NULL, &e), AUTHWRITE_WRITTEN);
}

static void
refused(const char *path, enum err_code code, const char *text)
{
	struct err e;

	assert_int_equal(put(path, "new", NULL, &e), AUTHWRITE_NONE);
	assert_string_equal(e.text, text);
	assert_int_equal(e.code, code);
}

static void
a_home_is_made_for_the_account_alone(void **state)
{
	SECRET_AUTO *s = fixture_secret("new", 3);
	struct authwrite_done done;
	struct err e = ERR_INIT;
	struct stat st;

	(void)state;
	refused("fresh/auth.json", ERR_NO_HOME,
	    "cannot open 'fresh': no such file or directory");
	(void)umask(0);
	assert_int_equal(authwrite_install("fresh/auth.json",
	    AUTHWRITE_MAKE, s, NULL, &done, &e), 0);
	(void)umask(077);
	holds("fresh/auth.json", "new");
	assert_int_equal(stat("fresh", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_int_equal(authwrite_install("no/fresh/auth.json",
	    AUTHWRITE_MAKE, s, NULL, &done, &e), -1);
	assert_int_equal(e.code, ERR_NO_HOME);
}

static void
a_file_is_replaced_and_its_mode_repaired(void **state)
{
	struct stat before, after;
	struct err e;

	(void)state;
	is_put(FILE_PATH, "old, and longer than the new one");
	is_put(FILE_PATH, "new");
	holds(FILE_PATH, "new");
	assert_int_equal(stat(FILE_PATH, &before), 0);
	assert_int_equal(put(FILE_PATH, "new", NULL, &e),
	    AUTHWRITE_UNCHANGED);
	assert_int_equal(stat(FILE_PATH, &after), 0);
	assert_int_equal(before.st_ino, after.st_ino);
	assert_int_equal(chmod(FILE_PATH, 0644), 0);
	is_put(FILE_PATH, "new");
	holds(FILE_PATH, "new");
}

/* What Codex wrote after it was looked at stays. */
static void
a_change_is_noticed(void **state)
{
	unsigned char none[CRED_DIGEST_LEN] = { 0 }, old[CRED_DIGEST_LEN];
	struct err e;

	(void)state;
	crypto_hash_sha256(old, (const unsigned char *)"old", 3);
	assert_int_equal(put(FILE_PATH, "new", old, &e), AUTHWRITE_CHANGED);
	assert_int_equal(access(FILE_PATH, F_OK), -1);
	assert_int_equal(put(FILE_PATH, "old", none, &e), AUTHWRITE_WRITTEN);
	assert_int_equal(put(FILE_PATH, "new", none, &e), AUTHWRITE_CHANGED);
	assert_int_equal(e.code, ERR_NEWER_THERE);
	assert_string_equal(e.text,
	    "'home/auth.json' was changed meanwhile");
	holds(FILE_PATH, "old");
	assert_int_equal(put(FILE_PATH, "new", old, &e), AUTHWRITE_WRITTEN);
	assert_int_equal(put(FILE_PATH, "newer", old, &e),
	    AUTHWRITE_CHANGED);
	holds(FILE_PATH, "new");
}

static void
a_link_is_kept_and_followed(void **state)
{
	struct stat st;

	(void)state;
	assert_int_equal(mkdir("dot", 0700), 0);
	assert_int_equal(symlink("../dot/mine.json", FILE_PATH), 0);
	is_put(FILE_PATH, "first");	/* one that leads to nothing yet */
	holds("dot/mine.json", "first");
	assert_int_equal(symlink("mine.json", "dot/second"), 0);
	assert_int_equal(unlink(FILE_PATH), 0);
	assert_int_equal(symlink("../dot/second", FILE_PATH), 0);
	is_put(FILE_PATH, "new");
	holds("dot/mine.json", "new");
	assert_int_equal(lstat(FILE_PATH, &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	assert_int_equal(access("dot/mine.json.lock", F_OK), 0);
	assert_int_equal(access("home/auth.json.lock", F_OK), -1);
	/* A home that is a link is a home. */
	assert_int_equal(symlink("home", "other"), 0);
	is_put("other/auth.json", "newer");
	holds("dot/mine.json", "newer");
}

static void
a_link_that_others_have_a_hand_in_is_refused(void **state)
{
	char whole[PATH_MAX + 64];

	(void)state;
	assert_int_equal(mkdir("dot", 0700), 0);
	assert_int_equal(symlink("../dot/mine.json", FILE_PATH), 0);
	assert_int_equal(chmod("dot", 0777), 0);
	refused(FILE_PATH, ERR_UNSAFE_TARGET,
	    "cannot use 'home/../dot': others can write to it");
	assert_int_equal(chmod("dot", 0700), 0);
	make("dot/mine.json", "old", 0602);
	refused(FILE_PATH, ERR_UNSAFE_TARGET, "cannot use "
	    "'home/../dot/mine.json': others can write to it");
	assert_int_equal(unlink(FILE_PATH), 0);
	assert_int_equal(symlink("../dot", FILE_PATH), 0);
	refused(FILE_PATH, ERR_UNSAFE_TARGET,
	    "cannot use 'home/../dot': is a directory");
	assert_int_equal(unlink(FILE_PATH), 0);
	assert_int_equal(symlink("auth.json", FILE_PATH), 0);
	refused(FILE_PATH, ERR_UNSAFE_TARGET, "cannot follow "
	    "'home/auth.json': too many levels of symbolic links");
	assert_int_equal(unlink(FILE_PATH), 0);
	snprintf(whole, sizeof(whole), "%s/gone/x", base);
	assert_int_equal(symlink(whole, FILE_PATH), 0);
	refused(FILE_PATH, ERR_NO_HOME, (snprintf(whole, sizeof(whole),
	    "cannot open '%s/gone': no such file or directory", base),
	    whole));
}

static void
another_accounts_things_are_refused(void **state)
{
	char want[128];

	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(symlink("mine.json", FILE_PATH), 0);
	assert_int_equal(lchown(FILE_PATH, 4711, 0), 0);
	refused(FILE_PATH, ERR_UNSAFE_TARGET, "cannot use "
	    "'home/auth.json': it belongs to uid 4711, not to uid 0");
	assert_int_equal(lchown(FILE_PATH, 0, 0), 0);
	make("home/mine.json", "old", 0600);
	assert_int_equal(chown("home/mine.json", 4711, 0), 0);
	refused(FILE_PATH, ERR_UNSAFE_TARGET, "cannot use "
	    "'home/mine.json': it belongs to uid 4711");
	assert_int_equal(unlink(FILE_PATH), 0);
	/* Where root has left one in our folder, it is ours to replace. */
	assert_int_equal(rename("home/mine.json", FILE_PATH), 0);
	is_put(FILE_PATH, "new");
	holds(FILE_PATH, "new");
	assert_int_equal(chown("home", 4711, 0), 0);
	snprintf(want, sizeof(want), "cannot use 'home': it belongs to uid "
	    "4711, not to uid 0");
	refused(FILE_PATH, ERR_UNSAFE_TARGET, want);
	assert_int_equal(chown("home", 0, 0), 0);
}

static void
what_codex_could_not_replace_is_refused(void **state)
{
	(void)state;
	make(FILE_PATH, "old", 0400);
	refused(FILE_PATH, ERR_PERMISSION_DENIED, "cannot use 'home/auth.json'"
	    ": it is read-only, and Codex could not refresh it");
	assert_int_equal(chmod(FILE_PATH, 0600), 0);
	assert_int_equal(link(FILE_PATH, "twin"), 0);
	refused(FILE_PATH, ERR_UNSAFE_TARGET, "cannot use 'home/auth.json': "
	    "it has hard links, which Codex does not replace");
	holds("twin", "old");
	assert_int_equal(unlink(FILE_PATH), 0);
	assert_int_equal(mkfifo(FILE_PATH, 0600), 0);
	refused(FILE_PATH, ERR_UNSAFE_TARGET,
	    "cannot use 'home/auth.json': not a regular file");
	assert_int_equal(unlink(FILE_PATH), 0);
	assert_int_equal(mkdir(FILE_PATH, 0700), 0);
	refused(FILE_PATH, ERR_UNSAFE_TARGET,
	    "cannot use 'home/auth.json': is a directory");
	refused("home/", ERR_UNSAFE_TARGET,
	    "cannot use 'home/': is a directory");
	assert_int_equal(chmod("home", 0702), 0);
	refused(FILE_PATH, ERR_UNSAFE_TARGET,
	    "cannot use 'home': others can write to it");
	assert_int_equal(chmod("home", 0700), 0);
}

static void
removed(const char *path, enum authwrite_state want)
{
	struct authwrite_done done;
	struct err e = ERR_INIT;

	assert_int_equal(authwrite_delete(path, NULL, &done, &e), 0);
	assert_int_equal(done.state, want);
	assert_int_equal(e.code, ERR_NONE);
}

static void
a_file_is_removed_whatever_is_in_it(void **state)
{
	unsigned char zero[CRED_DIGEST_LEN] = { 0 };
	struct authwrite_done done;
	struct err e = ERR_INIT;

	(void)state;
	removed("none/auth.json", AUTHWRITE_ABSENT);
	removed(FILE_PATH, AUTHWRITE_ABSENT);
	make(FILE_PATH, "{", 0400);
	assert_int_equal(authwrite_delete(FILE_PATH, zero, &done, &e), -1);
	assert_int_equal(done.state, AUTHWRITE_CHANGED);
	removed(FILE_PATH, AUTHWRITE_REMOVED);
	/* Of a link the link alone, wherever it leads. */
	make("mine", "old", 0600);
	assert_int_equal(symlink("../mine", FILE_PATH), 0);
	removed(FILE_PATH, AUTHWRITE_REMOVED);
	holds("mine", "old");
	assert_int_equal(symlink("/nowhere/at/all", FILE_PATH), 0);
	assert_int_equal(authwrite_delete(FILE_PATH, zero, &done, &e), -1);
	assert_int_equal(e.code, ERR_NO_HOME);
	removed(FILE_PATH, AUTHWRITE_REMOVED);
	assert_int_equal(mkdir(FILE_PATH, 0700), 0);
	assert_int_equal(authwrite_delete(FILE_PATH, NULL, &done, &e), -1);
	assert_string_equal(e.text,
	    "cannot remove 'home/auth.json': is a directory");
	assert_int_equal(e.code, ERR_UNSAFE_TARGET);
}

static void
without_a_home_there_are_no_locks(void **state)
{
	SECRET_AUTO *s = fixture_secret("new", 3);
	struct authwrite_done done;
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(authwrite_install("home/any.json", AUTHWRITE_ALONE,
	    s, NULL, &done, &e), 0);
	holds("home/any.json", "new");
	assert_int_equal(access("home/auth.lock", F_OK), -1);
	assert_int_equal(access("home/any.json.lock", F_OK), -1);
}

static void
what_a_killed_run_left_is_swept(void **state)
{
	static const char *const ours = "home/.cxp-0123456789abcdef";
	static const char *const others[] = { "home/.cxp-0123456789abcdef0",
		"home/.cxp-0123456789abcdeg", "home/.auth-XXXXXX",
		"home/.cxp.host.1.n.XXXXXX" };
	const struct timespec hour_ago[2] = { { .tv_sec = time(NULL) - 3600 },
		{ .tv_sec = time(NULL) - 3600 } };

	(void)state;
	make(ours, "x", 0600);
	is_put(FILE_PATH, "new");
	assert_int_equal(access(ours, F_OK), 0);	/* maybe alive */
	assert_int_equal(utimensat(AT_FDCWD, ours, hour_ago, 0), 0);
	for (size_t i = 0; i < ROWS(others); i++) {
		make(others[i], "x", 0600);
		assert_int_equal(utimensat(AT_FDCWD, others[i], hour_ago, 0),
		    0);
	}
	is_put(FILE_PATH, "newer");
	assert_int_equal(access(ours, F_OK), -1);
	for (size_t i = 0; i < ROWS(others); i++)
		assert_int_equal(access(others[i], F_OK), 0);
	/* A folder with that name is none of ours. */
	assert_int_equal(mkdir(ours, 0700), 0);
	assert_int_equal(utimensat(AT_FDCWD, ours, hour_ago, 0), 0);
	is_put(FILE_PATH, "newest");
	assert_int_equal(access(ours, F_OK), 0);
}

static void
a_lock_is_waited_for_and_no_longer(void **state)
{
	struct lockfile mine = LOCKFILE_INIT, theirs = LOCKFILE_INIT;
	struct err e = ERR_INIT;
	int64_t start = lockfile_now();

	(void)state;
	assert_int_equal(lockfile_take(&theirs, AT_FDCWD, "lock", 0, &e), 0);
	assert_int_equal(lockfile_take(&mine, AT_FDCWD, "lock", start + 200,
	    &e), -1);
	assert_int_equal(e.code, ERR_LOCKED);
	assert_string_equal(e.text, "another process holds 'lock'");
	assert_true(lockfile_now() - start >= 200);
	assert_int_equal(mine.fd, -1);
	lockfile_release(&theirs);
	lockfile_release(&theirs);
	assert_int_equal(lockfile_take(&mine, AT_FDCWD, "lock", 0, &e), 0);
	lockfile_release(&mine);
	assert_int_equal(lockfile_take(&mine, AT_FDCWD, "no/lock", 0, &e),
	    -1);
	assert_string_equal(e.text,
	    "cannot open the lock 'no/lock': no such file or directory");
}

static void
nothing(int sig)
{
	(void)sig;
}

static void
a_signal_ends_the_wait(void **state)
{
	struct sigaction sa = { .sa_handler = nothing };	/* no restart */
	struct lockfile mine = LOCKFILE_INIT, theirs = LOCKFILE_INIT;
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(sigaction(SIGALRM, &sa, NULL), 0);
	assert_int_equal(lockfile_take(&theirs, AT_FDCWD, "lock", 0, &e), 0);
	(void)alarm(1);
	assert_int_equal(lockfile_take(&mine, AT_FDCWD, "lock",
	    lockfile_now() + 60000, &e), -1);
	assert_int_equal(e.code, ERR_INTERRUPTED);
	lockfile_release(&theirs);
}

/* Both of Codex's, in its order, until it is closed. */
static void
the_locks_are_held(void **state)
{
	struct lockfile l = LOCKFILE_INIT;
	struct err e = ERR_INIT;
	struct authwrite *w = authwrite_open(FILE_PATH, 0, &e);

	(void)state;
	assert_non_null(w);
	assert_int_equal(lockfile_take(&l, AT_FDCWD, "home/auth.lock", 0,
	    &e), -1);
	assert_int_equal(e.code, ERR_LOCKED);
	authwrite_close(w);
	authwrite_close(NULL);
	assert_int_equal(lockfile_take(&l, AT_FDCWD, "home/auth.lock", 0,
	    &e), 0);
	lockfile_release(&l);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup(f, fresh)
	const struct CMUnitTest tests[] = {
		TEST(a_home_is_made_for_the_account_alone),
		TEST(a_file_is_replaced_and_its_mode_repaired),
		TEST(a_change_is_noticed),
		TEST(a_link_is_kept_and_followed),
		TEST(a_link_that_others_have_a_hand_in_is_refused),
		TEST(another_accounts_things_are_refused),
		TEST(what_codex_could_not_replace_is_refused),
		TEST(a_file_is_removed_whatever_is_in_it),
		TEST(without_a_home_there_are_no_locks),
		TEST(what_a_killed_run_left_is_swept),
		TEST(a_lock_is_waited_for_and_no_longer),
		TEST(a_signal_ends_the_wait),
		TEST(the_locks_are_held),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
