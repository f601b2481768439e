#include "dockput.h"

#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "archive.h"
#include "buf.h"
#include "container.h"
#include "cred.h"
#include "dockfile.h"
#include "dockplace.h"
#include "dockwalk.h"
#include "dockwho.h"
#include "engine.h"
#include "err.h"
#include "http.h"
#include "look.h"
#include "loop.h"
#include "net.h"
#include "passwd.h"
#include "secret.h"
#include "survey.h"
#include "target.h"

#define PATH_MAX_BYTES	4096
#define LOST_PAUSE	300	/* ms until the engine is done with half a put */

struct dockput {
	struct dockput_ask a;
	struct dockfile	 call;
	struct dockwho	*who;
	const struct passwd_account *account;	/* who's */
	struct buf	 file;		/* CODEX_HOME/auth.json */
	struct dockwalk	 walk;		/* the way to it */
	struct watch	 pause;		/* before it is gone again */
	bool		 sent, confirming, again;
	struct err	 hidden;	/* a tmpfs lies over it */
	struct err	 why;		/* the put failed, or seemed to */
	struct secret	*tar;
	struct secret	*old;		/* for --backup */
	struct look	 look;
	bool		 before;	/* what there was when it was sent */
	unsigned char	 digest[CRED_DIGEST_LEN];
};

/* The last thing a function does. */
static void
put_fail(struct dockput *p, const struct err *e)
{
	struct result *r = p->a.result;

	if (p->a.why != NULL || p->sent) {
		result_unknown(r, p->sent && p->why.code != ERR_NONE ?
		    &p->why : e, p->a.spec);
	} else if (result_end(r, STATE_FAILED)) {
		r->err = *e;
	}
	p->a.done(p->a.ctx);
}

static void
put_failure(struct dockput *p, const struct http_answer *a, const char *what)
{
	struct err e = ERR_INIT;

	engine_failure(p->a.engine, a, what, &e);
	put_fail(p, &e);
}

static void
put_memory(struct dockput *p)
{
	struct err e = ERR_INIT;

	err_memory(&e);
	put_fail(p, &e);
}

static void
put_ask(struct dockput *p, const char *method, size_t len, http_fn then)
{
	if (p->file.failed || dockfile_ask(&p->call, method,
	    buf_str(&p->file), len, p->tar, then, p) == -1)
		put_memory(p);
}

/* What is there */

static void
look_bytes(struct dockput *p, struct secret *take)
{
	struct look *l = &p->look;
	struct err ignored = ERR_INIT;	/* no credential: no claims */
	size_t len;
	const unsigned char *bytes = secret_expose(take, &len);

	l->readable = true;
	crypto_hash_sha256(l->digest, bytes, len);
	l->outsized = len == 0;
	l->bytes = p->a.job->op == JOB_PULL ? secret_copy(bytes, len) : NULL;
	if (cred_parse(&l->claims, take, &ignored) == 0)
		look_token(p->a.result, &l->claims, p->a.job);
	secret_free(l->claims.bytes);
	l->claims.bytes = NULL;
}

/* Whose it is, as far as a GET tells; Podman does not after a put. */
static long
owner_inside(const struct dockput *p, long uid)
{
	return dockwho_owners(p->who) && !p->confirming ? uid :
	    p->account->uid;
}

static void put_write(struct dockput *p);

/* One GET gave both the look and the bytes: they cannot differ. */
static void
put_fetched(struct dockput *p)
{
	if (p->look.bytes == NULL || !look_fetched(&p->look, p->a.result))
		put_memory(p);
	else
		p->a.done(p->a.ctx);
}

/* What is there now was there before. */
static bool
put_as_before(const struct dockput *p)
{
	const struct look *l = &p->look;

	return l->present == p->before && (!l->present ||
	    memcmp(l->digest, p->digest, sizeof(p->digest)) == 0);
}

/* Neither that nor ours nor another login: half of a file. */
static bool
put_is_half(const struct dockput *p)
{
	const struct look *l = &p->look;

	return !put_as_before(p) && l->claims.mode == CRED_NONE &&
	    (!l->present || memcmp(l->digest, p->a.job->cred->digest,
	    CRED_DIGEST_LEN) != 0);
}

/*
 * A put that has failed, or seems to have: what is there tells. Half of a file
 * is put once more, as nothing can be lost by that. True where it goes on.
 */
static bool
put_confirm(struct dockput *p)
{
	const struct job *job = p->a.job;
	struct result *r = p->a.result;
	bool half = put_is_half(p);

	if (half && !p->again) {
		p->again = true;
		p->why = (struct err)ERR_INIT;
		put_write(p);
		return true;
	}
	if (p->why.code != ERR_NONE)
		look_recover(&p->look, job, &p->why, r);
	else
		look_confirm(&p->look, job, r);
	if (half) {
		r->state = STATE_UNKNOWN;
		(void)err_wrap(&r->err, "what is there now is neither the "
		    "old file nor the new one");
		(void)err_hint(&r->err, "run it again");
	}
	return false;
}

