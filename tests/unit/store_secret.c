/* A secret is held, cut and wiped; and that it can't be locked is known. */
#include <signal.h>
#include <unistd.h>

#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "unit/store_fixture.h"

static void
a_secret_holds_its_bytes_and_a_nul(void **state)
{
	static const size_t sizes[] = { 0, 1, 15, 16, 4095, 4096, 65537 };
	unsigned char *p;
	size_t len;

	(void)state;
	for (size_t i = 0; i < ROWS(sizes); i++) {
		SECRET_AUTO *s = secret_new(sizes[i]);

		assert_non_null(s);
		assert_int_equal(secret_len(s), sizes[i]);
		p = secret_expose(s, &len);
		assert_int_equal(len, sizes[i]);
		assert_true(sodium_is_zero(p, len + 1));
		memset(p, 'x', len);
		assert_int_equal(p[len], '\0');
	}
	secret_free(NULL);
	assert_null(secret_new(SIZE_MAX));
	assert_null(secret_new(SIZE_MAX - 1));
}

static void
a_copy_is_its_own(void **state)
{
	char from[] = CANARY;
	SECRET_AUTO *s = secret_copy(from, strlen(from));
	SECRET_AUTO *none = secret_copy(NULL, 0);

	(void)state;
	assert_non_null(s);
	assert_non_null(none);
	memset(from, 'x', sizeof(from) - 1);
	assert_string_equal(secret_expose(s, NULL), CANARY);
}

static void
truncate_wipes_the_tail(void **state)
{
	SECRET_AUTO *s = secret_copy(CANARY, strlen(CANARY));
	unsigned char *p;

	(void)state;
	assert_non_null(s);
	secret_truncate(s, 4);
	p = secret_expose(s, NULL);
	assert_int_equal(secret_len(s), 4);
	assert_string_equal(p, "cAnA");
	assert_true(sodium_is_zero(p + 4, strlen(CANARY) - 4));
	secret_truncate(s, 400);	/* never longer */
	assert_int_equal(secret_len(s), 4);
}

/* What a child does has to be seen from its end. */
static int
in_child(void (*f)(void))
{
	int status;
	pid_t pid = fork();

	assert_int_not_equal(pid, -1);
	if (pid == 0) {
		f();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void
read_past_the_end(void)
{
	struct secret *s = secret_new(4096 - 1);
	volatile unsigned char *p = secret_expose(s, NULL);
	struct rlimit none = { 0, 0 };

	(void)setrlimit(RLIMIT_CORE, &none);
	(void)signal(SIGSEGV, SIG_DFL);	/* not the sanitizer's report */
	_exit(p[4096] == 0 ? 1 : 2);
}

static void
the_byte_after_a_secret_is_guarded(void **state)
{
	int status = in_child(read_past_the_end);

	(void)state;
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGSEGV);
}

static void
lock_nothing(void)
{
	struct rlimit none = { 0, 0 };
	struct secret *s;

	/* root may lock what it likes */
	if (setrlimit(RLIMIT_MEMLOCK, &none) == -1 ||
	    (geteuid() == 0 && setresuid(65534, 65534, 65534) == -1))
		_exit(9);
	if (!secret_locked())
		_exit(1);	/* nothing has failed yet */
	s = secret_new(100);
	if (s == NULL)
		_exit(2);	/* it has to go on without */
	secret_free(s);
	_exit(secret_locked() ? 3 : 0);
}

static void
a_failed_lock_is_reported(void **state)
{
	int status;

	(void)state;
	secret_free(secret_new(100));
	assert_true(secret_locked());
#ifdef __SANITIZE_ADDRESS__
	skip();		/* its mlock does nothing and says yes */
#endif
	status = in_child(lock_nothing);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void
equal_is_every_byte(void **state)
{
	SECRET_AUTO *a = secret_copy("abc", 3), *b = secret_copy("abc", 3);
	SECRET_AUTO *c = secret_copy("abd", 3), *d = secret_copy("abcd", 4);

	(void)state;
	assert_true(secret_equal(a, b));
	assert_false(secret_equal(a, c));
	assert_false(secret_equal(a, d));
	assert_false(secret_equal(d, a));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_secret_holds_its_bytes_and_a_nul),
		cmocka_unit_test(a_copy_is_its_own),
		cmocka_unit_test(truncate_wipes_the_tail),
		cmocka_unit_test(the_byte_after_a_secret_is_guarded),
		cmocka_unit_test(a_failed_lock_is_reported),
		cmocka_unit_test(equal_is_every_byte),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
