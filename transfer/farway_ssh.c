/*
 * farway_ssh - the way to an SSH host: channels of one session.
 *
 * What arrives is taken from libssh's callbacks (sshtalk.h says why), the
 * rest is done in the turns that sshlink gives.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>

#include <libssh/callbacks.h>

#include "buf.h"
#include "enginexec.h"
#include "err.h"
#include "farway.h"
#include "loop.h"
#include "sshdirect.h"
#include "sshlink.h"
#include "sshprobe.h"

#define LATE_MAX (1024 * 1024)	/* bytes that arrive inside a write */

struct way {
	struct farway	 w;
	struct farway_on on;
	struct sshlink	*link;
	struct sshprobe	*probe;
	bool		 up;
	const char	*host;		/* what sshd wants loopback called */
	void		(*probed)(void *ctx, const struct err *why);
	void		*probed_ctx;
};

enum call_step { CALL_OPEN, CALL_REQUEST, CALL_TALK, CALL_OVER };

struct call {
	struct farcall	 c;
	struct way	*way;
	struct sshuser	 user;
	ssh_channel	 channel;
	struct ssh_channel_callbacks_struct callbacks;
	const struct enginexec_peer *peer;
	const char	*line;		/* of a program, borrowed; or NULL */
	int		 port;
	enum call_step	 step;
	bool		 writing;
	struct buf	 late;		/* arrived inside a write */
};

/* The session */

static void
way_up(void *ctx)
{
	struct way *way = ctx;

	way->up = true;
	way->on.up(way->on.ctx);
}

static void
way_down(void *ctx, const struct err *why)
{
	struct way *way = ctx;

	sshprobe_free(way->probe);
	way->probe = NULL;
	way->up = false;
	way->on.down(way->on.ctx, why);
}

static struct farway *
way_open(struct net *n, const struct target_spec *to, int timeout,
    const struct farway_on *on, struct err *e)
{
	struct way *way = calloc(1, sizeof(*way));

	if (way == NULL) {
		err_memory(e);
		return NULL;
	}
	way->w.kind = &farway_ssh;
	way->on = *on;
	way->host = SSHDIRECT_HOST;
	way->link = sshlink_open(n, to, timeout, &(struct sshlink_on){
	    .up = way_up, .down = way_down, .ctx = way }, e);
	if (way->link != NULL)
		return &way->w;
	free(way);
	return NULL;
}

static int
way_hold(const struct farway *w)
{
	const struct way *way = (const struct way *)w;

	return way->up ? fcntl(ssh_get_fd(sshlink_session(way->link)),
	    F_DUPFD_CLOEXEC, 0) : -1;
}

static void
way_close(struct farway *w)
{
	struct way *way = (struct way *)w;

	sshprobe_free(way->probe);
	sshlink_close(way->link);
	free(way);
}

static void
way_probed(void *ctx, const char *host, const struct err *why)
{
	struct way *way = ctx;

	if (host != NULL)
		way->host = host;
	way->probed(way->probed_ctx, why);
}

static int
way_probe(struct farway *w, int port,
    void (*done)(void *ctx, const struct err *why), void *ctx)
{
	struct way *way = (struct way *)w;

	way->probed = done;
	way->probed_ctx = ctx;
	sshprobe_free(way->probe);
	way->probe = sshprobe_start(way->link, port, way_probed, way);
	return way->probe == NULL ? -1 : 0;
}

static const char *
way_stage(const struct farway *w)
{
	return sshlink_stage(((const struct way *)w)->link);
}

static const char *
way_warning(const struct farway *w)
{
	return sshlink_warning(((const struct way *)w)->link);
}

/* The channels */

static int
call_arrived(ssh_session session, ssh_channel channel, void *data,
    uint32_t len, int is_stderr, void *userdata)
{
	struct call *c = userdata;

	(void)session, (void)channel;
	if (!is_stderr && c->writing)
		(void)buf_add(&c->late, data, len);	/* call_write looks */
	else
		c->peer->data(c->peer->ctx, is_stderr ? 2 : 1, data, len);
	return (int)len;
}

/* Frees the channel, unless it still waits (sshdirect.h). */
static void
call_hang_up(struct call *c)
{
	if (c->channel == NULL)
		return;
	ssh_remove_channel_callbacks(c->channel, &c->callbacks);
	if (c->step != CALL_OPEN)
		ssh_channel_free(c->channel);
	c->channel = NULL;
}

/* The last thing a function does: ended() may free c. */
static void
call_end(struct call *c, int status, const struct err *why)
{
	sshlink_leave(c->way->link, &c->user);
	call_hang_up(c);
	c->step = CALL_OVER;
	c->peer->ended(c->peer->ctx, status, why);
}

static void
call_refused(struct call *c, const char *what)
{
	ssh_session s = sshlink_session(c->way->link);
	struct err e = ERR_INIT;

	if (!ssh_is_connected(s)) {
		call_end(c, -1, NULL);
		return;
	}
	err_set(&e, ERR_NO_SHELL, "%s: %s", what, ssh_get_error(s));
	err_hint(&e, "its sshd_config may forbid it (MaxSessions, "
	    "ForceCommand)");
	c->step = CALL_REQUEST;		/* what was refused is freed */
	call_end(c, -1, &e);
}

