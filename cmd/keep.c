/*
 * keep - holds the only refresh token of a login, refreshes it in time, and
 * renews the leases that others have of it.
 *
 * A login that is copied strands all copies but one at the first refresh. So
 * one place refreshes, and the others hold a lease: an access token that can't
 * be refreshed. What must never be lost or sent twice is the refresh token
 * (keeprefresh.h, keepchild.h); all else is tried again.
 */
#include <poll.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "args.h"
#include "command.h"
#include "env.h"
#include "err.h"
#include "keepround.h"
#include "keepsay.h"
#include "signals.h"
#include "ui.h"

static void
stop(struct watch *w, short revents)
{
	struct keep *k = w->ctx;
	char byte;

	(void)revents;
	if (read(w->fd, &byte, 1) == 1)
		k->stops++;
}

static void
wake(struct watch *w, short revents)
{
	(void)w;
	(void)revents;
}

static int
watch(struct keep *k, struct err *e)
{
	if (signals_open(e) == -1)
		return -1;
	k->signal = (struct watch){ .fd = signals_fd(), .events = POLLIN,
		.due = LOOP_NEVER, .fn = stop, .ctx = k };
	k->tick = (struct watch){ .fd = -1, .due = LOOP_NEVER, .fn = wake };
	if ((k->loop = loop_new()) == NULL ||
	    loop_watch(k->loop, &k->signal) == -1 ||
	    loop_watch(k->loop, &k->tick) == -1)
		return err_memory(e);
	return 0;
}

static int
keep_open(struct keep *k, struct ui *ui, const struct args *a,
    char **path, struct err *e)
{
	*k = (struct keep){ .ui = ui, .args = a };
	targets_init(&k->targets);
	if ((a->noperands + a->hosts.n > 0 &&
	    targets_from_args(&k->targets, a, e) == -1) ||
	    (*path = env_authjson(e)) == NULL)
		return -1;
	k->path = *path;
	k->turns = calloc(k->targets.n + 1, sizeof(*k->turns));
	if (k->turns == NULL)
		return err_memory(e);
	return watch(k, e);
}

static void
keep_close(struct keep *k)
{
	loop_free(k->loop);
	targets_clear(&k->targets);
	free(k->turns);
}

static void
sleep_until(struct keep *k, int64_t due)
{
	k->tick.due = due;
	while (k->tick.due != LOOP_NEVER && signals_first() == 0)
		loop_turn(k->loop);
}

/* Of one round alone: what a script wants to know first. */
static int
once_status(const struct keepround *r)
{
	if (r->tried && r->state == KEEPREFRESH_UNKNOWN)
		return EXIT_UNKNOWN;
	if (r->why.code != ERR_NONE)
		return err_exit(r->why.code);
	return r->leased ? r->status : EXIT_SUCCESS;
}

/* The refresh token is spent, and the access token has ended: no lease. */
static bool
hopeless(const struct keep *k)
{
	return k->dead && !k->lost && k->expires <= time(NULL);
}

static int
rounds(struct keep *k)
{
	struct keepround r;

	for (bool first = true;; first = false) {
		keepround(k, &r);
		if (first && k->lost)
			return ui_fail(k->ui, &r.why);
		keepsay(k, &r, first);
		cJSON_Delete(k->ui->warnings);	/* said */
		k->ui->warnings = NULL;
		if (signals_first() != 0)
			return signals_exit();
		if (k->args->once)
			return once_status(&r);
		if (hopeless(k))
			return r.tried ? err_exit(k->dead_why.code) :
			    ui_fail(k->ui, &k->dead_why);
		sleep_until(k, keepround_next(k));
		if (signals_first() != 0)
			return signals_exit();
	}
}

int
command_keep(struct ui *ui, const struct args *a)
{
	struct err e = ERR_INIT;
	char *path = NULL;
	struct keep k;
	int status;

	if (keep_open(&k, ui, a, &path, &e) == -1)
		status = ui_fail(ui, &e);
	else
		status = rounds(&k);
	keep_close(&k);
	free(path);
	return status;
}
