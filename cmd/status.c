/*
 * status - says what is on each target, or without one on this machine.
 */
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

#include "args.h"
#include "authjson.h"
#include "buf.h"
#include "command.h"
#include "cred.h"
#include "env.h"
#include "err.h"
#include "report.h"
#include "run.h"
#include "target.h"
#include "text.h"
#include "ui.h"
#include "verdict.h"

#define EXIT_USELESS 1	/* Codex would not use it */
#define OUT_BYTES    16384
#define FIELD_BYTES  4096

/* The file beside its claims. */
struct local {
	const char	*path, *why_not;
	struct cred	 cred;
	int		 mode;	/* permission bits; -1 unknown */
	time_t		 now;
};

static void
local_json(struct ui *ui, const struct local *l)
{
	cJSON *o = cJSON_CreateObject();

	ui_json_text(o, "target", "local");
	ui_json_text(o, "kind", "local");
	ui_json_text(o, "state", target_state_name(STATE_PRESENT));
	ui_json_text(o, "path", l->path);
	report_mode(o, "file_mode", l->mode);
	report_claims(o, &l->cred);
	report_codex(o, l->why_not);
	ui_json(ui, o);
}

static void
row(struct buf *b, const char *name, const char *value)
{
	char safe[FIELD_BYTES];

	if (*value != '\0')
		buf_addf(b, "%-13s %s\n", name,
		    text_safes(safe, sizeof(safe), value));
}

static void
local_human(struct ui *ui, const struct local *l)
{
	BUF_AUTO b = BUF_INIT(OUT_BYTES);
	char when[REPORT_TIME_LEN];

	row(&b, "path", l->path);
	row(&b, "mode", cred_mode_name(l->cred.mode));
	row(&b, "account", l->cred.account);
	row(&b, "email", l->cred.email);
	row(&b, "plan", l->cred.plan);
	if (l->cred.expires != 0)
		buf_addf(&b, "%-13s %s%s\n", "expires",
		    report_time(when, l->cred.expires),
		    verdict_expired(&l->cred, l->now) ? " (over)" : "");
	row(&b, "last_refresh", l->cred.last_refresh);
	if (l->mode != -1)
		buf_addf(&b, "%-13s %04o%s\n", "file mode",
		    (unsigned)l->mode, (l->mode & 077) != 0 ?
		    " (others may get at it)" : "");
	if (l->why_not != NULL)
		row(&b, "codex", l->why_not);
	ui_out(ui, buf_str(&b));
}

static int
status_local(struct ui *ui)
{
	struct err e = ERR_INIT;
	struct local l = { .mode = -1, .now = time(NULL) };
	char *path = env_authjson(&e);
	struct stat st;

	if (path == NULL)
		return ui_fail(ui, &e);
	if (authjson_read(&l.cred, path, &e) == -1) {
		free(path);
		return ui_fail(ui, &e);
	}
	if (stat(path, &st) == 0)
		l.mode = (int)(st.st_mode & 07777);
	l.path = path;
	l.why_not = verdict_why_not(&l.cred, l.now);
	if (ui->json)
		local_json(ui, &l);
	else if (!ui->quiet)
		local_human(ui, &l);
	cred_clear(&l.cred);
	free(path);
	return l.why_not == NULL ? EXIT_SUCCESS : EXIT_USELESS;
}

int
command_status(struct ui *ui, const struct args *a)
{
	struct job job = { .op = JOB_STATUS };

	if (a->noperands == 0 && a->hosts.n == 0 && !a->dock_all &&
	    a->dock_filters.n == 0)
		return status_local(ui);
	run_job(&job, a);
	return run_targets(ui, a, &job, NULL);
}
