/*
 * http - the one file that sets libcurl's options.
 *
 * Threat model, as rules:
 *  1. Every answer comes from a server that may be hostile: body and header
 *     are capped, nothing is followed, no compression is unpacked.
 *  2. Nothing but what the caller names is contacted: no proxy but his, no
 *     .netrc, no cookies, no environment (SSLKEYLOGFILE and CURL_* go in
 *     cmd/harden).
 *  3. Memory that libcurl frees is wiped first, as it held what was sent. A
 *     secret body is sent from where it lies; a secret answer is collected
 *     in secret memory.
 *  4. TLS, where it is on, verifies unless the caller says otherwise, by the
 *     CA that was named and by no other (or, where the caller wants that,
 *     by the system's as well).
 *  5. What works once is sent once: libcurl's own second try on a reused
 *     connection that turned out dead is off for it, and the answer says
 *     whether any of it was sent.
 *
 * Driven from the run's loop, connections are reused. Nothing here blocks.
 */
#ifndef HTTP_H
#define HTTP_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"

struct err;
struct httpcall;
struct http;
struct loop;
struct secret;

#define HTTP_BODY_MAX (1024 * 1024)

/* Where all requests of one http go. Borrowed for as long as it lives. */
struct http_where {
	const char	*base;		/* "http://host:port", no slash */
	const char	*unix_path;	/* the socket, or NULL */
	const char	*abstract;	/* the same by unix(7)'s abstract name */
	bool		 tls, verify;
	const char	*ca, *cert, *key;	/* PEM files, or NULL */
	bool		 ca_adds;	/* ca stands beside the system's own */
	const char	*proxy;		/* its URL, or NULL: none */
	const char	*no_proxy;	/* hosts without it, or NULL */
};

struct http_ask {
	const char	*method;	/* "GET", "HEAD", "POST", "PUT" */
	const char	*path;		/* with its query, percent-encoded */
	const char	*json;		/* the body, or NULL; copied */
	const struct secret *body;	/* the body, or NULL; borrowed until the
					 * answer or http_cancel */
	const char	*type;		/* of body: "application/x-tar" */
	const struct secret *bearer;	/* for "authorization", or NULL */
	const char	*originator;	/* value of that header, or NULL */
	bool		 nameless;	/* no user-agent, as Codex here and there */
	bool		 secret;	/* so is the answer */
	bool		 once;		/* never to be sent twice */
	const char	*want;		/* a header whose value is wanted */
	size_t		 max;		/* bytes of body; 0: HTTP_BODY_MAX */
	int		 ms;		/* from now to the answer's end; 0: any */
};

/* Why there is no answer, as far as a user can do something about it. */
enum http_lost {
	HTTP_HERE,		/* there is one */
	HTTP_TOO_MUCH,		/* larger than allowed */
	HTTP_LATE,		/* no end of it in time */
	HTTP_NO_NAME,		/* the host has no address */
	HTTP_NO_PROXY,		/* the proxy cannot be reached */
	HTTP_PROXY_REFUSES,	/* it answered CONNECT by proxy_status */
	HTTP_BAD_CA,		/* the CA file holds no certificate */
	HTTP_UNTRUSTED,		/* the server's certificate is not trusted */
	HTTP_CLOCK,		/* it is not valid today, by our clock */
	HTTP_BROKEN,		/* what came is not HTTP, or ends too early */
	HTTP_CUT		/* anything else */
};

struct http_answer {
	int		 status;	/* 0: there was none, why says */
	const char	*body;		/* NUL-terminated; never NULL */
	size_t		 len;
	const char	*wanted;	/* value of the header; "" */
	const char	*type;		/* its Content-Type; "" */
	int		 retry_after;	/* seconds it asks for; 0: none */
	bool		 sent;		/* the request went out, or some of it */
	enum http_lost	 lost;
	int		 proxy_status;
	const struct err *why;		/* ERR_UNREACHABLE, _TIMEOUT, _PROTOCOL */
};

/* Called once, from the loop; the answer is gone when it returns. */
typedef void (*http_fn)(void *ctx, const struct http_answer *a);

/* NULL with e set: without memory or libcurl. */
struct http	*http_new(struct loop *l, const struct http_where *where,
		    struct err *e);
void		 http_free(struct http *h);

/* At most n connections at once, or 0 for no such bound. */
void		 http_connections(struct http *h, int n);

/* Begins; NULL without memory. done may free the call. */
struct httpcall	*http_call(struct http *h, const struct http_ask *ask,
		    http_fn done, void *ctx);

/*
 * A connection of its own, for bytes that are no longer HTTP: done is told
 * status 0 and no error once it stands, or why it does not.
 */
struct httpcall	*http_connect(struct http *h, http_fn done, void *ctx);

/* Ends it without a word; what is under way is cut off. NULL is fine. */
void		 http_cancel(struct httpcall *c);

/* Of http_connect, once it stands: its descriptor, to wait on. */
int		 http_fd(struct httpcall *c);

/*
 * As send(2) and recv(2) that do not block: bytes moved, 0 when it has to
 * wait, -1 at the end of the stream or an error.
 */
long		 http_send(struct httpcall *c, const void *p, size_t len);
long		 http_recv(struct httpcall *c, void *p, size_t len);

#endif
