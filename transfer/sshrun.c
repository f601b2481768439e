#include "sshrun.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "buf.h"
#include "loop.h"

#define OUT_MAX	   (256 << 10) /* bytes of stdout */
#define ERR_MAX	   (8 << 10)   /* bytes of stderr; the rest is dropped */
#define DEADLINE   10000       /* ms */
#define POLL_EXIT  1	       /* ms between two looks, without a pidfd */

struct pipe {
	struct watch  watch;
	struct buf    buf;
	struct sshrun *run;
};

struct sshrun {
	struct loop  *loop;
	struct pipe   out, err;
	struct watch  child;	/* its pidfd, or a timer */
	struct watch  deadline;
	pid_t	      pid;
	bool	      timeout;
	sshrun_fn     done;
	void	     *ctx;
};

static void
watch_close(struct sshrun *r, struct watch *w)
{
	loop_unwatch(r->loop, w);
	if (w->fd != -1)
		(void)close(w->fd); /* was only read */
	w->fd = -1;
}

/* Reads what is there; past the limit it is thrown away. */
static void
pipe_drain(struct pipe *p)
{
	char chunk[16384];
	ssize_t n;

	while (p->watch.fd != -1) {
		n = read(p->watch.fd, chunk, sizeof(chunk));
		if (n > 0)
			(void)buf_add(&p->buf, chunk, (size_t)n); /* sticky */
		else if (n == 0 || (errno != EINTR && errno != EAGAIN))
			watch_close(p->run, &p->watch);
		else if (errno == EAGAIN)
			return;
	}
}

static void
pipe_ready(struct watch *w, short revents)
{
	(void)revents;
	pipe_drain(w->ctx);
}

static void
run_free(struct sshrun *r)
{
	watch_close(r, &r->out.watch);
	watch_close(r, &r->err.watch);
	watch_close(r, &r->child);
	watch_close(r, &r->deadline);
	buf_clear(&r->out.buf);
	buf_clear(&r->err.buf);
	free(r);
}

/* The child is gone: what it has said is in the pipes, though they may be
 * held open by what it has started (Match exec). */
static void
run_finish(struct sshrun *r, int status)
{
	struct sshrun_result res = { .status = status, .timeout = r->timeout };

	pipe_drain(&r->out);
	pipe_drain(&r->err);
	res.overflow = r->out.buf.failed;
	res.out = buf_str(&r->out.buf);
	res.err = buf_str(&r->err.buf);
	r->done(r->ctx, &res);
	run_free(r);
}

static void
child_ready(struct watch *w, short revents)
{
	struct sshrun *r = w->ctx;
	int status;
	pid_t pid = waitpid(r->pid, &status, WNOHANG);

	(void)revents;
	if (pid == 0 || (pid == -1 && errno == EINTR)) {
		w->due = loop_now(r->loop) + POLL_EXIT;
		return;
	}
	/* -1: SIGCHLD is ignored, and what it returned is lost. */
	run_finish(r, pid == r->pid && WIFEXITED(status) ?
	    WEXITSTATUS(status) : -1);
}

static void
deadline_over(struct watch *w, short revents)
{
	struct sshrun *r = w->ctx;

	(void)revents;
	r->timeout = true;
	(void)kill(r->pid, SIGKILL); /* not reaped yet: it is still ours */
}

static int
run_watch(struct sshrun *r)
{
	int fd = pidfd_open(r->pid, 0);
	int64_t now = loop_now(r->loop);

	r->child = (struct watch){ .fd = fd, .events = POLLIN,
		.due = fd == -1 ? now : LOOP_NEVER,
		.fn = child_ready, .ctx = r };
	r->deadline = (struct watch){ .fd = -1, .due = now + DEADLINE,
		.fn = deadline_over, .ctx = r };
	if (loop_watch(r->loop, &r->out.watch) == -1 ||
	    loop_watch(r->loop, &r->err.watch) == -1 ||
	    loop_watch(r->loop, &r->child) == -1 ||
	    loop_watch(r->loop, &r->deadline) == -1)
		return -1;
	return 0;
}

static int
pipe_open(struct sshrun *r, struct pipe *p, size_t max, int *child)
{
	int fd[2];

	if (pipe2(fd, O_CLOEXEC) == -1)
		return -1;
	*child = fd[1];
	p->run = r;
	p->buf = (struct buf)BUF_INIT(max);
	p->watch = (struct watch){ .fd = fd[0], .events = POLLIN,
		.due = LOOP_NEVER, .fn = pipe_ready, .ctx = p };
	return fcntl(fd[0], F_SETFL, O_NONBLOCK);
}

/* The child starts with default signals, whatever we ignore. 0 or errno. */
static int
spawn(struct sshrun *r, char *const argv[], char *const envp[], int out,
    int err)
{
	posix_spawn_file_actions_t fa;
	posix_spawnattr_t at;
	sigset_t none, all;
	int sys;

	(void)sigemptyset(&none);
	(void)sigfillset(&all);
	if ((sys = posix_spawn_file_actions_init(&fa)) != 0)
		return sys;
	if ((sys = posix_spawnattr_init(&at)) != 0) {
		(void)posix_spawn_file_actions_destroy(&fa);
		return sys;
	}
	if ((sys = posix_spawn_file_actions_addopen(&fa, 0, "/dev/null",
	    O_RDONLY, 0)) == 0 &&
	    (sys = posix_spawn_file_actions_adddup2(&fa, out, 1)) == 0 &&
	    (sys = posix_spawn_file_actions_adddup2(&fa, err, 2)) == 0 &&
	    (sys = posix_spawnattr_setsigmask(&at, &none)) == 0 &&
	    (sys = posix_spawnattr_setsigdefault(&at, &all)) == 0 &&
	    (sys = posix_spawnattr_setflags(&at, POSIX_SPAWN_SETSIGMASK |
	    POSIX_SPAWN_SETSIGDEF)) == 0)
		sys = posix_spawnp(&r->pid, argv[0], &fa, &at, argv, envp);
	(void)posix_spawnattr_destroy(&at);
	(void)posix_spawn_file_actions_destroy(&fa);
	return sys;
}

struct sshrun *
sshrun_start(struct loop *l, char *const argv[], char *const envp[],
    sshrun_fn done, void *ctx, int *sys)
{
	struct sshrun *r = calloc(1, sizeof(*r));
	int out = -1, err = -1;

	*sys = ENOMEM;
	if (r == NULL)
		return NULL;
	r->loop = l;
	r->done = done;
	r->ctx = ctx;
	r->out.watch.fd = r->err.watch.fd = -1;
	r->child.fd = r->deadline.fd = -1;
	if (pipe_open(r, &r->out, OUT_MAX, &out) == -1 ||
	    pipe_open(r, &r->err, ERR_MAX, &err) == -1)
		*sys = errno;
	else
		*sys = spawn(r, argv, envp, out, err);
	if (out != -1)
		(void)close(out); /* the child's */
	if (err != -1)
		(void)close(err);
	if (*sys != 0) {
		run_free(r);
		return NULL;
	}
	if (run_watch(r) == -1) {
		sshrun_cancel(r);
		*sys = ENOMEM;
		return NULL;
	}
	return r;
}

void
sshrun_cancel(struct sshrun *r)
{
	if (r == NULL)
		return;
	(void)kill(r->pid, SIGKILL);
	while (waitpid(r->pid, NULL, 0) == -1 && errno == EINTR)
		;
	run_free(r);
}
