#include "sshlink.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <libssh/server.h>	/* ssh_send_keepalive is a client's too */

#include "err.h"
#include "loop.h"
#include "net.h"
#include "sshconfig.h"
#include "sshconn.h"
#include "target.h"

#define ALIVE_INTERVAL	15	/* s without a byte before we ask */
#define ALIVE_MAX	3	/* questions without an answer */

struct sshlink {
	struct net	 *net;
	const struct target_spec *to;
	struct sshlink_on on;
	int		  timeout;
	struct sshconn	 *conn;		/* NULL: down */
	bool		  up;
	struct sshuser	 *users, *next;	/* next to get its turn */
	struct watch	  wake;
	struct watch	  clock;	/* until it stands; then for life */
	uint64_t	  heard;	/* bytes at the last look */
	int		  asked;
};

void
sshlink_join(struct sshlink *l, struct sshuser *u)
{
	u->next = l->users;
	l->users = u;
}

void
sshlink_leave(struct sshlink *l, struct sshuser *u)
{
	struct sshuser **at = &l->users;

	while (*at != NULL && *at != u)
		at = &(*at)->next;
	if (*at == u)
		*at = u->next;
	if (l->next == u)
		l->next = u->next;
}

/* Each user leaves, its channels freed, before the session goes. */
static void
link_desert(struct sshlink *l)
{
	struct sshuser *u;

	while ((u = l->users) != NULL) {
		sshlink_leave(l, u);
		u->lost(u->ctx);
	}
}

/* The last thing a function does: down() may close l. */
static void
link_down(struct sshlink *l, const struct err *why)
{
	struct err e = *why;

	l->up = false;
	link_desert(l);
	loop_unwatch(l->net->loop, &l->wake);
	loop_unwatch(l->net->loop, &l->clock);
	sshconn_close(l->conn);
	l->conn = NULL;
	l->on.down(l->on.ctx, &e);
}

static void
link_lost(struct sshlink *l, const char *how)
{
	struct err e = ERR_INIT;

	err_set(&e, ERR_UNREACHABLE, "the connection to '%s' was lost: %s",
	    l->to->text, how);
	link_down(l, &e);
}

static void
link_turn(struct sshlink *l)
{
	struct sshuser *u;

	l->wake.due = LOOP_NEVER;
	for (u = l->users; u != NULL; u = l->next) {
		l->next = u->next;
		u->turn(u->ctx);
	}
	l->next = NULL;
	sshconn_arm(l->conn);
}

static void
link_event(void *ctx)
{
	struct sshlink *l = ctx;

	if (sshconn_pump(l->conn))
		link_turn(l);
	else
		link_lost(l, ssh_get_error(sshconn_session(l->conn)));
}

static void
link_woken(struct watch *w, short revents)
{
	struct sshlink *l = w->ctx;

	(void)revents;
	if (l->up)
		link_turn(l);
}

static int64_t
link_interval(const struct sshlink *l)
{
	int seconds = sshconn_host(l->conn)->alive_interval;

	return 1000 * (int64_t)(seconds > 0 ? seconds : ALIVE_INTERVAL);
}

/* Any byte is an answer. libssh's own result says nothing. */
static void
link_alive(struct sshlink *l)
{
	int max = sshconn_host(l->conn)->alive_max;
	char how[64];

	l->clock.due = loop_now(l->net->loop) + link_interval(l);
	if (l->heard != sshconn_heard(l->conn)) {
		l->heard = sshconn_heard(l->conn);
		l->asked = 0;
		return;
	}
	if (l->asked++ >= (max > 0 ? max : ALIVE_MAX)) {
		(void)snprintf(how, sizeof(how), "no answer for %lld s",
		    (long long)link_interval(l) / 1000 * l->asked);
		link_lost(l, how);
		return;
	}
	(void)ssh_send_keepalive(sshconn_session(l->conn));
	sshlink_used(l);
}

static void
link_clock(struct watch *w, short revents)
{
	struct sshlink *l = w->ctx;
	struct err e = ERR_INIT;

	(void)revents;
	if (l->up) {
		link_alive(l);
		return;
	}
	err_set(&e, ERR_TIMEOUT, "no connection to '%s' within %d s (%s)",
	    l->to->text, l->timeout, sshconn_stage(l->conn));
	err_hint(&e, "--timeout SECONDS allows it more");
	link_down(l, &e);
}

static void
link_began(void *ctx)
{
	struct sshlink *l = ctx;

	l->clock.due = loop_now(l->net->loop) + 1000 * (int64_t)l->timeout;
}

static void
link_ready(void *ctx, const struct err *e)
{
	struct sshlink *l = ctx;

	if (e != NULL) {
		link_down(l, e);
		return;
	}
	l->up = true;
	sshconn_on_event(l->conn, link_event);
	l->clock.due = loop_now(l->net->loop) + link_interval(l);
	l->on.up(l->on.ctx);
}

static int
link_connect(struct sshlink *l, struct err *e)
{
	l->conn = sshconn_open(l->net, &(struct sshconn_to){
	    .user = l->to->user, .name = l->to->host, .port = l->to->port,
	    .began = link_began }, link_ready, l);
	l->clock.due = LOOP_NEVER;
	if (l->conn != NULL && loop_watch(l->net->loop, &l->wake) == 0 &&
	    loop_watch(l->net->loop, &l->clock) == 0) {
		link_began(l);
		return 0;
	}
	sshconn_close(l->conn);
	l->conn = NULL;
	return err_memory(e);
}

struct sshlink *
sshlink_open(struct net *n, const struct target_spec *to, int timeout,
    const struct sshlink_on *on, struct err *e)
{
	struct sshlink *l = calloc(1, sizeof(*l));

	if (l == NULL) {
		err_memory(e);
		return NULL;
	}
	*l = (struct sshlink){ .net = n, .to = to, .on = *on,
		.timeout = timeout };
	l->wake = (struct watch){ .fd = -1, .due = LOOP_NEVER,
		.fn = link_woken, .ctx = l };
	l->clock = (struct watch){ .fd = -1, .due = LOOP_NEVER,
		.fn = link_clock, .ctx = l };
	if (link_connect(l, e) == 0)
		return l;
	sshlink_close(l);
	return NULL;
}

void
sshlink_close(struct sshlink *l)
{
	if (l == NULL)
		return;
	link_desert(l);
	loop_unwatch(l->net->loop, &l->wake);
	loop_unwatch(l->net->loop, &l->clock);
	sshconn_close(l->conn);
	free(l);
}

ssh_session
sshlink_session(struct sshlink *l)
{
	return sshconn_session(l->conn);
}

void
sshlink_used(struct sshlink *l)
{
	sshconn_arm(l->conn);
}

struct watch *
sshlink_wake(struct sshlink *l)
{
	return &l->wake;
}

const char *
sshlink_stage(const struct sshlink *l)
{
	return l->conn == NULL ? "not connected" : sshconn_stage(l->conn);
}

const char *
sshlink_warning(const struct sshlink *l)
{
	return l->conn != NULL ? sshconn_warning(l->conn) : NULL;
}
