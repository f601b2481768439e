#include "tunnel.h"

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>

#include "err.h"
#include "forward.h"
#include "loop.h"
#include "net.h"
#include "sshlink.h"
#include "sshnet.h"
#include "sshprobe.h"
#include "target.h"

struct tunnel {
	const struct tunnel_plan *plan;
	struct net	 net;
	struct forward	*forward;
	struct sshlink	*link;
	struct sshprobe	*probe;
	struct ttychan	*tty;
	struct ttychan_user user;	/* size: the latest */
	struct watch	 signals, notes;
	bool		 over;
	int		 status;
	struct err	 why;		/* code set: it failed */
};

/* Only taken note of: whoever calls is in the middle of its work. */
static void
tunnel_fail(struct tunnel *t, const struct err *why)
{
	if (!t->over)
		t->why = *why;
	t->over = true;
}

static void
tunnel_began(void *ctx, bool raw)
{
	struct tunnel *t = ctx;

	if (raw && t->plan->watcher->raw != NULL)
		t->plan->watcher->raw(t->plan->watcher->ctx, t);
}

static void
tunnel_ended(void *ctx, int status, const struct err *why)
{
	struct tunnel *t = ctx;

	/* A lost link says itself why. */
	if (why != NULL && why->code == ERR_UNREACHABLE)
		return;
	if (why != NULL)
		tunnel_fail(t, why);
	else if (!t->over)
		t->status = status;
	t->over = true;
}

static void
tunnel_probed(void *ctx, const char *host, const struct err *why)
{
	struct tunnel *t = ctx;
	const struct tunnel_watcher *w = t->plan->watcher;
	struct err e = ERR_INIT;

	if (host == NULL) {
		if (why->code != ERR_UNREACHABLE)
			tunnel_fail(t, why);
		return;
	}
	forward_start(t->forward, t->link, host);
	if (w->ready != NULL)
		w->ready(w->ctx, sshlink_warning(t->link));
	if (t->plan->command == NULL)
		return;
	t->tty = ttychan_start(&t->net, t->link, t->plan->command,
	    &t->user, &(struct ttychan_on){ tunnel_began, tunnel_ended,
	    t }, &e);
	if (t->tty == NULL)
		tunnel_fail(t, &e);
}

static void
tunnel_up(void *ctx)
{
	struct tunnel *t = ctx;
	struct err e = ERR_INIT;

	t->probe = sshprobe_start(t->link, t->plan->far_port, tunnel_probed,
	    t);
	if (t->probe != NULL)
		return;
	err_memory(&e);
	tunnel_fail(t, &e);
}

static void
tunnel_down(void *ctx, const struct err *why)
{
	tunnel_fail(ctx, why);
}

static void
tunnel_refused(void *ctx, const struct err *why)
{
	struct tunnel *t = ctx;

	if (t->plan->watcher->refused != NULL)
		t->plan->watcher->refused(t->plan->watcher->ctx, why);
}

static void
tunnel_signalled(struct watch *w, short revents)
{
	struct tunnel *t = w->ctx;

	(void)revents;
	loop_unwatch(t->net.loop, w);
	tunnel_fail(t, &(struct err){ ERR_INTERRUPTED, 0, "interrupted", "" });
}

static void
tunnel_noted(struct watch *w, short revents)
{
	struct tunnel *t = w->ctx;

	(void)revents;
	t->plan->watcher->noted(t->plan->watcher->ctx, t);
}

void
tunnel_resize(struct tunnel *t, const struct ttysize *size)
{
	t->user.size = *size;
	if (t->tty != NULL && !t->over)
		ttychan_resize(t->tty, size);
}

static int
tunnel_watch(struct tunnel *t, struct watch *w, int fd,
    void (*fn)(struct watch *w, short revents))
{
	*w = (struct watch){ .fd = fd, .events = POLLIN, .due = LOOP_NEVER,
		.fn = fn, .ctx = t };
	return fd == -1 ? 0 : loop_watch(t->net.loop, w);
}

/* The local port first: where it is taken, nothing is contacted. */
static int
tunnel_open(struct tunnel *t, struct err *e)
{
	const struct tunnel_plan *p = t->plan;

	err_memory(e);
	t->net = (struct net){ .loop = loop_new(), .io = p->io,
		.ssh = p->ssh };
	if (t->net.loop == NULL ||
	    tunnel_watch(t, &t->signals, p->signal_fd, tunnel_signalled) == -1
	    || tunnel_watch(t, &t->notes, p->note_fd, tunnel_noted) == -1)
		return -1;
	t->forward = forward_new(&t->net, p->local_port, p->far_port,
	    &(struct forward_on){ tunnel_refused, t }, e);
	if (t->forward == NULL)
		return -1;
	t->link = sshlink_open(&t->net, p->target, p->timeout,
	    &(struct sshlink_on){ tunnel_up, tunnel_down, t }, e);
	return t->link == NULL ? -1 : 0;
}

static void
tunnel_close(struct tunnel *t)
{
	ttychan_free(t->tty);
	sshprobe_free(t->probe);
	forward_free(t->forward);
	sshlink_close(t->link);
	sshnet_free(t->net.sshnet);
	loop_free(t->net.loop);
}

int
tunnel_run(const struct tunnel_plan *plan, int *status, struct err *e)
{
	struct tunnel t = { .plan = plan, .user = plan->user };
	int rc = tunnel_open(&t, e);

	if (rc == 0) {
		while (!t.over)
			loop_turn(t.net.loop);
		if (t.why.code != ERR_NONE) {
			*e = t.why;
			rc = -1;
		}
	}
	*status = t.status;
	tunnel_close(&t);
	return rc;
}
