#include "verdict.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "codexconfig.h"
#include "codexuse.h"
#include "err.h"
#include "json.h"
#include "survey.h"
#include "target.h"

#define CLOCK_OFF 60	/* seconds; Codex refreshes 300 s before the end */

/* The four files in the order in which they count; why is set if one fails. */
static void
read_config(struct codexconfig *c, const struct survey *s, struct err *why)
{
	struct err e = ERR_INIT;

	for (int i = 0; i < CODEXCONFIG_FILES; i++) {
		const struct survey_file *f = &s->file[i];

		if (!f->there)
			continue;
		if (f->unreadable) {
			c->unknown = true;
			err_set(&e, ERR_PERMISSION_DENIED, "%s cannot be read",
			    codexconfig_name((enum codexconfig_file)i));
		} else if (codexconfig_add(c, (enum codexconfig_file)i,
		    buf_str(&f->text), f->text.len, &e) == 0) {
			continue;
		}
		if (why->code == ERR_NONE)
			*why = e;
	}
}

/* What `codex doctor --json` has against the login; "" for nothing. */
static void
read_doctor(char out[CODEXUSE_LEN], const struct survey *s)
{
	struct err ignored = ERR_INIT;	/* another version: it says nothing */
	JSON_AUTO *all = s->doctor.len == 0 ? NULL : json_parse(s->doctor.p,
	    s->doctor.len, ERR_PROTOCOL, &ignored);
	const cJSON *auth = json_object(json_object(all, "checks"),
	    "auth.credentials");
	const char *status = json_string(auth, "status");
	const char *summary = json_string(auth, "summary");

	out[0] = '\0';
	if (status != NULL && strcmp(status, "fail") == 0)
		(void)snprintf(out, CODEXUSE_LEN, "%.200s",
		    summary != NULL ? summary : "fail");
}

static void
judge_surveyed(struct codexuse_facts *f, const struct survey *s,
    struct codexuse *u)
{
	struct codexconfig config = { 0 };
	struct err why = ERR_INIT;
	char doctor[CODEXUSE_LEN];

	read_config(&config, s, &why);
	read_doctor(doctor, s);
	f->config = &config;
	f->config_error = why.code != ERR_NONE ? why.text : NULL;
	f->doctor = f->cred != NULL && doctor[0] != '\0' ? doctor : NULL;
	f->no_keyring = !s->bus;
	f->home = s->home[0] != '\0' ? s->home : NULL;
	f->aside = s->aside[0] != '\0' ? s->aside : NULL;
	codexuse_judge(f, u);
}

time_t
verdict_now(const struct result *r, time_t now)
{
	const struct survey *s = r->survey;

	return s != NULL && s->whole && s->timed ? now + (time_t)s->ahead :
	    now;
}

void
verdict_result(const struct result *r, time_t now, struct codexuse *u)
{
	struct codexuse_facts f = { .now = verdict_now(r, now) };

	switch (r->state) {
	case STATE_PRESENT:
	case STATE_WRITTEN:
	case STATE_UNCHANGED:
		f.cred = &r->there;
		break;
	case STATE_ABSENT:
		break;
	default:
		*u = (struct codexuse){ .answer = CODEXUSE_UNKNOWN };
		return;
	}
	if (r->survey != NULL) {
		f.env_api_key = r->survey->env_api_key;
		f.env_access_token = r->survey->env_access_token;
	}
	if (r->survey != NULL && r->survey->whole)
		judge_surveyed(&f, r->survey, u);
	else
		codexuse_judge(&f, u);
}

/* What the next refresh, or a restart of the machine, meets. */
static void
warn_place(struct result *r, const struct survey *s)
{
	bool refreshes = r->there.mode == CRED_CHATGPT && r->there.refreshable;

	if (s->closed)
		result_warn(r, "Codex cannot write in its home there%s",
		    refreshes ? ": its next refresh fails, and the token is "
		    "spent" : "");
	if (s->foreign)
		result_warn(r, "auth.json belongs to uid %ld there%s", r->owner,
		    refreshes ? ": Codex 0.169 cannot replace it, its next "
		    "refresh fails, and the token is spent" : "");
	if (r->path != NULL && strcmp(r->path, s->mount) == 0)
		result_warn(r, "auth.json is a mount of its own%s", refreshes ?
		    ": Codex 0.169 cannot refresh it there" : "");
	if (strcmp(s->fs, "tmpfs") == 0 || strcmp(s->fs, "ramfs") == 0)
		result_warn(r, "it lies in memory ('%s', %s) and is gone after "
		    "a restart", s->mount, s->fs);
	if ((r->mode & 077) != 0)
		result_warn(r, "others there may get at it (mode %04o)",
		    (unsigned)r->mode);
}

void
verdict_warn(struct result *r)
{
	const struct survey *s = r->survey;

	if (s == NULL || !s->whole)
		return;
	if (r->state == STATE_PRESENT)
		warn_place(r, s);
	if (s->timed && (s->ahead > CLOCK_OFF || s->ahead < -CLOCK_OFF))
		result_warn(r, "its clock is %" PRId64 " s %s", s->ahead > 0 ?
		    s->ahead : -s->ahead, s->ahead > 0 ? "ahead" : "behind");
	if (s->running > 0)
		result_warn(r, "Codex runs there (%d process%s): one that "
		    "began with another login has to be restarted", s->running,
		    s->running == 1 ? "" : "es");
	if (s->codex[0] == '\0')
		result_warn(r, "no codex was found there");
}
