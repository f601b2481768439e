#include "sshconn.h"

#include <sys/stat.h>

#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "dial.h"
#include "err.h"
#include "loop.h"
#include "net.h"
#include "sshauth.h"
#include "sshconfig.h"
#include "sshjump.h"
#include "sshnet.h"
#include "sshproxy.h"
#include "sshsession.h"
#include "sshtrust.h"

#define CONN_TRIES	8	/* when the server drops us before its banner */
#define CONN_BACKOFF	50	/* ms, doubled each time, plus as much jitter */
#define CONN_BACKOFF_MAX 1000

/* Each is also what the user reads while it lasts. */
enum conn_phase {
	CONN_CONFIG,
	CONN_ROUTE,
	CONN_KEX,
	CONN_AUTH,
	CONN_READY,
	CONN_FAILED
};

static const char *const stage_names[] = {
	[CONN_CONFIG] = "reading ssh_config",
	[CONN_ROUTE] = "connecting",
	[CONN_KEX] = "exchanging keys",
	[CONN_AUTH] = "authenticating",
	[CONN_READY] = "connected",
	[CONN_FAILED] = "failed",
};

struct sshconn {
	struct net	 *net;
	struct sshnet	 *sshnet;
	sshconn_fn	  ready;
	void		(*began)(void *ctx);
	void		(*event)(void *ctx);
	void		 *ctx;
	char		 *user, *name, *jump;
	struct sshjump	 *by;		/* whose session this is, or NULL */
	int		  port, depth;
	enum conn_phase	  phase;
	struct sshlookup *lookup;
	struct sshhost	 *host;
	struct dial	 *dial;
	struct sshforward *forward;
	struct sshproxy	 *proxy;
	int		  fd;
	ino_t		  ino;		/* whose number fd was */
	bool		  tcp;
	ssh_session	  session;
	struct ssh_counter_struct bytes;	/* on the wire */
	uint64_t	  acked;	/* of those that came */
	ssh_event	  pump;		/* holds the session alone */
	struct sshauth	 *auth;
	struct watch	  io, timer;
	int		  tries;
	int64_t		  give_up;	/* ConnectTimeout's end */
	char		  peek[SSHSESSION_PEEK_MAX];
	char		 *warning;
};

static void conn_route(struct sshconn *c);
static void conn_step(struct watch *w, short revents);

/* Back to before the route was taken; the gate is left with the dial. */
static void
conn_drop(struct sshconn *c)
{
	loop_unwatch(c->net->loop, &c->io);
	sshauth_free(c->auth);
	c->auth = NULL;
	if (c->pump != NULL) {
		ssh_event_remove_session(c->pump, c->session);
		ssh_event_free(c->pump);
		c->pump = NULL;
	}
	if (c->session != NULL) {
		if (c->phase == CONN_READY)
			ssh_disconnect(c->session);
		ssh_free(c->session);
		c->session = NULL;
	}
	sshsession_close_fd(c->fd, c->ino);
	c->fd = -1;
	dial_free(c->dial);
	c->dial = NULL;
	sshforward_free(c->forward);
	c->forward = NULL;
	sshproxy_end(c->proxy);
	c->proxy = NULL;
}

/* The last thing a function does: ready() may close c. */
static void
conn_fail(struct sshconn *c, const struct err *e)
{
	struct err why = *e;

	conn_drop(c);
	loop_unwatch(c->net->loop, &c->timer);
	c->phase = CONN_FAILED;
	net_trace(c->net, 1, c->name, "%s", why.text);
	c->ready(c->ctx, &why);
}

static void
conn_fail_memory(struct sshconn *c)
{
	struct err e = ERR_INIT;

	err_memory(&e);
	conn_fail(c, &e);
}

/* Whether the server left before it said who it is: then it is worth it. */
static bool
conn_retry(struct sshconn *c)
{
	int64_t delay = (int64_t)CONN_BACKOFF << c->tries;

	if (c->phase != CONN_KEX || ssh_get_serverbanner(c->session) != NULL ||
	    c->proxy != NULL || ++c->tries >= CONN_TRIES)
		return false;
	if (delay > CONN_BACKOFF_MAX)
		delay = CONN_BACKOFF_MAX;
	delay += randombytes_uniform((uint32_t)delay);
	net_trace(c->net, 2, c->name, "dropped before the banner; again in "
	    "%d ms", (int)delay);
	conn_drop(c);
	c->phase = CONN_ROUTE;
	c->timer.due = loop_now(c->net->loop) + delay;
	return true;
}

static void
conn_broke(struct sshconn *c)
{
	struct err e = ERR_INIT;

	if (conn_retry(c))
		return;
	sshsession_explain(c->session, c->host, c->peek,
	    c->proxy != NULL ? sshproxy_said(c->proxy) : "", &e);
	conn_fail(c, &e);
}

