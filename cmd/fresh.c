#include "fresh.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "args.h"
#include "command.h"
#include "cred.h"
#include "err.h"
#include "logindevice.h"
#include "loginrun.h"
#include "loginweb.h"
#include "report.h"
#include "rescue.h"
#include "run.h"
#include "secret.h"
#include "signals.h"
#include "target.h"
#include "targets.h"
#include "ui.h"

/* One target. */
struct one {
	struct result	tried;	/* dry; or why there is no login for it */
	struct cred	login;	/* its own; without bytes: none (any more) */
	struct job	job;
};

struct fresh {
	struct ui	*ui;
	const struct args *args;
	const struct targets *targets;
	struct one	*one;		/* owned: one for each target */
	size_t		 n;
	struct job	 job;		/* of all; whose login is not said */
	struct rescue	 rescue;
};

static int
refuse(const struct args *a, struct err *e, const char *why)
{
	err_set(e, ERR_USAGE, "%s", why);
	return err_hint(e, "see 'codex-provision help %s'", a->command->name);
}

int
fresh_check(const struct args *a, struct err *e)
{
	bool how = a->device_auth || a->no_browser || a->paste ||
	    a->workspace != NULL || a->redirect_host != NULL ||
	    a->issuer != NULL || a->client_id != NULL;

	if (!a->fresh && how)
		return refuse(a, e, "the options of a login go with --fresh");
	if (!a->fresh && a->rescue != NULL)
		return refuse(a, e, "--rescue goes with --fresh");
	if (!a->fresh)
		return 0;
	if (a->from != NULL)
		return refuse(a, e, "--fresh pushes logins of its own, not "
		    "the credential of --from");
	if (a->move || a->lease)
		return refuse(a, e, "choose one of --fresh, --move and "
		    "--lease");
	return loginweb_check(a, e);
}

static struct one *
one_of(const struct fresh *f, const struct target_spec *spec)
{
	return &f->one[spec - f->targets->v];
}

/* ---- first, without a login --------------------------------------------- */

static void
tried(void *ctx, const struct target_spec *spec, struct result *r)
{
	run_keep(&one_of(ctx, spec)->tried, r);
}

/*
 * A login that nobody has given yet stands for all. It is dated now: what a
 * clock that is ahead has dated later refuses it before anybody is asked.
 */
static int
try_all(struct fresh *f, struct err *e)
{
	const struct run_hooks hooks = { .ctx = f, .settle = tried };
	struct cred any = { .mode = CRED_CHATGPT, .refreshable = true,
		.has_refreshed = true, .bytes = secret_new(1) };
	struct job job = f->job;
	char when[REPORT_TIME_LEN];
	int rc;

	if (any.bytes == NULL)
		return err_memory(e);
	(void)clock_gettime(CLOCK_REALTIME, &any.refreshed);	/* can't fail */
	(void)snprintf(any.last_refresh, sizeof(any.last_refresh), "%s",
	    report_time(when, any.refreshed.tv_sec));
	job.cred = &any;
	job.dry_run = true;
	rc = run_silent(f->ui, f->args, &job, f->targets, &hooks, e);
	cred_clear(&any);
	return rc;
}

/* ---- then the logins, one after another --------------------------------- */

static void
not_given(struct one *one, const struct err *why)
{
	one->tried.state = STATE_FAILED;
	one->tried.err = *why;
	if (signals_first() != 0)
		err_set(&one->tried.err, ERR_INTERRUPTED, "interrupted before "
		    "its login was given");
}

static int
ask(struct fresh *f, struct loginrun *r, struct cred *login, struct err *e)
{
	struct loginweb *w = NULL;
	struct secret *authjson;
	int rc = -1;

	authjson = f->args->device_auth ? logindevice(r, e) :
	    loginweb(r, &w, e);
	if (authjson != NULL)
		rc = cred_parse(login, authjson, e);	/* transferred */
	loginweb_end(w, rc == 0 && signals_first() == 0);
	return rc;
}

