#include "report.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "buf.h"
#include "codexuse.h"
#include "cred.h"
#include "err.h"
#include "fleet.h"
#include "local.h"
#include "survey.h"
#include "target.h"
#include "text.h"
#include "ui.h"
#include "verdict.h"

#define LINE_BYTES  8192
#define FIELD_BYTES 1024	/* of a path or name in a line */
#define STATE_WIDTH 9		/* "unchanged" */

const char *
report_time(char out[REPORT_TIME_LEN], int64_t seconds)
{
	time_t t = (time_t)seconds;
	struct tm tm;

	if (gmtime_r(&t, &tm) == NULL || strftime(out, REPORT_TIME_LEN,
	    "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		out[0] = '\0';
	return out;
}

static void
add_nonempty(cJSON *o, const char *name, const char *s)
{
	if (s != NULL && *s != '\0')
		ui_json_text(o, name, s);
}

/* 0.21, and not what binary makes of it. */
static void
add_seconds(cJSON *o, double seconds)
{
	cJSON_AddNumberToObject(o, "seconds",
	    (double)(int64_t)(seconds * 100 + 0.5) / 100);
}

void
report_mode(cJSON *o, const char *name, int mode)
{
	char octal[8];

	if (mode < 0)
		return;
	(void)snprintf(octal, sizeof(octal), "%04o", (unsigned)mode & 07777);
	ui_json_text(o, name, octal);
}

void
report_claims(cJSON *o, const struct cred *c)
{
	char expires[REPORT_TIME_LEN];

	ui_json_text(o, "mode", cred_mode_name(c->mode));
	add_nonempty(o, "account", c->account);
	add_nonempty(o, "workspace", c->workspace);
	add_nonempty(o, "email", c->email);
	add_nonempty(o, "plan", c->plan);
	if (c->expires != 0)
		add_nonempty(o, "expires", report_time(expires, c->expires));
	add_nonempty(o, "last_refresh", c->last_refresh);
}

void
report_codex(cJSON *o, const struct codexuse *use)
{
	cJSON *codex = cJSON_CreateObject(), *why = cJSON_CreateArray();

	switch (use->answer) {
	case CODEXUSE_YES:
		cJSON_AddTrueToObject(codex, "uses_file");
		break;
	case CODEXUSE_NO:
		cJSON_AddFalseToObject(codex, "uses_file");
		break;
	case CODEXUSE_UNKNOWN:
		cJSON_AddNullToObject(codex, "uses_file");
		break;
	}
	for (size_t i = 0; i < use->nwhy; i++)
		ui_json_text(why, NULL, use->why[i]);
	ui_json_add(codex, "why", why);
	ui_json_add(o, "codex", codex);
}

static void
result_codex(cJSON *o, const struct result *r)
{
	const struct survey *s = r->survey;
	struct codexuse use;
	cJSON *codex;

	verdict_result(r, time(NULL), &use);
	report_codex(o, &use);
	codex = cJSON_GetObjectItemCaseSensitive(o, "codex");
	if (s == NULL || codex == NULL)
		return;
	add_nonempty(codex, "version", s->version);
	if (s->whole && s->running >= 0)
		cJSON_AddNumberToObject(codex, "running", s->running);
}

/* Other targets of the call that hold the same refresh token. */
static void
result_shared(cJSON *o, const struct survey *s)
{
	cJSON *list = cJSON_CreateArray();
	const char *p = buf_str(&s->shared), *end;
	char name[FIELD_BYTES];

	for (; *p != '\0'; p = end + 1) {
		end = strchr(p, '\n');
		ui_json_text(list, NULL, text_safe(name, sizeof(name), p,
		    (size_t)(end - p)));
	}
	ui_json_add(o, "shared_with", list);
}

/* Which login the line is about: ours once it is there, else what is. */
static const struct cred *
login_of(const struct job *job, const struct target_spec *spec,
    const struct result *r)
{
	if (job->op == JOB_PUSH && job->cred != NULL &&
	    (r->state == STATE_WRITTEN || r->state == STATE_UNCHANGED ||
	    (r->state == STATE_WOULD_WRITE && spec->kind == &local_kind)))
		return job->cred;
	return &r->there;
}

/* Whether the line says all that the login says. */
static bool
tells_claims(const struct job *job, const struct result *r)
{
	return (job->op == JOB_STATUS && r->state == STATE_PRESENT) ||
	    (job->claims && r->err.code == ERR_NONE);
}

static void
result_json(struct ui *ui, const struct job *job,
    const struct target_spec *spec, const struct result *r)
{
	cJSON *o = cJSON_CreateObject(), *list;
	bool status = job->op == JOB_STATUS;
	bool local = spec->kind == &local_kind;

	ui_json_text(o, "target", spec->text);
	ui_json_text(o, "kind", spec->kind->name);
	ui_json_text(o, "state", target_state_name(r->state));
	add_nonempty(o, "path", r->path);
	report_mode(o, status || local || job->claims ? "file_mode" : "mode",
	    r->mode);
	if (r->owner >= 0)
		cJSON_AddNumberToObject(o, "owner", (double)r->owner);
	if (local || tells_claims(job, r))
		report_claims(o, login_of(job, spec, r));
	else
		add_nonempty(o, "account", login_of(job, spec, r)->account);
	if (status && (r->state == STATE_PRESENT || r->state == STATE_ABSENT))
		result_codex(o, r);
	if (status && r->survey != NULL && r->survey->has_token)
		result_shared(o, r->survey);
	if (r->err.code != ERR_NONE)
		ui_json_add(o, "error", ui_json_error(&r->err));
	add_seconds(o, r->seconds);
	if (r->nwarnings > 0) {
		list = cJSON_CreateArray();
		for (size_t i = 0; i < r->nwarnings; i++)
			ui_json_text(list, NULL, r->warnings[i]);
		ui_json_add(o, "warnings", list);
	}
	ui_json(ui, o);
}

static void
claims_human(struct buf *b, const struct cred *c)
{
	const char *const fields[] = { c->email, c->account, c->plan };
	char safe[FIELD_BYTES], expires[REPORT_TIME_LEN];

	buf_addf(b, "  %s", cred_mode_name(c->mode));
	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++) {
		if (*fields[i] != '\0')
			buf_addf(b, ", %s",
			    text_safes(safe, sizeof(safe), fields[i]));
	}
	if (c->expires != 0)
		buf_addf(b, ", expires %s", report_time(expires, c->expires));
}

static enum ui_color
color_of(enum target_state s)
{
	switch (s) {
	case STATE_WRITTEN:
	case STATE_REMOVED:
	case STATE_PRESENT:
		return UI_GOOD;
	case STATE_REFUSED:
	case STATE_FAILED:
	case STATE_UNKNOWN:
		return UI_BAD;
	default:
		return UI_FAIR;
	}
}

static void
result_human(struct ui *ui, const struct job *job,
    const struct target_spec *spec, const struct result *r, int width)
{
	BUF_AUTO b = BUF_INIT(LINE_BYTES);
	const char *state = target_state_name(r->state);
	char safe[FIELD_BYTES];

	buf_addf(&b, "%-*s  %s%-*s%s", width,
	    text_safes(safe, sizeof(safe), spec->text),
	    ui_paint(ui, color_of(r->state)), STATE_WIDTH, state,
	    ui_paint(ui, UI_PLAIN));
	if (r->err.code != ERR_NONE)
		buf_addf(&b, "  %s", err_name(r->err.code));
	else if (r->path != NULL)
		buf_addf(&b, "  %s", text_safes(safe, sizeof(safe), r->path));
	if ((spec->kind == &local_kind || job->claims) &&
	    r->err.code == ERR_NONE)
		claims_human(&b, login_of(job, spec, r));
	buf_addf(&b, "  %.2f s\n", r->seconds);
	ui_out(ui, buf_str(&b));
}

void
report_result(struct ui *ui, const struct job *job,
    const struct target_spec *spec, const struct result *r, int width)
{
	if (ui->json)
		result_json(ui, job, spec, r);
	else if (!ui->quiet && job->op != JOB_STATUS)
		result_human(ui, job, spec, r, width);
	report_notes(ui, spec, r);
}

void
report_notes(struct ui *ui, const struct target_spec *spec,
    const struct result *r)
{
	char name[ERR_TEXT_MAX];

	text_safes(name, sizeof(name), spec->text);
	if (r->err.code != ERR_NONE)
		ui_error(ui, name, &r->err);
	for (size_t i = 0; i < r->nwarnings; i++)
		ui_warn_target(ui, name, r->warnings[i]);
}

/* The contract's six members always, the other states where there are any. */
void
report_counts(cJSON *o, const struct fleet_count *n)
{
	static const enum target_state order[] = { STATE_WRITTEN,
		STATE_UNCHANGED, STATE_REFUSED, STATE_FAILED, STATE_REMOVED,
		STATE_WOULD_WRITE, STATE_UNKNOWN, STATE_ABSENT,
		STATE_PRESENT };
	static const size_t always = 5;

	cJSON_AddNumberToObject(o, "targets", (double)n->total);
	for (size_t i = 0; i < sizeof(order) / sizeof(*order); i++) {
		size_t k = n->by_state[order[i]];

		if (i < always || k > 0)
			cJSON_AddNumberToObject(o,
			    target_state_name(order[i]), (double)k);
	}
}

static void
summary_json(struct ui *ui, const struct fleet_count *n)
{
	cJSON *o = cJSON_CreateObject(), *line = cJSON_CreateObject();

	report_counts(o, n);
	add_seconds(o, n->seconds);
	ui_json_warnings(ui, o);
	ui_json_add(line, "summary", o);
	ui_json(ui, line);
}

void
report_counted(struct buf *b, const struct fleet_count *n)
{
	const char *before = ": ";

	buf_addf(b, "%zu target%s", n->total, n->total == 1 ? "" : "s");
	for (size_t s = STATE_WRITTEN; s < STATES; s++) {
		if (n->by_state[s] == 0)
			continue;
		buf_addf(b, "%s%zu %s", before, n->by_state[s],
		    target_state_name((enum target_state)s));
		before = ", ";
	}
}

void
report_summary(struct ui *ui, const struct fleet_count *n)
{
	BUF_AUTO b = BUF_INIT(LINE_BYTES);

	if (ui->json) {
		summary_json(ui, n);
		return;
	}
	if (ui->quiet)
		return;
	report_counted(&b, n);
	buf_addf(&b, " (%.2f s)\n", n->seconds);
	ui_out(ui, buf_str(&b));
}
