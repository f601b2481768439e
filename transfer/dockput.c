#include "dockput.h"

#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "archive.h"
#include "buf.h"
#include "container.h"
#include "cred.h"
#include "dockplace.h"
#include "engine.h"
#include "err.h"
#include "http.h"
#include "jsontext.h"
#include "look.h"
#include "passwd.h"
#include "secret.h"
#include "target.h"

#define PATH_MAX_BYTES	4096
#define QUERY_MAX	(4 * PATH_MAX_BYTES)

struct dockput {
	struct dockput_ask a;
	struct httpcall	*call;
	struct archive_found passwd, group;
	struct passwd_account account;
	struct buf	 file;		/* CODEX_HOME/auth.json */
	size_t		 at;		/* how far the way was looked at */
	bool		 no_dir;	/* CODEX_HOME is missing */
	bool		 sent, confirming;
	struct err	 why;		/* the put failed, or seemed to */
	struct secret	*tar;
	struct secret	*old;		/* for --backup */
	struct look	 look;
};

static void put_walk(struct dockput *p);

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

	err_set(&e, ERR_INTERNAL, "out of memory");
	put_fail(p, &e);
}

/* One request on the archive of the container. path is not terminated. */
static void
put_ask(struct dockput *p, const char *method, const char *path, size_t len,
    http_fn then)
{
	BUF_AUTO b = BUF_INIT(QUERY_MAX), exact = BUF_INIT(PATH_MAX_BYTES);
	struct http_ask ask = { .method = method, .max = ARCHIVE_TAR_MAX };

	(void)buf_add(&exact, path, len);
	(void)buf_addf(&b, "/containers/%s/archive?path=",
	    p->a.container->id);
	jsontext_query(&b, buf_str(&exact));
	if (p->tar != NULL)
		(void)buf_adds(&b, "&noOverwriteDirNonDir=1");
	ask.path = buf_str(&b);
	ask.body = p->tar;
	ask.type = p->tar != NULL ? "application/x-tar" : NULL;
	if (strcmp(method, "HEAD") == 0)
		ask.want = DOCKPLACE_HEADER;
	http_cancel(p->call);
	p->call = b.failed || exact.failed ? NULL :
	    http_call(engine_http(p->a.engine), &ask, then, p);
	if (p->call == NULL)
		put_memory(p);
}

static void
put_ask_file(struct dockput *p, const char *method, http_fn then)
{
	put_ask(p, method, buf_str(&p->file), p->file.len, then);
}

/* The entry of a GET's tar. -1 with e set. */
static int
put_unpack(struct archive_found *found, const struct http_answer *a,
    const char *name, struct err *e)
{
	SECRET_AUTO *tar = secret_copy(a->body, a->len);

	archive_found_clear(found);
	if (tar == NULL)
		return err_set(e, ERR_INTERNAL, "out of memory");
	return archive_find(found, tar, name, e);
}

/* What is there */

static void
look_bytes(struct look *l, struct secret *take, bool keep)
{
	struct err ignored = ERR_INIT;	/* no credential: no claims */
	size_t len;
	const unsigned char *bytes = secret_expose(take, &len);

	l->readable = true;
	crypto_hash_sha256(l->digest, bytes, len);
	l->outsized = len == 0;
	l->bytes = keep ? secret_copy(bytes, len) : NULL;
	(void)cred_parse(&l->claims, take, &ignored);
	secret_free(l->claims.bytes);
	l->claims.bytes = NULL;
}

/*
 * With userns-remap the ids of a GET are the host's, and Podman's are always
 * the container's user: where passwd is not root's, they tell nothing.
 */
