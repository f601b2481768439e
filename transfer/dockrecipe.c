#include "dockrecipe.h"

#include <stdlib.h>

#include "enginexec.h"
#include "install.h"

struct dockrecipe {
	struct dockrecipe_ask a;
	struct enginexec_peer peer;
	bool sent;	/* anything of the go or the file */
	struct enginexec *exec;
};

static void
recipe_data(void *ctx, int type, const void *p, size_t len)
{
	const struct dockrecipe *d = ctx;

	if (type == 1)
		install_feed(d->a.install, p, len);
	else
		install_feed_error(d->a.install, p, len);
}

static const void *
recipe_pending(void *ctx, size_t *len)
{
	const struct dockrecipe *d = ctx;

	return install_pending(d->a.install, len);
}

static void
recipe_sent(void *ctx, size_t len)
{
	struct dockrecipe *d = ctx;

	d->sent = true;
	install_sent(d->a.install, len);
}

static bool
recipe_finished(void *ctx)
{
	const struct dockrecipe *d = ctx;

	return install_phase(d->a.install) >= INSTALL_AGAIN;
}

static void
recipe_ended(void *ctx, int status, const struct err *why)
{
	const struct dockrecipe *d = ctx;

	d->a.ended(d->a.ctx, status, why);
}

struct dockrecipe *
dockrecipe_start(const struct dockrecipe_ask *ask)
{
	struct dockrecipe *d = calloc(1, sizeof(*d));

	if (d == NULL)
		return NULL;
	d->a = *ask;
	d->peer = (struct enginexec_peer){ .data = recipe_data,
		.pending = recipe_pending, .sent = recipe_sent,
		.finished = recipe_finished, .ended = recipe_ended,
		.ctx = d };
	d->exec = enginexec_start(&(struct enginexec_ask){ .net = ask->net,
	    .engine = ask->engine, .container = ask->container,
	    .user = ask->user, .argv = install_argv(ask->install),
	    .peer = &d->peer });
	if (d->exec != NULL)
		return d;
	free(d);
	return NULL;
}

void
dockrecipe_free(struct dockrecipe *d)
{
	if (d == NULL)
		return;
	/* Podman leaves a program's input open when its client goes, and the
	 * recipe waits for a line: any but the go ends it. */
	if (!d->sent)
		enginexec_say(d->exec, "\n", 1);
	enginexec_free(d->exec);
	free(d);
}
