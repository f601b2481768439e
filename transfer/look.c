#include "look.h"

#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "secret.h"
#include "survey.h"
#include "target.h"

void
look_init(struct look *l)
{
	*l = (struct look){ .mode = -1, .owner = -1, .account = -1 };
}

void
look_clear(struct look *l)
{
	free(l->path);
	cred_clear(&l->claims);
	secret_free(l->bytes);
	look_init(l);
}

/* What is there, into the result. */
static void
look_tell(const struct look *l, struct result *r)
{
	free(r->path);
	r->path = l->path == NULL ? NULL : strdup(l->path);
	r->mode = l->present ? l->mode : -1;
	r->owner = l->present ? l->owner : -1;
	cred_clear(&r->there);
	r->there = l->claims;
	r->there.bytes = NULL; /* a look has none; never two owners */
}

static const char *
look_path(const struct look *l)
{
	return l->path == NULL ? "auth.json" : l->path;
}

static bool
look_same(const struct look *l, const struct job *job)
{
	return l->present && l->readable &&
	       sodium_memcmp(l->digest, job->cred->digest, CRED_DIGEST_LEN) ==
		   0;
}

/* The source's bytes, for nobody but the account. */
static bool
look_good(const struct look *l, const struct job *job)
{
	return look_same(l, job) && l->mode == 0600 && l->owner == l->account;
}

/* What is known of an account, to name it. */
static const char *
cred_who(const struct cred *c)
{
	if (c->email[0] != '\0')
		return c->email;
	return c->account[0] != '\0' ? c->account : cred_mode_name(c->mode);
}

/* Always false: the verdict is in r. */
static bool
refuse(struct result *r, enum target_state state)
{
	result_end(r, state);
	return false;
}

/* The bytes of a file here that may be this very one. */
static bool
look_mine(const struct look *l, const struct job *job)
{
	return job->mine != NULL && l->present && l->readable &&
	    sodium_memcmp(l->digest, job->mine, CRED_DIGEST_LEN) == 0;
}

bool
look_again(const struct look *l, const struct job *job, struct result *r)
{
	if (!look_mine(l, job) || job->mine_mode == -1 ||
	    l->mode == job->mine_mode || r->twice)
		return false;
	r->twice = true;
	return true;
}

/* A shared home, a bind mount: what is done there is done here. */
static bool
judge_mine(const struct look *l, const struct job *job, struct result *r)
{
	if (!look_mine(l, job) ||
	    (job->mine_mode != -1 && l->mode != job->mine_mode))
		return true;
	if (job->mine_mode != -1)
		err_set(&r->err, ERR_UNSAFE_TARGET,
		    "'%s' is the file here itself", look_path(l));
	else
		err_set(&r->err, ERR_UNSAFE_TARGET, "'%s' may be the file "
		    "here itself, which cannot be marked to tell",
		    look_path(l));
	err_hint(&r->err, "where a home is shared with this machine, its Codex "
	    "has this login already");
	return refuse(r, STATE_FAILED);
}

static bool
judge_login(const struct look *l, const struct job *job, struct result *r)
{
	const struct cred *there = &l->claims, *ours = job->cred;

	if (there->mode == CRED_NONE)
		return true;
	if (cred_other_account(there, ours)) {
		err_set(&r->err, ERR_OTHER_ACCOUNT,
		    "'%s' is a login of "
		    "another account ('%s', ours is '%s')",
		    look_path(l), cred_who(there), cred_who(ours));
		err_hint(&r->err, "use --force to replace it");
		return refuse(r, STATE_REFUSED);
	}
	if (cred_newer(there, ours)) {
		err_set(&r->err, ERR_NEWER_THERE,
		    "'%s' was refreshed later "
		    "(%s) than the file to push (%s)",
		    look_path(l), there->last_refresh, ours->last_refresh);
		err_hint(&r->err, "it may be the only live login; --force "
				  "replaces it all the same");
		return refuse(r, STATE_REFUSED);
	}
	/* A lease of what is here may replace a copy; another may not. */
	if (!job->lease && cred_loses_token(there, ours) &&
	    !cred_newer(ours, there)) {
		err_set(&r->err, ERR_NEWER_THERE, "'%s' holds a refresh token, "
		    "the file to push none", look_path(l));
		err_hint(&r->err, "it may be the only live login; --force "
		    "replaces it all the same");
		return refuse(r, STATE_REFUSED);
	}
	return true;
}