static long
owner_inside(const struct dockput *p, long uid)
{
	bool real = p->passwd.kind == ARCHIVE_FILE && p->passwd.uid == 0;

	return real && !p->confirming ? uid : p->account.uid;
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

static void
put_judge(struct dockput *p)
{
	const struct job *job = p->a.job;
	struct result *r = p->a.result;
	struct err e = ERR_INIT;

	if (p->a.why != NULL) {
		look_recover(&p->look, job, p->a.why, r);
	} else if (p->why.code != ERR_NONE) {
		look_recover(&p->look, job, &p->why, r);
	} else if (p->confirming) {
		look_confirm(&p->look, job, r);
	} else if (look_judge(&p->look, job, r)) {
		if (job->op == JOB_PUSH) {
			put_write(p);
			return;
		}
		if (job->op == JOB_PULL) {
			put_fetched(p);
			return;
		}
		dockplace_stays(buf_str(&p->file), p->a.container, &e);
		put_fail(p, &e);
		return;
	}
	r->not_durable = job->op == JOB_PUSH;	/* an engine doesn't sync */
	if (job->op == JOB_PUSH && (r->state == STATE_WRITTEN ||
	    r->state == STATE_WOULD_WRITE))
		result_warn(r, "put from outside by the engine, for uid %ld: "
		    "this way is not atomic", p->account.uid);
	p->a.done(p->a.ctx);
}

static void
put_got(void *ctx, const struct http_answer *a)
{
	struct dockput *p = ctx;
	struct look *l = &p->look;
	struct archive_found f = { 0 };
	struct err e = ERR_INIT;

	look_clear(l);
	l->replaced = true;
	l->account = p->account.uid;
	l->path = strdup(buf_str(&p->file));
	if (a->status == 404) {
		put_judge(p);
		return;
	}
	if (a->status != 200) {
		put_failure(p, a, "cannot read auth.json");
		return;
	}
	if (put_unpack(&f, a, "auth.json", &e) == -1) {
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
	secret_free(p->old);
	p->old = NULL;
	if (p->a.job->backup && !p->sent &&
	    (p->old = secret_dup(f.bytes)) == NULL) {
		archive_found_clear(&f);
		err_set(&e, ERR_INTERNAL, "out of memory");
		put_fail(p, &e);
		return;
	}
	look_bytes(l, f.bytes, p->a.job->op == JOB_PULL);
	f.bytes = NULL;		/* transferred */
	archive_found_clear(&f);
	put_judge(p);
}

/* Writing */

/* A failure may have left half a file: what is there now tells. */
static void
put_done(void *ctx, const struct http_answer *a)
{
	struct dockput *p = ctx;

	secret_free(p->tar);
	p->tar = NULL;
	if (a->status != 200)
		engine_failure(p->a.engine, a, "cannot put auth.json there",
		    &p->why);
	p->confirming = true;
	put_ask_file(p, "GET", put_got);
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

	if (p->no_dir) {
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
		.uid = p->account.uid, .gid = p->account.gid };
	struct err e = ERR_INIT;
	const char *f = buf_str(&p->file);
	bool backup = p->old != NULL;
	SECRET_AUTO *old = p->old;

	p->old = NULL;		/* transferred */
	if (p->no_dir) {
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
	p->sent = !backup;
	put_ask(p, "PUT", f, put_folder(p), backup ? put_backed_up : put_done);
}

/* The way there */

static bool
way_ends(const struct dockput *p)
{
	return p->at == p->file.len;
}

/* The component is not there. */
static void
way_missing(struct dockput *p)
{
	const char *f = buf_str(&p->file);
	struct err e = ERR_INIT;

	if (way_ends(p) || strchr(f + p->at + 1, '/') == NULL) {
		p->no_dir = !way_ends(p);
		/* A look that finds nothing. */
		put_got(p, &(struct http_answer){ .status = 404 });
		return;
	}
	err_set(&e, ERR_NO_HOME, "'%.*s' does not exist in the container",
	    (int)p->at, f);
	err_hint(&e, "say where Codex has its home there with --codex-home");
	put_fail(p, &e);
}

static void
way_seen(void *ctx, const struct http_answer *a)
{
	struct dockput *p = ctx;
	const char *f = buf_str(&p->file), *bad;
	struct err e = ERR_INIT;

	if (a->status == 404) {
		way_missing(p);
		return;
	}
	if (a->status != 200) {
		put_failure(p, a, "cannot look into the container");
		return;
	}
	bad = dockplace_judge(a->wanted, way_ends(p) ? DOCKPLACE_FILE :
	    strchr(f + p->at + 1, '/') == NULL ? DOCKPLACE_HOME :
	    DOCKPLACE_WAY);
	if (bad == NULL) {
		put_walk(p);
		return;
	}
	err_set(&e, ERR_UNSAFE_TARGET, "'%.*s' %s", (int)p->at, f, bad);
	err_hint(&e, "start the container, or name another folder with "
	    "--codex-home");
	put_fail(p, &e);
}

/* One component further; the file itself is the last. */
static void
put_walk(struct dockput *p)
{
	const char *f = buf_str(&p->file), *next;

	if (way_ends(p)) {
		put_ask_file(p, "GET", put_got);
		return;
	}
	next = strchr(f + p->at + 1, '/');
	p->at = next == NULL ? p->file.len : (size_t)(next - f);
	put_ask(p, "HEAD", f, p->at, way_seen);
}

/* Who, and where */

static struct passwd_text
found_text(const struct archive_found *f)
{
	struct passwd_text t = { NULL, 0 };

	if (f->bytes != NULL)
		t.p = (const char *)secret_expose(f->bytes, &t.len);
	return t;
}

static void
put_account(struct dockput *p)
{
	struct err e = ERR_INIT;

	if (passwd_find(&p->account, p->a.user, found_text(&p->passwd),
	    found_text(&p->group), &e) == -1 ||
	    dockplace_find(&p->file, p->a.container, p->a.codex_home,
	    p->account.home, &e) == -1) {
		put_fail(p, &e);
		return;
	}
	put_walk(p);
}

/* 1 when it has ended with a verdict. */
static int
put_keep(struct dockput *p, const struct http_answer *a,
    struct archive_found *f, const char *name)
{
	struct err e = ERR_INIT;

	if (a->status == 404)
		return 0;
	if (a->status != 200) {
		put_failure(p, a, "cannot read the container's accounts");
		return 1;
	}
	if (put_unpack(f, a, name, &e) == 0)
		return 0;
	put_fail(p, &e);
	return 1;
}

static void
put_got_group(void *ctx, const struct http_answer *a)
{
	struct dockput *p = ctx;

	if (put_keep(p, a, &p->group, "group") == 0)
		put_account(p);
}

static void
put_got_passwd(void *ctx, const struct http_answer *a)
{
	static const char group[] = "/etc/group";
	struct dockput *p = ctx;

	if (put_keep(p, a, &p->passwd, "passwd") != 0)
		return;
	if (strchr(p->a.user, ':') != NULL)
		put_ask(p, "GET", group, sizeof(group) - 1, put_got_group);
	else
		put_account(p);
}

struct dockput *
dockput_start(const struct dockput_ask *ask)
{
	struct dockput *p = calloc(1, sizeof(*p));
	BUF_AUTO b = BUF_INIT(QUERY_MAX);

	if (p == NULL)
		return NULL;
	p->a = *ask;
	p->file = (struct buf)BUF_INIT(PATH_MAX_BYTES);
	look_init(&p->look);
	(void)buf_addf(&b, "/containers/%s/archive?path=/etc/passwd",
	    ask->container->id);
	p->call = http_call(engine_http(ask->engine), &(struct http_ask){
	    .method = "GET", .path = buf_str(&b), .max = ARCHIVE_TAR_MAX },
	    put_got_passwd, p);
	if (p->call != NULL)
		return p;
	dockput_free(p);
	return NULL;
}

void
dockput_free(struct dockput *p)
{
	if (p == NULL)
		return;
	http_cancel(p->call);
	archive_found_clear(&p->passwd);
	archive_found_clear(&p->group);
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
