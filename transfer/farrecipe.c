#include "farrecipe.h"

#include <stdlib.h>

#include "enginexec.h"
#include "err.h"
#include "farway.h"
#include "install.h"
#include "target.h"

struct farrecipe {
	struct farrecipe_ask a;
	struct install	*install;
	struct farcall	*call;
	struct enginexec_peer peer;
};

static void
recipe_data(void *ctx, int type, const void *p, size_t len)
{
	const struct farrecipe *r = ctx;

	if (type == 1)
		install_feed(r->install, p, len);
	else
		install_feed_error(r->install, p, len);
}

static const void *
recipe_pending(void *ctx, size_t *len)
{
	const struct farrecipe *r = ctx;

	return install_pending(r->install, len);
}

static void
recipe_sent(void *ctx, size_t len)
{
	const struct farrecipe *r = ctx;

	install_sent(r->install, len);
}

static bool
recipe_finished(void *ctx)
{
	const struct farrecipe *r = ctx;

	return install_phase(r->install) >= INSTALL_AGAIN;
}

static void
recipe_ended(void *ctx, int status, const struct err *why)
{
	const struct farrecipe *r = ctx;
	enum farrecipe_end end = FARRECIPE_DONE;

	if (why != NULL && r->a.result->state == STATE_NONE)
		r->a.result->err = *why;
	if (why != NULL && why->code == ERR_NO_SHELL)
		end = FARRECIPE_REFUSED;
	else if (why != NULL)
		(void)result_end(r->a.result, STATE_FAILED);
	else if ((status == -1 && !recipe_finished(ctx)) ||
	    !install_end(r->install, status))
		end = FARRECIPE_LOST;
	else if (install_phase(r->install) == INSTALL_AGAIN)
		end = FARRECIPE_AGAIN;
	r->a.ended(r->a.ctx, end);
}

struct farrecipe *
farrecipe_start(const struct farrecipe_ask *ask, struct err *e)
{
	struct farrecipe *r = calloc(1, sizeof(*r));

	err_memory(e);
	if (r == NULL)
		return NULL;
	r->a = *ask;
	r->peer = (struct enginexec_peer){ .data = recipe_data,
		.pending = recipe_pending, .sent = recipe_sent,
		.finished = recipe_finished, .ended = recipe_ended,
		.ctx = r };
	r->install = install_new(ask->job, ask->codex_home, ask->after,
	    ask->why, ask->result, e);
	if (r->install != NULL)
		r->call = farway_run(ask->way, install_command(r->install),
		    install_argv(r->install), &r->peer);
	if (r->call != NULL)
		return r;
	farrecipe_free(r);
	return NULL;
}

void
farrecipe_free(struct farrecipe *r)
{
	if (r == NULL)
		return;
	farcall_free(r->call);
	install_free(r->install);
	free(r);
}

const char *
farrecipe_nonce(const struct farrecipe *r)
{
	return install_nonce(r->install);
}

bool
farrecipe_committing(const struct farrecipe *r)
{
	return install_phase(r->install) == INSTALL_COMMITTING;
}
