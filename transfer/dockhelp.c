#include "dockhelp.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "container.h"
#include "enginexec.h"
#include "err.h"
#include "target.h"
#include "text.h"

struct dockhelp {
	struct dockhelp_ask a;
	struct enginexec *exec;
	struct enginexec_peer peer;
	char		 said[ERR_TEXT_MAX / 2];
};

static void
help_data(void *ctx, int type, const void *p, size_t len)
{
	struct dockhelp *h = ctx;

	(void)type;
	if (h->said[0] == '\0')
		text_safe(h->said, sizeof(h->said), p, len);
}

static bool
help_finished(void *ctx)
{
	(void)ctx;
	return false;
}

static void
help_ended(void *ctx, int status, const struct err *why)
{
	struct dockhelp *h = ctx;
	struct err e = ERR_INIT;

	if (why == NULL && status != 0) {
		err_set(&e, ERR_PERMISSION_DENIED, "status %d, '%s'", status,
		    h->said);
		why = &e;
	}
	h->a.done(h->a.ctx, why);
}

/* CODEX_HOME as we were told or as the container has it; else a ".codex". */
static bool
help_expected(const struct dockhelp_ask *a)
{
	static const char tail[] = "/.codex";
	const char *want = a->codex_home != NULL ? a->codex_home :
	    a->container->codex_home;
	size_t len = strlen(a->dir), n = sizeof(tail) - 1;

	if (strstr(a->dir, "/../") != NULL)
		return false;
	if (want != NULL)
		return strncmp(want, a->dir, len) == 0 &&
		    strspn(want + len, "/") == strlen(want + len);
	return len >= n && strcmp(a->dir + len - n, tail) == 0;
}

/*
 * Step by step, and no step through a link: the account may have made it, and
 * root would follow. The parents are made too, unless the user named the
 * folder: a slip in --codex-home must not become a folder. Nor does root look
 * for programs where the container's PATH leads: that may be the account's own
 * folder.
 */
static int
help_exec(struct dockhelp *h)
{
	static const char script[] =
	    "PATH=/bin:/usr/bin:/sbin:/usr/sbin; export PATH; "
	    "umask 022; set -f; IFS=/; cd / || exit 1; "
	    "for c in ${1%/*}; do "
	    "[ \"$c\" ] || continue; "
	    "[ -d \"./$c\" ] || { [ \"$3\" = p ] && mkdir -- \"./$c\"; } || "
	    "exit 1; "
	    "w=$(pwd -P); cd -P -- \"./$c\" || exit 1; "
	    "[ \"$(pwd -P)\" = \"${w%/}/$c\" ] || exit 1; "
	    "done; "
	    "mkdir -m 700 -- \"./${1##*/}\" && "
	    "chown -h -- \"$2\" \"./${1##*/}\"";
	const char *const argv[] = { "/bin/sh", "-c", script, "cxp", h->a.dir,
		h->a.who, h->a.codex_home != NULL ? "-" : "p", NULL };

	h->peer = (struct enginexec_peer){ .data = help_data,
		.finished = help_finished, .ended = help_ended, .ctx = h };
	h->exec = enginexec_start(&(struct enginexec_ask){
	    .net = h->a.net, .engine = h->a.engine,
	    .container = h->a.container->id, .user = "0", .argv = argv,
	    .peer = &h->peer });
	return h->exec == NULL ? -1 : 0;
}

static bool
help_would(const struct dockhelp_ask *ask)
{
	return strncmp(ask->who, "0:", 2) != 0 && help_expected(ask);
}

void
dockhelp_foretell(const struct dockhelp_ask *ask, struct result *r)
{
	static const char tail[] = "/auth.json";
	size_t len = strlen(ask->dir);
	char *path;

	if (!help_would(ask) || (path = malloc(len + sizeof(tail))) == NULL)
		return;
	memcpy(path, ask->dir, len);
	memcpy(path + len, tail, sizeof(tail));
	result_clear(r);
	r->path = path;
	r->owner = strtol(ask->who, NULL, 10);	/* "uid:gid", judged before */
	result_warn(r, "dry run: root would make '%s' for it", ask->dir);
	(void)result_end(r, STATE_WOULD_WRITE);
}

struct dockhelp *
dockhelp_start(const struct dockhelp_ask *ask)
{
	struct dockhelp *h;

	if (!help_would(ask) || (h = calloc(1, sizeof(*h))) == NULL)
		return NULL;
	h->a = *ask;
	if (help_exec(h) == 0)
		return h;
	free(h);
	return NULL;
}

void
dockhelp_free(struct dockhelp *h)
{
	if (h == NULL)
		return;
	enginexec_free(h->exec);
	free(h);
}
