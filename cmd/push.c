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
#include "run.h"
#include "source.h"
#include "target.h"
#include "ui.h"

/* What is worth knowing before this credential is on many machines. */
static int
warn(void *ctx, struct ui *ui, const struct targets *t, struct err *e)
{
	const struct cred *c = ctx;

	if (c->mode == CRED_CHATGPT && c->refreshable)
		ui_warn(ui, "a ChatGPT refresh token works once: the first "
		    "copy that Codex refreshes signs all others out, this "
		    "machine's too; push an API key or an access token, or "
		    "log in on the target itself (--move, --fresh and "
		    "--lease are not in this version)");
	source_warn(ui, c);
	(void)t;
	(void)e;
	return 0;
}

int
command_push(struct ui *ui, const struct args *a)
{
	struct err e = ERR_INIT;
	struct cred cred = { 0 };
	struct job job = { .op = JOB_PUSH, .cred = &cred };
	struct run_hooks hooks = { .ctx = &cred, .before = warn };
	int status;

	if (source_read(&cred, ui, a, &e) == -1) {
		if (e.hint[0] == '\0')
			err_hint(&e, "see 'codex-provision help push'");
		return ui_fail(ui, &e);
	}
	run_job(&job, a);
	status = run_targets(ui, a, &job, &hooks);
	cred_clear(&cred);
	return status;
}