static bool
judge_push(const struct look *l, const struct job *job, struct result *r)
{
	if (!judge_mine(l, job, r))
		return false;
	if (look_good(l, job))
		return refuse(r, STATE_UNCHANGED);
	if (l->present && !l->readable && !job->force) {
		err_set(&r->err, ERR_UNSAFE_TARGET,
		    "'%s' cannot be read by "
		    "the account, it belongs to uid %ld",
		    look_path(l), l->owner);
		err_hint(&r->err, "use --force to replace it unseen");
		return refuse(r, STATE_FAILED);
	}
	/* The same bytes with a wider mode only need the repair. */
	if (l->present && l->readable && !job->force && !look_same(l, job) &&
	    !judge_login(l, job, r))
		return false;
	if (l->present && l->readable && l->claims.mode == CRED_NONE)
		result_warn(r, "what was in '%s' is no login", look_path(l));
	if (job->dry_run) {
		r->owner = l->account;	/* whose it would be */
		return refuse(r, STATE_WOULD_WRITE);
	}
	return true;
}

/* Another login than the one that would be replaced here, or an older one. */
static bool
judge_pull(const struct look *l, const struct job *job, struct result *r)
{
	const struct cred *there = &l->claims, *here = job->cred;

	if (!l->present || !l->readable) {
		err_set(&r->err, l->present ? ERR_PERMISSION_DENIED :
		    ERR_NO_CREDENTIAL, "'%s' %s", look_path(l), l->present ?
		    "cannot be read by the account" : "is not there");
		return refuse(r, STATE_FAILED);
	}
	if (l->outsized) {
		err_set(&r->err, ERR_BAD_CREDENTIAL, "'%s' is empty or larger "
		    "than any credential", look_path(l));
		return refuse(r, STATE_FAILED);
	}
	if (here == NULL)
		return job->dry_run ? refuse(r, STATE_WOULD_WRITE) : true;
	if (look_same(l, job))
		return refuse(r, STATE_UNCHANGED);
	if (!job->force && cred_other_account(here, there)) {
		err_set(&r->err, ERR_OTHER_ACCOUNT, "the login here is of "
		    "another account ('%s', there it is '%s')", cred_who(here),
		    cred_who(there));
		err_hint(&r->err, "use --force to replace it, or bring "
		    "it elsewhere with --to");
		return refuse(r, STATE_REFUSED);
	}
	if (!job->force && cred_loses_token(here, there)) {
		err_set(&r->err, ERR_NEWER_THERE, "the login here holds a "
		    "refresh token, and '%s' has none", look_path(l));
		err_hint(&r->err, "use --force to replace it, or "
		    "bring it elsewhere with --to");
		return refuse(r, STATE_REFUSED);
	}
	if (!job->force && cred_newer(here, there)) {
		err_set(&r->err, ERR_NEWER_THERE, "the login here was refreshed "
		    "later (%s) than '%s' (%s)", here->last_refresh,
		    look_path(l), there->last_refresh);
		err_hint(&r->err, "it may be the only live login; --force "
		    "replaces it all the same");
		return refuse(r, STATE_REFUSED);
	}
	return job->dry_run ? refuse(r, STATE_WOULD_WRITE) : true;
}

/* Of a job that names one: nothing but that very file is removed. */
static bool
judge_remove(const struct look *l, const struct job *job, struct result *r)
{
	if (!l->present)
		return refuse(r, STATE_ABSENT);
	if (job->exact && !look_same(l, job)) {
		err_set(&r->err, ERR_NEWER_THERE, "'%s' is no longer the file "
		    "that was read", look_path(l));
		err_hint(&r->err, "a Codex there has refreshed it: run it "
		    "again");
		return refuse(r, STATE_REFUSED);
	}
	if (!judge_mine(l, job, r))
		return false;
	return job->dry_run ? refuse(r, STATE_PRESENT) : true;
}

