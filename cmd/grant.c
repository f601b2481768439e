#include "grant.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "args.h"
#include "authform.h"
#include "authjson.h"
#include "authwrite.h"
#include "codexuse.h"
#include "env.h"
#include "err.h"
#include "loginput.h"
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

/* Sets the path where the source is a file; a pipe and the store are none. */
static int
find_file(struct grant *g, const struct args *a, struct err *e)
{
	struct stat st;

	if (a->from != NULL && (strcmp(a->from, "-") == 0 ||
	    strncmp(a->from, "store:", strlen("store:")) == 0))
		return 0;
	g->path = a->from != NULL ? strdup(a->from) : env_authjson(e);
	if (g->path == NULL)
		return e->code != ERR_NONE ? -1 :
		    err_memory(e);
	if (!a->move && (stat(g->path, &st) == -1 || !S_ISREG(st.st_mode))) {
		free(g->path);
		g->path = NULL;
	}
	return 0;
}

static bool
holds(const char *path, const unsigned char digest[CRED_DIGEST_LEN])
{
	struct err ignored = ERR_INIT;	/* then it does not */
	struct cred now;
	bool same;

	if (authjson_read(&now, path, &ignored) == -1)
		return false;
	same = memcmp(now.digest, digest, CRED_DIGEST_LEN) == 0;
	cred_clear(&now);
	return same;
}

/*
 * Who held the lock before us may have refreshed it: what we have read is
 * spent then, and must not be used anywhere.
 */
static int
move_lock(struct grant *g, const struct args *a, struct err *e)
{
	struct stat st;

	g->move = authwrite_open(g->path, a->from != NULL ? AUTHWRITE_ALONE :
	    0, e);
	if (g->move == NULL)
		return -1;
	if (lstat(g->path, &st) == 0 && S_ISLNK(st.st_mode))
		g->leads = realpath(g->path, NULL);
	if (holds(g->path, g->source->digest))
		return 0;
	err_set(e, ERR_NEWER_THERE, "'%s' was changed meanwhile, and is not "
	    "moved", g->path);
	return err_hint(e, "a Codex here has refreshed it: run it again");
}

int
grant_open(struct grant *g, const struct args *a, const struct cred *source,
    struct err *e)
{
	*g = (struct grant){ .source = source, .mark = AUTHMARK_INIT };
	if (check(a, source, e) == -1)
		return -1;
	if (a->lease && lease_make(g, e) == -1)
		return -1;
	if ((!a->lease && !a->move) || a->dry_run)
		return 0;
	if (find_file(g, a, e) == -1 || (a->move && move_lock(g, a, e) == -1))
		return -1;
	if (g->path != NULL)
		(void)authmark_set(&g->mark, g->path);	/* the job tells */
	return 0;
}

void
grant_close(struct grant *g)
{
	authmark_clear(&g->mark);
	cred_clear(&g->lease);
	free(g->path);
	free(g->leads);
	g->path = g->leads = NULL;
	authwrite_close(g->move);
	g->move = NULL;
}

static const struct cred *
pushed(const struct grant *g)
{
	return g->lease.bytes != NULL ? &g->lease : g->source;
}

void
grant_job(const struct grant *g, struct job *job)
{
	job->cred = pushed(g);
	job->lease = g->lease.bytes != NULL;
	job->lasting = g->move != NULL;
	job->mine = g->path != NULL ? g->source->digest : NULL;
	job->mine_mode = g->mark.fd != -1 ? AUTHMARK_MODE : -1;
}

void
grant_warn(const struct grant *g, struct ui *ui)
{
	const struct cred *c = pushed(g);
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

/* From memory: nothing else has the login. 0, or -1 and where it is now. */
static int
put_back(struct grant *g, const unsigned char *expect, struct err *e)
{
	struct authwrite_done done = { .state = AUTHWRITE_NONE };

	if (g->move != NULL ? authwrite_put(g->move, g->source->bytes, expect,
	    &done, e) == 0 : authwrite_install(g->path, 0, g->source->bytes,
	    expect, &done, e) == 0)
		return 0;
	(void)err_wrap(e, "the login here is gone, and cannot be put back");
	loginput_aside(g->source, g->path, e);
	return -1;
}

/* Whatever the target told: the login that is leased has to be here still. */
static void
lease_settle(struct grant *g, struct result *r)
{
	if (g->path == NULL || !holds(g->path, g->lease.digest))
		return;
	r->state = STATE_FAILED;
	r->err = (struct err)ERR_INIT;
	if (put_back(g, g->lease.digest, &r->err) == 0)
		err_set(&r->err, ERR_UNSAFE_TARGET, "not leased: the file "
		    "there is the file here itself");
}

static void
move_settle(struct grant *g, const struct grant_place *where,
    struct result *r)
{
	struct authwrite_done done = { .state = AUTHWRITE_NONE };
	struct err why = ERR_INIT;

	if (r->not_durable) {
		r->state = STATE_FAILED;
		err_set(&r->err, ERR_PROTOCOL, "not moved, the file here "
		    "stays: a power cut may undo what is there");
		err_hint(&r->err, "run it again; or push without --move, and "
		    "remove the file here when it has lasted there");
	} else if (authwrite_remove(g->move, g->source->digest, &done,
	    &r->err) == -1) {
		r->state = STATE_FAILED;
		(void)err_wrap(&r->err, "it is there now, but still here too");
	} else if (!still_there(where, &why)) {
		r->state = STATE_FAILED;
		if (put_back(g, NULL, &r->err) == 0) {
			r->err = why;
			(void)err_wrap(&r->err, "not moved, the file here "
			    "stays");
		}
	} else if (done.not_durable) {
		result_warn(r, "the file here is removed, but a power cut now "
		    "may bring it back");
	}
	if (done.state == AUTHWRITE_REMOVED && g->leads != NULL)
		result_warn(r, "the link is gone, what it led to stays here: "
		    "%s", g->leads);
}

void
grant_settle(struct grant *g, const struct grant_place *where,
    struct result *r)
{
	if (g->lease.bytes != NULL)
		lease_settle(g, r);
	else if (g->move != NULL && (r->state == STATE_WRITTEN ||
	    r->state == STATE_UNCHANGED))
		move_settle(g, where, r);
}
