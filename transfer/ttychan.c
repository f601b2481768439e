#include "ttychan.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libssh/callbacks.h>
#include <libssh/libssh.h>

#include "buf.h"
#include "err.h"
#include "loop.h"
#include "net.h"
#include "sshlink.h"
#include "ttyescape.h"

#define IN_BYTES	16384	/* read at once */
#define OUT_BYTES	4096	/* PIPE_BUF: no write waits after POLLOUT */
#define SIGNALLED	128	/* plus its number, as shells have it */

enum tty_step { TTY_OPEN, TTY_PTY, TTY_EXEC, TTY_TALK, TTY_OVER };

/* Standard output or standard error. */
struct outlet {
	struct ttychan	*t;
	struct watch	 watch;
	bool		 is_stderr;
	bool		 behind;	/* libssh holds bytes for it */
	bool		 broken;
	char		 held[OUT_BYTES];
	size_t		 from, to;	/* what is held in there */
};

struct ttychan {
	struct net	 *net;
	struct sshlink	 *link;
	const char	 *command;
	struct ttychan_user user;
	struct ttychan_on on;
	struct sshuser	  turn;
	enum tty_step	  step;
	ssh_channel	  channel;
	struct ssh_channel_callbacks_struct callbacks;
	bool		  pty, said_eof, quit;
	int		  status;	/* -1: not known */
	struct watch	  in;
	struct buf	  up;		/* typed, and not taken yet */
	struct ttyescape  escape;
	struct outlet	  out, err;
};

/* RFC 4254 6.10. */
static const struct {
	const char	*name;
	int		 number;
} signal_names[] = {
	{ "ABRT", SIGABRT }, { "ALRM", SIGALRM }, { "FPE", SIGFPE },
	{ "HUP", SIGHUP }, { "ILL", SIGILL }, { "INT", SIGINT },
	{ "KILL", SIGKILL }, { "PIPE", SIGPIPE }, { "QUIT", SIGQUIT },
	{ "SEGV", SIGSEGV }, { "TERM", SIGTERM }, { "USR1", SIGUSR1 },
	{ "USR2", SIGUSR2 },
};

/* Bytes stay in libssh, whose window bounds them, until they can be written. */
static int
tty_arrived(ssh_session session, ssh_channel channel, void *data,
    uint32_t len, int is_stderr, void *userdata)
{
	struct ttychan *t = userdata;

	(void)session, (void)channel, (void)data, (void)len;
	(is_stderr ? &t->err : &t->out)->behind = true;
	sshlink_wake(t->link)->due = 0;
	return 0;
}

static void
tty_status(ssh_session session, ssh_channel channel, int status,
    void *userdata)
{
	struct ttychan *t = userdata;

	(void)session, (void)channel;
	t->status = status;
}

static void
tty_signalled(ssh_session session, ssh_channel channel, const char *name,
    int core, const char *text, const char *lang, void *userdata)
{
	struct ttychan *t = userdata;

	(void)session, (void)channel, (void)core, (void)text, (void)lang;
	t->status = SIGNALLED;	/* one that we don't know */
	for (size_t i = 0; i < sizeof(signal_names) / sizeof(*signal_names);
	    i++) {
		if (strcmp(signal_names[i].name, name) == 0)
			t->status = SIGNALLED + signal_names[i].number;
	}
}

static void
tty_closed(ssh_session session, ssh_channel channel, void *userdata)
{
	struct ttychan *t = userdata;

	(void)session, (void)channel;
	sshlink_wake(t->link)->due = 0;
}

static void
tty_drop(struct ttychan *t)
{
	loop_unwatch(t->net->loop, &t->in);
	loop_unwatch(t->net->loop, &t->out.watch);
	loop_unwatch(t->net->loop, &t->err.watch);
	if (t->channel != NULL) {
		ssh_remove_channel_callbacks(t->channel, &t->callbacks);
		ssh_channel_free(t->channel);
	}
	t->channel = NULL;
}

/* The last thing a function does: ended() may free t. */
static void
tty_end(struct ttychan *t, const struct err *why)
{
	int status = t->status;

	t->step = TTY_OVER;
	sshlink_leave(t->link, &t->turn);
	tty_drop(t);
	t->on.ended(t->on.ctx, status, why);
}

static void
tty_fail(struct ttychan *t, const char *what)
{
	struct err e = ERR_INIT;

	err_set(&e, ERR_PROTOCOL, "cannot run '%s' there: %s: %s", t->command,
	    what, ssh_get_error(sshlink_session(t->link)));
	tty_end(t, &e);
}

