/*
 * lockfile - an advisory lock on a file, with a bounded wait (flock(2)).
 *
 * There is no flock with a time limit, and an alarm would be a signal of the
 * whole process; so it is asked for again and again.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <time.h>
#include <unistd.h>

#include <sys/file.h>

#include "err.h"
#include "lockfile.h"

#define STEP_MS 20

int64_t
lockfile_now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);	/* can't fail */
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Whether the wait is over, one way or the other; e tells. */
static int
wait_for(int fd, const char *name, int64_t deadline, const sigset_t *signals,
    struct err *e)
{
	const struct timespec step = { .tv_nsec = STEP_MS * 1000000L };

	while (flock(fd, LOCK_EX | LOCK_NB) == -1) {
		if (errno != EWOULDBLOCK)
			return 0;	/* no locks here */
		if (lockfile_now() >= deadline) {
			err_set(e, ERR_LOCKED, "another process holds '%s'",
			    name);
			return err_hint(e, "let it finish, or end it, and "
			    "try again");
		}
		if (ppoll(NULL, 0, &step, signals) == -1 && errno == EINTR)
			return err_set(e, ERR_INTERRUPTED,
			    "interrupted while '%s' was held", name);
	}
	return 0;
}

/* A signal that comes between two pauses must end the next one. */
static int
wait_with_signals(int fd, const char *name, int64_t deadline, struct err *e)
{
	sigset_t all, was;
	int rc;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &was);
	rc = wait_for(fd, name, deadline, &was, e);
	(void)pthread_sigmask(SIG_SETMASK, &was, NULL);
	return rc;
}

int
lockfile_take(struct lockfile *l, int dirfd, const char *name,
    int64_t deadline, struct err *e)
{
	/* What is no regular file must not make the open wait. */
	do
		l->fd = openat(dirfd, name, O_RDWR | O_CREAT | O_CLOEXEC |
		    O_NONBLOCK | O_NOCTTY, 0600);
	while (l->fd == -1 && errno == EINTR);
	if (l->fd == -1)
		return err_sys(e, err_file(errno), errno,
		    "cannot open the lock '%s'", name);
	if (wait_with_signals(l->fd, name, deadline, e) == 0)
		return 0;
	lockfile_release(l);
	return -1;
}

void
lockfile_release(struct lockfile *l)
{
	if (l->fd != -1)
		(void)close(l->fd);	/* nothing was written */
	l->fd = -1;
}
