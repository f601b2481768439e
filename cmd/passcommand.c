/*
 * passcommand - a passphrase from a command of the user's.
 *
 * 1. What it writes MUST be in secret memory from the first byte.
 * 2. It MUST NOT be waited for without end. Its shell is killed with us; what
 *    that has started finds nobody who reads. (A process group to kill could
 *    not ask on the terminal, which is ours.)
 */
#include "passcommand.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <sys/wait.h>
#include <unistd.h>

#include "err.h"
#include "lockfile.h"
#include "passphrase.h"
#include "secret.h"
#include "signals.h"

#define PATIENCE_MS (5 * 60 * 1000)	/* somebody may have to type */
#define STEP_MS	    20			/* between two looks for its end */

struct child {
	pid_t	pid;
	int	fd;		/* its standard output */
	int64_t	deadline;
};

static int
failed(struct err *e, const char *why)
{
	err_set(e, ERR_BAD_PASSPHRASE, "the command of "
	    PASSPHRASE_VARIABLE " %s", why);
	return err_hint(e, "run it by hand; its first line has to be the "
	    "passphrase");
}

static int
add_files(posix_spawn_file_actions_t *files, int out)
{
	int sys = posix_spawn_file_actions_addopen(files, STDIN_FILENO,
	    "/dev/null", O_RDONLY, 0);

	return sys != 0 ? sys :
	    posix_spawn_file_actions_adddup2(files, out, STDOUT_FILENO);
}

/* Signals as a shell expects them, whatever we ignore. */
static int
set_signals(posix_spawnattr_t *attr)
{
	sigset_t none, all;
	int sys;

	(void)sigemptyset(&none);
	(void)sigfillset(&all);
	if ((sys = posix_spawnattr_setsigmask(attr, &none)) == 0 &&
	    (sys = posix_spawnattr_setsigdefault(attr, &all)) == 0)
		sys = posix_spawnattr_setflags(attr, POSIX_SPAWN_SETSIGMASK |
		    POSIX_SPAWN_SETSIGDEF);
	return sys;
}

/* 0 or an errno. */
static int
spawn(pid_t *pid, const char *command, int out)
{
	char *const argv[] = { (char[]){ "sh" }, (char[]){ "-c" },
		(char *)(uintptr_t)command, NULL };
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	int sys;

	if ((sys = posix_spawn_file_actions_init(&files)) != 0)
		return sys;
	if ((sys = posix_spawnattr_init(&attr)) != 0) {
		(void)posix_spawn_file_actions_destroy(&files);
		return sys;
	}
	if ((sys = add_files(&files, out)) == 0 &&
	    (sys = set_signals(&attr)) == 0)
		sys = posix_spawn(pid, "/bin/sh", &files, &attr, argv,
		    environ);
	(void)posix_spawnattr_destroy(&attr);
	(void)posix_spawn_file_actions_destroy(&files);
	return sys;
}

static int
start(struct child *c, const char *command, struct err *e)
{
	int fd[2], sys;

	if (pipe2(fd, O_CLOEXEC) == -1)
		return err_sys(e, ERR_INTERNAL, errno, "cannot make a pipe");
	sys = spawn(&c->pid, command, fd[1]);
	(void)close(fd[1]);	/* the child's */
	if (sys == 0) {
		c->fd = fd[0];
		c->deadline = lockfile_now() + PATIENCE_MS;
		return 0;
	}
	(void)close(fd[0]);	/* nothing was read */
	return err_sys(e, ERR_INTERNAL, sys, "cannot run '/bin/sh'");
}

/* Waits for fd, or without one a step. False: it is time to end. */
static bool
wait_for(const struct child *c, int fd, int ms)
{
	struct pollfd fds[] = {
		{ .fd = signals_fd(), .events = POLLIN },
		{ .fd = fd, .events = POLLIN },
	};

	if (poll(fds, 2, ms) == -1 && errno != EINTR)
		return false;
	return signals_first() == 0 && lockfile_now() < c->deadline;
}

/* All that it writes, to its end. 1: that is more than fits. */
static int
read_all(const struct child *c, struct secret *s)
{
	size_t at = 0, size;
	unsigned char *p = secret_expose(s, &size);

	while (wait_for(c, c->fd, PATIENCE_MS)) {
		ssize_t n = read(c->fd, p + at, size - at);

		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return -1;
		at += (size_t)n;
		if (at == size)
			return 1;
		if (n == 0) {
			secret_truncate(s, at);
			return 0;
		}
	}
	return -1;
}

/* Its end; the status of waitpid, or -1. */
static int
reap(const struct child *c, bool patient)
{
	int status = -1;
	pid_t got;

	while ((got = waitpid(c->pid, &status, WNOHANG)) == 0 && patient)
		patient = wait_for(c, -1, STEP_MS);
	if (got != 0)
		return got == c->pid ? status : -1;
	(void)kill(c->pid, SIGKILL);	/* not reaped yet: still ours */
	while (waitpid(c->pid, &status, 0) == -1 && errno == EINTR)
		;
	return -1;
}

/* Why there is no passphrase; 0 where there is one. */
static int
judge(int rc, int status, struct err *e)
{
	if (signals_first() != 0)
		return err_set(e, ERR_INTERRUPTED, "interrupted");
	if (rc == 1)
		return failed(e, "writes too much");
	if (rc == 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	if (rc == 0 && WIFEXITED(status)) {
		failed(e, "failed");
		return err_hint(e, "it ended with status %d; run it by hand",
		    WEXITSTATUS(status));
	}
	return failed(e, "did not end");
}

struct secret *
passcommand_run(const char *command, struct err *e)
{
	struct secret *s = secret_new(PASSPHRASE_BYTES);
	struct child c;
	int rc;

	if (s == NULL) {
		(void)err_memory(e);
		return NULL;
	}
	if (start(&c, command, e) == -1) {
		secret_free(s);
		return NULL;
	}
	rc = read_all(&c, s);
	(void)close(c.fd);	/* only read from */
	if (judge(rc, reap(&c, rc == 0), e) == 0)
		return s;
	secret_free(s);
	return NULL;
}
