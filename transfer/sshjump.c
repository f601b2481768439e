#include "sshjump.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libssh/libssh.h>

#include "err.h"
#include "gate.h"
#include "loop.h"
#include "net.h"
#include "sshconn.h"
#include "sshnet.h"
#include "sshpump.h"
#include "target.h"

/* One jump host's session, shared by all that go through it. */
struct sshjump {
	struct sshjump	 *next;
	struct net	 *net;
	struct sshconn	 *conn;
	struct sshjump	 *via;		/* what conn itself stands on, or NULL */
	bool		  ready, failed;
	struct err	  why;
	struct sshforward *forwards;
	char		  list[];	/* "a,b,c": this is c */
};

struct sshforward {
	struct sshforward *next;
	struct net	*net;
	struct sshjump	*jump;
	char		*host;
	int		 port;
	void		(*first)(void *ctx);
	sshforward_fn	 done;
	void		*ctx;
	struct gate_pass pass;
	struct watch	 start;		/* open it, report, move: from the loop */
	bool		 entered, open;
	struct sshpump	 pump;
};

static void jump_event(void *ctx);

/* The last thing a function does: done() may free f. */
static void
forward_fail(struct sshforward *f, const struct err *why)
{
	struct err e = *why;

	loop_unwatch(f->net->loop, &f->start);
	err_wrap(&e, "cannot go through jump host '%s'", f->jump->list);
	f->done(f->ctx, -1, &e);
}

/* The session's fate reaches each of its forwards from the loop. */
static void
jump_wake(struct sshjump *j)
{
	for (struct sshforward *f = j->forwards; f != NULL; f = f->next)
		f->start.due = 0;
}

static void
jump_ready(void *ctx, const struct err *e)
{
	struct sshjump *j = ctx;

	if (e != NULL) {
		j->failed = true;
		j->why = *e;
	} else {
		j->ready = true;
		sshconn_on_event(j->conn, jump_event);
	}
	jump_wake(j);
}

static void
forward_local(struct watch *w, short revents)
{
	struct sshforward *f = w->ctx;

	sshpump_local(&f->pump, revents);
	sshconn_arm(f->jump->conn);
}

/* The channel is open: the owner gets the other end of a socket pair. */
static void
forward_opened(struct sshforward *f)
{
	struct err e = ERR_INIT;
	int fd;

	f->open = true;
	if ((fd = sshpump_open(&f->pump, forward_local, f, &e)) == -1) {
		forward_fail(f, &e);
		return;
	}
	f->done(f->ctx, fd, NULL);
}

/* After a failed open only ssh_channel_free is allowed: an EOF for a channel
 * that does not exist makes sshd end the whole session. */
static void
forward_refused(struct sshforward *f)
{
	struct err e = ERR_INIT;

	err_set(&e, ERR_UNREACHABLE, "no connection to '%s' port %d from "
	    "there: %s", f->host, f->port,
	    ssh_get_error(sshconn_session(f->jump->conn)));
	err_hint(&e, "check the name as the jump host knows it, and its "
	    "AllowTcpForwarding");
	ssh_channel_free(f->pump.channel);
	f->pump.channel = NULL;
	forward_fail(f, &e);
}

static void
forward_try(struct sshforward *f)
{
	struct err e = ERR_INIT;
	ssh_session s = sshconn_session(f->jump->conn);

	if (f->pump.channel == NULL && (f->pump.channel = ssh_channel_new(s)) == NULL) {
		err_memory(&e);
		forward_fail(f, &e);
		return;
	}
	switch (ssh_channel_open_forward(f->pump.channel, f->host, f->port,
	    "127.0.0.1", 0)) {
	case SSH_OK:
		sshconn_arm(f->jump->conn);
		forward_opened(f);
		return;
	case SSH_AGAIN:
		sshconn_arm(f->jump->conn);
		return;
	default:
		forward_refused(f);
	}
}

static void
forward_enter(void *ctx)
{
	struct sshforward *f = ctx;

	f->entered = true;
	f->start.due = 0;
	if (f->first != NULL)
		f->first(f->ctx);
}

/* There is more to do than libssh's callback may. */
static void
forward_move(struct sshforward *f)
{
	sshpump_move(&f->pump);
	sshconn_arm(f->jump->conn);
}

/* The jump host's session is there, or failed; or the gate has opened. */
static void
forward_start(struct watch *w, short revents)
{
	struct sshforward *f = w->ctx;
	char key[512];

	(void)revents;
	if (f->jump->failed) {
		forward_fail(f, &f->jump->why);
	} else if (f->entered) {
		if (!f->open)
			forward_try(f);
		else
			forward_move(f);
	} else if (f->jump->ready) {
		(void)snprintf(key, sizeof(key), "%s>%s %d", f->jump->list,
		    f->host, f->port);
		f->pass = (struct gate_pass){ .enter = forward_enter,
			.ctx = f };
		if (gate_enter(f->net->sshnet->gate, key, &f->pass) == -1)
			forward_fail(f, &(struct err){ ERR_INTERNAL, 0,
			    "out of memory", "" });
	}
}

/* A dead session ends all streams over it; their owners then see it. */
static void
jump_lost(struct sshjump *j)
{
	j->failed = true;
	err_set(&j->why, ERR_UNREACHABLE, "the link was lost: %s",
	    ssh_get_error(sshconn_session(j->conn)));
	for (struct sshforward *f = j->forwards; f != NULL; f = f->next)
		sshpump_hangup(&f->pump);
	jump_wake(j);
}