/* A connected stream: the handshake begins. fd is taken. */
static void
conn_begin(struct sshconn *c, int fd)
{
	char order[SSHTRUST_ORDER_MAX];
	struct err e = ERR_INIT;
	struct stat st;

	c->fd = fd;
	c->ino = fstat(fd, &st) == 0 ? st.st_ino : 0;
	c->phase = CONN_KEX;
	c->peek[0] = '\0';
	if (sshtrust_order(c->sshnet, c->host, order, &e) == -1) {
		conn_fail(c, &e);
		return;
	}
	if ((c->session = sshsession_new(fd, c->host, order)) == NULL) {
		conn_fail_memory(c);
		return;
	}
	ssh_set_counters(c->session, &c->bytes, NULL);
	c->io = (struct watch){ .fd = fd, .events = POLLIN | POLLOUT,
		.due = LOOP_NEVER, .fn = conn_step, .ctx = c };
	if (loop_watch(c->net->loop, &c->io) == -1)
		conn_fail_memory(c);
}

/* The clock runs from the first packet, not from the queue before it. */
static void
conn_first_packet(void *ctx)
{
	struct sshconn *c = ctx;
	int seconds = c->host->connect_timeout;

	if (seconds != 0)
		c->give_up = c->timer.due = loop_now(c->net->loop) +
		    1000 * (int64_t)seconds;
	if (c->began != NULL)
		c->began(c->ctx);
}

static void
conn_reached(void *ctx, int fd, const struct err *e)
{
	struct sshconn *c = ctx;

	c->tcp = c->dial != NULL;
	if (fd == -1)
		conn_fail(c, e);
	else
		conn_begin(c, fd);
}

static void
conn_route(struct sshconn *c)
{
	const struct sshhost *h = c->host;
	const char *jump = c->jump != NULL ? c->jump : h->proxy_jump;
	struct err e = ERR_INIT;
	int fd;

	c->phase = CONN_ROUTE;
	if (jump != NULL) {
		c->forward = sshforward_open(c->net, jump, c->by,
		    &(struct sshforward_to){ .host = h->hostname,
		    .port = h->port, .depth = c->depth + 1,
		    .first = conn_first_packet, .done = conn_reached,
		    .ctx = c }, &e);
		if (c->forward == NULL)
			conn_fail(c, &e);
	} else if (h->proxy_command != NULL) {
		c->proxy = sshproxy_start(c->net, h->proxy_command, &fd, &e);
		if (c->proxy == NULL) {
			conn_fail(c, &e);
		} else {
			conn_first_packet(c);
			conn_begin(c, fd);
		}
	} else {
		c->dial = dial_start(c->net->loop, c->sshnet->gate,
		    &(struct dial_to){ .host = h->hostname, .port = h->port,
		    .family = h->address_family, .first = conn_first_packet,
		    .done = conn_reached, .ctx = c }, &e);
		if (c->dial == NULL)
			conn_fail(c, &e);
	}
}

/* ConnectTimeout passed, or a retry's delay. */
static void
conn_timer(struct watch *w, short revents)
{
	struct sshconn *c = w->ctx;
	struct err e = ERR_INIT;

	(void)revents;
	if (loop_now(c->net->loop) < c->give_up) {
		w->due = c->give_up;
		conn_route(c);
		return;
	}
	err_set(&e, ERR_TIMEOUT, "cannot connect to '%s': no answer within "
	    "ConnectTimeout of %d s", c->name, c->host->connect_timeout);
	conn_fail(c, &e);
}

static void
conn_configured(void *ctx, struct sshhost *host, const struct err *e)
{
	struct sshconn *c = ctx;

	c->lookup = NULL;
	if (host == NULL) {
		conn_fail(c, e);
		return;
	}
	c->host = host;
	c->give_up = c->timer.due = LOOP_NEVER;
	c->timer.fn = conn_timer;
	net_trace(c->net, 2, c->name, "is %s@%s port %d", host->user,
	    host->hostname, host->port);
	conn_route(c);
}

/* From the loop, so that ready() is never called inside sshconn_open. */
static void
conn_start(struct watch *w, short revents)
{
	struct sshconn *c = w->ctx;
	struct sshlookup *k;

	(void)revents;
	k = sshconfig_lookup(c->sshnet->config, c->user, c->name, c->port,
	    c->depth > 0, conn_configured, c);
	if (k != NULL)	/* else conn_configured was called, and may have freed */
		c->lookup = k;
}

/* The agent that took its time is ready. */
static void
conn_woken(void *ctx)
{
	struct sshconn *c = ctx;

	if (loop_watch(c->net->loop, &c->io) == -1)
		conn_fail_memory(c);
	else
		conn_step(&c->io, 0);
}

