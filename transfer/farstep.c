#include "farstate.h"

#include <string.h>

#include "callback.h"
#include "farask.h"
#include "farrecipe.h"
#include "farway.h"

#define CONNECT_S	30	/* from the first packet */
#define AGAIN_MAX	3	/* when what is there, or the link, changes */

/* The way */

static void
way_ready(struct farlogin *f)
{
	if (f->lost_since != 0)
		farback_up(f);
	else
		farstate_go(f, FAR_START);
}

/* By which name ports are reached is known of the way before alone. */
static void
way_up(void *ctx)
{
	struct farlogin *f = ctx;

	if (farway_warning(f->way) != NULL)
		result_warn(f->r, "%s", farway_warning(f->way));
	if (f->plan->device || (f->lost_since != 0 &&
	    f->resume == FAR_INSTALL))
		way_ready(f);
	else
		farstate_go(f, FAR_PROBE);
}

static void
way_down(void *ctx, const struct err *why)
{
	farstate_lost(ctx, why);
}

static int
begin_connect(struct farlogin *f, struct err *e)
{
	int left = f->plan->timeout < CONNECT_S ? f->plan->timeout : CONNECT_S;

	f->way = farway_open(&f->net, f->plan->target, left,
	    &(struct farway_on){ .up = way_up, .down = way_down, .ctx = f },
	    e);
	return f->way == NULL ? -1 : 0;
}

static void
probed(void *ctx, const struct err *why)
{
	struct farlogin *f = ctx;

	if (f->phase != FAR_PROBE)
		return;
	if (why == NULL)
		way_ready(f);
	else if (why->code == ERR_UNREACHABLE)
		farstate_lost(f, why);
	else
		farstate_fail(f, why);
}

static int
begin_probe(struct farlogin *f, struct err *e)
{
	if (farway_probe(f->way, CALLBACK_PORT, probed, f) == 0)
		return 0;
	return err_memory(e);
}

/* The recipe */

/* By another link it may be had; its own stream may be all that was lost. */
static void
recipe_lost(struct farlogin *f, const struct err *why)
{
	if (++f->changes > AGAIN_MAX)
		farstate_fail(f, why);
	else
		farstate_lost(f, why);
}

static void
looked(void *ctx, enum farrecipe_end end)
{
	struct farlogin *f = ctx;
	struct err e = ERR_INIT;

	if (f->phase != FAR_LOOK || f->lost)
		return;
	err_set(&e, ERR_UNREACHABLE, "the link was lost");
	/* It changes nothing, and may fail; or there is one session only. */
	if (end == FARRECIPE_LOST)
		recipe_lost(f, &e);
	else if (f->look.state == STATE_FAILED &&
	    f->look.err.code != ERR_NO_SHELL)
		farstate_fail(f, &f->look.err);
	else
		farstate_go(f, FAR_READ);
}

static void
installed(void *ctx, enum farrecipe_end end)
{
	struct farlogin *f = ctx;
	struct err e = ERR_INIT;

	if (f->phase != FAR_INSTALL)
		return;
	err_set(&e, ERR_UNREACHABLE, "the link was lost");
	if (end == FARRECIPE_AGAIN && ++f->changes <= AGAIN_MAX) {
		farstate_go(f, FAR_INSTALL);
	} else if (end == FARRECIPE_AGAIN) {
		farstate_fail_text(f, ERR_PROTOCOL, "auth.json there keeps "
		    "changing");
	} else if (end == FARRECIPE_LOST) {
		if (f->nonce[0] == '\0' && farrecipe_committing(f->recipe))
			memcpy(f->nonce, farrecipe_nonce(f->recipe),
			    sizeof(f->nonce));
		recipe_lost(f, &e);
	} else if (end == FARRECIPE_REFUSED) {
		/* One session at once, and codex's is hardly over there. */
		e = f->r->err;
		f->r->err = (struct err)ERR_INIT;
		recipe_lost(f, &e);
	} else {
		if (f->r->err.code != ERR_NONE)
			farstate_fail(f, &f->r->err);
		else
			farstate_go(f, FAR_SHOW);
	}
}

static int
recipe_start(struct farlogin *f, struct result *r,
    void (*ended)(void *ctx, enum farrecipe_end end), struct err *e)
{
	farrecipe_free(f->recipe);
	f->recipe = farrecipe_start(&(struct farrecipe_ask){ .way = f->way,
	    .job = &f->job, .codex_home = f->home,
	    .after = f->nonce[0] != '\0' ? f->nonce : NULL,
	    .why = &f->lost_why, .result = r, .ended = ended, .ctx = f }, e);
	return f->recipe == NULL ? -1 : 0;
}

/* Before the user is asked for anything: whether it could be installed. */
static int
begin_look(struct farlogin *f, struct err *e)
{
	f->job = (struct job){ .op = JOB_STATUS, .timeout = CONNECT_S };
	result_clear(&f->look);
	return recipe_start(f, &f->look, looked, e);
}

/* Who has just logged in means it: another login there is replaced. */
static int
begin_install(struct farlogin *f, struct err *e)
{
	farcall_free(f->line);
	f->line = NULL;
	f->job = (struct job){ .op = JOB_PUSH, .cred = &f->cred,
		.force = true, .backup = f->plan->backup,
		.timeout = CONNECT_S };
	if (f->look.state == STATE_PRESENT &&
	    cred_other_account(&f->look.there, &f->cred))
		result_warn(f->r, "it replaces the login of '%s'",
		    f->look.there.email[0] != '\0' ? f->look.there.email :
		    f->look.there.account[0] != '\0' ?
		    f->look.there.account :
		    cred_mode_name(f->look.there.mode));
	return recipe_start(f, f->r, installed, e);
}

static int
begin_show(struct farlogin *f, struct err *e)
{
	(void)e;
	if (f->callback == NULL)
		farstate_go(f, FAR_OVER);
	else
		callback_finish(f->callback, !f->failed,
		    f->plan->target->text);
	return 0;
}

int
farstep_begin(struct farlogin *f, struct err *e)
{
	static int (*const begin[FAR_PHASES])(struct farlogin *f,
	    struct err *e) = {
		[FAR_CONNECT] = begin_connect,
		[FAR_PROBE] = begin_probe,
		[FAR_START] = farline_start,
		[FAR_LOOK] = begin_look,
		[FAR_READ] = farline_poll,
		[FAR_OWNER] = farline_owner,
		[FAR_TRY] = farport_try,
		[FAR_BROWSER] = farport_browser,
		[FAR_DEVICE] = farline_device,
		[FAR_EXCHANGE] = farport_exchange,
		[FAR_SUCCESS] = farport_success,
		[FAR_WAIT] = farline_poll,
		[FAR_FILE] = farline_file,
		[FAR_END] = farline_end,
		[FAR_INSTALL] = begin_install,
		[FAR_SHOW] = begin_show,
	};

	return begin[f->phase](f, e);
}

void
farstep_drop(struct farlogin *f)
{
	farask_free(f->ask);
	f->ask = NULL;
	farrecipe_free(f->recipe);
	f->recipe = NULL;
	farcall_free(f->line);
	f->line = NULL;
	f->asked = 0;
}
