/*
 * httplost - why a request has no answer, in words a user can act on.
 */
#ifndef HTTPLOST_H
#define HTTPLOST_H

#include "curlapi.h"
#include "http.h"

struct err;

/* What is known of a transfer that failed. */
struct httplost {
	const struct curlapi	*api;
	CURL			*easy;
	CURLcode		 rc;
	const char		*said;		/* libcurl's own words, or "" */
	bool			 too_much;	/* we ended it: too large */
	const struct http_where	*where;
	int			 proxy_status;	/* set: of CONNECT, or 0 */
};

/*
 * The kind, with e set: ERR_TIMEOUT for a late one, ERR_PROTOCOL where what
 * came cannot be read, else ERR_UNREACHABLE. libcurl's words (7.88) name
 * hosts, ports and files, never a header or a proxy's password.
 */
enum http_lost	httplost_read(struct httplost *l, struct err *e);

#endif
