/*
 * weblogin - a login through a browser on this machine, as Codex does it.
 *
 * Authorization code with PKCE (RFC 6749 4.1, RFC 7636, RFC 8252), then the
 * API-key exchange, whose failure does not matter.
 *
 *  1. The browser waits until the owner has said how it all ended, so that
 *     the page never promises what was not kept.
 *  2. The code is exchanged once (threat C6), by issuer.h's rules; it is sent
 *     again only where nothing of it had been sent.
 *  3. What came from another issuer than was asked ends the login (RFC 9207).
 *
 * One after another or several with ports of their own, on the run's loop.
 */
#ifndef WEBLOGIN_H
#define WEBLOGIN_H

#include <stdbool.h>
#include <stdint.h>

#include "login.h"

struct err;
struct issuer;
struct loop;
struct secret;
struct weblogin;

extern const int weblogin_ports[];	/* 1455, 1457: Codex's */

/* All borrowed for as long as the login lives. */
struct weblogin_ask {
	struct issuer	*issuer;
	int		 seconds;	/* until it is given up */
	const int	*ports;		/* ends with 0 */
	bool		 localhost;	/* redirect there, not to 127.0.0.1 */
	bool		 by_hand;	/* no listener: weblogin_paste */
	const char	*workspace;	/* ids, with commas; NULL: any */
	/* As callback.h's, may be NULL. */
	void		(*stray)(void *ctx, int n);
	void		(*rival)(void *ctx);
	/* Once. The owner then does the rest and calls weblogin_finish. */
	login_fn	 ended;
	/* Once, after weblogin_finish: it may be freed. */
	void		(*closed)(void *ctx);
	void		*ctx;
};

/*
 * Listens; the caller shows weblogin_url and opens it. NULL with e set:
 * ERR_PORT_IN_USE names the holders.
 */
struct weblogin	*weblogin_new(struct loop *l, const struct weblogin_ask *ask,
		    struct err *e);

/* At once, without a word; not from within `ended`. NULL is fine. */
void		 weblogin_free(struct weblogin *w);

/* Borrowed. */
const char	*weblogin_url(const struct weblogin *w);

/* loop_now milliseconds at which it is given up. */
int64_t		 weblogin_due(const struct weblogin *w);

/*
 * The callback's URL as the user copied it. 0: it is this login's answer, and
 * the login goes on. -1 with ERR_USAGE: it is not, and may be asked again.
 */
int		 weblogin_paste(struct weblogin *w, const struct secret *url,
		    struct err *e);

/*
 * The user waits no longer. Where the issuer has given the login already it
 * ends with that, without an API key (`ended` is called); else false.
 */
bool		 weblogin_hurry(struct weblogin *w);

/*
 * How it ended, for the browser (callback_finish); what is still under way
 * is dropped. closed is called within about a second.
 */
void		 weblogin_finish(struct weblogin *w, bool good,
		    const char *note);

#endif
