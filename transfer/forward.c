#include "forward.h"

#include <sys/socket.h>

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include "err.h"
#include "loop.h"
#include "loopback.h"
#include "net.h"
#include "porthold.h"
#include "sshdirect.h"
#include "sshlink.h"
#include "sshpump.h"

#define STREAMS_MAX	1024	/* at once; more wait in the backlog */
#define ACCEPTS		16	/* in a row, before others get their turn */
#define ACCEPT_PAUSE	100	/* ms, when descriptors or memory are short */

/* One connection. */
struct stream {
	struct stream	*next, **at;	/* at: what points here */
	struct forward	*forward;
	bool		 open;		/* its channel */
	struct sshpump	 pump;
};

struct forward {
	struct net	*net;
	struct forward_on on;
	int		 port;		/* the far one */
	const char	*host;
	struct sshlink	*link;		/* NULL: none yet, or lost */
	struct sshuser	 user;
	struct watch	 listeners[LOOPBACKS];
	struct stream	*streams;
	size_t		 count;
	bool		 told;		/* that it is refused */
};

static void forward_listen(struct forward *f);

static void
stream_free(struct stream *t)
{
	struct forward *f = t->forward;

	*t->at = t->next;
	if (t->next != NULL)
		t->next->at = t->at;
	f->count--;
	sshpump_end(&t->pump);
	free(t);
	if (f->count == STREAMS_MAX - 1)
		forward_listen(f);
}

static void
stream_refused(struct stream *t, const struct err *why)
{
	struct forward *f = t->forward;

	net_trace(f->net, 1, "forward", "%s", why->text);
	if (!f->told && f->on.refused != NULL)
		f->on.refused(f->on.ctx, why);
	f->told = true;
	stream_free(t);
}

/* Moves what can be moved. It may be gone afterwards. */
static void
stream_step(struct stream *t)
{
	struct forward *f = t->forward;
	struct err e = ERR_INIT;

	if (!t->open) {
		switch (sshdirect_open(sshlink_session(f->link),
		    &t->pump.channel, f->host, f->port, &e)) {
		case SSHDIRECT_WAITS:	/* also for one that has hung up */
			if (!t->pump.hooked)
				sshpump_hook(&t->pump);
			return;
		case SSHDIRECT_OPEN:
			t->open = true;
			t->pump.readable = true;	/* most clients begin */
			f->told = false;
			break;
		default:
			stream_refused(t, &e);
			return;
		}
	}
	sshpump_move(&t->pump);
	if (t->pump.local.fd == -1)
		stream_free(t);
}

static void
stream_local(struct watch *w, short revents)
{
	struct stream *t = w->ctx;
	struct sshlink *l = t->forward->link;

	if (!t->open) {
		if ((revents & (POLLHUP | POLLERR)) != 0)
			sshpump_hangup(&t->pump);
		return;
	}
	sshpump_local(&t->pump, revents);
	if (t->pump.local.fd == -1)
		stream_free(t);
	sshlink_used(l);
}

/* fd is taken. */
static void
stream_new(struct forward *f, int fd)
{
	struct stream *t = calloc(1, sizeof(*t));

	if (t == NULL) {
		(void)close(fd);	/* the client sees the end */
		return;
	}
	t->forward = f;
	t->pump = (struct sshpump)SSHPUMP_INIT(f->net->loop);
	t->pump.wake = sshlink_wake(f->link);
	t->pump.half_close = true;
	if (sshpump_take(&t->pump, fd, stream_local, t) == -1) {
		free(t);
		return;
	}
	t->pump.local.events = 0;	/* its bytes wait for the channel */
	t->at = &f->streams;
	if ((t->next = f->streams) != NULL)
		t->next->at = &t->next;
	f->streams = t;
	f->count++;
	stream_step(t);
	sshlink_used(f->link);
}

static void
forward_accept(struct watch *w, short revents)
{
	struct forward *f = w->ctx;
	int fd;

	(void)revents;
	w->events = POLLIN;	/* after a pause too */
	for (int i = 0; i < ACCEPTS && f->count < STREAMS_MAX; i++) {
		fd = accept4(w->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (fd == -1 && errno == EAGAIN)
			return;
		if (fd == -1) {
			w->events = 0;
			w->due = loop_now(f->net->loop) + ACCEPT_PAUSE;
			return;
		}
		stream_new(f, fd);
	}
	if (f->count >= STREAMS_MAX)
		forward_listen(f);
}

/* Whether connections are taken now: there is a link, and room. */
static void
forward_listen(struct forward *f)
{
	bool open = f->link != NULL && f->count < STREAMS_MAX;

	for (int i = 0; i < LOOPBACKS; i++) {
		if (f->listeners[i].fd == -1)
			continue;
		if (!open)
			loop_unwatch(f->net->loop, &f->listeners[i]);
		else
			(void)loop_watch(f->net->loop, &f->listeners[i]);
	}
}

static void
forward_turn(void *ctx)
{
	struct forward *f = ctx;
	struct stream *t, *next;

	for (t = f->streams; t != NULL; t = next) {
		next = t->next;
		stream_step(t);
	}
}

static void
forward_lost(void *ctx)
{
	struct forward *f = ctx;

	f->link = NULL;
	while (f->streams != NULL)
		stream_free(f->streams);
	forward_listen(f);
}

void
forward_start(struct forward *f, struct sshlink *l, const char *host)
{
	f->link = l;
	f->host = host;
	sshlink_join(l, &f->user);
	forward_listen(f);
}

static int
forward_open(struct forward *f, int port, struct err *e)
{
	static const int on = 1;
	int fds[LOOPBACKS];

	if (loopback_listen(fds, port, true, e) == -1) {
		if (e->code != ERR_PORT_IN_USE)
			return -1;
		(void)porthold_explain((int[]){ port, 0 }, e);
		return err_hint(e, "end that program first");
	}
	for (int i = 0; i < LOOPBACKS; i++) {
		f->listeners[i] = (struct watch){ .fd = fds[i],
			.events = POLLIN, .due = LOOP_NEVER,
			.fn = forward_accept, .ctx = f };
		/* Those that are accepted inherit it. */
		(void)setsockopt(fds[i], IPPROTO_TCP, TCP_NODELAY, &on,
		    sizeof(on));
	}
	return 0;
}

struct forward *
forward_new(struct net *n, int local_port, int far_port,
    const struct forward_on *on, struct err *e)
{
	struct forward *f = calloc(1, sizeof(*f));

	if (f == NULL) {
		err_memory(e);
		return NULL;
	}
	*f = (struct forward){ .net = n, .on = *on, .port = far_port,
		.user = { .turn = forward_turn, .lost = forward_lost,
		.ctx = f } };
	if (forward_open(f, local_port, e) == 0)
		return f;
	free(f);
	return NULL;
}

/* A channel that still waits for its answer goes with the session. */
void
forward_free(struct forward *f)
{
	if (f == NULL)
		return;
	if (f->link != NULL)
		sshlink_leave(f->link, &f->user);
	f->link = NULL;
	forward_listen(f);
	while (f->streams != NULL)
		stream_free(f->streams);
	for (int i = 0; i < LOOPBACKS; i++) {
		if (f->listeners[i].fd != -1)
			(void)close(f->listeners[i].fd);
	}
	free(f);
}
