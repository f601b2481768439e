/*
 * callconn - the connections of the callback server, and their bounds.
 *
 * Threat C10, as rules:
 *  1. There are at most CALLCONN_MAX. One more, and the oldest that has not
 *     shown the login's state has to go: no crowd keeps the browser out.
 *  2. A connection has CALLCONN_MS in all to make its request and take the
 *     answer, however it drips. (libmicrohttpd's own timeout begins anew at
 *     each byte.)
 *  3. One that waits for the login's outcome is bounded by that.
 *
 * libmicrohttpd owns and closes the descriptors; here they are shut down,
 * which makes it close them.
 */
#ifndef CALLCONN_H
#define CALLCONN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "callquery.h"
#include "callrequest.h"

#define CALLCONN_MAX  16
#define CALLCONN_WAIT 4		/* of them, with the login's state */
#define CALLCONN_MS   5000

struct MHD_Connection;

enum callconn_said {
	CALLCONN_NOTHING,
	CALLCONN_MOVED,		/* the result is at CALLREQUEST_DONE_PATH */
	CALLCONN_DONE,		/* the result */
	CALLCONN_REFUSED
};

struct callconn {
	bool		 used;
	int		 fd;
	int64_t		 born, due;	/* loop_now milliseconds */
	struct MHD_Connection *mhd;	/* NULL until it was taken */
	bool		 waits;		/* suspended until the outcome */
	enum callconn_said said;	/* the answer under way */
	/* The request, from its first line. */
	size_t		 size;		/* bytes of its target */
	enum callrequest_place place;
	struct callquery query;
	bool		 answers;	/* query is one */
};

struct callconns {
	struct callconn	 v[CALLCONN_MAX];
};

/*
 * A place for fd, or NULL: shut must be called, and the server be run, until
 * one is free. Never taken from one that waits.
 */
struct callconn	*callconns_add(struct callconns *c, int fd, int64_t now);
void		 callconn_end(struct callconn *c);
struct callconn	*callconns_find(struct callconns *c, int fd);

/* Shuts the oldest that does not wait; false where there is none. */
bool		 callconns_shut_oldest(struct callconns *c);

/* Shuts those whose time is over, and returns when the next one's is. */
int64_t		 callconns_shut_due(struct callconns *c, int64_t now);

/* How many wait. */
int		 callconns_waiting(const struct callconns *c);

#endif
