#include "keepround.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "args.h"
#include "authjson.h"
#include "grant.h"
#include "keepdue.h"
#include "report.h"
#include "run.h"
#include "signals.h"
#include "ui.h"

#define SECOND	1000	/* ms */
#define LOOK_MS	60000	/* what Codex or a login changes here is seen by then */

/* ---- the login here ---- */

/* Another one than before: everybody's turn. */
static void
seen(struct keep *k, const struct cred *c)
{
	if (memcmp(k->digest, c->digest, sizeof(k->digest)) == 0)
		return;
	memcpy(k->digest, c->digest, sizeof(k->digest));
	memcpy(k->account, c->account, sizeof(k->account));
	k->expires = c->expires;
	k->due = keepdue_at(c);
	k->dead = k->dead && memcmp(k->spent, c->digest,
	    sizeof(k->spent)) == 0;
	k->not_before = 0;
	for (size_t i = 0; i < k->targets.n; i++)
		k->turns[i] = (struct keep_target){ 0 };
}

static int
look(struct keep *k, struct err *e)
{
	struct cred c;

	k->lost = true;
	if (authjson_read(&c, k->path, e) == -1)
		return -1;
	if (keeprefresh_check(&c, e) == 0) {
		k->lost = false;
		seen(k, &c);
	}
	cred_clear(&c);
	return k->lost ? -1 : 0;
}

/* ---- the refresh ---- */

static bool
refresh_due(const struct keep *k)
{
	return !k->dead && k->due <= time(NULL) &&
	    k->not_before <= loop_clock();
}

static void
later(struct keep *k, int64_t seconds)
{
	int least = keepdue_delay(++k->failures);

	k->not_before = loop_clock() +
	    (seconds > least ? seconds : least) * SECOND;
}

/* Until it is over; a second signal leaves it to itself. */
static int
wait_for(struct keep *k, struct keepchild *child, struct err *e)
{
	bool told = false;

	while (!child->over && k->stops < 2) {
		loop_turn(k->loop);
		if (k->stops == 0 || told || child->over)
			continue;
		told = true;
		if (!k->ui->quiet)
			ui_text(k->ui, "codex-provision: a refresh is on its "
			    "way; once it is stored this ends\n");
	}
	keepchild_leave(child);
	return child->over ? 0 : err_set(e, ERR_INTERRUPTED,
	    "interrupted; the refresh ends by itself");
}

/*
 * The token may be spent, and may be not: what else is there? But not soon:
 * an issuer that sees a spent one may end the access token with it.
 */
static void
unknown(struct keep *k, int64_t rests, struct err *why)
{
	int64_t left = k->expires - time(NULL);
	char when[REPORT_TIME_LEN];

	if (rests == 0 && left > 0)
		rests = left / 2;
	later(k, rests);
	err_hint(why, "the old token is all there is: it is kept, and tried "
	    "once more after %s; if that is refused, log in again",
	    report_time(when, time(NULL) +
	    (k->not_before - loop_clock()) / SECOND));
}

static void
judge(struct keep *k, const struct keeprefresh *said, struct keepround *r)
{
	r->state = said->state;
	r->why = said->why;
	switch (said->state) {
	case KEEPREFRESH_DONE:
	case KEEPREFRESH_FRESH:
		later(k, 0);	/* unless it is not due now */
		break;
	case KEEPREFRESH_AGAIN:
		later(k, said->retry_after);
		break;
	case KEEPREFRESH_UNKNOWN:
		unknown(k, said->retry_after, &r->why);
		break;
	case KEEPREFRESH_REFUSED:
	case KEEPREFRESH_ASIDE:
		k->dead = true;
		k->dead_why = said->why;
		memcpy(k->spent, said->digest, sizeof(k->spent));
		break;
	}
}

static void
refresh(struct keep *k, struct keepround *r)
{
	struct keepchild child;
	int64_t not_before;

	r->tried = true;
	r->state = KEEPREFRESH_AGAIN;
	if (keepchild_start(&child, k->loop, k->args, k->path, &r->why) ==
	    -1) {
		later(k, 0);
		return;
	}
	if (wait_for(k, &child, &r->why) == -1)
		return;
	judge(k, &child.said, r);
	if (r->why.code != ERR_NONE)
		return;
	not_before = k->not_before;
	if (look(k, &r->why) == -1) {
		later(k, 0);
	} else if (k->due > time(NULL)) {
		k->failures = 0;
	} else {
		/* A clock that is wrong must not spend token after token. */
		k->not_before = not_before;
		ui_warn(k->ui, "the refreshed login is to be refreshed at once: "
		    "is the clock here right?");
	}
}

