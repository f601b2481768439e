#include "sshpump.h"

#include <sys/socket.h>

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "err.h"

/*
 * OpenSSH's own window. libssh's is 1.25 MB, and halves before it is opened
 * again: 640 KB a round trip. As it is what a stalled reader costs, it is for
 * those that have taken much and did not stall.
 */
#define PUMP_WINDOW	(2 * 1024 * 1024)
#define PUMP_BULK	(8 * 1024 * 1024)	/* taken: open it that far */
#define PUMP_REOPEN	(PUMP_WINDOW / 8)	/* and from then on */

/*
 * For a large array on the stack: not zeroed at each call, as
 * -ftrivial-auto-var-init would, and in nobody else's frame, whose every page
 * -fstack-clash-protection touches.
 */
#define UNSET	__attribute__((uninitialized))
#define APART	__attribute__((noinline))

void
sshpump_hangup(struct sshpump *p)
{
	if (p->local.fd == -1)
		return;
	loop_unwatch(p->loop, &p->local);
	close(p->local.fd);	/* the owner sees the end of its stream */
	p->local.fd = -1;
}

void
sshpump_end(struct sshpump *p)
{
	sshpump_hangup(p);
	if (p->channel != NULL) {
		/* Until the far side's close it goes on getting messages. */
		if (p->hooked)
			ssh_remove_channel_callbacks(p->channel,
			    &p->callbacks);
		ssh_channel_free(p->channel);
	}
	p->channel = NULL;
	p->hooked = false;
	buf_clear(&p->up);
	buf_clear(&p->down);
}

static bool
pump_wants_window(const struct sshpump *p)
{
	return p->taken >= (p->bulk ? PUMP_REOPEN : PUMP_BULK);
}

static void
pump_wake(struct sshpump *p)
{
	if (p->wake != NULL)
		p->wake->due = 0;
}

/* Bytes that the socket took; those of a broken one are thrown away. */
static size_t
pump_send(struct sshpump *p, const void *data, size_t len)
{
	ssize_t n = send(p->local.fd, data, len, MSG_NOSIGNAL);

	p->full = n < (ssize_t)len;	/* until poll says otherwise */
	p->bulk &= !p->full;
	if (n >= 0)
		return (size_t)n;
	if (errno == EAGAIN || errno == EINTR)
		return 0;
	p->broken = true;
	return len;
}

/* From libssh, maybe inside a call for another channel: none is made here. */
static int
pump_arrived(ssh_session session, ssh_channel channel, void *data,
    uint32_t len, int is_stderr, void *userdata)
{
	struct sshpump *p = userdata;
	size_t n;

	(void)session, (void)channel;
	if (is_stderr)
		return 0;	/* the owner reads it */
	if (p->local.fd == -1 || p->broken)
		return (int)len;
	n = p->down.len > 0 || p->full ? 0 : pump_send(p, data, len);
	p->behind = n < len;
	p->taken += n;
	if (p->behind || p->broken || pump_wants_window(p))
		pump_wake(p);
	return (int)n;
}

static void
pump_ended(ssh_session session, ssh_channel channel, void *userdata)
{
	struct sshpump *p = userdata;

	(void)session, (void)channel;
	p->news = true;
	pump_wake(p);
}

void
sshpump_hook(struct sshpump *p)
{
	p->callbacks = (struct ssh_channel_callbacks_struct){
		.userdata = p,
		.channel_data_function = pump_arrived,
		.channel_eof_function = pump_ended,
		.channel_close_function = pump_ended,
	};
	ssh_callbacks_init(&p->callbacks);
	p->hooked = ssh_set_channel_callbacks(p->channel, &p->callbacks) ==
	    SSH_OK;
	p->behind = p->news = ssh_channel_is_open(p->channel);
	p->up.max = SSHPUMP_CHUNK;
	p->down.max = PUMP_WINDOW;
}

/* Sends, and keeps what the socket does not take. */
static void
pump_give(struct sshpump *p, const char *data, size_t len)
{
	size_t n = pump_send(p, data, len);

	p->taken += n;
	if (n < len && buf_add(&p->down, data + n, len - n) == -1)
		p->broken = true;	/* out of memory */
}

/*
 * Only this call opens the window beyond libssh's own. It may also read, so
 * there must be room for as much as it is told; pages not used cost nothing.
 */
static void
pump_reopen(struct sshpump *p)
{
	char *room = malloc(PUMP_WINDOW);
	int n;

	p->taken = 0;
	p->bulk = true;
	if (room == NULL)
		return;		/* it goes on with libssh's window */
	n = ssh_channel_read(p->channel, room, PUMP_WINDOW, 0);
	if (n > 0)
		pump_give(p, room, (size_t)n);
	free(room);
}

/* What libssh holds. */
static APART void
pump_catch_up(struct sshpump *p)
{
	UNSET char chunk[SSHPUMP_CHUNK];
	int n = ssh_channel_read_nonblocking(p->channel, chunk, sizeof(chunk),
	    0);

	p->behind = n > 0;
	if (n > 0)
		pump_give(p, chunk, (size_t)n);
}

