/*
 * devicelogin - a login by device code, politely (RFC 8628 3.5).
 *
 * The issuer gives a short code that the user enters in a browser anywhere;
 * it is asked how that went until it says, or the time is over. Codex's form
 * of the flow: the PKCE verifier comes from the issuer with the grant.
 *
 *  1. Asked no sooner than the issuer allows: its interval (1 to 60 s), 5 s
 *     more after each slow_down or 429, or what Retry-After says; twice as
 *     long after each failure that may pass, with some chance in it.
 *  2. What is shown is safe on any terminal: [A-Z0-9-]{4,16}, and a URL made
 *     of the issuer's own alone.
 *  3. It ends when the code does, as far as the issuer tells that, or at the
 *     caller's own time, whichever is sooner.
 *  4. The grant is exchanged once. It is sent again only where nothing of it
 *     had been sent.
 *
 * Any number at once, each on the run's loop.
 */
#ifndef DEVICELOGIN_H
#define DEVICELOGIN_H

#include <stdint.h>

#include "login.h"

struct devicelogin;
struct loop;

/* Borrowed: strings for the call, url and code, which works for seconds. */
typedef void (*devicelogin_show_fn)(void *ctx, const char *url,
    const char *code, int seconds);

struct devicelogin_ask {
	struct issuer	*issuer;	/* borrowed; outlives the login */
	int		 seconds;	/* until it is given up */
	devicelogin_show_fn show;	/* once, when the user can begin */
	login_fn	 ended;		/* must not free the issuer */
	void		*ctx;
};

/* Begins; NULL with e set. The caller's, after `ended` too. */
struct devicelogin *devicelogin_new(struct loop *l,
		    const struct devicelogin_ask *ask, struct err *e);

/* Stops at once, without a word. NULL is fine. */
void		 devicelogin_free(struct devicelogin *d);

/* loop_now milliseconds at which it is given up. */
int64_t		 devicelogin_due(const struct devicelogin *d);

#endif