static void
ask_for(struct fresh *f, size_t i, size_t turn, size_t turns)
{
	struct one *one = &f->one[i];
	struct err e = ERR_INIT;
	struct loginrun r;

	if (signals_first() != 0 ||
	    loginrun_open(&r, f->ui, f->args, &e) == -1) {
		not_given(one, &e);
		return;
	}
	r.seconds = commands[COMMAND_LOGIN].timeout;
	r.target = f->targets->v[i].text;
	r.turn = turn;
	r.turns = turns;
	if (ask(f, &r, &one->login, &e) == -1)
		not_given(one, &e);
	loginrun_close(&r);
	one->job = f->job;
	one->job.cred = &one->login;
}

static void
ask_all(struct fresh *f)
{
	size_t turn = 0, turns = 0;

	for (size_t i = 0; i < f->n; i++)
		turns += f->one[i].tried.state == STATE_WOULD_WRITE;
	for (size_t i = 0; i < f->n; i++) {
		if (f->one[i].tried.state == STATE_WOULD_WRITE)
			ask_for(f, i, ++turn, turns);
	}
}

static int
before(void *ctx, struct ui *ui, const struct targets *t, struct err *e)
{
	struct fresh *f = ctx;

	(void)ui;
	f->targets = t;
	f->n = t->n;
	if ((f->one = calloc(t->n, sizeof(*f->one))) == NULL)
		return err_memory(e);
	for (size_t i = 0; i < t->n; i++)
		result_init(&f->one[i].tried);
	if (try_all(f, e) == -1)
		return -1;
	if (!f->args->dry_run)
		ask_all(f);
	return 0;
}

/* ---- then all installs at once ------------------------------------------ */

static const struct job *
choose(void *ctx, const struct target_spec *spec, struct result *r)
{
	struct one *one = one_of(ctx, spec);

	if (one->login.bytes == NULL) {
		*r = one->tried;	/* transferred */
		result_init(&one->tried);
		return NULL;
	}
	if (signals_first() == 0)
		return &one->job;
	(void)result_end(r, STATE_FAILED);
	err_set(&r->err, ERR_INTERRUPTED, "interrupted before its login was "
	    "installed");
	return NULL;
}

/* The login has reached nobody, as far as can be told. */
static void
save(struct fresh *f, const struct cred *login, const char *target,
    struct result *r)
{
	bool unknown = r->state == STATE_UNKNOWN;
	char place[VAULT_NAME_MAX + 1];
	struct err e = ERR_INIT;

	if (f->rescue.name != NULL &&
	    rescue_put(&f->rescue, login, place, &e) == 0) {
		result_warn(r, "its new login is not lost: 'codex-provision "
		    "push --from store:%s %s'%s", place, target, unknown ?
		    ", if it is not there" : "");
		return;
	}
	if (e.code != ERR_NONE)
		result_warn(r, "the store could not take its new login: %s",
		    e.text);
	(void)err_wrap(&r->err, "its new login %s lost", unknown ?
	    "may be" : "is");
	result_warn(r, "when that is mended, log in for it again: "
	    "'codex-provision push --fresh %s'%s", target,
	    f->rescue.name == NULL ? "; --rescue store:NAME keeps a login "
	    "whose target fails" : "");
}

static void
settle(void *ctx, const struct target_spec *spec, struct result *r)
{
	struct fresh *f = ctx;
	struct one *one = one_of(f, spec);

	if (one->login.bytes == NULL)
		return;
	run_unprobed(f->args, r);
	if (r->state != STATE_WRITTEN && r->state != STATE_UNCHANGED)
		save(f, &one->login, spec->text, r);
	cred_clear(&one->login);
}

/* ------------------------------------------------------------------------- */

static void
fresh_close(struct fresh *f)
{
	for (size_t i = 0; i < f->n && f->one != NULL; i++) {
		result_clear(&f->one[i].tried);
		cred_clear(&f->one[i].login);
	}
	free(f->one);
	rescue_close(&f->rescue);
}

int
fresh_push(struct ui *ui, const struct args *a)
{
	struct fresh f = { .ui = ui, .args = a, .job = { .op = JOB_PUSH } };
	const struct run_hooks hooks = { .ctx = &f, .before = before,
		.choose = choose, .settle = settle };
	struct err e = ERR_INIT;
	int status;

	run_job(&f.job, a);
	if (rescue_open(&f.rescue, ui, a, &e) == -1)
		status = ui_fail(ui, &e);
	else
		status = run_targets(ui, a, &f.job, &hooks);
	fresh_close(&f);
	return status;
}