static void
tty_lost(void *ctx)
{
	struct ttychan *t = ctx;
	struct err e = ERR_INIT;

	err_set(&e, ERR_UNREACHABLE, "the connection was lost");
	tty_end(t, &e);
}

static void
outlet_write(struct outlet *o)
{
	ssize_t n = write(o->watch.fd, o->held + o->from, o->to - o->from);

	if (n >= 0)
		o->from += (size_t)n;
	else if (errno != EAGAIN && errno != EINTR)
		o->broken = true;
	if (o->from == o->to || o->broken)
		o->from = o->to = 0;
}

static void
outlet_fill(struct outlet *o)
{
	int n = ssh_channel_read_nonblocking(o->t->channel, o->held,
	    sizeof(o->held), o->is_stderr);

	o->behind = n > 0;
	o->to = n > 0 ? (size_t)n : 0;
}

static void
outlet_arm(struct outlet *o)
{
	struct loop *l = o->t->net->loop;

	while (o->broken && o->behind)
		outlet_fill(o);		/* thrown away */
	o->watch.events = POLLOUT;
	if (o->to == 0 && !o->behind)
		loop_unwatch(l, &o->watch);
	else if (loop_watch(l, &o->watch) == -1)
		o->broken = true;
}

static bool
outlet_done(const struct outlet *o)
{
	return o->broken || (o->to == 0 && !o->behind);
}

/* Standard input to channel. */
static void
tty_read(struct ttychan *t)
{
	char typed[IN_BYTES], out[2 * IN_BYTES];
	const char *p = typed;
	ssize_t n = read(t->in.fd, typed, sizeof(typed));
	size_t len;

	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {	/* EIO: the terminal is gone */
		t->said_eof = true;
		(void)ssh_channel_send_eof(t->channel);
		return;
	}
	len = (size_t)n;
	if (t->pty) {
		len = ttyescape_filter(&t->escape, typed, len, out, &t->quit);
		p = out;
	}
	(void)buf_add(&t->up, p, len);	/* empty before: it fits */
}

static void
tty_up(struct ttychan *t)
{
	ssh_session s = sshlink_session(t->link);
	int n = 0;

	if (t->up.len > 0 && ssh_channel_window_size(t->channel) > 0)
		n = ssh_channel_write(t->channel, t->up.p,
		    (uint32_t)t->up.len);
	if (n > 0)
		buf_drop(&t->up, (size_t)n);
	/* Nothing is read that the far side has no room for. */
	if (t->said_eof || t->up.len > 0 ||
	    ssh_channel_window_size(t->channel) == 0 ||
	    (ssh_get_poll_flags(s) & SSH_WRITE_PENDING) != 0)
		loop_unwatch(t->net->loop, &t->in);
	else if (loop_watch(t->net->loop, &t->in) == -1)
		t->quit = true;		/* out of memory */
}

/* Moves what can be moved; it may be over afterwards. */
static void
tty_talk(struct ttychan *t)
{
	struct err e = ERR_INIT;

	if (t->quit) {
		err_set(&e, ERR_INTERRUPTED, "ended by '~.'");
		tty_end(t, &e);
		return;
	}
	outlet_arm(&t->out);
	outlet_arm(&t->err);
	if (t->out.broken) {	/* as a program that nobody reads ends */
		t->status = SIGNALLED + SIGPIPE;
		tty_end(t, NULL);
	} else if (!ssh_channel_is_closed(t->channel)) {
		tty_up(t);
	} else if (outlet_done(&t->out) && outlet_done(&t->err)) {
		err_set(&e, ERR_PROTOCOL, "the far side did not say how the "
		    "command ended");
		tty_end(t, t->status == -1 ? &e : NULL);
	} else {
		loop_unwatch(t->net->loop, &t->in);
	}
}

static void
tty_input(struct watch *w, short revents)
{
	struct ttychan *t = w->ctx;
	struct sshlink *l = t->link;

	(void)revents;
	if (t->up.len == 0)
		tty_read(t);
	tty_talk(t);
	sshlink_used(l);
}

static void
outlet_ready(struct watch *w, short revents)
{
	struct outlet *o = w->ctx;
	struct sshlink *l = o->t->link;

	if (o->to == 0)
		outlet_fill(o);
	if (o->to > 0)
		outlet_write(o);
	/* Its reader is gone, and there was nothing to say. */
	if ((revents & (POLLERR | POLLHUP)) != 0 && (revents & POLLOUT) == 0)
		o->broken = true;
	tty_talk(o->t);
	sshlink_used(l);
}

