/*
 * farhttp - our request to the callback server of a far codex, and what its
 * answer means.
 *
 * Threat model, as rules (threat 2.6):
 *  1. The browser's request never goes there: this one is made anew from the
 *     code and the state, without a cookie or any header of the browser's.
 *  2. Whoever listens there may answer as he likes: the status alone is looked
 *     at, and whether a redirect stays on his own server. Not a byte of it
 *     gets to the browser. What a login came to is in the file it wrote.
 *
 * Pure memory. RFC 9112.
 */
#ifndef FARHTTP_H
#define FARHTTP_H

#include <stdbool.h>
#include <stddef.h>

struct callquery;
struct secret;

#define FARHTTP_MAX  (64 * 1024)	/* bytes of an answer */
#define FARHTTP_LINE 64			/* of a line that are looked at */

enum farhttp_verdict {
	FARHTTP_WAITS,		/* for the rest of its head */
	FARHTTP_MOVED,		/* to its own /success: the login was taken */
	FARHTTP_SHOWN,		/* 200: a page */
	FARHTTP_NOTHING,	/* 404: HTTP is spoken there */
	FARHTTP_REFUSED,	/* any other status */
	FARHTTP_BAD		/* no HTTP, too long, a redirect elsewhere */
};

struct farhttp {
	int	 port;		/* of the far server */
	int	 status;	/* 0 until it is known */
	bool	 moved, elsewhere;
	enum farhttp_verdict verdict;
	char	 line[FARHTTP_LINE];	/* its beginning */
	size_t	 nline, all;
};

/* GET path, for a probe or /success; the caller's. NULL without memory. */
struct secret	*farhttp_get(int port, const char *path);

/* GET path with the code and state of q. */
struct secret	*farhttp_callback(int port, const char *path,
		    const struct callquery *q);

void		 farhttp_init(struct farhttp *h, int port);

/* Takes what arrives, and its end; the verdict is in h. */
void		 farhttp_feed(struct farhttp *h, const void *p, size_t len);
void		 farhttp_end(struct farhttp *h);

#endif
