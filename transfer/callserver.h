/*
 * callserver - the HTTP of a login's callback, by libmicrohttpd.
 *
 * Threat model, as rules:
 *  1. Nothing but the state ends the wait: whatever else is asked, the login
 *     goes on (threat C3). It is compared in constant time, and counts once:
 *     who brings it again waits for the same outcome (threats O-4, C6).
 *  2. Every answer is a constant of ours (threats C8 and C9); the redirect
 *     that takes the code out of the address bar too (threat O-22).
 *  3. What libmicrohttpd lets pass is judged again by callrequest and
 *     callquery, from the raw request target.
 *
 * No descriptor is listened on or waited for here: callback.c does. What
 * happened is noted, for callback.c to tell after callserver_run.
 */
#ifndef CALLSERVER_H
#define CALLSERVER_H

#include <stdbool.h>
#include <stdint.h>

#include "callconn.h"
#include "mhdapi.h"
#include "page.h"

struct err;
struct secret;
struct sockaddr;

struct callserver {
	struct mhdapi	 mhd;
	struct MHD_Daemon *daemon;
	struct MHD_Response *stray, *method, *moved, *done;
	struct callconns conns;
	/* Borrowed from the owner. */
	const char	*path;
	const struct secret *state;
	int		 port;

	bool		 answered;	/* the state was brought */
	struct callquery answer;	/* and this with it, until taken */
	int		 strays;	/* callbacks without the state */
	int		 rivals;	/* requests to give the port up */
	int		 owed;		/* results promised, not yet taken */
};

/* path, state and port were set. 0, or -1 with e set; then close it too. */
int	callserver_open(struct callserver *s, struct err *e);
void	callserver_close(struct callserver *s);

/* Readable when callserver_run has something to do. */
int	callserver_fd(const struct callserver *s);

/* Takes a connected socket, whatever becomes of it. */
void	callserver_add(struct callserver *s, int fd,
	    const struct sockaddr *sa, socklen_t len, int64_t now);

/* Serves what can be served; when to be run again at the latest. */
int64_t	callserver_run(struct callserver *s, int64_t now);

/* The outcome, for those who wait and come. 0, or -1 without memory. */
int	callserver_finish(struct callserver *s, enum page_kind kind,
	    const char *note, int64_t now);

/* Whether everybody who waited has the result, or has gone. */
bool	callserver_served(const struct callserver *s);

#endif
