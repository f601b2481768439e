#include "farask.h"

#include <stdlib.h>

#include "enginexec.h"
#include "farway.h"
#include "secret.h"

struct farask {
	struct farcall	*call;
	struct enginexec_peer peer;
	struct secret	*request;
	size_t		 sent;
	struct farhttp	 http;
	farask_fn	 done;
	void		*ctx;
};

static void
ask_data(void *ctx, int type, const void *p, size_t len)
{
	struct farask *a = ctx;

	if (type == 1)
		farhttp_feed(&a->http, p, len);
}

static const void *
ask_pending(void *ctx, size_t *len)
{
	const struct farask *a = ctx;
	const unsigned char *p = secret_expose(a->request, len);

	p += a->sent;
	*len -= a->sent;
	return *len > 0 ? p : NULL;
}

static void
ask_sent(void *ctx, size_t len)
{
	((struct farask *)ctx)->sent += len;
}

static bool
ask_finished(void *ctx)
{
	return ((struct farask *)ctx)->http.verdict != FARHTTP_WAITS;
}

static void
ask_ended(void *ctx, int status, const struct err *why)
{
	struct farask *a = ctx;

	(void)status;
	farhttp_end(&a->http);
	a->done(a->ctx, a->http.verdict, why);
}

struct farask *
farask_start(struct farway *w, int port, struct secret *request_take,
    farask_fn done, void *ctx)
{
	struct farask *a = request_take != NULL ? calloc(1, sizeof(*a)) : NULL;

	if (a == NULL) {
		secret_free(request_take);
		return NULL;
	}
	a->request = request_take;	/* transferred */
	a->done = done;
	a->ctx = ctx;
	a->peer = (struct enginexec_peer){ .data = ask_data,
		.pending = ask_pending, .sent = ask_sent,
		.finished = ask_finished, .ended = ask_ended, .ctx = a };
	farhttp_init(&a->http, port);
	if ((a->call = farway_dial(w, port, &a->peer)) != NULL)
		return a;
	farask_free(a);
	return NULL;
}

void
farask_free(struct farask *a)
{
	if (a == NULL)
		return;
	farcall_free(a->call);
	secret_free(a->request);
	free(a);
}
