/* Reading: whole or not at all, never stuck, and said why (rule 15). */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <time.h>

#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>

#include "unit/store_fixture.h"

#include "authjson.h"
#include "err.h"
#include "json.h"

#define GOOD "{\"OPENAI_API_KEY\":\"sk-1\"}"

static char	base[PATH_MAX];

static int
setup(void **state)
{
	(void)state;
	json_init();
	return fixture_enter(base, sizeof(base)) == -1 ? -1 : 0;
}

static int
teardown(void **state)
{
	(void)state;
	(void)unlink("auth.json");
	(void)unlink("other");
	return chdir("/") | rmdir(base);
}

/* A file last written `age` seconds ago; what is new is given time. */
static void
put(const char *path, const char *text, size_t len, int age)
{
	struct timespec t[2] = { { .tv_nsec = UTIME_OMIT }, { 0 } };
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_int_not_equal(fd, -1);
	assert_int_equal(write(fd, text, len), len);
	assert_int_equal(clock_gettime(CLOCK_REALTIME, &t[1]), 0);
	t[1].tv_sec -= age;
	assert_int_equal(futimens(fd, t), 0);
	assert_int_equal(close(fd), 0);
}

static int64_t
now_ms(void)
{
	struct timespec t;

	assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &t), 0);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void
refused(const char *path, enum err_code code, const char *text)
{
	struct cred c = { .mode = CRED_PAT };
	struct err e = ERR_INIT;
	int64_t start = now_ms();

	assert_int_equal(authjson_read(&c, path, &e), -1);
	assert_string_equal(e.text, text);
	assert_int_equal(e.code, code);
	assert_int_equal(c.mode, CRED_NONE);
	assert_null(c.bytes);
	/* Nobody is writing: there is nothing to wait for. */
	assert_true(now_ms() - start < 900);
}

static void
a_file_is_read_whole(void **state)
{
	struct cred c;
	struct err e = ERR_INIT;
	size_t len;

	(void)state;
	put("auth.json", GOOD "\n", sizeof(GOOD), 0);
	assert_int_equal(authjson_read(&c, "auth.json", &e), 0);
	assert_int_equal(c.mode, CRED_APIKEY);
	assert_memory_equal(secret_expose(c.bytes, &len), GOOD "\n",
	    sizeof(GOOD));
	assert_int_equal(len, sizeof(GOOD));
	cred_clear(&c);
	/* Codex follows a link, so do we. */
	assert_int_equal(symlink("auth.json", "other"), 0);
	assert_int_equal(authjson_read(&c, "other", &e), 0);
	cred_clear(&c);
	assert_int_equal(unlink("other"), 0);
}

static void
an_absent_file_has_a_hint(void **state)
{
	struct cred c;
	struct err e = ERR_INIT;

	(void)state;
	(void)unlink("auth.json");
	refused("auth.json", ERR_NO_CREDENTIAL,
	    "cannot read 'auth.json': no such file or directory");
	assert_int_equal(authjson_read(&c, "auth.json", &e), -1);
	assert_int_equal(e.sys, ENOENT);
	assert_string_equal(e.hint, "run 'codex-provision login', "
	    "or name a file with --from");
	put("auth.json", GOOD, sizeof(GOOD) - 1, 9);
	refused("auth.json/x", ERR_NO_CREDENTIAL,
	    "cannot read 'auth.json/x': not a directory");
}

static void
what_is_no_regular_file_is_refused_at_once(void **state)
{
	char loop[] = "other";

	(void)state;
	assert_int_equal(mkdir("other", 0700), 0);
	refused("other", ERR_BAD_CREDENTIAL,
	    "cannot use 'other': is a directory");
	assert_int_equal(rmdir("other"), 0);
	assert_int_equal(mkfifo("other", 0600), 0);
	refused("other", ERR_BAD_CREDENTIAL,
	    "cannot use 'other': not a regular file");
	assert_int_equal(unlink("other"), 0);
	refused("/dev/zero", ERR_BAD_CREDENTIAL,
	    "cannot use '/dev/zero': not a regular file");
	assert_int_equal(symlink(loop, "other"), 0);
	refused("other", ERR_BAD_CREDENTIAL,
	    "cannot read 'other': too many levels of symbolic links");
	assert_int_equal(unlink("other"), 0);
}

static void
a_bad_file_is_refused_with_its_name(void **state)
{
	static const struct {
		const char	*text, *why;
	} rows[] = {
		{ "", "not JSON: empty at byte 0" },
		{ "{\"OPENAI_API_KEY\":\"sk", "not JSON: unfinished string "
		    "at byte 21" },
		{ "{}", "no usable token: 'tokens' is missing" },
	};
	char want[ERR_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		put("auth.json", rows[i].text, strlen(rows[i].text), 9);
		snprintf(want, sizeof(want), "cannot use 'auth.json': %s",
		    rows[i].why);
		refused("auth.json", ERR_BAD_CREDENTIAL, want);
	}
}

