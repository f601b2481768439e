/*
 * sshdirect - a channel to a port of the far host's loopback (direct-tcpip,
 * RFC 4254 7.2), and whether the server lets us have one.
 */
#ifndef SSHDIRECT_H
#define SSHDIRECT_H

#include <libssh/libssh.h>

struct err;

#define SSHDIRECT_HOST	"127.0.0.1"
#define SSHDIRECT_NAME	"localhost"	/* as some PermitOpen lines have it */

enum sshdirect {
	SSHDIRECT_WAITS,	/* ask again after the next event */
	SSHDIRECT_OPEN,
	SSHDIRECT_REFUSED,	/* nobody listens there, or can't be reached */
	SSHDIRECT_FORBIDDEN,	/* by the server's configuration */
	SSHDIRECT_FAILED	/* the session is dead, or no memory */
};

/*
 * Opens *c (NULL: a new one) to host:port there, host one of the two above;
 * called again until it no longer waits. Where it does not open, *c is freed
 * and NULL, the session lives on, and e says why. A channel that still waits
 * MUST NOT be freed while the session lives: its answer would open one that
 * nobody closes.
 */
enum sshdirect	sshdirect_open(ssh_session s, ssh_channel *c,
		    const char *host, int port, struct err *e);

#endif
