/*
 * far - a far side on this machine: runs the line of an install through a
 * login shell with a home of its own, carries the bytes, and lets the test
 * cut or kill it at a chosen moment.
 */
#ifndef FAR_H
#define FAR_H

#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "store_fixture.h"

#include "buf.h"
#include "install.h"
#include "look.h"
#include "target.h"

#define FAR_WAIT_MS 40000 /* a far side that takes longer hangs */

/* The four files that cases are made of, and their credentials. */
enum far_file {
	FAR_OLD,
	FAR_NEW,
	FAR_OTHER,
	FAR_NEWER,
	FAR_FILES
};

struct far {
	char dir[64]; /* of this test program */
	char bin[96]; /* dir/bin: where `sh` may be replaced */
	struct cred cred[FAR_FILES];
};

struct far_run {
	const char *login;	/* login shell, NULL: /bin/sh */
	const char *sh;		/* what `sh` is there, NULL: the usual */
	const char *home;	/* NULL: not set */
	const char *codex_home; /* in its environment */
	const char *shell;	/* in its environment, or NULL */
	const char *startup;	/* said before our line, or NULL */
	const char *path;	/* PATH, or NULL */
	uid_t uid;
	size_t cut;  /* bytes that get there; 0: all */
	int kill_us; /* kill -9 so long after all is sent */
	bool silent; /* send no more than cut, and never end */
	bool bare;   /* no folders are added to PATH */
	bool fetch;  /* the file itself is said */
};

static inline int64_t
far_clock(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static inline void
far_cred(struct cred *c, const char *account, const char *refreshed, int pad)
{
	BUF_AUTO claims = BUF_INIT(1 << 16), b = BUF_INIT(1 << 16);
	struct err e = ERR_INIT;
	char *jwt;

	buf_addf(&claims,
	    "{\"email\":\"%s@example.com\",\"https://api.openai"
	    ".com/auth\":{\"chatgpt_account_id\":\"%s\"}}",
	    account, account);
	jwt = fixture_jwt(buf_str(&claims));
	buf_addf(&b,
	    "{\n  \"auth_mode\": \"chatgpt\",\n"
	    "  \"OPENAI_API_KEY\": null,\n  \"tokens\": {\n"
	    "    \"id_token\": \"%s\",\n    \"access_token\": \"%s\",\n"
	    "    \"refresh_token\": \"" CANARY "%0*d\",\n"
	    "    \"account_id\": \"%s\"\n  },\n  \"last_refresh\": \"%s\"\n}",
	    jwt, jwt, pad, 0, account, refreshed);
	free(jwt);
	assert_int_equal(0, cred_parse(c, fixture_secret(b.p, b.len), &e));
}

static inline void
far_save(const struct far *f, const char *name, const struct cred *c)
{
	char path[128];
	size_t len;
	const unsigned char *p = secret_expose(c->bytes, &len);
	int fd;

	(void)snprintf(path, sizeof(path), "%s/%s", f->dir, name);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0644);
	assert_true(fd >= 0);
	assert_int_equal((ssize_t)len, write(fd, p, len));
	(void)fchmod(fd, 0644);
	(void)close(fd);
}

static inline void
far_open(struct far *f)
{
	static const char *const names[] = { "old", "new", "other", "newer" };
	const char *tmp = getenv("TMPDIR");

	(void)signal(SIGPIPE, SIG_IGN);
	(void)umask(022);
	(void)snprintf(f->dir, sizeof(f->dir), "%s/far.XXXXXX",
	    tmp == NULL || strlen(tmp) > 40 ? "/tmp" : tmp);
	assert_non_null(mkdtemp(f->dir));
	assert_int_equal(0, chmod(f->dir, 0755));
	(void)snprintf(f->bin, sizeof(f->bin), "%s/bin", f->dir);
	assert_int_equal(0, mkdir(f->bin, 0755));
	far_cred(&f->cred[FAR_OLD], "acct-1", "2026-01-01T00:00:00Z", 30);
	far_cred(&f->cred[FAR_NEW], "acct-1", "2026-02-01T00:00:00Z", 6000);
	far_cred(&f->cred[FAR_OTHER], "acct-2", "2026-01-01T00:00:00Z", 30);
	far_cred(&f->cred[FAR_NEWER], "acct-1", "2026-03-01T00:00:00Z", 30);
	for (int i = 0; i < FAR_FILES; i++)
		far_save(f, names[i], &f->cred[i]);
}

