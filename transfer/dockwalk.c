#include "dockwalk.h"

#include <stdbool.h>
#include <string.h>

#include "cred.h"
#include "dockplace.h"
#include "engine.h"
#include "err.h"
#include "http.h"

static void walk_seen(void *ctx, const struct http_answer *a);

static enum dockplace
walk_what(const struct dockwalk *w)
{
	if (w->path[w->at] == '\0')
		return DOCKPLACE_FILE;
	return strchr(w->path + w->at + 1, '/') == NULL ? DOCKPLACE_HOME :
	    DOCKPLACE_WAY;
}

/* One component further; the file itself is the last. */
static void
walk_on(struct dockwalk *w)
{
	struct err e = ERR_INIT;

	w->at += 1 + strcspn(w->path + w->at + 1, "/");
	if (dockfile_ask(&w->file, "HEAD", w->path, w->at, NULL, walk_seen,
	    w) == 0)
		return;
	err_memory(&e);
	w->done(w->ctx, &e);
}

static void
walk_missing(struct dockwalk *w)
{
	struct err e = ERR_INIT;

	if (walk_what(w) != DOCKPLACE_WAY) {
		w->end = walk_what(w) == DOCKPLACE_HOME ? DOCKWALK_NO_FOLDER :
		    DOCKWALK_NO_FILE;
		w->done(w->ctx, NULL);
		return;
	}
	err_set(&e, ERR_NO_HOME, "'%.*s' does not exist in the container",
	    (int)w->at, w->path);
	err_hint(&e, "say where Codex has its home there with --codex-home");
	w->done(w->ctx, &e);
}

static void
walk_there(struct dockwalk *w, const char *header)
{
	if (w->path[w->at] != '\0') {
		walk_on(w);
		return;
	}
	w->end = dockplace_large(header, CRED_SIZE_MAX, &w->mode) ?
	    DOCKWALK_LARGE : DOCKWALK_FILE;
	w->done(w->ctx, NULL);
}

static void
walk_seen(void *ctx, const struct http_answer *a)
{
	struct dockwalk *w = ctx;
	const char *bad = NULL;
	struct err e = ERR_INIT;

	if (a->status == 404) {
		walk_missing(w);
		return;
	}
	if (a->status != 200) {
		engine_failure(w->file.engine, a, "cannot look into the "
		    "container", &e);
	} else if ((bad = dockplace_judge(a->wanted, walk_what(w))) == NULL) {
		walk_there(w, a->wanted);
		return;
	} else {
		err_set(&e, ERR_UNSAFE_TARGET, "'%.*s' %s", (int)w->at,
		    w->path, bad);
		err_hint(&e, "start the container, or name another folder "
		    "with --codex-home");
	}
	w->done(w->ctx, &e);
}

void
dockwalk_start(struct dockwalk *w)
{
	w->at = 0;
	walk_on(w);
}

void
dockwalk_end(struct dockwalk *w)
{
	dockfile_end(&w->file);
}
