/*
 * The far script for real, second part: it is cut, killed, stopped, run many
 * times at once, or finds a host where little is as it should be.
 */
#include <sys/wait.h>

#include "buf.h"
#include "far.h"
#include "survey.h"

static struct far far;
static int homes;

static void
new_home(char home[100])
{
	(void)snprintf(home, 100, "%s/%d", far.dir, homes++);
	assert_int_equal(0, mkdir(home, 0755));
}

static void
expect_there(const char *home, const char *check)
{
	if (far_script(&far, home, 0, check) != 0) {
		(void)far_script(&far, home, 0, "ls -la . .codex >&2");
		fail_msg("'%s' is not so", check);
	}
}

static void
expect(const char *what, const struct result *r, enum target_state state,
    enum err_code code)
{
	if (r->state != state || (state == STATE_FAILED && r->err.code != code))
		fail_msg("%s: state %s, %s: %s", what,
		    target_state_name(r->state), err_name(r->err.code),
		    r->err.text);
}

static struct job
push(enum far_file file, int timeout)
{
	return (struct job){
		.op = JOB_PUSH, .cred = &far.cred[file], .timeout = timeout
	};
}

/* The link ends after every 50th byte. */
static void
test_cut(void **state)
{
	struct job job = push(FAR_NEW, 30);
	size_t all = 36 + secret_len(job.cred->bytes);
	char home[100];
	struct far_run o = { .home = home };
	struct result r;

	(void)state;
	new_home(home);
	expect_there(home, "put $OLD $D/auth.json");
	for (size_t i = 1; i < all; i += i < 40 ? 5 : i < all - 60 ? 50 : 7) {
		o.cut = i;
		far_job(&far, &o, &job, &r);
		expect("cut", &r, STATE_FAILED, ERR_UNREACHABLE);
		result_clear(&r);
		expect_there(home, "is $OLD $D/auth.json && "
				   "[ \"$(ls -A $D)\" = auth.json ]");
	}
}

/* A remove is one line: what was cut of it removes nothing. */
static void
test_cut_remove(void **state)
{
	struct job job = { .op = JOB_REMOVE, .timeout = 30 };
	BUF_AUTO b = BUF_INIT(1 << 16);
	char home[100];
	struct far_run o = { .home = home };
	struct result r;

	(void)state;
	assert_int_equal(0, survey_stays(&b, false));
	new_home(home);
	expect_there(home, "put $OLD $D/auth.json");
	for (size_t i = 1; i < 35 + b.len; i += i < 30 ? 9 : i < 40 ? 1 : 45) {
		o.cut = i;
		far_job(&far, &o, &job, &r);
		expect("cut", &r, STATE_FAILED, ERR_UNREACHABLE);
		result_clear(&r);
		expect_there(home, "is $OLD $D/auth.json");
	}
}

/* kill -9 of everything over there at a random moment after the last byte. */
static void
test_killed(void **state)
{
	static const char *const shells[] = { "/bin/dash", "/bin/bash" };
	struct job job = push(FAR_NEW, 30);
	char home[100];
	struct far_run o = { .home = home };
	struct result r;
	int written = 0, failed = 0;

	(void)state;
	for (int i = 0; i < 80; i++) {
		new_home(home);
		expect_there(home, i % 4 == 3 ? "" : "put $OLD $D/auth.json");
		o.sh = shells[i % 2];
		/* A slow disk's commit takes longer. */
		o.kill_us = 1 + (int)randombytes_uniform(i % 4 < 3 ? 60000 :
		    1000000);
		far_job(&far, &o, &job, &r);
		if (r.state == STATE_WRITTEN)
			written++;
		else
			failed++;
		if (r.state != STATE_WRITTEN)
			expect("killed", &r, STATE_FAILED, ERR_UNREACHABLE);
		expect_there(home, r.state == STATE_WRITTEN
				       ? "is $NEW $D/auth.json"
				   : i % 4 == 3 ? "[ ! -e $D/auth.json ]"
						: "is $OLD $D/auth.json");
		result_clear(&r);
		o.kill_us = 0;
		far_job(&far, &o, &job, &r);
		if (r.state != STATE_UNCHANGED)
			expect("after kill", &r, STATE_WRITTEN, ERR_NONE);
		expect_there(home, r.state == STATE_UNCHANGED
				       ? "is $NEW $D/auth.json"
				       : "is $NEW $D/auth.json && clean");
		result_clear(&r);
	}
	print_message("killed: %d written, %d failed\n", written, failed);
	assert_true(written > 0 && failed > 0);
}