/* One step of setting it up: true when it is done. */
static bool
tty_step(struct ttychan *t, int rc, const char *what)
{
	if (rc == SSH_AGAIN)
		return false;
	if (rc == SSH_OK)
		return true;
	tty_fail(t, what);
	return false;
}

/* As ssh, it goes on without a terminal where there is none to be had. */
static bool
tty_ask_pty(struct ttychan *t)
{
	int rc;

	if (!t->user.tty)
		return true;
	rc = ssh_channel_request_pty_size(t->channel, t->user.term,
	    t->user.size.cols, t->user.size.rows);
	t->pty = rc == SSH_OK;
	if (rc == SSH_ERROR)
		net_trace(t->net, 1, "tunnel", "no terminal there: %s",
		    ssh_get_error(sshlink_session(t->link)));
	return rc != SSH_AGAIN;
}

static void
tty_begin(struct ttychan *t)
{
	t->step = TTY_TALK;
	t->out.behind = t->err.behind = true;	/* what came already */
	t->on.began(t->on.ctx, t->pty);
}

static void
tty_turn(void *ctx)
{
	struct ttychan *t = ctx;

	if (t->step == TTY_OPEN) {
		if (!tty_step(t, ssh_channel_open_session(t->channel),
		    "no channel"))
			return;
		t->step = TTY_PTY;
	}
	if (t->step == TTY_PTY) {
		if (!tty_ask_pty(t))
			return;
		t->step = TTY_EXEC;
	}
	if (t->step == TTY_EXEC) {
		if (!tty_step(t, ssh_channel_request_exec(t->channel,
		    t->command), "no command"))
			return;
		tty_begin(t);
	}
	tty_talk(t);
}

void
ttychan_resize(struct ttychan *t, const struct ttysize *size)
{
	t->user.size = *size;
	if (t->step != TTY_TALK || !t->pty)
		return;
	(void)ssh_channel_change_pty_size(t->channel, size->cols, size->rows);
	sshlink_used(t->link);
}

static struct watch
tty_watch(int fd, short events, void (*fn)(struct watch *w, short revents),
    void *ctx)
{
	return (struct watch){ .fd = fd, .events = events, .due = LOOP_NEVER,
		.fn = fn, .ctx = ctx };
}

static int
tty_channel(struct ttychan *t)
{
	t->channel = ssh_channel_new(sshlink_session(t->link));
	if (t->channel == NULL)
		return -1;
	t->callbacks = (struct ssh_channel_callbacks_struct){
		.userdata = t,
		.channel_data_function = tty_arrived,
		.channel_eof_function = tty_closed,
		.channel_close_function = tty_closed,
		.channel_exit_status_function = tty_status,
		.channel_exit_signal_function = tty_signalled,
	};
	ssh_callbacks_init(&t->callbacks);
	return ssh_set_channel_callbacks(t->channel, &t->callbacks) == SSH_OK
	    ? 0 : -1;
}

struct ttychan *
ttychan_start(struct net *n, struct sshlink *l, const char *command,
    const struct ttychan_user *user, const struct ttychan_on *on,
    struct err *e)
{
	struct ttychan *t = calloc(1, sizeof(*t));

	err_memory(e);
	if (t == NULL)
		return NULL;
	*t = (struct ttychan){ .net = n, .link = l, .command = command,
		.user = *user, .on = *on, .status = -1,
		.turn = { .turn = tty_turn, .lost = tty_lost, .ctx = t },
		.up = BUF_INIT(2 * IN_BYTES),
		.out = { .t = t }, .err = { .t = t, .is_stderr = true } };
	t->in = tty_watch(user->in, POLLIN, tty_input, t);
	t->out.watch = tty_watch(user->out, POLLOUT, outlet_ready, &t->out);
	t->err.watch = tty_watch(user->err, POLLOUT, outlet_ready, &t->err);
	sshlink_join(l, &t->turn);
	if (tty_channel(t) == 0) {
		sshlink_wake(l)->due = 0;
		return t;
	}
	ttychan_free(t);
	return NULL;
}

void
ttychan_free(struct ttychan *t)
{
	if (t == NULL)
		return;
	sshlink_leave(t->link, &t->turn);
	tty_drop(t);
	buf_clear(&t->up);
	free(t);
}
