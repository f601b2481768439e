#include "loginrun.h"

#include <poll.h>
#include <stdio.h>

#include "args.h"
#include "issuerenv.h"
#include "secret.h"
#include "signals.h"
#include "text.h"
#include "ui.h"

#define SECOND 1000	/* ms */
#define NAME_BYTES 192

static void
interrupted(struct watch *w, short revents)
{
	struct loginrun *r = w->ctx;
	struct err e = ERR_INIT;

	(void)revents;
	w->events = 0;		/* it stays readable */
	if (r->over || (r->hurry != NULL && r->hurry(r->ctx)))
		return;
	err_set(&e, ERR_INTERRUPTED, "interrupted; nothing was changed");
	loginrun_ended(r, NULL, &e);
}

static void
second_due(struct watch *w, short revents)
{
	struct loginrun *r = w->ctx;

	(void)revents;
	w->due = loop_now(r->loop) + SECOND;
	if (r->each_second != NULL)
		r->each_second(r->ctx);
}

int
loginrun_open(struct loginrun *r, struct ui *ui, const struct args *a,
    struct err *e)
{
	*r = (struct loginrun){ .ui = ui, .args = a,
		.seconds = a->timeout };
	issuerenv_where(&r->where, a);
	if (signals_open(e) == -1)
		return -1;
	if ((r->loop = loop_new()) == NULL)
		return err_memory(e);
	r->signal = (struct watch){ .fd = signals_fd(), .events = POLLIN,
		.due = LOOP_NEVER, .fn = interrupted, .ctx = r };
	r->tick = (struct watch){ .fd = -1, .due = 0, .fn = second_due,
		.ctx = r };
	r->issuer = issuer_new(r->loop, &r->where, e);
	if (r->issuer != NULL && loop_watch(r->loop, &r->signal) == 0 &&
	    loop_watch(r->loop, &r->tick) == 0)
		return 0;
	if (r->issuer != NULL)
		err_memory(e);
	loginrun_close(r);
	return -1;
}

void
loginrun_close(struct loginrun *r)
{
	issuer_free(r->issuer);
	loop_free(r->loop);
	secret_free(r->authjson);
	r->authjson = NULL;
}

const char *
loginrun_whose(const struct loginrun *r, char out[LOGINRUN_WHOSE])
{
	char safe[NAME_BYTES];

	out[0] = '\0';
	if (r->target != NULL)
		(void)snprintf(out, LOGINRUN_WHOSE, " for '%s' (%zu of %zu)",
		    text_safes(safe, sizeof(safe), r->target), r->turn,
		    r->turns);
	return out;
}

void
loginrun_left(const struct loginrun *r, int64_t due)
{
	int64_t left = due - loop_now(r->loop);
	char line[64];

	if (left < 0)
		return;
	(void)snprintf(line, sizeof(line), "waiting for the browser: %d:%02d "
	    "left", (int)(left / 60000), (int)(left / 1000 % 60));
	progress_say(&r->ui->progress, line);
}

void
loginrun_ended(void *ctx, struct secret *authjson_take, const struct err *why)
{
	struct loginrun *r = ctx;

	r->authjson = authjson_take;
	if (why != NULL)
		r->why = *why;
	r->over = true;
}

struct secret *
loginrun_wait(struct loginrun *r, struct err *e)
{
	struct secret *done;

	while (!r->over)
		loop_turn(r->loop);
	progress_clear(&r->ui->progress);
	done = r->authjson;
	r->authjson = NULL;	/* transferred */
	if (done == NULL)
		*e = r->why;
	return done;
}
