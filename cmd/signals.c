#include "signals.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "err.h"

static int ends[2] = { -1, -1 };	/* what ends us */
static int stops[2] = { -1, -1 };	/* what a terminal's user must know */
static volatile sig_atomic_t first;

static void
on_end(int sig)
{
	int saved = errno;

	if (first == 0)
		first = sig;
	if (write(ends[1], "", 1) == -1) {
		/* full: there is enough to read already */
	}
	errno = saved;
}

static void
on_stop(int sig)
{
	int saved = errno;
	char byte = (char)sig;

	if (write(stops[1], &byte, 1) == -1) {
		/* as above */
	}
	errno = saved;
}

/* Leaves a signal alone that our parent had ignored. */
static int
catch(int sig, void (*handler)(int))
{
	struct sigaction now, want = { .sa_handler = handler };

	if (sigaction(sig, NULL, &now) == -1)
		return -1;
	if (now.sa_handler == SIG_IGN)
		return 0;
	sigemptyset(&want.sa_mask);
	return sigaction(sig, &want, NULL);
}

/* Not what a fault raises: a handler cannot go on from it. */
static bool
is_ending(int sig)
{
	static const int ending[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT,
		SIGALRM, SIGUSR1, SIGUSR2, SIGVTALRM, SIGPROF, SIGXCPU, SIGIO,
		SIGPWR, SIGSTKFLT };

	for (size_t i = 0; i < sizeof(ending) / sizeof(*ending); i++) {
		if (ending[i] == sig)
			return true;
	}
	return sig >= SIGRTMIN;
}

int
signals_open(struct err *e)
{
	if (ends[0] != -1)
		return 0;
	if (pipe2(stops, O_CLOEXEC | O_NONBLOCK) == -1 ||
	    pipe2(ends, O_CLOEXEC | O_NONBLOCK) == -1)
		return err_sys(e, ERR_INTERNAL, errno, "cannot make a pipe");
	for (int sig = 1; sig <= SIGRTMAX; sig++) {
		if (is_ending(sig) && catch(sig, on_end) == -1)
			return err_sys(e, ERR_INTERNAL, errno,
			    "cannot catch signal %d", sig);
	}
	return 0;
}

int
signals_fd(void)
{
	return ends[0];
}

int
signals_first(void)
{
	return first;
}

int
signals_exit(void)
{
	return 128 + (first != 0 ? first : SIGINT);
}

int
signals_hold_stop(bool on)
{
	char byte;

	if (ends[0] == -1)
		return -1;
	while (read(stops[0], &byte, 1) == 1)
		;	/* a byte of an earlier prompt */
	(void)catch(SIGTSTP, on ? on_stop : SIG_DFL);
	return on ? stops[0] : -1;
}

int
signals_hold_terminal(bool on)
{
	int fd = signals_hold_stop(on);

	if (fd == -1 && on)
		return -1;
	(void)catch(SIGCONT, on ? on_stop : SIG_DFL);
	(void)catch(SIGWINCH, on ? on_stop : SIG_DFL);
	return fd;
}

void
signals_stop(void)
{
	(void)catch(SIGTSTP, SIG_DFL);
	(void)raise(SIGTSTP);	/* and here we go on */
	(void)catch(SIGTSTP, on_stop);
}
