#include "sshprobe.h"

#include <stdlib.h>

#include "err.h"
#include "loop.h"
#include "sshdirect.h"
#include "sshlink.h"

#define NOBODYS_PORT	1	/* tcpmux (RFC 1078): gone for decades */

struct sshprobe {
	struct sshlink	*link;
	struct sshuser	 user;
	ssh_channel	 channel;
	int		 port;
	int		 step;
	sshprobe_fn	 done;
	void		*ctx;
};

/* What is asked, in turn; the first that is not forbidden settles it. */
static const struct {
	const char	*host;
	int		 port;		/* 0: the one in question */
} questions[] = {
	{ SSHDIRECT_HOST, NOBODYS_PORT },
	{ SSHDIRECT_HOST, 0 },
	{ SSHDIRECT_NAME, 0 },
};
#define QUESTIONS ((int)(sizeof(questions) / sizeof(*questions)))

/* The last thing a function does: done() may free p. */
static void
probe_end(struct sshprobe *p, const char *host, const struct err *why)
{
	sshlink_leave(p->link, &p->user);
	if (p->channel != NULL)
		ssh_channel_free(p->channel);
	p->channel = NULL;
	p->done(p->ctx, host, why);
}

static void
probe_turn(void *ctx)
{
	struct sshprobe *p = ctx;
	struct err e = ERR_INIT;
	enum sshdirect d = SSHDIRECT_FORBIDDEN;

	while (p->step < QUESTIONS) {
		int port = questions[p->step].port;

		d = sshdirect_open(sshlink_session(p->link), &p->channel,
		    questions[p->step].host, port != 0 ? port : p->port, &e);
		if (d != SSHDIRECT_FORBIDDEN)
			break;
		p->step++;
	}
	if (d == SSHDIRECT_OPEN || d == SSHDIRECT_REFUSED)
		probe_end(p, questions[p->step].host, NULL);
	else if (d != SSHDIRECT_WAITS)
		probe_end(p, NULL, &e);
}

static void
probe_lost(void *ctx)
{
	struct sshprobe *p = ctx;
	struct err e = ERR_INIT;

	err_set(&e, ERR_UNREACHABLE, "the connection was lost");
	probe_end(p, NULL, &e);
}

struct sshprobe *
sshprobe_start(struct sshlink *l, int port, sshprobe_fn done, void *ctx)
{
	struct sshprobe *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return NULL;
	*p = (struct sshprobe){ .link = l, .port = port, .done = done,
		.ctx = ctx, .user = { .turn = probe_turn, .lost = probe_lost,
		.ctx = p } };
	sshlink_join(l, &p->user);
	sshlink_wake(l)->due = 0;
	return p;
}

/* A channel that still waits is left to the end of the session. */
void
sshprobe_free(struct sshprobe *p)
{
	if (p == NULL)
		return;
	sshlink_leave(p->link, &p->user);
	free(p);
}
