/*
 * push - installs a finished auth.json on each target.
 *
 * The credential is read and judged first, then every target's name; only
 * then is anything contacted.
 */
#include <stdbool.h>

#include "args.h"
#include "command.h"
#include "cred.h"
#include "err.h"
#include "fresh.h"
#include "grant.h"
#include "run.h"
#include "source.h"
#include "target.h"
#include "targets.h"
#include "ui.h"

struct push {
	struct ui	  *ui;
	const struct args *args;
	struct grant	   grant;
};

static int
before(void *ctx, struct ui *ui, const struct targets *t, struct err *e)
{
	struct push *p = ctx;

	if (p->args->move && t->n != 1) {
		err_set(e, ERR_USAGE, "--move takes one target, not %zu", t->n);
		return err_hint(e, "give the others a login of their own with "
		    "--fresh, or a lease with --lease");
	}
	grant_warn(&p->grant, ui);
	return 0;
}

static void
settle(void *ctx, const struct target_spec *spec, struct result *r)
{
	struct push *p = ctx;

	run_unprobed(p->args, r);
	grant_settle(&p->grant, &(struct grant_place){ .ui = p->ui,
	    .args = p->args, .spec = spec }, r);
}

int
command_push(struct ui *ui, const struct args *a)
{
	struct err e = ERR_INIT;
	struct cred cred = { 0 };
	struct push p = { .ui = ui, .args = a };
	struct job job = { .op = JOB_PUSH };
	struct run_hooks hooks = { .ctx = &p, .before = before,
		.settle = settle };
	int status;

	if (fresh_check(a, &e) == -1)
		return ui_fail(ui, &e);
	if (a->fresh)
		return fresh_push(ui, a);
	if (source_read(&cred, ui, a, &e) == -1) {
		if (e.hint[0] == '\0' && e.code != ERR_INTERRUPTED)
			err_hint(&e, "see 'codex-provision help push'");
		return ui_fail(ui, &e);
	}
	if (grant_open(&p.grant, a, &cred, &e) == 0) {
		grant_job(&p.grant, &job);
		run_job(&job, a);
		status = run_targets(ui, a, &job, &hooks);
	} else {
		status = ui_fail(ui, &e);
	}
	grant_close(&p.grant);
	cred_clear(&cred);
	return status;
}
