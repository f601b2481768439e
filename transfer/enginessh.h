/*
 * enginessh - streams to a container engine on another host, over one SSH
 * session of ours.
 *
 * A stream is a channel to the engine's socket there
 * (direct-streamlocal@openssh.com); where sshd refuses that, or the account
 * may not use that socket, it is the standard input and output of "docker
 * system dial-stdio", which knows where its engine is. Nothing is installed
 * or published there.
 *
 * libcurl wants to connect by itself: CURL_SOCKOPT_ALREADY_CONNECTED is
 * ignored by 7.88. So there is a listening socket, in the abstract name space
 * (unix(7)): without a file, and deaf to every other process (SO_PEERCRED).
 */
#ifndef ENGINESSH_H
#define ENGINESSH_H

#include <stdbool.h>

struct enginessh;
struct engineconfig;
struct err;
struct net;

/* NULL without memory or sockets. config is borrowed. */
struct enginessh *enginessh_new(struct net *n,
		    const struct engineconfig *config);
void		 enginessh_free(struct enginessh *s);

/*
 * The abstract name of a socket of ours that leads there, for this process
 * alone. Each connection to it is a stream, usable at once: what is written
 * waits until the session stands; it ends early where that fails. Borrowed.
 */
const char	*enginessh_socket(const struct enginessh *s);

/*
 * How many streams it bears at once. More would wait for those that stand, and
 * a connection that is only kept for reuse does not end by itself.
 */
int		 enginessh_streams(const struct enginessh *s);

/* Why streams end, or ended, early; NULL while there is nothing wrong. */
const struct err *enginessh_why(const struct enginessh *s);

/* Whether the session is gone for good. */
bool		 enginessh_lost(const struct enginessh *s);

/* "authenticating", ...; NULL once the session stands. */
const char	*enginessh_stage(const struct enginessh *s);

/* Something the user should know about an accepted host key, or NULL. */
const char	*enginessh_warning(const struct enginessh *s);

#endif