/* Runs a script with T (the dir), HOME and the four files known; its status. */
static inline int
far_script(const struct far *f, const char *home, uid_t uid, const char *text)
{
	static const char head[] =
	    "umask 022; D=$HOME/.codex OLD=$T/old "
	    "NEW=$T/new OTHER=$T/other NEWER=$T/newer; cd \"$HOME\" || exit 9\n"
	    "put() { mkdir -p \"${2%/*}\" && cat \"$1\" >\"$2\" && "
	    "chmod 600 \"$2\"; }\n"
	    "is() { cmp -s \"$1\" \"$2\" && [ \"$(stat -c %a \"$2\")\" = 600 ] "
	    "&& [ \"$(stat -c %u \"$2\")\" = \"$(id -u)\" ]; }\n"
	    "clean() { [ -z \"$(find \"$HOME\" -name '.cxp*')\" ]; }\n";
	BUF_AUTO b = BUF_INIT(1 << 16);
	int status;
	pid_t pid;

	buf_adds(&b, head);
	buf_adds(&b, text);
	if ((pid = fork()) == 0) {
		(void)setenv("T", f->dir, 1);
		(void)setenv("HOME", home, 1);
		if (uid != 0 &&
		    (setgroups(0, NULL) != 0 || setresgid(uid, uid, uid) != 0 ||
			setresuid(uid, uid, uid) != 0))
			_exit(99);
		(void)execl("/bin/bash", "bash", "-c", buf_str(&b), NULL);
		_exit(99);
	}
	assert_true(pid > 0 && waitpid(pid, &status, 0) == pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

static inline void
far_close(struct far *f)
{
	for (int i = 0; i < FAR_FILES; i++)
		cred_clear(&f->cred[i]);
	(void)far_script(f, f->dir, 0,
	    "cd /; umount \"$T\"/*/home/.codex/auth.json "
	    "\"$T\"/*/home/m \"$T\"/*/home/.codex 2>&-; rm -rf \"$T\"");
}

/* In the child: becomes the login shell. */
static inline void
far_become(const struct far *f, const struct far_run *o, const char *line)
{
	const char *login = o->login == NULL ? "/bin/sh" : o->login;
	char path[256], link[300];

	(void)setsid();
	(void)signal(SIGPIPE, SIG_DFL);
	(void)clearenv();
	(void)umask(022);
	if (o->sh != NULL) { /* a folder a run: they may be at once */
		(void)snprintf(
		    path, sizeof(path), "%s/%ld", f->bin, (long)getpid());
		(void)snprintf(link, sizeof(link), "%s/sh", path);
		(void)mkdir(path, 0755);
		(void)unlink(link); /* of an earlier run: pids come again */
		if (symlink(o->sh, link) != 0)
			_exit(98);
		(void)strncat(path, ":/usr/bin:/bin", 20);
	} else {
		(void)snprintf(path, sizeof(path), "%s",
		    o->path == NULL ? "/usr/bin:/bin" : o->path);
	}
	(void)setenv("PATH", path, 1);
	if (o->home != NULL)
		(void)setenv("HOME", o->home, 1);
	if (o->codex_home != NULL)
		(void)setenv("CODEX_HOME", o->codex_home, 1);
	if (o->shell != NULL)
		(void)setenv("SHELL", o->shell, 1);
	if (o->uid != 0 && (setgroups(0, NULL) != 0 ||
			       setresgid(o->uid, o->uid, o->uid) != 0 ||
			       setresuid(o->uid, o->uid, o->uid) != 0))
		_exit(98);
	if (chdir(o->home != NULL && access(o->home, X_OK) == 0 ? o->home
								: "/") != 0)
		_exit(98);
	(void)execl(login, strrchr(login, '/') + 1, "-c", line, NULL);
	_exit(98);
}

static inline pid_t
far_spawn(
    const struct far *f, const struct far_run *o, const char *line, int fd[3])
{
	int p[3][2];
	pid_t pid;

	(void)prctl(PR_SET_CHILD_SUBREAPER, 1); /* to see what is left */
	for (int i = 0; i < 3; i++)
		assert_int_equal(0, pipe2(p[i], O_CLOEXEC));
	if ((pid = fork()) == 0) {
		if (dup2(p[0][0], 0) < 0 || dup2(p[1][1], 1) < 0 ||
		    dup2(p[2][1], 2) < 0)
			_exit(98);
		far_become(f, o, line);
	}
	assert_true(pid > 0);
	fd[0] = p[0][1];
	fd[1] = p[1][0];
	fd[2] = p[2][0];
	(void)close(p[0][0]);
	(void)close(p[1][1]);
	(void)close(p[2][1]);
	return pid;
}

/* Sends what is pending; true while the far input stays open. */
static inline bool
far_send(const struct far_run *o, struct install *in, int fd, size_t *sent)
{
	const void *p;
	size_t len;

	while ((p = install_pending(in, &len)) != NULL) {
		if (o->cut != 0 && len > o->cut - *sent)
			len = o->cut - *sent;
		if (len == 0)
			return false;
		if (write(fd, p, len) != (ssize_t)len)
			return false;
		install_sent(in, len);
		*sent += len;
	}
	return install_phase(in) < INSTALL_AGAIN;
}

/* Takes the script's own additions to PATH away. */
static inline void
far_bare(char *line)
{
	static const char more[] = "PATH=${PATH:+$PATH:}/usr/bin:/bin:"
				   "/usr/sbin:/sbin;";
	char *p = strstr(line, more);

	assert_non_null(p);
	memset(p, ' ', sizeof(more) - 1);
}

/* One attempt from start to end. Returns install_end's answer. */
static inline bool
far_attempt(const struct far *f, const struct far_run *o, struct install *in)
{
	BUF_AUTO line = BUF_INIT(1 << 17);
	struct pollfd p[2];
	char chunk[700];
	int fd[3], status = -1;
	int64_t end = far_clock() + FAR_WAIT_MS * 1000L, kill_at = INT64_MAX;
	size_t sent = 0;
	pid_t pid;
	ssize_t n;

	buf_adds(&line, o->startup == NULL ? "" : o->startup);
	buf_adds(&line, install_command(in));
	if (o->bare)
		far_bare(line.p);
	pid = far_spawn(f, o, buf_str(&line), fd);
	p[0] = (struct pollfd){ .fd = fd[1], .events = POLLIN };
	p[1] = (struct pollfd){ .fd = fd[2], .events = POLLIN };
	while (p[0].fd >= 0 || p[1].fd >= 0) {
		if (fd[0] >= 0 && (!o->silent || sent < o->cut) &&
		    !far_send(o, in, fd[0], &sent) && !o->silent) {
			(void)close(fd[0]);
			fd[0] = -1;
		}
		if (o->kill_us != 0 && kill_at == INT64_MAX &&
		    install_phase(in) == INSTALL_COMMITTING)
			kill_at = far_clock() + o->kill_us;
		if (far_clock() >= (kill_at < end ? kill_at : end)) {
			(void)kill(-pid, SIGKILL);
			kill_at = INT64_MAX - 1;
			assert_true(far_clock() < end);
		}
		if (poll(p, 2, kill_at < INT64_MAX - 1 ? 0 : 20) <= 0)
			continue;
		for (int i = 0; i < 2; i++) {
			if (p[i].revents == 0)
				continue;
			n = read(p[i].fd, chunk, sizeof(chunk));
			/* Told nowhere, not even in what is said. */
			assert_true(n <= 0 || o->fetch ||
			    memmem(chunk, (size_t)n, CANARY,
			    strlen(CANARY)) == NULL);
			if (n <= 0)
				p[i].fd = -1;
			else if (o->cut != 0 && sent >= o->cut)
				continue; /* the link is gone */
			else if (i == 0)
				install_feed(in, chunk, (size_t)n);
			else
				install_feed_error(in, chunk, (size_t)n);
			if (n > 0 && getenv("FAR_TRACE") != NULL)
				(void)!write(2, chunk, (size_t)n);
		}
	}
	for (int i = 0; i < 3; i++) {
		if (fd[i] >= 0)
			(void)close(fd[i]);
	}
	assert_int_equal(pid, waitpid(pid, &status, 0));
	/* Nothing goes on over there; what was killed may take a moment. */
	while (waitpid(-pid, NULL, WNOHANG) > 0 || kill(-pid, 0) == 0) {
		assert_true(far_clock() < end);
		(void)usleep(1000);
	}
	status = WIFEXITED(status) ? WEXITSTATUS(status)
		 : o->kill_us != 0 ? -1
				   : 128 + WTERMSIG(status);
	return install_end(in, o->cut != 0 && !o->silent ? -1 : status);
}

/* A whole job with its repetitions; a lost one is looked at again. */
static inline void
far_job(const struct far *f, const struct far_run *o, const struct job *job,
    struct result *r)
{
	struct err e = ERR_INIT, why = ERR_INIT;
	struct far_run again = *o;
	struct install *in;
	char lost[64] = "";
	bool known;

	result_init(r);
	err_set(&why, ERR_UNREACHABLE, "the link was lost");
	again.cut = 0;
	again.kill_us = 0;
	for (int i = 0; i < 200 && r->state == STATE_NONE; i++) {
		in = install_new(job, job->codex_home,
		    lost[0] == '\0' ? NULL : lost, &why, r, &e);
		assert_non_null(in);
		known = far_attempt(f, lost[0] == '\0' ? o : &again, in);
		if (!known)
			(void)snprintf(
			    lost, sizeof(lost), "%s", install_nonce(in));
		install_free(in);
	}
	assert_int_not_equal(STATE_NONE, r->state);
}

#endif
