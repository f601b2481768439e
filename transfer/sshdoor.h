/*
 * sshdoor - lets one session use one key of an agent, without waiting for it.
 *
 * libssh offers every key of the agent in turn, which ends the session at the
 * server's MaxAuthTries; and it waits for the agent without a limit, and all
 * other sessions with it. So it is given a socket of ours instead: a thread
 * behind it lists the one key that is wanted and passes the request to sign
 * on. An agent that does not answer at once (the user has to touch a token) is
 * answered for with a refusal; when the signature is there its owner is woken,
 * asks again, and gets it: what is signed is the same both times.
 */
#ifndef SSHDOOR_H
#define SSHDOOR_H

#include <stdbool.h>
#include <stddef.h>

#include <libssh/libssh.h>

struct sshagent;
struct sshdoor;

/*
 * ssh_userauth_agent on s sees only the key shown last. One door a session:
 * libssh keeps its end of the socket until ssh_free. NULL without threads,
 * descriptors or memory. a outlives it.
 */
struct sshdoor	*sshdoor_open(struct sshagent *a, ssh_session s);
void		 sshdoor_show(struct sshdoor *d, size_t i);
void		 sshdoor_close(struct sshdoor *d);

/*
 * After ssh_userauth_agent has failed: whether the agent has only not answered
 * yet. Then sshdoor_fd becomes readable when it has, or has had a minute;
 * sshdoor_woken takes note, and the call is to be made again.
 */
bool		 sshdoor_deferred(struct sshdoor *d);
int		 sshdoor_fd(const struct sshdoor *d);
void		 sshdoor_woken(struct sshdoor *d);

#endif