/* ---- the leases ---- */

/* The targets whose turn it is, and where they stand among all. */
struct turn {
	struct keep	*keep;
	struct keepround *round;
	const struct job *job;
	struct grant	*grant;
	struct targets	 t;
	size_t		*at;
};

static void
settle(void *ctx, const struct target_spec *spec, struct result *r)
{
	struct turn *turn = ctx;
	struct keep_target *k =
	    &turn->keep->turns[turn->at[spec - turn->t.v]];

	grant_settle(turn->grant, NULL, r);
	/* One that is refused holds what is newer: until ours is. */
	if (r->state != STATE_FAILED && r->state != STATE_UNKNOWN)
		*k = (struct keep_target){ .due = LOOP_NEVER };
	else
		k->due = loop_clock() +
		    keepdue_delay(++k->failures) * SECOND;
}

static void
ended(void *ctx, const struct target_spec *spec, const struct result *r)
{
	struct turn *turn = ctx;
	struct ui *ui = turn->keep->ui;

	if (ui->json)
		report_result(ui, turn->job, spec, r, 0);
	else
		report_notes(ui, spec, r);
}

static void
postpone(struct turn *turn)
{
	for (size_t i = 0; i < turn->t.n; i++) {
		struct keep_target *k = &turn->keep->turns[turn->at[i]];

		k->due = loop_clock() + keepdue_delay(++k->failures) * SECOND;
	}
}

static void
push(struct turn *turn, const struct cred *login, struct err *e)
{
	struct keep *k = turn->keep;
	struct args as_lease = *k->args;
	const struct run_hooks hooks = { .ctx = turn, .settle = settle,
		.ended = ended };
	struct job job = { .op = JOB_PUSH };
	struct grant g;
	int status = -1;

	as_lease.lease = true;
	if (grant_open(&g, &as_lease, login, e) == 0) {
		if (!k->warned)
			grant_warn(&g, k->ui);
		k->warned = true;
		grant_job(&g, &job);
		run_job(&job, k->args);
		turn->job = &job;
		turn->grant = &g;
		status = run_list(k->ui, k->args, &job, &hooks, &turn->t,
		    &turn->round->n, e);
	}
	grant_close(&g);
	turn->round->leased = status != -1;
	turn->round->status = status;
	if (status == -1)
		postpone(turn);
}

/* 0, or -1 without memory. The specs stay the keep's own. */
static int
turn_open(struct turn *turn, struct keep *k, struct keepround *r)
{
	int64_t now = loop_clock();

	*turn = (struct turn){ .keep = k, .round = r };
	turn->t.v = calloc(k->targets.n + 1, sizeof(*turn->t.v));
	turn->at = calloc(k->targets.n + 1, sizeof(*turn->at));
	if (turn->t.v == NULL || turn->at == NULL)
		return err_memory(&r->why);
	for (size_t i = 0; i < k->targets.n; i++) {
		if (k->turns[i].due > now)
			continue;
		turn->at[turn->t.n] = i;
		turn->t.v[turn->t.n++] = k->targets.v[i];
	}
	return 0;
}

static void
lease(struct keep *k, struct keepround *r)
{
	struct err e = ERR_INIT;
	struct turn turn;
	struct cred c;

	if (turn_open(&turn, k, r) == 0 && turn.t.n > 0) {
		if (authjson_read(&c, k->path, &e) == 0) {
			push(&turn, &c, &e);
			cred_clear(&c);
		} else {
			postpone(&turn);
		}
		if (r->why.code == ERR_NONE)
			r->why = e;
	}
	free(turn.t.v);
	free(turn.at);
}

/* ---- the round ---- */

void
keepround(struct keep *k, struct keepround *r)
{
	*r = (struct keepround){ .state = KEEPREFRESH_FRESH,
		.why = ERR_INIT };
	if (look(k, &r->why) == -1) {
		later(k, 0);
		return;
	}
	if (refresh_due(k))
		refresh(k, r);
	if (!k->lost && signals_first() == 0)
		lease(k, r);
}

int64_t
keepround_next(const struct keep *k)
{
	int64_t now = loop_clock(), next = now + LOOK_MS;
	int64_t due = now + (k->due - time(NULL)) * SECOND;

	if (k->lost)
		return k->not_before;
	if (due < k->not_before)
		due = k->not_before;
	if (!k->dead && due < next)
		next = due;
	for (size_t i = 0; i < k->targets.n; i++) {
		if (k->turns[i].due < next)
			next = k->turns[i].due;
	}
	return next;
}
