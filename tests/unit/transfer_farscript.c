/*
 * The far login for real: every login shell and every sh run farlogin.sh with
 * a codex that is a shell script; and whatever ends it, nothing stays.
 */
#include "far.h"

#include "farscript.h"
#include "farshell.h"

#define WAIT_US (25 * 1000000L)
#define LINGER	6

/*
 * Says its surroundings, "logs in", waits: as the real one, which is started
 * by node, in a process of its own.
 */
static const char codex[] =
    "#!/bin/sh\n"
    "echo \"args $*\"; echo \"model $(cat $CODEX_HOME/config.toml)\"\n"
    "echo \"proxy $HTTPS_PROXY browser $BROWSER\" >&2\n"
    "printf 'half '; sleep .3; echo line\n"
    "[ -e $CODEX_HOME/auth.json ] && echo SEES IT\n"
    "printf '{\"a\":1}' >$CODEX_HOME/auth.json\n"
    "[ -e $HOME/quick ] && exit 3\n"
    "sleep 1000 & wait\n";

static struct far far;
static int homes;
static char nonce[FARSHELL_NONCE_LEN];	/* of the last login */

struct line {
	struct farscript *s;
	pid_t	pid;
	int	fd[3];
	char	said[8192];
	bool	ready, bye, ended;
	int	status;		/* of codex; -1 runs, -2 not asked */
	enum farscript_owner owner;
	bool	owned;
	struct secret *file;
	bool	filed;
	struct err why;
};

static void on_ready(void *ctx) { ((struct line *)ctx)->ready = true; }
static void on_bye(void *ctx) { ((struct line *)ctx)->bye = true; }

static void
on_said(void *ctx, const char *text)
{
	struct line *l = ctx;
	size_t n = strlen(l->said);

	(void)snprintf(l->said + n, sizeof(l->said) - n, "%s\n", text);
}

static void on_now(void *ctx, int status)
{
	((struct line *)ctx)->status = status;
}

static void
on_owner(void *ctx, enum farscript_owner o, const char *who)
{
	(void)who;
	((struct line *)ctx)->owner = o;
	((struct line *)ctx)->owned = true;
}

static void
on_file(void *ctx, struct secret *take)
{
	((struct line *)ctx)->file = take;
	((struct line *)ctx)->filed = true;
}

static void
on_failed(void *ctx, const struct err *e)
{
	((struct line *)ctx)->why = *e;
}

static void
line_new(struct line *l, int linger)
{
	struct err e = ERR_INIT;
	struct farscript_ask ask = { .linger = linger, .life = 60,
		.events = { on_ready, on_said, on_now, on_owner, on_file,
		on_bye, on_failed, l } };

	memset(l, 0, sizeof(*l));
	l->status = -2;
	assert_non_null(l->s = farscript_new(&ask, &e));
	(void)snprintf(nonce, sizeof(nonce), "%s", farscript_argv(l->s)[4]);
}

static void
line_start(struct line *l, const struct far_run *o)
{
	l->pid = far_spawn(&far, o, farscript_command(l->s), l->fd);
}

static void
line_close(struct line *l)
{
	int status;

	for (int i = 0; i < 3; i++)
		(void)close(l->fd[i]);
	assert_int_equal(l->pid, waitpid(l->pid, &status, 0));
	farscript_end(l->s, WIFEXITED(status) ? WEXITSTATUS(status) : -1);
}

static bool is_ready(struct line *l) { return l->ready; }
static bool is_now(struct line *l) { return l->status != -2; }
static bool is_owned(struct line *l) { return l->owned; }
static bool is_filed(struct line *l) { return l->filed; }
static bool is_bye(struct line *l) { return l->bye; }

static void
line_send(struct line *l)
{
	const void *p;
	size_t len;

	if ((p = farscript_pending(l->s, &len)) == NULL)
		return;
	assert_int_equal(len, write(l->fd[0], p, len));
	farscript_sent(l->s, len);
}

/* Moves bytes until it is so, or has failed. */
static void
until(struct line *l, bool (*so)(struct line *l))
{
	struct pollfd p[2] = { { .fd = l->fd[1], .events = POLLIN },
		{ .fd = l->fd[2], .events = POLLIN } };
	int64_t end = far_clock() + WAIT_US;
	char chunk[999];
	ssize_t n;

	while (!so(l) && l->why.code == ERR_NONE) {
		if (far_clock() > end)
			fail_msg("nothing comes; so far: %s", l->said);
		line_send(l);
		if (poll(p, 2, 50) <= 0)
			continue;
		if (p[0].revents != 0) {
			if ((n = read(p[0].fd, chunk, sizeof(chunk))) <= 0)
				return;
			farscript_feed(l->s, chunk, (size_t)n);
		} else if ((n = read(p[1].fd, chunk, sizeof(chunk))) > 0) {
			farscript_feed_error(l->s, chunk, (size_t)n);
		} else {
			p[1].fd = -1;
		}
	}
}

