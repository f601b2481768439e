/* A text is opened once: what was opened is remembered until it is over. */
#include "unit/store_fixture.h"

#include <fcntl.h>

#include <sys/stat.h>
#include <sys/wait.h>

#include "err.h"
#include "seal.h"
#include "sealseen.h"

#define NOW    1800000000
#define DAY    86400
#define RACERS 8

static char dir[256];

static int
enter(void **state)
{
	(void)state;
	return fixture_enter(dir, sizeof(dir));
}

static int
leave(void **state)
{
	(void)state;
	(void)unlink("opened");
	(void)unlink("opened.lock");
	return chdir("/") == -1 || rmdir(dir) == -1 ? -1 : 0;
}

static int
forget(void **state)
{
	(void)state;
	(void)unlink("opened");
	return 0;
}

static struct seal
text_number_of(unsigned char i, int64_t expires)
{
	struct seal about = { .expires = expires };

	memset(about.id, i, sizeof(about.id));
	return about;
}

/* Opens it: 0 the first time, 1 again; -1 with e set. */
static int
open_once(unsigned char i, int64_t expires, int64_t now, struct err *e)
{
	struct seal about = text_number_of(i, expires);
	SEALSEEN_AUTO *s = sealseen_open(dir, e);

	if (s == NULL)
		return -1;
	if (sealseen_has(s, &about))
		return 1;
	return sealseen_add(s, &about, now, e);
}

static off_t
size_now(void)
{
	struct stat st;

	assert_int_equal(stat("opened", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	return st.st_size;
}

static void
each_is_opened_once(void **state)
{
	struct err e = ERR_INIT;

	(void)state;
	for (int round = 0; round < 2; round++) {
		for (unsigned char i = 0; i < 5; i++)
			assert_int_equal(open_once(i, NOW + 600, NOW, &e),
			    round);
	}
	assert_int_equal(e.code, ERR_NONE);
	assert_int_equal(size_now(), 9 + 5 * (32 + 1 + 10 + 1));
}

static void
what_is_long_over_is_forgotten(void **state)
{
	struct err e = ERR_INIT;
	off_t two;

	(void)state;
	assert_int_equal(open_once(1, NOW + 600, NOW, &e), 0);
	assert_int_equal(open_once(2, NOW + 600, NOW + 700, &e), 0);
	two = size_now();
	/* A day later only, for clocks are put back. */
	assert_int_equal(open_once(1, NOW + 600, NOW + DAY, &e), 1);
	assert_int_equal(open_once(3, NOW + 2 * DAY, NOW + DAY + 601, &e), 0);
	assert_true(size_now() < two);
}

static void
of_many_at_once_one_opens_it(void **state)
{
	int opened = 0, status;

	(void)state;
	for (int i = 0; i < RACERS; i++) {
		pid_t pid = fork();

		assert_int_not_equal(pid, -1);
		if (pid == 0) {
			struct err e = ERR_INIT;

			_exit(open_once(7, NOW + 600, NOW, &e) + 10);
		}
	}
	for (int i = 0; i < RACERS; i++) {
		assert_int_not_equal(wait(&status), -1);
		assert_true(WIFEXITED(status));
		assert_true(WEXITSTATUS(status) == 10 ||
		    WEXITSTATUS(status) == 11);
		opened += WEXITSTATUS(status) == 10;
	}
	assert_int_equal(opened, 1);
}

static void
write_file(const char *text, size_t len)
{
	int fd = open("opened", O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_int_not_equal(fd, -1);
	assert_int_equal(write(fd, text, len), len);
	(void)close(fd);
}

static void
a_damaged_file_is_not_taken_for_empty(void **state)
{
	static const char good[] = "opened 1\n"
	    "01010101010101010101010101010101 1800000600\n";
	static const char *const bad[] = { "", "opened 2\n", "opened 1",
		"opened 1\n\n", "opened 1\n01 1\n",
		"opened 1\n01010101010101010101010101010101 -1\n",
		"opened 1\n01010101010101010101010101010101 99999999999999999999"
		"\n", "opened 1\n0101010101010101010101010101010x 1\n",
		"opened 1\n010101010101010101010101010101010101 1\n" };
	struct err e = ERR_INIT;

	(void)state;
	write_file(good, strlen(good));
	assert_int_equal(open_once(1, NOW, NOW, &e), 1);
	for (size_t i = 0; i < ROWS(bad); i++) {
		write_file(bad[i], strlen(bad[i]));
		assert_int_equal(open_once(9, NOW + 600, NOW, &e), -1);
		assert_int_equal(e.code, ERR_BAD_CREDENTIAL);
		assert_true(e.hint[0] != '\0');
	}
	for (size_t len = 10; len < strlen(good); len++) {
		write_file(good, len);
		assert_int_equal(open_once(9, NOW + 600, NOW, &e), -1);
	}
	write_file("opened 1\n\0", 10);
	assert_int_equal(open_once(9, NOW + 600, NOW, &e), -1);
	assert_int_equal(unlink("opened"), 0);
	assert_int_equal(symlink("/dev/null", "opened"), 0);
	assert_int_equal(open_once(9, NOW + 600, NOW, &e), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(each_is_opened_once, forget),
		cmocka_unit_test_setup(what_is_long_over_is_forgotten, forget),
		cmocka_unit_test_setup(of_many_at_once_one_opens_it, forget),
		cmocka_unit_test_setup(a_damaged_file_is_not_taken_for_empty,
		    forget),
	};

	return cmocka_run_group_tests_name("sealseen", tests, enter, leave);
}