/* Channel to socket: what libssh could not give at once. */
static void
pump_down(struct sshpump *p)
{
	if (p->down.len > 0 && !p->full)
		buf_drop(&p->down, pump_send(p, p->down.p, p->down.len));
	while (p->behind && p->down.len == 0 && !p->full && !p->broken)
		pump_catch_up(p);
	if (p->down.len > 0 || p->behind || p->broken)
		return;
	if (pump_wants_window(p) && !ssh_channel_is_eof(p->channel))
		pump_reopen(p);
}

/* The far side has said its last, and the socket has it all. */
static void
pump_hear_eof(struct sshpump *p)
{
	if (p->down.len > 0 || p->behind || p->heard_eof ||
	    !ssh_channel_is_eof(p->channel))
		return;
	p->heard_eof = true;
	if (!p->half_close || shutdown(p->local.fd, SHUT_WR) == -1)
		p->broken = true;
}

/* 1: bytes to go up are there; 0: not now, or no more; -1: broken. */
static APART int
pump_fill(struct sshpump *p)
{
	UNSET char chunk[SSHPUMP_CHUNK];
	size_t room = ssh_channel_window_size(p->channel);
	ssize_t n;
	int put;

	/* Never more than is taken at once, and never nothing: that is EOF. */
	if (room == 0 || ssh_blocking_flush(ssh_channel_get_session(
	    p->channel), 0) != SSH_OK)
		return 0;
	if (room > sizeof(chunk))
		room = sizeof(chunk);
	n = recv(p->local.fd, chunk, room, 0);
	p->readable = n == (ssize_t)room;	/* else poll tells */
	if (n == -1)
		return errno == EAGAIN || errno == EINTR ? 0 : -1;
	if (n == 0) {
		p->said_eof = true;
		(void)ssh_channel_send_eof(p->channel);
		return 0;
	}
	put = ssh_channel_write(p->channel, chunk, (uint32_t)n);
	if (put < 0)
		return -1;
	/* While keys are exchanged again nothing is taken. */
	if (put < n && buf_add(&p->up, chunk + put, (size_t)(n - put)) == -1)
		return -1;
	return put == n;
}

/* Socket to channel: reads only what the peer's window has room for. */
static void
pump_up(struct sshpump *p)
{
	int put;

	if (p->up.len > 0) {
		put = ssh_channel_write(p->channel, p->up.p,
		    (uint32_t)p->up.len);
		if (put < 0) {
			p->broken = true;
			return;
		}
		buf_drop(&p->up, (size_t)put);
	}
	while (p->up.len == 0 && p->readable && !p->said_eof) {
		if ((put = pump_fill(p)) == -1)
			p->broken = true;
		if (put <= 0)
			return;
	}
}

/* Not watched where nothing is wanted: a hang-up would be told for ever. */
static void
pump_arm(struct sshpump *p)
{
	p->local.events = 0;
	if (p->down.len > 0 || p->behind)
		p->local.events |= POLLOUT;
	if (!p->readable && !p->said_eof)
		p->local.events |= POLLIN;
	if (p->local.events == 0)
		loop_unwatch(p->loop, &p->local);
	else if (loop_watch(p->loop, &p->local) == -1)
		sshpump_hangup(p);
}

/* Nothing to do: most of the time, for most of the streams. */
static bool
pump_idle(const struct sshpump *p)
{
	bool waits = p->full && (p->local.events & POLLOUT) != 0;
	bool down = p->behind || p->down.len > 0;

	return !p->readable && !p->news && !p->broken && p->up.len == 0 &&
	    !pump_wants_window(p) && (waits || !down);
}

void
sshpump_move(struct sshpump *p)
{
	if (p->local.fd == -1)
		return;
	if (!p->hooked)
		sshpump_hook(p);	/* and see what came before */
	if (pump_idle(p))
		return;
	p->news = false;
	pump_down(p);
	pump_hear_eof(p);
	if (!p->broken && !ssh_channel_is_closed(p->channel))
		pump_up(p);
	/* All is said on both sides, or nobody listens any more. */
	if (p->broken || (p->heard_eof &&
	    (p->said_eof || ssh_channel_is_closed(p->channel))))
		sshpump_hangup(p);
	else
		pump_arm(p);
}

void
sshpump_local(struct sshpump *p, short revents)
{
	if ((revents & (POLLIN | POLLHUP)) != 0)
		p->readable = true;
	if ((revents & POLLOUT) != 0)
		p->full = false;
	if ((revents & POLLERR) != 0)
		p->broken = true;
	sshpump_move(p);
	/* Both directions are over, or the other end of the pair is gone. */
	if ((revents & POLLHUP) != 0 && p->local.fd != -1 && p->said_eof)
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
	return err_memory(e);
}