/* Everything at once; also with nothing there at first. */
static void
test_at_once(void **state)
{
	enum {
		RUNS = 20
	};
	struct job job[2] = { push(FAR_NEW, 60), push(FAR_OTHER, 60) };
	char home[100];
	struct far_run o = { .home = home };
	struct result r;
	int status;
	pid_t pid[RUNS];

	(void)state;
	job[0].force = job[1].force = true;
	new_home(home);
	for (int i = 0; i < RUNS; i++) {
		if ((pid[i] = fork()) == 0) {
			far_job(&far, &o, &job[i % 2], &r);
			if (r.state != STATE_WRITTEN &&
			    r.state != STATE_UNCHANGED)
				print_message("%s: %s\n",
				    target_state_name(r.state), r.err.text);
			_exit(r.state != STATE_WRITTEN &&
			      r.state != STATE_UNCHANGED);
		}
	}
	for (int i = 0; i < RUNS; i++) {
		assert_int_equal(pid[i], waitpid(pid[i], &status, 0));
		assert_int_equal(0, status);
	}
	expect_there(home, "{ is $NEW $D/auth.json || is $OTHER $D/auth.json; }"
			   " && clean && [ \"$(ls -A $D)\" = auth.json ]");
}

static void
test_locked_for_ever(void **state)
{
	struct job job = push(FAR_NEW, 30);
	char home[100];
	struct far_run o = { .home = home };
	struct result r;
	int64_t t = far_clock();

	(void)state;
	new_home(home);
	expect_there(home,
	    "put $OLD $D/auth.json; "
	    "(flock 9; : >held; exec sleep 60) 9>>$D/auth.lock >&- 2>&- & "
	    "echo $! >pid; until [ -e held ]; do sleep .02; done");
	far_job(&far, &o, &job, &r);
	t = (far_clock() - t) / 1000;
	expect("locked", &r, STATE_FAILED, ERR_LOCKED);
	expect_there(home, "kill $(cat pid); is $OLD $D/auth.json && clean");
	if (t < 9000 || t > 25000)
		fail_msg("waited %ld ms", (long)t);
	result_clear(&r);
}

/* Somebody writes while we wait for the lock: it is looked at again. */
static void
test_changed(void **state)
{
	struct job job = push(FAR_NEW, 30);
	char home[100];
	struct far_run o = { .home = home };
	struct result r;

	(void)state;
	new_home(home);
	expect_there(home,
	    "put $OLD $D/auth.json; (flock 9; : >held; sleep .6; "
	    "cat $NEWER >$D/auth.json) 9>>$D/auth.lock >&- 2>&- & "
	    "until [ -e held ]; do sleep .02; done");
	far_job(&far, &o, &job, &r);
	expect("changed", &r, STATE_REFUSED, ERR_NEWER_THERE);
	expect_there(home, "is $NEWER $D/auth.json && clean");
	result_clear(&r);
}

