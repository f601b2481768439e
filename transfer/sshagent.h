/*
 * sshagent - keys of an ssh-agent, one at a time.
 *
 * libssh offers every key of the agent in turn, which ends the session at the
 * server's MaxAuthTries, and waits for the agent without a limit. So it is
 * given a socket of ours instead: a thread behind it lists the one key that is
 * wanted, and passes the request to sign on, with a deadline (the user may
 * have to touch a token). Protocol: draft-ietf-sshm-ssh-agent.
 *
 * Threat: the agent's answers are bounded (256 KiB) and its lengths checked.
 */
#ifndef SSHAGENT_H
#define SSHAGENT_H

#include <stddef.h>

#include <libssh/libssh.h>

struct sshagent;
struct sshagent_door;

/*
 * Asks the agent at the socket for its keys; 5 s at most. One that does not
 * answer has no keys. NULL only without memory.
 */
struct sshagent	*sshagent_open(const char *path);
void		 sshagent_free(struct sshagent *a);

const char	*sshagent_path(const struct sshagent *a);
size_t		 sshagent_count(const struct sshagent *a);

/* The i-th public key or certificate as base64 of its blob; borrowed. */
const char	*sshagent_key(const struct sshagent *a, size_t i);

/*
 * Puts a door between s and the agent: ssh_userauth_agent on s then sees only
 * the key shown last. One door a session, because libssh keeps its end of the
 * socket until ssh_free. NULL without threads or memory. a outlives it.
 */
struct sshagent_door *sshagent_door_open(struct sshagent *a, ssh_session s);
void		 sshagent_door_show(struct sshagent_door *d, size_t i);
void		 sshagent_door_close(struct sshagent_door *d);

#endif
