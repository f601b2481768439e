/*
 * sshtrust - from a host key's verdict to trust: StrictHostKeyChecking,
 * --accept-new, the user's answer, and recording what was accepted.
 *
 * Threat model, as rules:
 *  1. A changed or revoked key is refused whatever the configuration says.
 *  2. An unknown key is taken only by --accept-new, StrictHostKeyChecking
 *     accept-new/no/off, or a user who was shown its fingerprint.
 *  3. Any failure on the way is a refusal.
 */
#ifndef SSHTRUST_H
#define SSHTRUST_H

#include <libssh/libssh.h>

struct err;
struct net;
struct sshhost;
struct sshnet;

#define SSHTRUST_ORDER_MAX 256

/* Host key algorithms to ask h for, known ones first. 0 or -1. */
int	sshtrust_order(struct sshnet *s, const struct sshhost *h,
	    char order[SSHTRUST_ORDER_MAX], struct err *e);

/*
 * Judges the key the server proved to have. 0, *warning malloc'ed if an
 * accepted key could not be recorded; or -1 with ERR_HOSTKEY_*.
 */
int	sshtrust_check(struct net *n, struct sshnet *s,
	    const struct sshhost *h, ssh_session session, char **warning,
	    struct err *e);

#endif
