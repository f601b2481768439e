#include "keepchild.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

_Static_assert(sizeof(struct keeprefresh) <= PIPE_BUF, "written as one");

/* Our reader must not wait for it where we have gone (keep | head). */
static void
let_go(void)
{
	int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int i = 0; i <= STDERR_FILENO && fd != -1; i++)
		(void)dup2(fd, i);	/* else it stays what it was */
}

static void __attribute__((noreturn))
child(int answer, const struct args *a, const char *path)
{
	struct keeprefresh said;

	(void)setsid();	/* can't fail: a child leads no group */
	let_go();
	keeprefresh(&said, a, path);
	/* Where nobody reads any more, the file tells. */
	_exit(write(answer, &said, sizeof(said)) == sizeof(said) ?
	    EXIT_SUCCESS : EXIT_FAILURE);
}

static void
ended(struct keepchild *k)
{
	keepchild_leave(k);
	(void)waitpid(k->pid, NULL, 0);	/* it has gone */
	k->over = true;
	if (k->got == sizeof(k->said))
		return;
	k->said = (struct keeprefresh){ .state = KEEPREFRESH_UNKNOWN,
		.why = ERR_INIT };
	err_set(&k->said.why, ERR_INTERNAL,
	    "the process that refreshes the login was ended from outside");
	err_hint(&k->said.why, "if the next refresh is refused, log in again");
}

static void
readable(struct watch *w, short revents)
{
	struct keepchild *k = w->ctx;
	ssize_t n;

	(void)revents;
	n = read(w->fd, (char *)&k->said + k->got,
	    sizeof(k->said) - k->got);
	if (n > 0)
		k->got += (size_t)n;
	else if (n == 0 || errno != EINTR)
		ended(k);
}

/* Signals wait from before it is there, so that none can end it. */
static pid_t
fork_deaf(int answer, const struct args *a, const char *path)
{
	sigset_t all, before;
	pid_t pid;

	(void)sigfillset(&all);
	(void)sigprocmask(SIG_BLOCK, &all, &before);
	if ((pid = fork()) == 0)
		child(answer, a, path);
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
	return pid;
}

int
keepchild_start(struct keepchild *k, struct loop *l, const struct args *a,
    const char *path, struct err *e)
{
	int ends[2];

	*k = (struct keepchild){ .loop = l, .pid = -1 };
	if (pipe2(ends, O_CLOEXEC) == -1)
		return err_sys(e, ERR_INTERNAL, errno, "cannot make a pipe");
	k->answer = (struct watch){ .fd = ends[0], .events = POLLIN,
		.due = LOOP_NEVER, .fn = readable, .ctx = k };
	if (loop_watch(l, &k->answer) == -1)
		err_memory(e);
	else if ((k->pid = fork_deaf(ends[1], a, path)) == -1)
		err_sys(e, ERR_INTERNAL, errno, "cannot make a process");
	(void)close(ends[1]);
	if (k->pid != -1)
		return 0;
	keepchild_leave(k);
	return -1;
}

void
keepchild_leave(struct keepchild *k)
{
	if (k->answer.fd == -1)
		return;
	loop_unwatch(k->loop, &k->answer);
	(void)close(k->answer.fd);	/* only read from */
	k->answer.fd = -1;
}
