/*
 * callback - the loopback listener of one login (RFC 8252 7.3).
 *
 * It is there from callback_open to callback_free and no longer. The issuer's
 * redirect brings the browser here with code and state; the owner does what
 * is to be done with them (an exchange with the issuer, a far codex) while
 * the browser waits, and says the outcome, which the browser is then shown.
 *
 * Threat model, as rules: loopback.h who can connect, callconn.h how many and
 * for how long, callrequest.h and callquery.h what is taken for an answer,
 * callserver.h what it changes, page.h what is said. And one more: no byte
 * ever goes to whoever holds the port instead of us (threat C1).
 */
#ifndef CALLBACK_H
#define CALLBACK_H

#include <stdbool.h>

#include "callquery.h"

struct callback;
struct err;
struct loop;
struct secret;

/* The ports that are registered for Codex, in its order. */
#define CALLBACK_PORT	       1455
#define CALLBACK_PORT_FALLBACK 1457

/* How long the browser may take to come for the result. */
#define CALLBACK_LINGER_MS 1000

/*
 * Called from the loop, one at a time, each as the callback's last act: it
 * may be freed in any of them. All but answer and closed may be NULL.
 */
struct callback_fns {
	/* Once: the state is right. The members of *q may be taken. */
	void	(*answer)(void *ctx, struct callquery *q);
	/* n callbacks by now came without the state: no answers of ours. */
	void	(*stray)(void *ctx, int n);
	/* Another codex login wants the port (GET /cancel); it doesn't get it. */
	void	(*rival)(void *ctx);
	/* Once, after callback_finish: the result was shown, or nobody came. */
	void	(*closed)(void *ctx);
};

struct callback_ask {
	const int	*ports;		/* tried in turn; ends with 0 */
	/* Whether ::1 must be ours as well: the browser may be sent there. */
	bool		 both;
	const char	*path;		/* of the redirect URI */
	const struct secret *state;
	const struct callback_fns *fns;
	void		*ctx;
};

/*
 * Listens; all of *ask is borrowed for as long as it lives. NULL with e set,
 * ERR_PORT_IN_USE naming the holders where the system tells them.
 */
struct callback	*callback_open(struct loop *l, const struct callback_ask *ask,
		    struct err *e);

/* Closes everything at once; whoever still waits is cut off. NULL is fine. */
void		 callback_free(struct callback *cb);

int		 callback_port(const struct callback *cb);

/*
 * How it ended, for the browser: the page of success or failure, with a short
 * note of ours or NULL. Once; also without an answer, then nobody is shown
 * it. closed is called within CALLBACK_LINGER_MS.
 */
void		 callback_finish(struct callback *cb, bool good,
		    const char *note);

#endif
