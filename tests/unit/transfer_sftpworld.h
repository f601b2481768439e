/*
 * transfer_sftpworld - a home on the disk, OpenSSH's own sftp-server in it,
 * and a link to it that can be cut anywhere.
 *
 * Run by root, the server is an ordinary account (nobody), so that its
 * rights count.
 */
#ifndef TRANSFER_SFTPWORLD_H
#define TRANSFER_SFTPWORLD_H

#include "unit/store_fixture.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "json.h"
#include "sftp.h"
#include "target.h"

#define SERVER "/usr/lib/openssh/sftp-server"
#define NOBODY 65534
#define OTHER  65533

/* The world one case runs in. */
struct world {
	char	 home[64], dir[96], file[128];
	uid_t	 uid;
	const char *arg, *value;	/* more for sftp-server */
	struct job job;
	struct cred ours;
	struct result r;
	struct err e;
	char	*ours_text;
	bool	 mounted;
	/* Cut the link after so many bytes; -1: never. */
	long	 cut_up, cut_down;
	long	 up, down;		/* what went over */
	/* Called before bytes go up. */
	void	(*spy)(struct world *w, const void *p, size_t len);
	int	 spied;
	bool	 committing;		/* when the link was lost */
};

/* Credentials */

static inline char *
login_text(const char *account, const char *refreshed)
{
	char claims[256], *jwt, *text;

	(void)snprintf(claims, sizeof(claims), "{\"email\":\"a@b.c\",\"exp\":"
	    "1900000000,\"https://api.openai.com/auth\":{"
	    "\"chatgpt_account_id\":\"%s\",\"chatgpt_plan_type\":\"plus\"}}",
	    account);
	jwt = fixture_jwt(claims);
	assert_int_not_equal(asprintf(&text, "{\"auth_mode\":\"chatgpt\","
	    "\"OPENAI_API_KEY\":null,\"tokens\":{\"id_token\":\"%s\","
	    "\"access_token\":\"%s\",\"refresh_token\":\"rt-" CANARY "\","
	    "\"account_id\":\"%s\"},\"last_refresh\":\"%s\"}", jwt, jwt,
	    account, refreshed), -1);
	free(jwt);
	return text;
}

static inline char *
older(void)
{
	return login_text("acct-1", "2026-01-01T00:00:00Z");
}

/* The disk */

static inline void
own(const struct world *w, const char *path)
{
	if (getuid() == 0)
		assert_int_equal(lchown(path, w->uid, w->uid), 0);
}

static inline void
put(const struct world *w, const char *path, const char *text, mode_t mode)
{
	size_t len = strlen(text);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_int_not_equal(fd, -1);
	assert_int_equal(write(fd, text, len), (ssize_t)len);
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
	own(w, path);
}

static inline void
put_dir(const struct world *w, const char *path, mode_t mode)
{
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(chmod(path, mode), 0);
	own(w, path);
}

/* The same bytes as text, this mode, the account's. */
static inline void
assert_file(const struct world *w, const char *path, const char *text,
    mode_t mode)
{
	static char got[CRED_SIZE_MAX + 2];
	struct stat st;
	ssize_t n;
	int fd;

	assert_int_equal(lstat(path, &st), 0);
	assert_true(S_ISREG(st.st_mode));
	assert_int_equal(st.st_mode & 07777, mode);
	assert_int_equal(st.st_uid, w->uid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_int_not_equal(fd, -1);
	n = read(fd, got, sizeof(got));
	close(fd);
	assert_int_equal(n, strlen(text));
	assert_memory_equal(got, text, (size_t)n);
}

/* How many names but the given ones are in a folder; ages leftovers. */
static inline int
strangers(const char *dir, const char *but, const char *and, int age)
{
	struct timespec old[2] = { { time(NULL) - age, 0 },
		{ time(NULL) - age, 0 } };
	struct dirent *d;
	int n = 0;
	DIR *in = opendir(dir);

	if (in == NULL)
		return 0;
	while ((d = readdir(in)) != NULL) {
		if (d->d_name[0] == '.' && (d->d_name[1] == '\0' ||
		    strcmp(d->d_name, "..") == 0))
			continue;
		if (strcmp(d->d_name, but) == 0 || strcmp(d->d_name, and) == 0)
			continue;
		n++;
		if (age > 0)
			assert_int_equal(utimensat(dirfd(in), d->d_name, old,
			    AT_SYMLINK_NOFOLLOW), 0);
	}
	closedir(in);
	return n;
}

static inline void
assert_clean(const struct world *w)
{
	assert_int_equal(strangers(w->dir, "auth.json", "auth.json", 0), 0);
}

/* The link */

static inline int
server_start(const struct world *w, pid_t *pid)
{
	const char *args[] = { "sftp-server", "-d", w->home, w->arg, w->value,
		NULL };
	int fd[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0,
	    fd), 0);
	if ((*pid = fork()) == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getuid() == 0 && (setresgid(w->uid, w->uid, w->uid) == -1 ||
		    setresuid(w->uid, w->uid, w->uid) == -1))
			_exit(126);
		(void)umask(022);
		if (dup2(fd[1], 0) == -1 || dup2(fd[1], 1) == -1)
			_exit(126);
		execv(SERVER, (char *const *)(uintptr_t)args);
		_exit(127);
	}
	assert_int_not_equal(*pid, -1);
	close(fd[1]);
	return fd[0];
}

