/*
 * pull - brings a target's auth.json here.
 *
 * It is judged before it travels: what is here and newer, or of another
 * account, is a refusal. With --move the far file goes once the one here is on
 * the disk, and only if it still is the one that was read: a Codex there that
 * refreshed meanwhile keeps its login. Where both are one file (a shared home)
 * it MUST stay, also when we or the link end in the middle: the file here bears
 * a mark (authmark.h), by which the look there knows it before anything goes.
 */
#include <stdbool.h>
#include <stdlib.h>

#include "args.h"
#include "authmark.h"
#include "command.h"
#include "cred.h"
#include "env.h"
#include "err.h"
#include "report.h"
#include "run.h"
#include "sink.h"
#include "target.h"
#include "targets.h"
#include "ui.h"

struct pull {
	struct ui	 *ui;
	const struct args *args;
	struct sink	  sink;
};

static void
not_gone(struct result *r, const struct result *gone)
{
	r->state = gone->state == STATE_UNKNOWN ? STATE_UNKNOWN : STATE_FAILED;
	r->err = gone->err;
	if (gone->state == STATE_UNKNOWN) {
		(void)err_wrap(&r->err, "it is here now, whether still there "
		    "too is not known");
	} else if (gone->err.code == ERR_UNSAFE_TARGET) {
		r->err.hint[0] = '\0';	/* no file to mend */
		(void)err_wrap(&r->err, "not moved");
	} else {
		(void)err_wrap(&r->err, "it is here now, but still there too");
	}
}

/* Of several one would replace the other, and --move would lose it. */
static int
before(void *ctx, struct ui *ui, const struct targets *t, struct err *e)
{
	(void)ctx;
	(void)ui;
	if (t->n == 1)
		return 0;
	err_set(e, ERR_USAGE, "pull takes one target, not %zu", t->n);
	return err_hint(e, "'codex-provision status' says what is on each");
}

/* What came from there must not be used there any more. */
static void
leave_nothing(struct pull *p, const struct target_spec *spec,
    struct result *r)
{
	struct job job = { .op = JOB_REMOVE, .cred = &r->there, .exact = true };
	struct authmark bears = AUTHMARK_INIT;
	struct result gone;

	run_job(&job, p->args);
	result_init(&gone);
	if (sink_path(&p->sink) != NULL) {
		job.mine = r->there.digest;
		job.mine_mode = authmark_set(&bears,
		    sink_path(&p->sink)) == 0 ? AUTHMARK_MODE : -1;
	}
	if (run_one(p->ui, p->args, &job, spec, &gone) == -1 ||
	    (gone.state != STATE_REMOVED && gone.state != STATE_ABSENT))
		not_gone(r, &gone);
	authmark_clear(&bears);
	sink_keep(&p->sink, r);
	for (size_t i = 0; i < gone.nwarnings; i++)
		result_warn(r, "%s", gone.warnings[i]);
	result_clear(&gone);
}

static void
settle(void *ctx, const struct target_spec *spec, struct result *r)
{
	struct pull *p = ctx;

	if (r->state == STATE_PRESENT)
		sink_put(&p->sink, r);
	else if (r->state == STATE_UNCHANGED)
		sink_same(&p->sink, r);
	if (!p->args->move || p->args->dry_run)
		return;
	if (r->state == STATE_UNCHANGED && !sink_sync(&p->sink))
		r->not_durable = true;
	if ((r->state == STATE_WRITTEN || r->state == STATE_UNCHANGED) &&
	    r->not_durable) {
		r->state = STATE_FAILED;
		err_set(&r->err, ERR_PROTOCOL, "not moved, the file there "
		    "stays: a power cut may undo what is here");
	} else if (r->state == STATE_WRITTEN || r->state == STATE_UNCHANGED) {
		leave_nothing(p, spec, r);
	}
}

int
command_pull(struct ui *ui, const struct args *a)
{
	struct err e = ERR_INIT;
	struct pull p = { .ui = ui, .args = a };
	struct job job = { .op = JOB_PULL };
	struct run_hooks hooks = { .ctx = &p, .before = before,
		.settle = settle };
	int status;

	if (sink_open(&p.sink, ui, a, &e) == -1) {
		sink_close(&p.sink);
		return ui_fail(ui, &e);
	}
	run_job(&job, a);
	job.cred = sink_holds(&p.sink);
	status = run_targets(ui, a, &job, &hooks);
	sink_close(&p.sink);
	return status;
}