/* Nothing comes, and the link does not end either. */
static void
test_half_open(void **state)
{
	static const char *const shells[] = { "/bin/dash", "/bin/bash",
		"/bin/busybox", "/bin/mksh", "/bin/zsh" };
	struct job job = push(FAR_NEW, 1);
	char home[100];
	struct far_run o = { .home = home, .silent = true, .cut = 500 };
	struct result r;
	int64_t t;

	(void)state;
	for (size_t i = 0; i < ROWS(shells); i++) {
		if (access(shells[i], X_OK) != 0)
			continue;
		o.sh = shells[i];
		new_home(home);
		expect_there(home, "put $OLD $D/auth.json");
		t = far_clock();
		far_job(&far, &o, &job, &r);
		expect(shells[i], &r, STATE_FAILED, ERR_PROTOCOL);
		assert_true(far_clock() - t < 20000000);
		expect_there(home, "is $OLD $D/auth.json && "
				   "[ \"$(ls -A $D)\" = auth.json ]");
		result_clear(&r);
	}
}

/* A lost run that is still there is waited for, then ended. */
static void
test_settle(void **state)
{
	struct job job = push(FAR_NEW, 60);
	char home[100];
	struct far_run o = { .home = home, .silent = true };
	struct err e = ERR_INIT, why = ERR_INIT;
	struct result r;
	struct install *lost, *in;
	char there[120];
	int status;
	pid_t pid;

	(void)state;
	new_home(home);
	result_init(&r);
	err_set(&why, ERR_UNREACHABLE, "the link was lost");
	lost = install_new(&job, NULL, NULL, NULL, &r, &e);
	if ((pid = fork()) == 0) {
		(void)far_attempt(&far, &o, lost);
		_exit(0);
	}
	(void)snprintf(there, sizeof(there), "until pgrep -f '[:] %s;' "
	    ">/dev/null; do sleep .05; done", install_nonce(lost));
	expect_there(home, there);
	in = install_new(&job, NULL, install_nonce(lost), &why, &r, &e);
	o.silent = false;
	assert_true(far_attempt(&far, &o, in));
	expect("settle", &r, STATE_FAILED, ERR_UNREACHABLE);
	assert_int_equal(pid, waitpid(pid, &status, 0));
	install_free(in);
	install_free(lost);
	result_clear(&r);
}

/* --- hosts where little is as it should be ---------------------------- */

static void
test_startup(void **state)
{
	static const struct {
		const char *startup, *login;
		enum target_state state;
		enum err_code code;
	} rows[] = {
		{ "printf noise; ", NULL, STATE_WRITTEN, 0 },
		{ "printf CXP1; ", NULL, STATE_WRITTEN, 0 },
		{ "yes | head -c 60000; ", NULL, STATE_WRITTEN, 0 },
		{ "yes | head -c 70000; ", NULL, STATE_FAILED,
		    ERR_INTERFERENCE },
		{ "exit 0; ", NULL, STATE_FAILED, ERR_INTERFERENCE },
		{ "PATH=/nowhere; ", NULL, STATE_FAILED, ERR_NO_SHELL },
		{ "PATH=; alias ls=false; CDPATH=/tmp; export CDPATH; "
		  "BLOCK_SIZE=1K TIME_STYLE=x; export BLOCK_SIZE TIME_STYLE;"
		  "IFS=0x; export IFS; set -x; PATH=/bin ",
		    NULL, STATE_WRITTEN, 0 },
		{ "", "/bin/false", STATE_FAILED, ERR_INTERFERENCE },
		{ "", "/usr/sbin/nologin", STATE_FAILED, ERR_NO_SHELL },
	};
	struct job job = push(FAR_NEW, 30);
	char home[100];
	struct far_run o = { .home = home };
	struct result r;

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		new_home(home);
		o.startup = rows[i].startup;
		o.login = rows[i].login;
		far_job(&far, &o, &job, &r);
		expect(rows[i].startup, &r, rows[i].state, rows[i].code);
		expect_there(home, r.state == STATE_WRITTEN
				       ? "is $NEW $D/auth.json && clean"
				       : "[ ! -e $D ]");
		result_clear(&r);
	}
	o = (struct far_run){ .home = NULL };
	far_job(&far, &o, &job, &r);
	expect("no HOME", &r, STATE_FAILED, ERR_NO_HOME);
	result_clear(&r);
	o.home = "/nowhere/at/all";
	far_job(&far, &o, &job, &r);
	expect("no home", &r, STATE_FAILED, ERR_NO_HOME);
	result_clear(&r);
}

