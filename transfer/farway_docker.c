/*
 * farway_docker - the way into a container: an exec for each program, and one
 * of fardial.sh for each connection.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "container.h"
#include "engine.h"
#include "engineconfig.h"
#include "enginexec.h"
#include "err.h"
#include "farway.h"
#include "http.h"
#include "loop.h"
#include "net.h"
#include "target.h"

#define PATH_BYTES   512
#define PORT_BYTES   8
#define DIAL_WORDS   6	/* sh -c SCRIPT cxp \ PORT */
#define DIAL_NO_TOOL 69	/* fardial.sh's */

static const char dial_script[] =
#include "fardial.inc"
    ;

struct way {
	struct farway	 w;
	struct net	*net;
	const struct target_spec *to;
	struct farway_on on;
	int		 timeout;
	struct engine	*engine;
	struct httpcall	*inspect;
	struct container container;
	struct watch	 timer;		/* the start, then too late */
	struct watch	 probe;
	void		(*probed)(void *ctx, const struct err *why);
	void		*probed_ctx;
	bool		 started;
};

struct call {
	struct farcall	 c;
	struct enginexec *exec;
	struct enginexec_peer peer;		/* of a connection: ours */
	const struct enginexec_peer *theirs;
	char		 port[PORT_BYTES];
	const char	*argv[DIAL_WORDS + 1];
};

static void
way_fail(struct way *way, const struct err *e)
{
	loop_unwatch(way->net->loop, &way->timer);
	http_cancel(way->inspect);
	way->inspect = NULL;
	way->on.down(way->on.ctx, e);
}

static void
way_inspected(void *ctx, const struct http_answer *a)
{
	struct way *way = ctx;
	struct err e = ERR_INIT;
	char what[ERR_TEXT_MAX];

	if (a->status != 200) {
		(void)snprintf(what, sizeof(what), "cannot look at '%s'",
		    way->to->container);
		engine_failure(way->engine, a, what, &e);
	} else if (container_parse(&way->container, a->body, a->len, &e) ==
	    0 && way->container.state != CONTAINER_RUNNING) {
		err_set(&e, ERR_NOT_RUNNING, "'%s' does not run",
		    way->to->container);
		err_hint(&e, "start it, or log in here and use "
		    "'codex-provision push'");
	}
	if (e.code != ERR_NONE) {
		way_fail(way, &e);
		return;
	}
	loop_unwatch(way->net->loop, &way->timer);
	way->on.up(way->on.ctx);
}

static void
way_start(struct way *way)
{
	char path[PATH_BYTES];
	struct err e = ERR_INIT;

	way->started = true;
	way->timer.due = loop_now(way->net->loop) +
	    1000 * (int64_t)way->timeout;
	if ((way->engine = engine_get(way->net, way->to, &e)) == NULL) {
		way_fail(way, &e);
		return;
	}
	/* Of the alphabet of names: nothing in it needs encoding. */
	(void)snprintf(path, sizeof(path), "/containers/%s/json",
	    way->to->container);
	way->inspect = http_call(engine_http(way->engine), &(struct http_ask){
	    .method = "GET", .path = path }, way_inspected, way);
	if (way->inspect == NULL) {
		err_memory(&e);
		way_fail(way, &e);
	}
}

static void
way_timer(struct watch *w, short revents)
{
	struct way *way = w->ctx;
	struct err e = ERR_INIT;

	(void)revents;
	if (!way->started) {
		way_start(way);
		return;
	}
	err_set(&e, ERR_TIMEOUT, "no answer about '%s' within %d s",
	    way->to->text, way->timeout);
	err_hint(&e, "--timeout SECONDS allows it more");
	way_fail(way, &e);
}

/* Nothing can forbid it: whether a tool is there is seen at the first dial. */
static void
way_probe_done(struct watch *w, short revents)
{
	struct way *way = w->ctx;

	(void)revents;
	way->probed(way->probed_ctx, NULL);
}

static struct farway *
way_open(struct net *n, const struct target_spec *to, int timeout,
    const struct farway_on *on, struct err *e)
{
	struct way *way = calloc(1, sizeof(*way));

	err_memory(e);
	if (way == NULL)
		return NULL;
	way->w.kind = &farway_docker;
	way->net = n;
	way->to = to;
	way->on = *on;
	way->timeout = timeout;
	way->timer = (struct watch){ .fd = -1, .due = 0, .fn = way_timer,
		.ctx = way };
	way->probe = (struct watch){ .fd = -1, .due = LOOP_NEVER,
		.fn = way_probe_done, .ctx = way };
	if (loop_watch(n->loop, &way->timer) == 0 &&
	    loop_watch(n->loop, &way->probe) == 0)
		return &way->w;
	loop_unwatch(n->loop, &way->timer);
	free(way);
	return NULL;
}

