#include "sshpump.h"

#include <sys/socket.h>

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "err.h"

void
sshpump_hangup(struct sshpump *p)
{
	if (p->local.fd == -1)
		return;
	loop_unwatch(p->loop, &p->local);
	close(p->local.fd);	/* the owner sees the end of its stream */
	p->local.fd = -1;
}

/* Channel to socket: reads only when the last bytes were taken. */
static void
pump_down(struct sshpump *p)
{
	for (;;) {
		ssize_t n;

		if (p->ndown == 0) {
			int got = ssh_channel_read_nonblocking(p->channel,
			    p->down, sizeof(p->down), 0);

			if (got == 0 && !ssh_channel_is_eof(p->channel))
				return;
			if (got <= 0) {
				sshpump_hangup(p);
				return;
			}
			p->ndown = (size_t)got;
		}
		n = send(p->local.fd, p->down, p->ndown, MSG_NOSIGNAL);
		if (n == -1)
			return;	/* full: POLLOUT; gone: the reader sees it */
		p->ndown -= (size_t)n;
		memmove(p->down, p->down + n, p->ndown);
	}
}

/* Socket to channel: reads only what the peer's window has room for. */
static void
pump_up(struct sshpump *p)
{
	while (p->local.fd != -1 && !p->said_eof) {
		int put;

		if (p->nup == 0) {
			ssize_t n;

			if (ssh_channel_window_size(p->channel) == 0)
				return;
			n = recv(p->local.fd, p->up, sizeof(p->up), 0);
			if (n == -1)
				return;
			if (n == 0) {
				p->said_eof = true;
				(void)ssh_channel_send_eof(p->channel);
				return;
			}
			p->nup = (size_t)n;
		}
		put = ssh_channel_write(p->channel, p->up,
		    (uint32_t)p->nup);
		if (put <= 0)
			return;
		p->nup -= (size_t)put;
		memmove(p->up, p->up + put, p->nup);
	}
}

void
sshpump_move(struct sshpump *p)
{
	pump_down(p);
	pump_up(p);
	if (p->local.fd == -1)
		return;
	p->local.events = 0;
	if (p->ndown > 0)
		p->local.events |= POLLOUT;
	if (p->nup == 0 && !p->said_eof &&
	    ssh_channel_window_size(p->channel) > 0)
		p->local.events |= POLLIN;
}

void
sshpump_local(struct sshpump *p, short revents)
{
	sshpump_move(p);
	/* A peer that is gone would be reported for ever. */
	if ((revents & (POLLHUP | POLLERR)) && p->local.fd != -1 &&
	    p->said_eof)
		sshpump_hangup(p);
}

int
sshpump_take(struct sshpump *p, int fd,
    void (*fn)(struct watch *w, short revents), void *ctx)
{
	p->local = (struct watch){ .fd = fd, .events = POLLIN,
		.due = LOOP_NEVER, .fn = fn, .ctx = ctx };
	if (loop_watch(p->loop, &p->local) == 0)
		return 0;
	close(fd);	/* nothing was said */
	p->local.fd = -1;
	return -1;
}

int
sshpump_open(struct sshpump *p, void (*fn)(struct watch *w, short revents),
    void *ctx, struct err *e)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0,
	    ends) == -1)
		return err_sys(e, ERR_INTERNAL, errno, "cannot make a socket");
	if (sshpump_take(p, ends[0], fn, ctx) == 0)
		return ends[1];
	close(ends[1]);
	return err_set(e, ERR_INTERNAL, "out of memory");
}