static int
call_new_channel(struct call *c)
{
	c->channel = ssh_channel_new(sshlink_session(c->way->link));
	if (c->channel == NULL)
		return -1;
	c->callbacks = (struct ssh_channel_callbacks_struct){ .userdata = c,
		.channel_data_function = call_arrived };
	ssh_callbacks_init(&c->callbacks);
	return ssh_set_channel_callbacks(c->channel, &c->callbacks) == SSH_OK ?
	    0 : -1;
}

/* 0: it is open; -1: it waits, or has ended. */
static int
call_dial(struct call *c)
{
	struct err e = ERR_INIT;

	switch (sshdirect_open(sshlink_session(c->way->link), &c->channel,
	    c->way->host, c->port, &e)) {
	case SSHDIRECT_OPEN:
		c->step = CALL_TALK;
		return 0;
	case SSHDIRECT_WAITS:
		return -1;
	case SSHDIRECT_FAILED:
		call_end(c, -1, NULL);
		return -1;
	default:
		call_end(c, -1, &e);
		return -1;
	}
}

static int
call_open(struct call *c)
{
	struct err e = ERR_INIT;

	if (c->channel == NULL && call_new_channel(c) == -1) {
		err_memory(&e);
		call_end(c, -1, &e);
		return -1;
	}
	if (c->line == NULL)
		return call_dial(c);
	switch (ssh_channel_open_session(c->channel)) {
	case SSH_OK:
		c->step = CALL_REQUEST;
		return 0;
	case SSH_AGAIN:
		return -1;
	default:
		call_refused(c, "the server opens no session");
		return -1;
	}
}

static int
call_request(struct call *c)
{
	switch (ssh_channel_request_exec(c->channel, c->line)) {
	case SSH_OK:
		c->step = CALL_TALK;
		return 0;
	case SSH_AGAIN:
		return -1;
	default:
		call_refused(c, "the server runs no command");
		return -1;
	}
}

static int
call_put(struct call *c, const void *p, size_t len)
{
	int n;

	c->writing = true;
	n = ssh_channel_write(c->channel, p, (uint32_t)len);
	c->writing = false;
	if (n > 0)
		c->peer->sent(c->peer->ctx, (size_t)n);
	if (c->late.failed)
		return -1;
	if (c->late.len > 0)
		c->peer->data(c->peer->ctx, 1, c->late.p, c->late.len);
	buf_clear(&c->late);
	return n;
}

static int
call_write(struct call *c)
{
	const void *p;
	size_t len;
	int n;

	while ((p = c->peer->pending(c->peer->ctx, &len)) != NULL && len > 0 &&
	    ssh_channel_window_size(c->channel) > 0) {
		if ((n = call_put(c, p, len)) < 0)
			return -1;
		if (n == 0)
			break;	/* not now; sshlink notices a dead session */
	}
	return 0;
}

static void
call_talk(struct call *c)
{
	if (!c->peer->finished(c->peer->ctx) && call_write(c) == -1)
		call_end(c, -1, NULL);
	else if (c->peer->finished(c->peer->ctx))
		call_end(c, -1, NULL);
	else if (ssh_channel_is_closed(c->channel))
		call_end(c, c->line == NULL ? 0 :
		    ssh_channel_get_exit_status(c->channel), NULL);
	else if (c->line == NULL && ssh_channel_is_eof(c->channel))
		call_end(c, 0, NULL);
}

static void
call_turn(void *ctx)
{
	struct call *c = ctx;

	if (c->step == CALL_OPEN && call_open(c) == -1)
		return;
	if (c->step == CALL_REQUEST && call_request(c) == -1)
		return;
	call_talk(c);
}

static void
call_lost(void *ctx)
{
	struct call *c = ctx;

	c->step = CALL_TALK;	/* the session goes: nothing waits */
	call_end(c, -1, NULL);
}

static struct farcall *
call_new(struct farway *w, const char *line, int port,
    const struct enginexec_peer *peer)
{
	struct call *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	*c = (struct call){ .c.kind = &farway_ssh, .way = (struct way *)w,
		.peer = peer, .line = line, .port = port,
		.late = BUF_INIT(LATE_MAX) };
	c->user = (struct sshuser){ .turn = call_turn, .lost = call_lost,
		.ctx = c };
	sshlink_join(c->way->link, &c->user);
	sshlink_wake(c->way->link)->due = 0;
	return &c->c;
}

static struct farcall *
call_run(struct farway *w, const char *line, const char *const *argv,
    const struct enginexec_peer *peer)
{
	(void)argv;
	return call_new(w, line, 0, peer);
}

static struct farcall *
call_connect(struct farway *w, int port, const struct enginexec_peer *peer)
{
	return call_new(w, NULL, port, peer);
}

static void
call_poke(struct farcall *fc)
{
	struct call *c = (struct call *)fc;

	if (c->step != CALL_OVER)
		sshlink_wake(c->way->link)->due = 0;
}

static void
call_free(struct farcall *fc)
{
	struct call *c = (struct call *)fc;

	if (c->step != CALL_OVER) {
		sshlink_leave(c->way->link, &c->user);
		call_hang_up(c);
		/* Its close is to be sent; also where nothing else moves. */
		sshlink_wake(c->way->link)->due = 0;
	}
	buf_clear(&c->late);
	free(c);
}

const struct farway_kind farway_ssh = {
	.open = way_open,
	.hold = way_hold,
	.close = way_close,
	.probe = way_probe,
	.run = call_run,
	.dial = call_connect,
	.poke = call_poke,
	.free = call_free,
	.stage = way_stage,
	.warning = way_warning,
};