static void
a_huge_file_is_not_read(void **state)
{
	(void)state;
	put("auth.json", GOOD, sizeof(GOOD) - 1, 9);
	assert_int_equal(truncate("auth.json", (off_t)10 << 30), 0);
	refused("auth.json", ERR_BAD_CREDENTIAL,
	    "cannot use 'auth.json': larger than 65536 bytes");
	assert_int_equal(truncate("auth.json", CRED_SIZE_MAX + 1), 0);
	refused("auth.json", ERR_BAD_CREDENTIAL,
	    "cannot use 'auth.json': larger than 65536 bytes");
	assert_int_equal(unlink("auth.json"), 0);
}

/* root reads everything, so a child reads as nobody. */
static void
an_unreadable_file_says_so(void **state)
{
	struct cred c;
	struct err e = ERR_INIT;
	int status, ok;
	pid_t pid;

	(void)state;
	put("auth.json", GOOD, sizeof(GOOD) - 1, 9);
	assert_int_equal(chmod("auth.json", 0), 0);
	assert_int_equal(chmod(".", 0755), 0);
	pid = fork();
	assert_int_not_equal(pid, -1);
	if (pid == 0) {
		if (geteuid() == 0 && setresuid(65534, 65534, 65534) == -1)
			_exit(9);
		ok = authjson_read(&c, "auth.json", &e) == -1 &&
		    e.code == ERR_BAD_CREDENTIAL && e.sys == EACCES &&
		    strcmp(e.text,
		    "cannot read 'auth.json': permission denied") == 0;
		_exit(ok ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(unlink("auth.json"), 0);
}

/* Gives up after a second, and not before, on a file that stays torn. */
static void
a_torn_file_is_given_one_second(void **state)
{
	struct cred c;
	struct err e = ERR_INIT;
	int64_t start = now_ms(), took;

	(void)state;
	put("auth.json", GOOD, 5, 0);
	assert_int_equal(authjson_read(&c, "auth.json", &e), -1);
	took = now_ms() - start;
	assert_in_range(took, 900, 5000);
	assert_int_equal(e.code, ERR_BAD_CREDENTIAL);
}

struct writer {
	atomic_bool	stop;
	bool		in_place;
};

/* Codex 0.166 and before: truncate, write, in two steps. */
static void *
write_often(void *arg)
{
	struct writer *w = arg;
	struct timespec torn = { .tv_nsec = 200000 };
	struct timespec whole = { .tv_nsec = 2000000 };

	while (!atomic_load(&w->stop)) {
		const char *path = w->in_place ? "auth.json" : "other";
		int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

		(void)nanosleep(&torn, NULL);
		if (fd == -1 || write(fd, GOOD, 9) != 9)
			break;
		(void)nanosleep(&torn, NULL);
		if (write(fd, GOOD "      " + 9, sizeof(GOOD) - 4) < 0 ||
		    close(fd) == -1 ||
		    (!w->in_place && rename("other", "auth.json") == -1))
			break;
		(void)nanosleep(&whole, NULL);
	}
	return NULL;
}

static void
read_beside_a_writer(bool in_place)
{
	struct writer w = { false, in_place };
	pthread_t t;
	int bad = 0;

	put("auth.json", GOOD, sizeof(GOOD) - 1, 9);
	assert_int_equal(pthread_create(&t, NULL, write_often, &w), 0);
	for (int i = 0; i < 200; i++) {
		struct cred c;
		struct err e = ERR_INIT;

		/* Counted, not asserted: the writer uses this frame. */
		if (authjson_read(&c, "auth.json", &e) == -1 ||
		    c.mode != CRED_APIKEY || e.text[0] != '\0')
			bad++;
		cred_clear(&c);
	}
	atomic_store(&w.stop, true);
	assert_int_equal(pthread_join(t, NULL), 0);
	assert_int_equal(bad, 0);
}

/*
 * The moment between the read and the look after it is too short to be hit,
 * so this stands before libc's stat and does something in it, once.
 */
static void	(*before_stat)(void);

int
stat(const char *restrict path, struct stat *restrict st)
{
	void (*f)(void) = before_stat;

	before_stat = NULL;
	if (f != NULL)
		f();
	return fstatat(AT_FDCWD, path, st, 0);
}

static void
rewrite(void)
{
	put("auth.json", "{\"personal_access_token\":\"at-1\"}", 32, 9);
}

static void
replace(void)
{
	put("other", "{\"personal_access_token\":\"at-1\"}", 32, 9);
	assert_int_equal(rename("other", "auth.json"), 0);
}

static void
what_changed_after_the_read_is_read_again(void **state)
{
	static void (*const changes[])(void) = { rewrite, replace };

	(void)state;
	for (size_t i = 0; i < ROWS(changes); i++) {
		struct cred c;
		struct err e = ERR_INIT;

		put("auth.json", GOOD, sizeof(GOOD) - 1, 9);
		before_stat = changes[i];
		assert_int_equal(authjson_read(&c, "auth.json", &e), 0);
		assert_int_equal(c.mode, CRED_PAT);
		assert_string_equal(e.text, "");
		cred_clear(&c);
	}
}

static void
a_file_rewritten_meanwhile_is_read_whole(void **state)
{
	(void)state;
	read_beside_a_writer(true);
}

static void
a_file_replaced_meanwhile_is_read_whole(void **state)
{
	(void)state;
	read_beside_a_writer(false);
}

static void
a_descriptor_is_read_to_its_end(void **state)
{
	struct cred c;
	struct err e = ERR_INIT;
	int p[2], status;
	pid_t pid;

	(void)state;
	assert_int_equal(pipe2(p, O_NONBLOCK), 0);
	pid = fork();
	assert_int_not_equal(pid, -1);
	if (pid == 0) {
		(void)close(p[0]);
		for (size_t i = 0; i < sizeof(GOOD) - 1; i++)
			if (write(p[1], &GOOD[i], 1) != 1)
				_exit(1);
		_exit(0);
	}
	assert_int_equal(close(p[1]), 0);
	assert_int_equal(authjson_read_fd(&c, p[0], "standard input", &e), 0);
	assert_int_equal(c.mode, CRED_APIKEY);
	cred_clear(&c);
	assert_int_equal(close(p[0]), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void
descriptors_have_their_errors(void **state)
{
	struct cred c;
	struct err e = ERR_INIT;
	int fd = open("/dev/zero", O_RDONLY | O_CLOEXEC);

	(void)state;
	assert_int_equal(authjson_read_fd(&c, fd, "standard input", &e), -1);
	assert_string_equal(e.text,
	    "cannot use 'standard input': larger than 65536 bytes");
	assert_int_equal(close(fd), 0);
	fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	assert_int_equal(authjson_read_fd(&c, fd, "standard input", &e), -1);
	assert_string_equal(e.text,
	    "cannot use 'standard input': not JSON: empty at byte 0");
	assert_int_equal(close(fd), 0);
	assert_int_equal(authjson_read_fd(&c, fd, "standard input", &e), -1);
	assert_string_equal(e.text,
	    "cannot read 'standard input': bad file descriptor");
	assert_int_equal(e.sys, EBADF);
}

static void
nothing(int sig)
{
	(void)sig;
}

static void
a_signal_ends_waiting_for_input(void **state)
{
	struct sigaction sa = { .sa_handler = nothing };	/* no restart */
	struct itimerval soon = { { 0, 10000 }, { 0, 10000 } }, off = { 0 };
	struct cred c;
	struct err e = ERR_INIT;
	int p[2];

	(void)state;
	assert_int_equal(sigaction(SIGALRM, &sa, NULL), 0);
	for (int flags = 0; flags <= O_NONBLOCK; flags += O_NONBLOCK) {
		assert_int_equal(pipe2(p, flags), 0);
		assert_int_equal(setitimer(ITIMER_REAL, &soon, NULL), 0);
		assert_int_equal(authjson_read_fd(&c, p[0], "standard input",
		    &e), -1);
		assert_int_equal(setitimer(ITIMER_REAL, &off, NULL), 0);
		assert_int_equal(e.code, ERR_INTERRUPTED);
		assert_int_equal(close(p[0]) | close(p[1]), 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_is_read_whole),
		cmocka_unit_test(an_absent_file_has_a_hint),
		cmocka_unit_test(what_is_no_regular_file_is_refused_at_once),
		cmocka_unit_test(a_bad_file_is_refused_with_its_name),
		cmocka_unit_test(a_huge_file_is_not_read),
		cmocka_unit_test(an_unreadable_file_says_so),
		cmocka_unit_test(a_torn_file_is_given_one_second),
		cmocka_unit_test(what_changed_after_the_read_is_read_again),
		cmocka_unit_test(a_file_rewritten_meanwhile_is_read_whole),
		cmocka_unit_test(a_file_replaced_meanwhile_is_read_whole),
		cmocka_unit_test(a_descriptor_is_read_to_its_end),
		cmocka_unit_test(descriptors_have_their_errors),
		cmocka_unit_test(a_signal_ends_waiting_for_input),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