/*
 * Owners act from their own watches, never from inside this loop, so the list
 * can't change under it.
 */
static void
jump_event(void *ctx)
{
	struct sshjump *j = ctx;
	struct sshforward *f;

	/* Also when every stream is stalled, or the descriptor stays ready. */
	if (!sshconn_pump(j->conn)) {
		if (!j->failed)
			jump_lost(j);
		sshconn_on_event(j->conn, NULL);
		return;
	}
	for (f = j->forwards; f != NULL; f = f->next) {
		if (f->open)
			sshpump_move(&f->pump);
		else if (f->entered && f->pump.channel != NULL)
			f->start.due = 0;
	}
	sshconn_arm(j->conn);
}

/* "a,b,c" is a session to c through "a,b". */
static struct sshjump *
jump_open(struct net *n, const char *list, int depth, struct err *e)
{
	size_t len = strlen(list) + 1;
	struct sshjump *j = calloc(1, sizeof(*j) + len);
	const char *comma = strrchr(list, ',');
	struct target_spec hop;
	char *before = NULL;

	if (j == NULL) {
		err_memory(e);
		return NULL;
	}
	memcpy(j->list, list, len);
	j->net = n;
	if (target_parse(&hop, comma ? comma + 1 : list, e) == -1) {
		free(j);
		return NULL;
	}
	if (comma != NULL)
		before = strndup(list, (size_t)(comma - list));
	if (comma == NULL || before != NULL)
		j->conn = sshconn_open(n, &(struct sshconn_to){
		    .user = hop.user, .name = hop.host, .port = hop.port,
		    .jump = before, .by = j, .depth = depth }, jump_ready,
		    j);
	free(before);
	target_clear(&hop);
	if (j->conn == NULL) {
		free(j);
		err_memory(e);
		return NULL;
	}
	j->next = n->sshnet->jumps;
	return n->sshnet->jumps = j;
}

/* Whether j is `by`, or stands on it at any depth. */
static bool
jump_stands_on(const struct sshjump *j, const struct sshjump *by)
{
	for (; by != NULL && j != NULL; j = j->via) {
		if (j == by)
			return true;
	}
	return false;
}

static int
jump_circle(const char *list, struct err *e)
{
	err_set(e, ERR_USAGE, "ProxyJump goes round in a circle at '%s'",
	    list);
	return err_hint(e, "give that host 'ProxyJump none' in ssh_config");
}

/* A failed one is not used again: the next target may have better luck. */
static struct sshjump *
jump_get(struct net *n, const char *list, struct sshjump *by, int depth,
    struct err *e)
{
	struct sshjump *j;

	for (j = n->sshnet->jumps; j != NULL; j = j->next) {
		if (!j->failed && strcmp(j->list, list) == 0)
			break;
	}
	if (depth > SSHJUMP_DEPTH_MAX || jump_stands_on(j, by)) {
		(void)jump_circle(list, e);
		return NULL;
	}
	if (j == NULL)
		j = jump_open(n, list, depth, e);
	if (j != NULL && by != NULL)
		by->via = j;
	return j;
}

struct sshforward *
sshforward_open(struct net *n, const char *jumps, struct sshjump *by,
    const struct sshforward_to *to, struct err *e)
{
	struct sshforward *f = calloc(1, sizeof(*f));

	if (f != NULL) {
		*f = (struct sshforward){ .net = n, .port = to->port,
			.first = to->first, .done = to->done, .ctx = to->ctx,
			.pump = SSHPUMP_INIT(n->loop) };
		f->start = (struct watch){ .fd = -1, .due = LOOP_NEVER,
			.fn = forward_start, .ctx = f };
		f->pump.wake = &f->start;
	}
	err_memory(e);
	if (f == NULL || (f->host = strdup(to->host)) == NULL ||
	    (f->jump = jump_get(n, jumps, by, to->depth, e)) == NULL ||
	    loop_watch(n->loop, &f->start) == -1) {
		if (f != NULL)
			free(f->host);
		free(f);
		return NULL;
	}
	f->next = f->jump->forwards;
	f->jump->forwards = f;
	if (f->jump->ready)
		f->start.due = 0;
	return f;
}

void
sshforward_free(struct sshforward *f)
{
	struct sshforward **at;

	if (f == NULL)
		return;
	for (at = &f->jump->forwards; *at != f; at = &(*at)->next)
		;
	*at = f->next;
	loop_unwatch(f->net->loop, &f->start);
	gate_leave(f->net->sshnet->gate, &f->pass);
	sshpump_end(&f->pump);
	if (f->jump->ready && !f->jump->failed)
		sshconn_arm(f->jump->conn);
	free(f->host);
	free(f);
}

void
sshforward_settled(struct sshforward *f)
{
	gate_leave(f->net->sshnet->gate, &f->pass);
}

/*
 * A session may stand on another one's channel, so those that carry nothing
 * go first, until none is left.
 */
void
sshjump_free_all(struct sshnet *s)
{
	struct sshjump **at = &s->jumps, *j;

	while (s->jumps != NULL) {
		if (*at == NULL)
			at = &s->jumps;
		if ((j = *at)->forwards != NULL) {
			at = &j->next;
			continue;
		}
		*at = j->next;
		sshconn_close(j->conn);
		free(j);
		at = &s->jumps;
	}
}