/* True where it goes on, and ends elsewhere. */
static bool
put_judged(struct dockput *p)
{
	const struct job *job = p->a.job;
	struct result *r = p->a.result;
	struct err e = ERR_INIT;

	if (p->a.why != NULL) {
		look_recover(&p->look, job, p->a.why, r);
		return false;
	}
	if (p->confirming)
		return put_confirm(p);
	if (!look_judge(&p->look, job, r))
		return false;
	if (job->op == JOB_PUSH) {
		put_write(p);
	} else if (job->op == JOB_PULL) {
		put_fetched(p);
	} else {
		dockplace_stays(buf_str(&p->file), p->a.container, &e);
		put_fail(p, &e);
	}
	return true;
}

static void
put_judge(struct dockput *p)
{
	struct result *r = p->a.result;

	if (p->look.present && p->hidden.code != ERR_NONE) {
		put_fail(p, &p->hidden);
		return;
	}
	if (put_judged(p))
		return;
	if (p->a.job->survey != NULL && r->survey == NULL)
		r->survey = survey_new();
	r->not_durable = p->a.job->op == JOB_PUSH;	/* nobody syncs it */
	if (p->a.job->op == JOB_PUSH && (r->state == STATE_WRITTEN ||
	    r->state == STATE_WOULD_WRITE))
		result_warn(r, "put from outside by the engine, for uid %ld: "
		    "this way is not atomic", p->account->uid);
	if (r->survey != NULL) {
		r->survey->env_api_key = p->a.container->env_api_key;
		r->survey->env_access_token =
		    p->a.container->env_access_token;
	}
	p->a.done(p->a.ctx);
}

/* What a look begins with: nothing is there. */
static void
look_begin(struct dockput *p)
{
	look_clear(&p->look);
	p->look.replaced = true;
	p->look.account = p->account->uid;
	p->look.path = strdup(buf_str(&p->file));
}

/* No credential is of that size: what it holds is of no interest. */
static void
put_too_large(struct dockput *p)
{
	struct err e = ERR_INIT;

	p->look.present = p->look.readable = p->look.outsized = true;
	p->look.mode = p->walk.mode;
	p->look.owner = p->account->uid;
	if (!p->a.job->backup) {
		put_judge(p);
		return;
	}
	err_set(&e, ERR_BAD_CREDENTIAL, "'%s' is larger than any credential, "
	    "and cannot be kept from outside", buf_str(&p->file));
	put_fail(p, &e);
}

static void
put_got(void *ctx, const struct http_answer *a)
{
	struct dockput *p = ctx;
	struct look *l = &p->look;
	struct archive_found f = { 0 };
	struct err e = ERR_INIT;

	if (a->status == 404) {
		put_judge(p);
		return;
	}
	if (a->status != 200) {
		put_failure(p, a, "cannot read auth.json");
		return;
	}
	if (dockfile_unpack(&f, a, "auth.json", &e) == -1) {
		put_fail(p, &e);
		return;
	}
	if (f.kind != ARCHIVE_FILE) {
		archive_found_clear(&f);
		err_set(&e, ERR_UNSAFE_TARGET, "'%s' is not a regular file",
		    buf_str(&p->file));
		put_fail(p, &e);
		return;
	}
	l->present = true;
	l->mode = f.mode;
	l->owner = owner_inside(p, f.uid);
	if (p->a.job->backup && !p->sent)
		p->old = secret_dup(f.bytes);
	look_bytes(p, f.bytes);
	f.bytes = NULL;		/* transferred */
	archive_found_clear(&f);
	if (p->a.job->backup && !p->sent && p->old == NULL)
		put_memory(p);
	else
		put_judge(p);
}

static void
put_walked(void *ctx, const struct err *why)
{
	struct dockput *p = ctx;
	struct err e = ERR_INIT;

	look_begin(p);
	if (why != NULL) {
		e = *why;
		if (p->confirming && e.code == ERR_UNSAFE_TARGET)
			(void)err_wrap(&e, "auth.json may lie elsewhere");
		put_fail(p, &e);
		return;
	}
	switch (p->walk.end) {
	case DOCKWALK_FILE:
		put_ask(p, "GET", p->file.len, put_got);
		break;
	case DOCKWALK_LARGE:
		put_too_large(p);
		break;
	case DOCKWALK_NO_FILE:
	case DOCKWALK_NO_FOLDER:
		put_judge(p);
		break;
	}
}

/* Writing */

static void
put_paused(struct watch *w, short revents)
{
	struct dockput *p = w->ctx;

	(void)revents;
	dockwalk_start(&p->walk);
}