static void
until_ready(struct line *l, const char *what)
{
	until(l, is_ready);
	if (!l->ready)
		fail_msg("%s: not ready: %s", what, l->why.text);
}

static void
until_said(struct line *l, const char *text)
{
	int64_t end = far_clock() + WAIT_US;

	while (strstr(l->said, text) == NULL) {
		if (far_clock() > end)
			fail_msg("'%s' is not said: %s", text, l->said);
		l->status = -2;
		assert_true(farscript_ask_said(l->s));
		until(l, is_now);
		assert_int_equal(ERR_NONE, l->why.code);
		(void)usleep(30000);
	}
}

static void
end(struct line *l)
{
	assert_true(farscript_ask_end(l->s));
	until(l, is_bye);
	line_close(l);
}

static void
line_free(struct line *l)
{
	farscript_free(l->s);
	secret_free(l->file);
}

/* A home with a codex, settings, and start-up files for every shell. */
static void
new_home(char home[200])
{
	char file[256];
	FILE *f;

	(void)snprintf(home, 200, "%s/h%d", far.dir, homes++);
	assert_int_equal(0, mkdir(home, 0755));
	(void)snprintf(file, sizeof(file), "%s/codex.sh", far.dir);
	assert_non_null(f = fopen(file, "w"));
	assert_true(fputs(codex, f) >= 0 && fclose(f) == 0);
	assert_int_equal(0, far_script(&far, home, 0,
	    "mkdir -p $D .config/fish '.a b/bin'; echo mine >$D/config.toml; "
	    "put $OLD $D/auth.json; cp $T/codex.sh '.a b/bin/codex'; "
	    "chmod 755 '.a b/bin/codex'; "
	    "echo \"export PATH='$HOME/.a b/bin':\\$PATH\" >.profile; "
	    "echo 'export HTTPS_PROXY=http://p:1; echo noise' >>.profile; "
	    "cp .profile .zshenv; cp .profile .kshrc; "
	    "printf \"setenv PATH '$HOME/.a b/bin':\\$PATH\\n"
	    "setenv HTTPS_PROXY http://p:1\\n\" >.cshrc; "
	    "printf \"set -gx PATH '$HOME/.a b/bin' \\$PATH\\n"
	    "set -gx HTTPS_PROXY http://p:1\\n\" >.config/fish/config.fish"));
}

static const char *
find(const char *shell)
{
	static char path[64];

	(void)snprintf(path, sizeof(path), "/bin/%s", shell);
	return access(path, X_OK) == 0 ? path : NULL;
}

/* Nothing runs, no folder is there, the old file is as it was. */
static void
expect_clean(const char *what, const char *home, int seconds)
{
	static const char format[] =
	    "is $OLD $D/auth.json && [ -z \"$(find $HOME -name "
	    "'.cxp-login*')\" ] && ! grep -qs \"CODEX_HOME=$HOME\" "
	    "/proc/[0-9]*/environ && ! pgrep -f '[:] %s;' >/dev/null";
	int64_t end_at = far_clock() + seconds * 1000000L;
	char check[sizeof(format) + FARSHELL_NONCE_LEN];

	(void)snprintf(check, sizeof(check), format, nonce);
	while (far_script(&far, home, 0, check) != 0) {
		if (far_clock() < end_at) {
			(void)usleep(100000);
			continue;
		}
		(void)far_script(&far, home, 0, "find $HOME >&2; "
		    "pgrep -af '[0-9a-f]{32}|codex' | cut -c1-200 >&2");
		fail_msg("%s: something is left", what);
	}
}

/* A far account with a codex, and a login there. */
struct login {
	char	home[200];
	struct far_run o;
	struct line l;
};

static void
login_new(struct login *g)
{
	memset(g, 0, sizeof(*g));
	new_home(g->home);
	g->o = (struct far_run){ .shell = "/bin/bash", .home = g->home };
}

static void
login_begin(struct login *g, int linger, const char *what)
{
	line_new(&g->l, linger);
	line_start(&g->l, &g->o);
	until_ready(&g->l, what);
}

