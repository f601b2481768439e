/*
 * forward - a local port that leads to a port of the far host's loopback, as
 * `ssh -L` has it: any number of connections over one session.
 *
 * Threat model, as rules:
 *  1. Only this machine can connect: both loopback families, nobody shares
 *     them (loopback.h). Any local user can, which is what ssh's -L gives; a
 *     login's forward is another one and speaks HTTP.
 *  2. What a peer does costs its own connection alone: a stalled one costs no
 *     memory beyond its window, a refused one does not end the session.
 */
#ifndef FORWARD_H
#define FORWARD_H

struct err;
struct forward;
struct net;
struct sshlink;

struct forward_on {
	/* The far port cannot be reached; once until it can. May be NULL. */
	void	(*refused)(void *ctx, const struct err *why);
	void	 *ctx;
};

/*
 * Takes the local port; connections wait until there is a link. NULL with
 * ERR_PORT_IN_USE, or another error.
 */
struct forward	*forward_new(struct net *n, int local_port, int far_port,
		    const struct forward_on *on, struct err *e);

/*
 * Serves them over l, which is up, to host (sshdirect.h) there. When l is
 * lost they end, and others wait: it may be called again with another link.
 */
void		 forward_start(struct forward *f, struct sshlink *l,
		    const char *host);

/* Ends all connections, over a link that may still be up. NULL is fine. */
void		 forward_free(struct forward *f);

#endif