/*
 * A failure may have left half a file: what is there now tells. Nor was the way
 * held meanwhile: so it is gone once more.
 */
static void
put_done(void *ctx, const struct http_answer *a)
{
	struct dockput *p = ctx;

	secret_free(p->tar);
	p->tar = NULL;
	p->confirming = true;
	if (a->status != 200)
		engine_failure(p->a.engine, a, "cannot put auth.json there",
		    &p->why);
	if (a->status == 0)
		p->pause.due = loop_now(p->a.net->loop) + LOST_PAUSE;
	else
		dockwalk_start(&p->walk);
}

static void
put_backed_up(void *ctx, const struct http_answer *a)
{
	struct dockput *p = ctx;

	secret_free(p->tar);
	p->tar = NULL;
	if (a->status != 200) {
		put_failure(p, a, "cannot keep auth.json.bak");
		return;
	}
	put_write(p);
}

/* The folder that the tar is for: CODEX_HOME, or its parent. */
static size_t
put_folder(const struct dockput *p)
{
	const char *f = buf_str(&p->file);
	size_t len = (size_t)(strrchr(f, '/') - f);

	if (p->walk.end == DOCKWALK_NO_FOLDER) {
		while (len > 0 && f[len - 1] != '/')
			len--;
		len = len > 1 ? len - 1 : 1;
	}
	return len == 0 ? 1 : len;
}

static void
put_write(struct dockput *p)
{
	BUF_AUTO dir = BUF_INIT(PATH_MAX_BYTES);
	struct archive_put put = { .name = "auth.json",
		.uid = p->account->uid, .gid = p->account->gid };
	struct err e = ERR_INIT;
	const char *f = buf_str(&p->file);
	bool backup = p->old != NULL;
	SECRET_AUTO *old = p->old;

	p->old = NULL;		/* transferred */
	if (p->walk.end == DOCKWALK_NO_FOLDER) {
		(void)buf_add(&dir, f, (size_t)(strrchr(f, '/') - f));
		put.dir = strrchr(buf_str(&dir), '/') + 1;
	}
	if (backup)
		put.name = "auth.json.bak";
	p->tar = archive_pack(&put, backup ? old : p->a.job->cred->bytes, &e);
	if (p->tar == NULL) {
		put_fail(p, &e);
		return;
	}
	if (!p->again) {
		p->before = p->look.present;
		memcpy(p->digest, p->look.digest, sizeof(p->digest));
	}
	p->sent = !backup;
	put_ask(p, "PUT", put_folder(p), backup ? put_backed_up : put_done);
}

/* Who, and where */

/*
 * What is on a tmpfs is absent before the container runs, if nothing below it
 * makes that doubtful; else it can't be seen from outside.
 */
static void
put_known(void *ctx, const struct err *why)
{
	struct dockput *p = ctx;
	const struct container *c = p->a.container;
	struct err e = ERR_INIT;

	if (why != NULL) {
		put_fail(p, why);
		return;
	}
	p->account = dockwho_account(p->who);
	if (dockplace_find(&p->file, c, p->a.codex_home, p->account->home,
	    &e) == -1) {
		put_fail(p, &e);
	} else if (dockplace_hidden(buf_str(&p->file), c, &p->hidden) &&
	    (p->a.job->op == JOB_PUSH || c->state == CONTAINER_RUNNING)) {
		put_fail(p, &p->hidden);
	} else {
		p->walk.path = buf_str(&p->file);
		dockwalk_start(&p->walk);
	}
}

struct dockput *
dockput_start(const struct dockput_ask *ask)
{
	struct dockput *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return NULL;
	p->a = *ask;
	p->call = (struct dockfile){ .engine = ask->engine,
		.container = ask->container->id };
	p->walk = (struct dockwalk){ .file = p->call, .done = put_walked,
		.ctx = p };
	p->file = (struct buf)BUF_INIT(PATH_MAX_BYTES);
	look_init(&p->look);
	p->pause = (struct watch){ .fd = -1, .due = LOOP_NEVER,
		.fn = put_paused, .ctx = p };
	if (loop_watch(ask->net->loop, &p->pause) == 0)
		p->who = dockwho_start(&(struct dockwho_ask){
		    .engine = ask->engine, .container = ask->container->id,
		    .user = ask->user, .done = put_known, .ctx = p });
	if (p->who != NULL)
		return p;
	dockput_free(p);
	return NULL;
}

void
dockput_free(struct dockput *p)
{
	if (p == NULL)
		return;
	loop_unwatch(p->a.net->loop, &p->pause);
	dockfile_end(&p->call);
	dockwalk_end(&p->walk);
	dockwho_free(p->who);
	look_clear(&p->look);
	secret_free(p->tar);
	secret_free(p->old);
	buf_clear(&p->file);
	free(p);
}

bool
dockput_committing(const struct dockput *p)
{
	return p->sent || p->a.why != NULL;
}
