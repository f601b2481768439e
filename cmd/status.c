/*
 * status - says what is on each target, or without one on this machine:
 * without the network, and without a change.
 */
#include <stdlib.h>
#include <time.h>

#include <sys/stat.h>

#include "args.h"
#include "authjson.h"
#include "buf.h"
#include "codexconfig.h"
#include "codexhere.h"
#include "codexuse.h"
#include "command.h"
#include "cred.h"
#include "env.h"
#include "err.h"
#include "paths.h"
#include "report.h"
#include "statusfar.h"
#include "target.h"
#include "text.h"
#include "ui.h"

#define EXIT_USELESS 1	/* Codex would not use it */
#define OUT_BYTES    16384
#define FIELD_BYTES  4096

/* The file, its claims, and what is around it. */
struct local {
	char		*path;
	struct cred	 cred;
	int		 mode;	/* permission bits; -1 unknown */
	struct codexconfig config;
	struct codexuse	 use;
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
	ui_json_text(o, "store", codexconfig_store_name(l->config.store));
	report_codex(o, &l->use);
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
codex_rows(struct buf *b, const struct codexuse *use)
{
	static const char *const answers[] = {
		[CODEXUSE_YES] = "uses it",
		[CODEXUSE_NO] = "would not use it: ",
		[CODEXUSE_UNKNOWN] = "may not use it: ",
	};

	if (use->answer == CODEXUSE_YES)
		row(b, "codex", answers[use->answer]);
	for (size_t i = 0; i < use->nwhy; i++)
		buf_addf(b, "%-13s %s%s\n", "codex", answers[use->answer],
		    use->why[i]);
}

static void
local_human(struct ui *ui, const struct local *l)
{
	BUF_AUTO b = BUF_INIT(OUT_BYTES);
	char when[REPORT_TIME_LEN];

	row(&b, "path", l->path);
	row(&b, "mode", cred_mode_name(l->cred.mode));
	row(&b, "account", l->cred.account);
	row(&b, "workspace", l->cred.workspace);
	row(&b, "email", l->cred.email);
	row(&b, "plan", l->cred.plan);
	if (l->cred.expires != 0)
		buf_addf(&b, "%-13s %s%s\n", "expires",
		    report_time(when, l->cred.expires),
		    codexuse_expired(&l->cred, l->now) ? " (over)" : "");
	row(&b, "last_refresh", l->cred.last_refresh);
	if (l->mode != -1)
		buf_addf(&b, "%-13s %04o%s\n", "file mode",
		    (unsigned)l->mode, (l->mode & 077) != 0 ?
		    " (others may get at it)" : "");
	row(&b, "store", codexconfig_store_name(l->config.store));
	codex_rows(&b, &l->use);
	ui_out(ui, buf_str(&b));
}

/* On success l->cred has to be cleared. */
static int
local_read(struct local *l, struct err *e)
{
	char *home = env_codex_home(e);
	struct stat st;
	int r = -1;

	if (home == NULL)
		return -1;
	if ((l->path = paths_join(home, "auth.json")) == NULL)
		err_memory(e);
	else
		r = authjson_read(&l->cred, l->path, e);
	if (r == -1 && e->code == ERR_NO_CREDENTIAL) {
		codexhere_judge(NULL, home, &l->config, &l->use);
		codexhere_hint(&l->config, e);
	}
	if (r == 0 && stat(l->path, &st) == 0)
		l->mode = (int)(st.st_mode & 07777);
	if (r == 0)
		codexhere_judge(&l->cred, home, &l->config, &l->use);
	free(home);
	return r;
}

static int
status_local(struct ui *ui)
{
	struct err e = ERR_INIT;
	struct local l = { .mode = -1, .now = time(NULL) };
	int status;

	if (local_read(&l, &e) == -1) {
		status = ui_fail(ui, &e);
	} else {
		if (ui->json)
			local_json(ui, &l);
		else if (!ui->quiet)
			local_human(ui, &l);
		cred_clear(&l.cred);
		status = l.use.answer == CODEXUSE_NO ? EXIT_USELESS :
		    EXIT_SUCCESS;
	}
	free(l.path);
	return status;
}

int
command_status(struct ui *ui, const struct args *a)
{
	if (a->noperands == 0 && a->hosts.n == 0 && !a->dock_all &&
	    a->dock_filters.n == 0)
		return status_local(ui);
	return statusfar(ui, a);
}