static void
way_close(struct farway *w)
{
	struct way *way = (struct way *)w;

	loop_unwatch(way->net->loop, &way->timer);
	loop_unwatch(way->net->loop, &way->probe);
	http_cancel(way->inspect);
	container_clear(&way->container);
	free(way);
}

static int
way_probe(struct farway *w, int port,
    void (*done)(void *ctx, const struct err *why), void *ctx)
{
	struct way *way = (struct way *)w;

	(void)port;
	way->probed = done;
	way->probed_ctx = ctx;
	way->probe.due = 0;
	return 0;
}

static const char *
way_stage(const struct farway *w)
{
	const struct engine *g = ((const struct way *)w)->engine;
	const char *stage = g != NULL ? engine_stage(g) : NULL;

	return stage != NULL ? stage : "asking the engine";
}

static const char *
way_warning(const struct farway *w)
{
	const struct engine *g = ((const struct way *)w)->engine;

	return g != NULL ? engine_warning(g) : NULL;
}

static struct farcall *
call_start(struct farway *w, struct call *c, const char *const *argv,
    const struct enginexec_peer *peer)
{
	struct way *way = (struct way *)w;

	if (c == NULL)
		return NULL;
	c->c.kind = &farway_docker;
	c->exec = enginexec_start(&(struct enginexec_ask){ .net = way->net,
	    .engine = way->engine, .container = way->container.id,
	    .user = way->net->docker->user, .argv = argv, .peer = peer });
	if (c->exec != NULL)
		return &c->c;
	free(c);
	return NULL;
}

static struct farcall *
call_run(struct farway *w, const char *line, const char *const *argv,
    const struct enginexec_peer *peer)
{
	(void)line;
	return call_start(w, calloc(1, sizeof(struct call)), argv, peer);
}

/* A connection's peer, but for its end. */

static void
dial_data(void *ctx, int type, const void *p, size_t len)
{
	const struct call *c = ctx;

	if (type == 1)
		c->theirs->data(c->theirs->ctx, type, p, len);
}

static const void *
dial_pending(void *ctx, size_t *len)
{
	const struct call *c = ctx;

	return c->theirs->pending(c->theirs->ctx, len);
}

static void
dial_sent(void *ctx, size_t len)
{
	const struct call *c = ctx;

	c->theirs->sent(c->theirs->ctx, len);
}

static bool
dial_finished(void *ctx)
{
	const struct call *c = ctx;

	return c->theirs->finished(c->theirs->ctx);
}

static void
dial_ended(void *ctx, int status, const struct err *why)
{
	const struct call *c = ctx;
	struct err e = ERR_INIT;

	if (status == DIAL_NO_TOOL) {
		err_set(&e, ERR_PROTOCOL, "nothing in the container can "
		    "connect to its port: no bash, nc, busybox, socat, curl, "
		    "python3, perl, node or wget");
		err_hint(&e, "use --device-auth, which needs none");
		why = &e;
		status = -1;
	} else if (status > 0) {
		status = 0;	/* the answer tells */
	}
	c->theirs->ended(c->theirs->ctx, status, why);
}

static struct farcall *
call_dial(struct farway *w, int port, const struct enginexec_peer *peer)
{
	struct call *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	c->theirs = peer;
	c->peer = (struct enginexec_peer){ .data = dial_data,
		.pending = dial_pending, .sent = dial_sent,
		.finished = dial_finished, .ended = dial_ended, .ctx = c };
	(void)snprintf(c->port, sizeof(c->port), "%d", port);
	memcpy(c->argv, (const char *[]){ "sh", "-c", dial_script, "cxp",
	    "\\", c->port, NULL }, sizeof(c->argv));
	return call_start(w, c, c->argv, &c->peer);
}

static void
call_poke(struct farcall *fc)
{
	enginexec_poke(((struct call *)fc)->exec);
}

static void
call_free(struct farcall *fc)
{
	struct call *c = (struct call *)fc;

	enginexec_free(c->exec);
	free(c);
}

const struct farway_kind farway_docker = {
	.open = way_open,
	.close = way_close,
	.probe = way_probe,
	.run = call_run,
	.dial = call_dial,
	.poke = call_poke,
	.free = call_free,
	.stage = way_stage,
	.warning = way_warning,
};
