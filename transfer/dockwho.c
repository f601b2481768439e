#include "dockwho.h"

#include <stdlib.h>
#include <string.h>

#include "archive.h"
#include "buf.h"
#include "dockfile.h"
#include "dockplace.h"
#include "engine.h"
#include "err.h"
#include "http.h"
#include "passwd.h"
#include "secret.h"

#define PATH_MAX_BYTES	4096

struct dockwho {
	struct dockwho_ask a;
	struct dockfile	 file;
	struct buf	 path;		/* what is asked for */
	bool		 followed;
	struct archive_found passwd, group, *now;
	struct passwd_account account;
};

static struct passwd_text
found_text(const struct archive_found *f)
{
	struct passwd_text t = { NULL, 0 };

	if (f->bytes != NULL)
		t.p = (const char *)secret_expose(f->bytes, &t.len);
	return t;
}

/* The last thing a function does. */
static void
who_end(struct dockwho *w)
{
	struct err e = ERR_INIT;

	if (passwd_find(&w->account, w->a.user, found_text(&w->passwd),
	    found_text(&w->group), &e) == 0)
		w->a.done(w->a.ctx, NULL);
	else
		w->a.done(w->a.ctx, &e);
}

static void who_got(void *ctx, const struct http_answer *a);

static int
who_ask(struct dockwho *w)
{
	return w->path.failed ? -1 : dockfile_ask(&w->file, "GET",
	    buf_str(&w->path), w->path.len, NULL, who_got, w);
}

static void
who_go_on(struct dockwho *w)
{
	struct err e = ERR_INIT;

	if (who_ask(w) == 0)
		return;
	err_memory(&e);
	w->a.done(w->a.ctx, &e);
}

/* The file that is asked for now. False with e where it can't be had. */
static bool
who_take(struct dockwho *w, const struct http_answer *a, struct err *e)
{
	if (a->status == 200)
		return dockfile_unpack(w->now, a,
		    strrchr(buf_str(&w->path), '/') + 1, e) == 0;
	engine_failure(w->a.engine, a, "cannot read the container's accounts",
	    e);
	return a->status == 404 && e->code != ERR_NO_CONTAINER;
}

static void
who_got(void *ctx, const struct http_answer *a)
{
	struct dockwho *w = ctx;
	struct err e = ERR_INIT;

	if (!who_take(w, a, &e)) {
		w->a.done(w->a.ctx, &e);
	} else if (w->now->kind == ARCHIVE_LINK && !w->followed) {
		w->followed = true;
		archive_found_clear(w->now);
		buf_clear(&w->path);
		if (dockplace_leads(&w->path, a->wanted) == 0)
			who_go_on(w);
		else
			who_end(w);
	} else if (w->now == &w->passwd && strchr(w->a.user, ':') != NULL) {
		w->now = &w->group;
		w->followed = false;
		buf_clear(&w->path);
		(void)buf_adds(&w->path, "/etc/group");
		who_go_on(w);
	} else {
		who_end(w);
	}
}

struct dockwho *
dockwho_start(const struct dockwho_ask *ask)
{
	struct dockwho *w = calloc(1, sizeof(*w));

	if (w == NULL)
		return NULL;
	w->a = *ask;
	w->file = (struct dockfile){ .engine = ask->engine,
		.container = ask->container };
	w->path = (struct buf)BUF_INIT(PATH_MAX_BYTES);
	w->now = &w->passwd;
	(void)buf_adds(&w->path, "/etc/passwd");
	if (who_ask(w) == 0)
		return w;
	dockwho_free(w);
	return NULL;
}

void
dockwho_free(struct dockwho *w)
{
	if (w == NULL)
		return;
	dockfile_end(&w->file);
	archive_found_clear(&w->passwd);
	archive_found_clear(&w->group);
	buf_clear(&w->path);
	free(w);
}

const struct passwd_account *
dockwho_account(const struct dockwho *w)
{
	return &w->account;
}

bool
dockwho_owners(const struct dockwho *w)
{
	return w->passwd.kind == ARCHIVE_FILE && w->passwd.uid == 0;
}
