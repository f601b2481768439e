/*
 * dial - a TCP connection to the first of a host's addresses that answers.
 *
 * Our own, because libssh's connect blocks in getaddrinfo, stays with the
 * first address, and leaves the socket inheritable and Nagle on. Addresses
 * are tried in the order of getaddrinfo(3), the next one 250 ms after the one
 * before (RFC 8305) or as soon as it failed.
 */
#ifndef DIAL_H
#define DIAL_H

struct dial;
struct err;
struct gate;
struct loop;

/*
 * done(ctx, fd, err) is called once, from the loop: a connected, non-blocking,
 * close-on-exec socket with TCP_NODELAY and keep-alive that is the callee's
 * now; or -1 with why (ERR_UNREACHABLE). There is no deadline here: the
 * caller ends it with dial_free.
 */
typedef void (*dial_fn)(void *ctx, int fd, const struct err *e);

struct dial_to {
	const char	*host;		/* copied */
	int		 port;		/* 1 to 65535 */
	int		 family;	/* AF_ */
	void		(*first)(void *ctx);	/* the first packet goes out */
	dial_fn		 done;
	void		*ctx;
};

/*
 * The gate of the address is entered before connecting, and left by dial_free,
 * which the caller delays until it has authenticated. NULL sets e.
 */
struct dial	*dial_start(struct loop *l, struct gate *g,
		    const struct dial_to *to, struct err *e);
void		 dial_free(struct dial *d);

#endif
