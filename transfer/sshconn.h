/*
 * sshconn - one SSH session, from a name to an authenticated connection.
 *
 * libssh (0.10) is told everything and finds out nothing by itself: no
 * configuration files, no known_hosts, no proxies, no connect, no prompts.
 * A server that drops the connection before its banner (MaxStartups) is tried
 * again with growing, jittered delays.
 *
 * Threat model, as rules:
 *  1. The host key's verdict comes before authentication; nothing is sent to
 *     a host that is not the right one.
 *  2. Nothing is requested that a server could use against us: no agent, X11
 *     or port forwarding, no environment, no compression.
 *  3. Every wait ends with the owner's deadline, or ConnectTimeout until the
 *     keys are exchanged; an agent is waited for without holding others up.
 */
#ifndef SSHCONN_H
#define SSHCONN_H

#include <stdbool.h>
#include <stdint.h>

#include <libssh/libssh.h>

struct err;
struct net;
struct sshconn;
struct sshhost;
struct sshjump;

/* ready(ctx, NULL), or ready(ctx, why); once, from the loop. */
typedef void (*sshconn_fn)(void *ctx, const struct err *e);

struct sshconn_to {
	const char	*user;		/* NULL: as configured */
	const char	*name;
	int		 port;		/* 0: as configured */
	const char	*jump;		/* jumps to here; NULL: as configured */
	struct sshjump	*by;		/* the jump host it is for, or NULL */
	int		 depth;		/* how many sessions stand on this one */
	void		(*began)(void *ctx);	/* the first packet goes out */
};

/* NULL without memory. *to is copied. */
struct sshconn	*sshconn_open(struct net *n, const struct sshconn_to *to,
		    sshconn_fn ready, void *ctx);

/* Ends the session, politely where that needs no waiting. NULL is fine. */
void		 sshconn_close(struct sshconn *c);

/* After ready: the session, and a call for each event on its descriptor. */
ssh_session	 sshconn_session(struct sshconn *c);
void		 sshconn_on_event(struct sshconn *c, void (*event)(void *ctx));

/*
 * Lets libssh take in what has arrived: channel callbacks run from here. The
 * reading calls of libssh stop at a channel's EOF, before its close and exit
 * status; this one does not. False when the link is gone.
 */
bool		 sshconn_pump(struct sshconn *c);

/* Waits for what the session now needs; after each use of the session. */
void		 sshconn_arm(struct sshconn *c);

/* "connecting", "authenticating", ...; constant. */
const char	*sshconn_stage(const struct sshconn *c);

/* Bytes that have arrived, encrypted. */
uint64_t	 sshconn_heard(const struct sshconn *c);

/* Its settings, once they were read; else NULL. Borrowed. */
const struct sshhost *sshconn_host(const struct sshconn *c);

/* Something the user should know about an accepted key, or NULL. */
const char	*sshconn_warning(const struct sshconn *c);

#endif