static void
conn_kex(struct sshconn *c)
{
	struct err e = ERR_INIT;

	if (c->peek[0] == '\0')
		sshsession_peek(c->fd, c->peek);
	switch (ssh_connect(c->session)) {
	case SSH_AGAIN:
		if (ssh_get_status(c->session) & SSH_CLOSED_ERROR)
			conn_broke(c);
		else
			sshconn_arm(c);
		return;
	case SSH_OK:
		break;
	default:
		conn_broke(c);
		return;
	}
	if (sshtrust_check(c->net, c->sshnet, c->host, c->session, &c->warning,
	    &e) == -1) {
		conn_fail(c, &e);
		return;
	}
	c->auth = sshauth_new(c->net, c->session, c->host, c->sshnet->keys,
	    sshnet_agent(c->net, c->host->identity_agent));
	if (c->auth == NULL) {
		conn_fail_memory(c);
		return;
	}
	sshauth_on_wake(c->auth, conn_woken, c);
	c->phase = CONN_AUTH;
	/* ConnectTimeout is for the connection, as in ssh. */
	c->give_up = c->timer.due = LOOP_NEVER;
	conn_step(&c->io, 0);
}

static void
conn_auth(struct sshconn *c)
{
	struct err e = ERR_INIT;

	switch (sshauth_step(c->auth, &e)) {
	case SSHAUTH_AGAIN:
		sshconn_arm(c);
		return;
	case SSHAUTH_WAITS:
		loop_unwatch(c->net->loop, &c->io);
		return;
	case SSHAUTH_FAILED:
		conn_fail(c, &e);
		return;
	case SSHAUTH_DONE:
		break;
	}
	sshauth_free(c->auth);
	c->auth = NULL;
	if ((c->pump = ssh_event_new()) == NULL ||
	    ssh_event_add_session(c->pump, c->session) != SSH_OK) {
		conn_fail_memory(c);
		return;
	}
	loop_unwatch(c->net->loop, &c->timer);
	c->phase = CONN_READY;
	/* The handshake is over: the next one to this endpoint may begin. */
	dial_free(c->dial);
	c->dial = NULL;
	if (c->forward != NULL)
		sshforward_settled(c->forward);
	sshconn_arm(c);
	c->ready(c->ctx, NULL);
}

static void
conn_step(struct watch *w, short revents)
{
	struct sshconn *c = w->ctx;

	(void)revents;
	if (c->phase == CONN_KEX)
		conn_kex(c);
	else if (c->phase == CONN_AUTH)
		conn_auth(c);
	else if (c->phase == CONN_READY && c->event != NULL)
		c->event(c->ctx);
	else if (c->phase == CONN_READY)
		loop_unwatch(c->net->loop, w);
}

bool
sshconn_pump(struct sshconn *c)
{
	return sshsession_pump(c->session, c->pump, &c->bytes);
}

void
sshconn_arm(struct sshconn *c)
{
	c->io.events = POLLIN;
	if (ssh_get_poll_flags(c->session) & SSH_WRITE_PENDING)
		c->io.events |= POLLOUT;
	if (c->tcp && c->bytes.in_bytes != c->acked)
		sshsession_acknowledge(c->fd);
	c->acked = c->bytes.in_bytes;
}

struct sshconn *
sshconn_open(struct net *n, const struct sshconn_to *to, sshconn_fn ready,
    void *ctx)
{
	struct sshnet *s = sshnet_get(n);
	struct sshconn *c = s != NULL ? calloc(1, sizeof(*c)) : NULL;

	if (c == NULL)
		return NULL;
	*c = (struct sshconn){ .net = n, .sshnet = s, .ready = ready,
		.began = to->began, .ctx = ctx, .port = to->port,
		.by = to->by, .depth = to->depth, .fd = -1 };
	c->timer = (struct watch){ .fd = -1, .due = 0, .fn = conn_start,
		.ctx = c };
	if ((c->name = strdup(to->name)) != NULL &&
	    (to->user == NULL || (c->user = strdup(to->user)) != NULL) &&
	    (to->jump == NULL || (c->jump = strdup(to->jump)) != NULL) &&
	    loop_watch(n->loop, &c->timer) == 0)
		return c;
	sshconn_close(c);
	return NULL;
}

void
sshconn_close(struct sshconn *c)
{
	if (c == NULL)
		return;
	if (c->lookup != NULL)
		sshlookup_cancel(c->lookup);
	conn_drop(c);
	loop_unwatch(c->net->loop, &c->timer);
	sshhost_free(c->host);
	free(c->warning);
	free(c->user);
	free(c->name);
	free(c->jump);
	free(c);
}

ssh_session
sshconn_session(struct sshconn *c)
{
	return c->session;
}

void
sshconn_on_event(struct sshconn *c, void (*event)(void *ctx))
{
	c->event = event;
}

const char *
sshconn_stage(const struct sshconn *c)
{
	if (c->phase == CONN_ROUTE && c->forward != NULL)
		return "waiting for its jump host";
	return stage_names[c->phase];
}

const char *
sshconn_warning(const struct sshconn *c)
{
	return c->warning;
}

uint64_t
sshconn_heard(const struct sshconn *c)
{
	return c->bytes.in_bytes;
}

const struct sshhost *
sshconn_host(const struct sshconn *c)
{
	return c->host;
}
