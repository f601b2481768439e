/*
 * sshprobe - whether a server lets us forward to one of its ports, asked
 * before anybody relies on it.
 *
 * A port where nobody listens is asked for first: "refused" there means that
 * forwarding is allowed, and no service has had a stray connection. Only
 * where that is forbidden (PermitOpen names the ports) the port itself is
 * asked for.
 */
#ifndef SSHPROBE_H
#define SSHPROBE_H

struct err;
struct sshlink;
struct sshprobe;

/*
 * host: how sshd wants the port's host to be called (sshdirect.h), constant;
 * NULL with why: forbidden (ERR_PERMISSION_DENIED with a hint), or the link
 * was lost. Once, from the loop.
 */
typedef void (*sshprobe_fn)(void *ctx, const char *host,
    const struct err *why);

/* l is up. NULL without memory. */
struct sshprobe	*sshprobe_start(struct sshlink *l, int port, sshprobe_fn done,
		    void *ctx);
void		 sshprobe_free(struct sshprobe *p);

#endif
