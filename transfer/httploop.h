/*
 * httploop - libcurl's multi interface on the run's loop.
 *
 * libcurl says which sockets and which time it waits for; they become watches.
 */
#ifndef HTTPLOOP_H
#define HTTPLOOP_H

#include <stdbool.h>

#include "curlapi.h"
#include "loop.h"

struct err;

/* What libcurl waits for on one socket. */
struct httpsocket {
	struct httpsocket *next;
	struct httploop	*owner;
	struct watch	 watch;
};

struct httploop {
	struct curlapi	 api;
	struct loop	*loop;
	CURLM		*multi;
	struct watch	 timer;
	struct httpsocket *sockets;
	bool		 inited;
	/* A transfer ended; may remove any handle. */
	void		(*ended)(struct httploop *h, CURL *easy, CURLcode rc);
};

/*
 * Loads libcurl with allocators that wipe, and makes the multi handle. 0, or
 * -1 with ERR_INTERNAL; httploop_close is right after both.
 */
int	httploop_open(struct httploop *h, struct loop *l, struct err *e);

/* After every easy handle has gone. */
void	httploop_close(struct httploop *h);

#endif
