/*
 * callrequest - whether a request to our callback server is the browser's.
 *
 * Threat model, as rules:
 *  1. Any page in the user's browser and any local user can send us requests.
 *     Only a top-level navigation by GET, without a body, is looked at
 *     (threat C5; Fetch Metadata; browsers set these headers themselves).
 *  2. Host is ours, once: a name that was rebound to 127.0.0.1 is not
 *     (threat C4; RFC 9112 3.2, RFC 9110 7.4).
 *  3. Paths are compared as they were sent, without decoding.
 *  4. The head holds nothing but what we were given of it (threat C11): NULs,
 *     bare line feeds, folded lines and stray blanks, which libmicrohttpd
 *     lets pass (RFC 9112 2.2 and 3 allow that), show in its length.
 *
 * Pure memory; the HTTP itself is libmicrohttpd's.
 */
#ifndef CALLREQUEST_H
#define CALLREQUEST_H

#include <stdbool.h>
#include <stddef.h>

enum callrequest_place {
	CALLREQUEST_NOWHERE,
	CALLREQUEST_CALLBACK,	/* the redirect URI's path */
	CALLREQUEST_DONE,	/* CALLREQUEST_DONE_PATH, the result */
	CALLREQUEST_CANCEL	/* as Codex asks another login to give way */
};

#define CALLREQUEST_DONE_PATH "/done"
#define CALLREQUEST_MAX 8192	/* bytes of a request, its last line included */

struct callrequest {
	int		 port;		/* ours */
	const char	*method, *version;
	size_t		 target_len;
	size_t		 size;		/* of the whole head as it was sent */
	/* Of the headers so far. */
	size_t		 headers_size, blanks;
	int		 hosts, hosts_ours;
	bool		 body;
	bool		 foreign;	/* a page's own request, no navigation */
};

/* The place of a request target as sent; *query is after its '?', or NULL. */
enum callrequest_place	callrequest_place(const char *target,
			    const char *callback, const char **query);

/* Notes one header of the request. */
void	callrequest_header(struct callrequest *r, const char *name,
	    const char *value);

/* The HTTP status to refuse it with, or 0. */
int	callrequest_judge(const struct callrequest *r);

#endif