void
look_token(struct result *r, const struct cred *there, const struct job *job)
{
	SECRET_AUTO *token = job->op == JOB_STATUS && job->survey != NULL ?
	    cred_token(there, "refresh_token") : NULL;

	if (token == NULL || (r->survey == NULL &&
	    (r->survey = survey_new()) == NULL))
		return;
	survey_token(r->survey->token, job->survey, token);
	r->survey->has_token = true;
}

bool
look_fetched(struct look *l, struct result *r)
{
	unsigned char digest[CRED_DIGEST_LEN];
	const unsigned char *bytes;
	size_t len;
	struct secret *take = l->bytes;

	bytes = secret_expose(take, &len);
	crypto_hash_sha256(digest, bytes, len);
	if (sodium_memcmp(digest, l->digest, sizeof(digest)) != 0)
		return false;
	l->bytes = NULL;	/* transferred */
	cred_clear(&r->there);
	if (cred_parse(&r->there, take, &r->err) == 0) {
		result_end(r, STATE_PRESENT);
	} else {
		(void)err_wrap(&r->err, "'%s'", look_path(l));
		result_end(r, STATE_FAILED);
	}
	return true;
}

bool
look_judge(const struct look *l, const struct job *job, struct result *r)
{
	look_tell(l, r);
	switch (job->op) {
	case JOB_PUSH:
		return judge_push(l, job, r);
	case JOB_REMOVE:
		return judge_remove(l, job, r);
	case JOB_PULL:
		return judge_pull(l, job, r);
	case JOB_STATUS:
		break;
	}
	if (l->present && !l->readable)
		result_warn(
		    r, "'%s' cannot be read by the account", look_path(l));
	return refuse(r, l->present ? STATE_PRESENT : STATE_ABSENT);
}

/* After a put or a remove that has worked, as the look shows. */
static void
look_done(const struct look *l, const struct job *job, struct result *r)
{
	if (job->op == JOB_REMOVE) {
		result_end(r, STATE_REMOVED);
		return;
	}
	r->there = *job->cred;
	r->there.bytes = NULL; /* stays the job's */
	if (!l->replaced)
		result_warn(r,
		    "'%s' is a mount point and was written in "
		    "place: Codex 0.169 cannot refresh it there",
		    look_path(l));
	result_end(r, STATE_WRITTEN);
}

void
look_confirm(const struct look *l, const struct job *job, struct result *r)
{
	look_tell(l, r);
	if (job->op == JOB_REMOVE ? !l->present : look_good(l, job)) {
		look_done(l, job, r);
		return;
	}
	if (job->op == JOB_REMOVE)
		err_set(
		    &r->err, ERR_PROTOCOL, "'%s' is still there", look_path(l));
	else if (!look_same(l, job))
		err_set(&r->err, ERR_PROTOCOL,
		    "'%s' read back is not what "
		    "was sent",
		    look_path(l));
	else
		err_set(&r->err, ERR_PROTOCOL,
		    "'%s' has mode %04o and owner "
		    "%ld after the install, not 0600 and %ld",
		    look_path(l), (unsigned int)l->mode, l->owner, l->account);
	result_end(r, STATE_FAILED);
}

void
look_recover(const struct look *l, const struct job *job, const struct err *why,
    struct result *r)
{
	struct look seen = *l;

	look_tell(l, r);
	if (job->op == JOB_STATUS) {
		(void)look_judge(l, job, r); /* always a verdict */
		return;
	}
	seen.replaced = true; /* nobody knows; no reason to warn */
	if (job->op == JOB_REMOVE ? !l->present :
	    job->op == JOB_PUSH && look_good(l, job)) {
		look_done(&seen, job, r);
		r->not_durable = true;	/* nor does anybody know that */
		return;
	}
	r->err = *why;
	result_end(r, STATE_FAILED);
}