/* Its line has ended; nothing of it stays. */
static void
login_clean(struct login *g, int seconds, const char *what)
{
	expect_clean(what, g->home, seconds);
	line_free(&g->l);
}

static void
whole_login(struct login *g, const char *what)
{
	struct line *l = &g->l;

	login_begin(g, LINGER, what);
	assert_true(strstr(farscript_codex(l->s), "/.a b/bin/codex") != NULL);
	until_said(l, "half line\n");
	if (strstr(l->said, "args login -c cli_auth_credentials_store=file\n")
	    == NULL || strstr(l->said, "model mine") == NULL ||
	    strstr(l->said, "proxy http://p:1 browser true") == NULL ||
	    strstr(l->said, "SEES IT") != NULL)
		fail_msg("%s: it said: %s", what, l->said);
	assert_true(farscript_ask_owner(l->s, 9));
	until(l, is_owned);
	assert_int_equal(FARSCRIPT_NOBODY, l->owner);
	until_said(l, "half line\n");
	while (l->file == NULL) {	/* it is about to write it */
		l->filed = false;
		assert_true(farscript_ask_file(l->s));
		until(l, is_filed);
	}
	assert_int_equal(7, secret_len(l->file));
	assert_memory_equal("{\"a\":1}", secret_expose(l->file, NULL), 7);
	end(l);
	assert_true(l->bye);
	login_clean(g, 10, what);
}

static void
test_shells(void **state)
{
	static const char *const shells[] = { "sh", "bash", "rbash", "fish",
		"tcsh", "zsh", "mksh" };
	static const char *const sh[] = { "dash", "bash", "busybox", "mksh",
		"zsh", "ksh93" };
	char login[64], is[64];
	struct login g;

	(void)state;
	for (size_t i = 0; i < ROWS(shells) + ROWS(sh); i++) {
		bool other = i >= ROWS(shells);
		const char *p = find(other ? sh[i - ROWS(shells)] : shells[i]);

		if (p == NULL)
			continue;
		(void)snprintf(login, sizeof(login), "%s", other ?
		    "/bin/bash" : p);
		(void)snprintf(is, sizeof(is), "%s", p);
		login_new(&g);
		g.o.shell = g.o.login = login;
		if (other)
			g.o.sh = is;
		whole_login(&g, is);
	}
}

static void
until_status(struct line *l, int status)
{
	while (l->status < 0) {
		l->status = -2;
		assert_true(farscript_ask_said(l->s));
		until(l, is_now);
	}
	assert_int_equal(status, l->status);
}

/* A codex that ends by itself: its status, and what it said last. */
static void
test_status(void **state)
{
	struct login g;

	(void)state;
	login_new(&g);
	assert_int_equal(0, far_script(&far, g.home, 0, ": >quick"));
	login_begin(&g, LINGER, "status");
	until_status(&g.l, 3);
	assert_non_null(strstr(g.l.said, "half line\n"));
	end(&g.l);
	login_clean(&g, 10, "status");
}

/* Its first process is killed: what it had started is ended too. */
static void
test_killed(void **state)
{
	struct login g;

	(void)state;
	login_new(&g);
	login_begin(&g, LINGER, "killed");
	until_said(&g.l, "half line\n");
	assert_int_equal(0, far_script(&far, g.home, 0,
	    "kill -9 $(cat .cxp-login.*/pid)"));
	until_status(&g.l, 128 + SIGKILL);
	end(&g.l);
	login_clean(&g, 10, "killed");
}

static void
join(struct line *l, const struct far_run *o)
{
	struct err e = ERR_INIT;

	l->why.code = ERR_NONE;
	l->ready = false;
	l->said[0] = '\0';
	assert_int_equal(0, farscript_join(l->s, &e));
	line_start(l, o);
	until(l, is_ready);
}

/* The link goes: the login stays for a while, may be joined, and goes. */
static void
test_linger(void **state)
{
	struct login g;

	(void)state;
	login_new(&g);
	login_begin(&g, LINGER, "linger");
	until_said(&g.l, "half line\n");
	line_close(&g.l);
	join(&g.l, &g.o);
	assert_true(g.l.ready);
	until_said(&g.l, "half line\n");	/* all of it again */
	(void)kill(g.l.pid, SIGKILL);
	line_close(&g.l);
	expect_clean("linger", g.home, LINGER + 10);
	join(&g.l, &g.o);
	assert_false(g.l.ready);
	assert_int_equal(ERR_PROTOCOL, g.l.why.code);
	line_close(&g.l);
	line_free(&g.l);
}

