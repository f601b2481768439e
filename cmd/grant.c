#include "grant.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "args.h"
#include "authform.h"
#include "authwrite.h"
#include "codexuse.h"
#include "env.h"
#include "err.h"
#include "report.h"
#include "run.h"
#include "secret.h"
#include "source.h"
#include "target.h"
#include "ui.h"

static int
check(const struct args *a, const struct cred *c, struct err *e)
{
	const char *option = a->move ? "--move" : "--lease";

	if (!a->move && !a->lease)
		return 0;
	if (a->move && a->lease)
		err_set(e, ERR_USAGE, "choose one of --move and --lease");
	else if (c->mode != CRED_CHATGPT)
		err_set(e, ERR_USAGE, "'%s' is for ChatGPT logins; a "
		    "credential of mode '%s' does not rotate", option,
		    cred_mode_name(c->mode));
	else if (a->move && a->from != NULL && (strcmp(a->from, "-") == 0 ||
	    strncmp(a->from, "store:", strlen("store:")) == 0))
		err_set(e, ERR_USAGE, "--move needs a file that it can remove, "
		    "not '%s'", a->from);
	else
		return 0;
	return err_hint(e, "see 'codex-provision help push'");
}

static int
lease_make(struct grant *g, struct err *e)
{
	struct secret *bytes = authform_lease(g->source, e);

	if (bytes == NULL)
		return -1;
	if (cred_parse(&g->lease, bytes, e) == -1)
		return -1;
	if (codexuse_expired(&g->lease, time(NULL))) {
		err_set(e, ERR_BAD_CREDENTIAL, "cannot lease it: the access "
		    "token has expired");
		return err_hint(e, "run Codex here once, which refreshes it, "
		    "or 'codex-provision keep'");
	}
	return 0;
}

/* The file may have changed since it was read: removing it will tell. */
static int
move_lock(struct grant *g, const struct args *a, struct err *e)
{
	char *path = a->from != NULL ? strdup(a->from) : env_authjson(e);
	struct stat st;

	if (path == NULL)
		return e->code != ERR_NONE ? -1 :
		    err_set(e, ERR_INTERNAL, "out of memory");
	g->move = authwrite_open(path, a->from != NULL ? AUTHWRITE_ALONE : 0,
	    e);
	if (g->move != NULL && lstat(path, &st) == 0 && S_ISLNK(st.st_mode))
		g->leads = realpath(path, NULL);
	free(path);
	return g->move != NULL ? 0 : -1;
}

int
grant_open(struct grant *g, const struct args *a, const struct cred *source,
    struct err *e)
{
	*g = (struct grant){ .source = source };
	if (check(a, source, e) == -1)
		return -1;
	if (a->lease)
		return lease_make(g, e);
	return a->move && !a->dry_run ? move_lock(g, a, e) : 0;
}

void
grant_close(struct grant *g)
{
	cred_clear(&g->lease);
	free(g->leads);
	g->leads = NULL;
	authwrite_close(g->move);
	g->move = NULL;
}

const struct cred *
grant_cred(const struct grant *g)
{
	return g->lease.bytes != NULL ? &g->lease : g->source;
}

void
grant_warn(const struct grant *g, struct ui *ui)
{
	const struct cred *c = grant_cred(g);
	char when[REPORT_TIME_LEN];

	if (g->lease.bytes != NULL)
		ui_warn(ui, "a lease rests on a mode that Codex has for host "
		    "integrations; it cannot refresh%s%s",
		    c->expires != 0 ? ", and ends at " : "",
		    c->expires != 0 ? report_time(when, c->expires) : "");
	else if (c->mode == CRED_CHATGPT && c->refreshable && g->move == NULL)
		ui_warn(ui, "a ChatGPT refresh token works once: the first "
		    "copy that Codex refreshes signs all others out, this "
		    "machine's too; --fresh gives the target a login of its "
		    "own, --move leaves none here, --lease keeps the refresh "
		    "token here");
	source_warn(ui, c);
}

/* A login is there, now that none is here. e is set where that is not seen. */
static bool
still_there(const struct grant_place *where, struct err *e)
{
	struct job look = { .op = JOB_STATUS };
	struct result seen;
	bool there;

	run_job(&look, where->args);
	result_init(&seen);
	there = run_one(where->ui, where->args, &look, where->spec,
	    &seen) == 0 && seen.state == STATE_PRESENT &&
	    seen.there.mode != CRED_NONE;
	if (seen.err.code != ERR_NONE)
		*e = seen.err;
	else if (!there)
		err_set(e, ERR_UNSAFE_TARGET, "the file there is the file here "
		    "itself");
	result_clear(&seen);
	return there;
}

/* From memory: the lock is still held, and nothing else has the login. */
static void
put_back(struct grant *g, const struct err *why, struct result *r)
{
	struct authwrite_done done = { .state = AUTHWRITE_NONE };

	r->state = STATE_FAILED;
	if (authwrite_put(g->move, g->source->bytes, NULL, &done, &r->err) ==
	    -1) {
		(void)err_wrap(&r->err, "it was removed here, is not seen "
		    "there, and cannot be put back");
		return;
	}
	r->err = *why;
	(void)err_wrap(&r->err, "not moved, the file here stays");
}

void
grant_settle(struct grant *g, const struct grant_place *where,
    struct result *r)
{
	struct authwrite_done done = { .state = AUTHWRITE_NONE };
	struct err why = ERR_INIT;

	if (g->move == NULL ||
	    (r->state != STATE_WRITTEN && r->state != STATE_UNCHANGED))
		return;
	if (r->not_durable) {
		r->state = STATE_FAILED;
		err_set(&r->err, ERR_PROTOCOL, "not moved, the file here "
		    "stays: a power cut may undo what is there");
	} else if (authwrite_remove(g->move, g->source->digest, &done,
	    &r->err) == -1) {
		r->state = STATE_FAILED;
		(void)err_wrap(&r->err, "it is there now, but still here too");
	} else if (!still_there(where, &why)) {
		put_back(g, &why, r);
	} else if (done.not_durable) {
		result_warn(r, "the file here is removed, but a power cut now "
		    "may bring it back");
	}
	if (done.state == AUTHWRITE_REMOVED && g->leads != NULL)
		result_warn(r, "the link is gone, what it led to stays here: "
		    "%s", g->leads);
}
