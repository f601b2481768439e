#include "callback.h"

#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "callserver.h"
#include "err.h"
#include "loop.h"
#include "loopback.h"
#include "porthold.h"

#define ACCEPT_TURN  64		/* connections taken before others' turn */
#define ACCEPT_PAUSE 100	/* milliseconds without a free descriptor */

struct callback {
	struct loop	*loop;
	struct callback_ask ask;
	struct callserver server;
	int		 fds[LOOPBACKS];
	struct watch	 doors[LOOPBACKS], http, timer;
	bool		 told;		/* answer was called */
	bool		 finished;
	int		 strays, rivals;	/* told of */
	int64_t		 pause, linger;		/* until when */
};

/* ---- what the owner is told --------------------------------------------- */

/* The last act of whatever calls it: the owner may free us. */
static void
callback_tell(struct callback *cb)
{
	const struct callback_fns *fns = cb->ask.fns;
	struct callserver *s = &cb->server;
	struct callquery q;

	if (s->answered && !cb->told) {
		cb->told = true;
		q = s->answer;
		memset(&s->answer, 0, sizeof(s->answer));
		fns->answer(cb->ask.ctx, &q);
		callquery_clear(&q);
	} else if (cb->finished && (callserver_served(s) ||
		loop_now(cb->loop) >= cb->linger)) {
		fns->closed(cb->ask.ctx);
	} else if (s->strays != cb->strays) {
		cb->strays = s->strays;
		if (fns->stray != NULL)
			fns->stray(cb->ask.ctx, s->strays);
	} else if (s->rivals != cb->rivals) {
		cb->rivals = s->rivals;
		if (fns->rival != NULL)
			fns->rival(cb->ask.ctx);
	}
}

static bool
callback_more(const struct callback *cb)
{
	const struct callserver *s = &cb->server;

	return (s->answered && !cb->told) || s->strays != cb->strays ||
	    s->rivals != cb->rivals;
}

/* Serves, sees when to be back, tells one thing. */
static void
callback_turn(struct callback *cb)
{
	int64_t now = loop_now(cb->loop);

	cb->timer.due = callserver_run(&cb->server, now);
	if (cb->pause != LOOP_NEVER && cb->pause <= now) {
		cb->pause = LOOP_NEVER;
		for (int i = 0; i < LOOPBACKS; i++)
			cb->doors[i].events = POLLIN;
	}
	if (cb->pause < cb->timer.due)
		cb->timer.due = cb->pause;
	if (cb->linger < cb->timer.due)
		cb->timer.due = cb->linger;
	if (callback_more(cb))
		cb->timer.due = now;	/* for what is told next */
	callback_tell(cb);
}

/* ---- what the loop calls ------------------------------------------------ */

static void
on_door(struct watch *w, short revents)
{
	struct callback *cb = w->ctx;
	struct sockaddr_storage sa;
	socklen_t len;
	int fd;

	(void)revents;
	for (int i = 0; i < ACCEPT_TURN; i++) {
		len = sizeof(sa);
		fd = accept4(w->fd, (struct sockaddr *)&sa, &len,
		    SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (fd != -1) {
			callserver_add(&cb->server, fd, (struct sockaddr *)&sa,
			    len, loop_now(cb->loop));
			continue;
		}
		if (errno == ECONNABORTED || errno == EINTR)
			continue;
		if (errno != EAGAIN) {	/* EMFILE, ENFILE, ENOMEM, ENOBUFS */
			(void)callconns_shut_oldest(&cb->server.conns);
			cb->pause = loop_now(cb->loop) + ACCEPT_PAUSE;
			cb->doors[LOOPBACK_V4].events = 0;
			cb->doors[LOOPBACK_V6].events = 0;
		}
		break;
	}
	callback_turn(cb);
}

static void
on_turn(struct watch *w, short revents)
{
	(void)revents;
	callback_turn(w->ctx);
}

/* ---- life --------------------------------------------------------------- */

/* The first of the ports that is free; 0, or -1 with e set. */
static int
callback_listen(struct callback *cb, struct err *e)
{
	for (const int *port = cb->ask.ports; *port != 0; port++) {
		if (loopback_listen(cb->fds, *port, cb->ask.both, e) == 0) {
			cb->server.port = *port;
			return 0;
		}
		if (e->code != ERR_PORT_IN_USE)
			return -1;
	}
	return porthold_explain(cb->ask.ports, e);
}

static int
callback_watch(struct callback *cb)
{
	struct watch *all[] = { &cb->doors[LOOPBACK_V4],
		&cb->doors[LOOPBACK_V6], &cb->http, &cb->timer };

	for (int i = 0; i < LOOPBACKS; i++)
		cb->doors[i] = (struct watch){ .fd = cb->fds[i],
			.events = POLLIN, .due = LOOP_NEVER, .fn = on_door,
			.ctx = cb };
	cb->http = (struct watch){ .fd = callserver_fd(&cb->server),
		.events = POLLIN, .due = LOOP_NEVER, .fn = on_turn, .ctx = cb };
	cb->timer = (struct watch){ .fd = -1, .due = LOOP_NEVER,
		.fn = on_turn, .ctx = cb };
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		if (loop_watch(cb->loop, all[i]) == -1)
			return -1;
	}
	return 0;
}

static int
callback_start(struct callback *cb, struct err *e)
{
	if (callback_listen(cb, e) == -1 ||
	    callserver_open(&cb->server, e) == -1)
		return -1;
	if (callback_watch(cb) == -1)
		return err_memory(e);
	return 0;
}

struct callback *
callback_open(struct loop *l, const struct callback_ask *ask, struct err *e)
{
	struct callback *cb = calloc(1, sizeof(*cb));

	if (cb == NULL) {
		err_memory(e);
		return NULL;
	}
	cb->loop = l;
	cb->ask = *ask;
	cb->pause = cb->linger = LOOP_NEVER;
	cb->fds[LOOPBACK_V4] = cb->fds[LOOPBACK_V6] = -1;
	cb->server.path = ask->path;
	cb->server.state = ask->state;
	if (callback_start(cb, e) == 0)
		return cb;
	callback_free(cb);
	return NULL;
}

void
callback_free(struct callback *cb)
{
	if (cb == NULL)
		return;
	for (int i = 0; i < LOOPBACKS; i++)
		loop_unwatch(cb->loop, &cb->doors[i]);
	loop_unwatch(cb->loop, &cb->http);
	loop_unwatch(cb->loop, &cb->timer);
	loopback_close(cb->fds);
	callserver_close(&cb->server);
	free(cb);
}

int
callback_port(const struct callback *cb)
{
	return cb->server.port;
}

void
callback_finish(struct callback *cb, bool good, const char *note)
{
	int64_t now = loop_now(cb->loop);

	cb->finished = true;
	cb->linger = now + CALLBACK_LINGER_MS;
	if (callserver_finish(&cb->server, good ? PAGE_SUCCESS : PAGE_FAILURE,
		note, now) == -1)
		cb->linger = now;	/* without memory they are cut off */
	cb->timer.due = now;
}