/* A link that is lost has no end there: who joins ends the line before. */
static void
test_joined(void **state)
{
	struct login g;
	struct line lost;
	int status;

	(void)state;
	login_new(&g);
	login_begin(&g, LINGER, "joined");
	lost = g.l;
	join(&g.l, &g.o);
	assert_true(g.l.ready);
	for (int i = 0; i < 3; i++)
		(void)close(lost.fd[i]);
	assert_int_equal(lost.pid, waitpid(lost.pid, &status, 0));
	assert_int_not_equal(0, status);	/* not by that end */
	until_said(&g.l, "half line\n");
	end(&g.l);
	login_clean(&g, 10, "joined");
}

/* Silent for long, with the stream still open: the same. */
static void
test_silence(void **state)
{
	struct login g;

	(void)state;
	login_new(&g);
	login_begin(&g, LINGER, "silence");
	expect_clean("silence", g.home, LINGER + 10);
	line_close(&g.l);
	line_free(&g.l);
}

/* All of it killed: the next run ends that codex and removes the folder. */
static void
test_sweep(void **state)
{
	struct login g;

	(void)state;
	login_new(&g);
	login_begin(&g, LINGER, "sweep");
	until_said(&g.l, "half line\n");
	(void)kill(-g.l.pid, SIGKILL);
	line_close(&g.l);
	line_free(&g.l);
	assert_int_equal(0, far_script(&far, g.home, 0, "touch -d "
	    "'9 minutes ago' .cxp-login.* && pgrep -x sleep >/dev/null"));
	whole_login(&g, "sweep");
}

/* One that lives is not swept, however long its user says nothing. */
static void
test_kept(void **state)
{
	int64_t late = far_clock() + WAIT_US;
	struct login g;

	(void)state;
	login_new(&g);
	login_begin(&g, 60, "kept");
	assert_int_equal(0, far_script(&far, g.home, 0,
	    "touch -d '9 minutes ago' .cxp-login.*"));
	while (far_script(&far, g.home, 0,
	    "find .cxp-login.* -prune -mmin -5 | grep -q .") != 0) {
		assert_true(far_clock() < late);
		(void)usleep(100000);
	}
	end(&g.l);
	login_clean(&g, 10, "kept");
}

/* Start-up files that hang, and a home where others may rename: elsewhere. */
static void
test_odd_homes(void **state)
{
	struct login g;

	(void)state;
	login_new(&g);
	g.o.uid = 1;
	assert_int_equal(0, far_script(&far, g.home, 0, "chown -R 1:1 . && "
	    "chmod 777 . && echo 'sleep 1000' >>.profile && "
	    "mkdir -p .local/bin && mv '.a b/bin/codex' .local/bin"));
	login_begin(&g, LINGER, "odd home");
	assert_int_equal(1, far_script(&far, g.home, 1,
	    "find . -name '.cxp-login*' | grep -q ."));
	until_said(&g.l, "half line\n");
	end(&g.l);
	assert_int_equal(0, far_script(&far, g.home, 0, "chown -R 0:0 ."));
	login_clean(&g, 10, "odd home");
}

static void
test_no_codex(void **state)
{
	struct login g;

	(void)state;
	login_new(&g);
	assert_int_equal(0, far_script(&far, g.home, 0, "rm -r '.a b'"));
	line_new(&g.l, LINGER);
	line_start(&g.l, &g.o);
	until(&g.l, is_ready);
	assert_int_equal(ERR_LOGIN_REFUSED, g.l.why.code);
	assert_non_null(strstr(g.l.why.hint, "npm install"));
	line_close(&g.l);
	login_clean(&g, 10, "no codex");
}

static int
open_far(void **state)
{
	(void)state;
	far_open(&far);
	return 0;
}

static int
close_far(void **state)
{
	(void)state;
	far_close(&far);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shells),
		cmocka_unit_test(test_status),
		cmocka_unit_test(test_killed),
		cmocka_unit_test(test_linger),
		cmocka_unit_test(test_joined),
		cmocka_unit_test(test_silence),
		cmocka_unit_test(test_sweep),
		cmocka_unit_test(test_kept),
		cmocka_unit_test(test_odd_homes),
		cmocka_unit_test(test_no_codex),
	};

	if (geteuid() != 0) {
		print_message("SKIPPED: needs root\n");
		return 77;
	}
	return cmocka_run_group_tests(tests, open_far, close_far);
}