/* False: the link was cut there. */
static inline bool
link_up(struct world *w, struct sftp *s, int fd)
{
	const void *p;
	size_t len;
	ssize_t n;

	while ((p = sftp_pending(s, &len)) != NULL) {
		if (w->spy != NULL)
			w->spy(w, p, len);
		if (w->cut_up >= 0 && w->up + (long)len > w->cut_up)
			len = (size_t)(w->cut_up - w->up);
		if (len == 0)
			return false;
		n = send(fd, p, len, MSG_NOSIGNAL);
		assert_true(n > 0);
		w->up += n;
		sftp_sent(s, (size_t)n);
	}
	return true;
}

static inline bool
link_down(struct world *w, struct sftp *s, int fd)
{
	char got[1000];
	ssize_t n = recv(fd, got, sizeof(got), 0);

	assert_true(n > 0);
	if (w->cut_down >= 0 && w->down + n > w->cut_down)
		n = w->cut_down - w->down;
	w->down += n;
	sftp_feed(s, got, (size_t)n);
	return w->cut_down < 0 || w->down < w->cut_down;
}

/* Runs the job once; false if the link was cut before the verdict. */
static inline bool
attempt(struct world *w, bool look_only, const struct err *why)
{
	struct sftp *s;
	bool done, up;
	int status, fd;
	pid_t pid;

	s = sftp_new(&w->job, w->job.codex_home, look_only, why, &w->r, &w->e);
	assert_non_null(s);
	w->up = w->down = 0;
	fd = server_start(w, &pid);
	do
		up = link_up(w, s, fd);
	while (up && !sftp_done(s) && link_down(w, s, fd));
	done = sftp_done(s);
	w->committing = sftp_committing(s);
	if (!up)	/* what has arrived there is still worked on */
		shutdown(fd, SHUT_WR);
	else if (!done)
		kill(pid, SIGKILL);
	if (done || !up)
		shutdown(fd, SHUT_WR);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	close(fd);
	sftp_free(s);
	return done;
}

static inline void
run(struct world *w, enum target_state state, enum err_code code)
{
	result_clear(&w->r);
	assert_true(attempt(w, false, NULL));
	if (w->r.state != state || w->r.err.code != code)
		fprintf(stderr, "%s: %s (%s)\n",
		    target_state_name(w->r.state), w->r.err.text,
		    w->r.err.hint);
	assert_int_equal(w->r.state, state);
	assert_int_equal(w->r.err.code, code);
	assert_null(strstr(w->r.err.text, CANARY));
}

static inline int
setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	struct err e = ERR_INIT;

	assert_non_null(w);
	json_init();
	w->uid = getuid() == 0 ? NOBODY : getuid();
	w->cut_up = w->cut_down = -1;
	strcpy(w->home, "/tmp/cxp-sftp-XXXXXX");
	assert_non_null(mkdtemp(w->home));
	assert_int_equal(chmod(w->home, 0755), 0);
	own(w, w->home);
	(void)snprintf(w->dir, sizeof(w->dir), "%s/.codex", w->home);
	(void)snprintf(w->file, sizeof(w->file), "%s/auth.json", w->dir);
	w->ours_text = login_text("acct-1", "2026-06-01T00:00:00Z");
	assert_int_equal(cred_parse(&w->ours,
	    secret_copy(w->ours_text, strlen(w->ours_text)), &e), 0);
	w->job = (struct job){ .op = JOB_PUSH, .cred = &w->ours,
		.timeout = 30 };
	result_init(&w->r);
	*state = w;
	return 0;
}

static inline int
teardown(void **state)
{
	struct world *w = *state;
	char cmd[128];

	if (w->mounted)
		(void)umount2(w->home, MNT_DETACH);
	(void)snprintf(cmd, sizeof(cmd), "rm -rf %s", w->home);
	(void)!system(cmd);
	result_clear(&w->r);
	cred_clear(&w->ours);
	free(w->ours_text);
	free(w);
	return 0;
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

#endif
