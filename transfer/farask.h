/*
 * farask - one HTTP request to a port of the far loopback, over any way.
 */
#ifndef FARASK_H
#define FARASK_H

#include "farhttp.h"

struct err;
struct farask;
struct farway;

/*
 * Once, from the way; must not free it. why: it could not be connected
 * (verdict FARHTTP_BAD), or NULL.
 */
typedef void (*farask_fn)(void *ctx, enum farhttp_verdict verdict,
    const struct err *why);

/* Takes the request, also where it fails. NULL without memory. */
struct farask	*farask_start(struct farway *w, int port,
		    struct secret *request_take, farask_fn done, void *ctx);
void		 farask_free(struct farask *a);

#endif