static void
test_tools(void **state)
{
#define BASE "sh ls id cat mv rm mkdir head tr chmod sleep uname dd "
	static const struct {
		const char *tools;
		enum target_state state;
	} rows[] = {
		{ BASE "sha256sum", STATE_WRITTEN },
		{ BASE "shasum", STATE_WRITTEN },
		{ BASE "openssl flock", STATE_WRITTEN },
		{ BASE "mktemp sync flock", STATE_FAILED },
		{ BASE "sha256sum mktemp sync flock readlink", STATE_WRITTEN },
	};
	struct job job = push(FAR_NEW, 30);
	char home[100], path[110], script[400];
	struct far_run o = { .home = home, .bare = true, .path = path };
	struct result r;

	(void)state;
	job.backup = true;
	for (size_t i = 0; i < ROWS(rows); i++) {
		new_home(home);
		(void)snprintf(path, sizeof(path), "%s/bin", home);
		(void)snprintf(script, sizeof(script),
		    "put $OLD $D/auth.json;"
		    "mkdir bin; for x in %s; do ln -s $(command -v $x) bin/$x; "
		    "done",
		    rows[i].tools);
		expect_there(home, script);
		far_job(&far, &o, &job, &r);
		expect(rows[i].tools, &r, rows[i].state, ERR_PROTOCOL);
		expect_there(home,
		    r.state == STATE_WRITTEN
			? "is $NEW "
			  "$D/auth.json && is $OLD $D/auth.json.bak && clean"
			: "is $OLD $D/auth.json && [ \"$(ls -A $D)\" = auth.json ]");
		result_clear(&r);
	}
	new_home(home);
	(void)snprintf(path, sizeof(path), "%s/bin", home);
	expect_there(home, "put $OLD $D/auth.json; mkdir bin; "
			   "busybox --install -s bin");
	far_job(&far, &o, &job, &r);
	expect("busybox alone", &r, STATE_WRITTEN, ERR_NONE);
	expect_there(home, "is $NEW $D/auth.json && clean");
	result_clear(&r);
}

/* Every program the far script starts, and their arguments. */
static void
test_no_secret_leaks(void **state)
{
	struct job job = push(FAR_NEW, 30);
	char home[100];
	struct far_run o = { .home = home,
		.startup = "exec strace -f -qq "
			   "-s 99999 -e trace=execve -o trace " };
	struct result r;

	(void)state;
	if (access("/usr/bin/strace", X_OK) != 0) {
		print_message("SKIPPED: no strace here\n");
		return;
	}
	new_home(home);
	expect_there(home, "put $OLD $D/auth.json");
	job.backup = true;
	far_job(&far, &o, &job, &r);
	expect("traced", &r, STATE_WRITTEN, ERR_NONE);
	expect_there(home, "[ \"$(grep -c execve trace)\" -gt 9 ] && "
			   "{ grep -q " CANARY " trace; [ $? = 1 ]; }");
	result_clear(&r);
}

static int
setup(void **state)
{
	(void)state;
	far_open(&far);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	far_close(&far);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_cut_remove),
		cmocka_unit_test(test_killed),
		cmocka_unit_test(test_at_once),
		cmocka_unit_test(test_locked_for_ever),
		cmocka_unit_test(test_changed),
		cmocka_unit_test(test_half_open),
		cmocka_unit_test(test_settle),
		cmocka_unit_test(test_startup),
		cmocka_unit_test(test_tools),
		cmocka_unit_test(test_no_secret_leaks),
	};

	cmocka_set_test_filter(getenv("FAR_ONLY")); /* NULL: all */
	return cmocka_run_group_tests(tests, setup, teardown);
}
