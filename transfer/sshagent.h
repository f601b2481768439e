/*
 * sshagent - the keys an ssh-agent holds (draft-ietf-sshm-ssh-agent).
 */
#ifndef SSHAGENT_H
#define SSHAGENT_H

#include <stddef.h>

struct message;
struct sshagent;

/*
 * Asks the agent at the socket for its keys; 2 s at most in all. One that does
 * not answer has no keys. NULL only without memory.
 */
struct sshagent	*sshagent_open(const char *path);
void		 sshagent_free(struct sshagent *a);

const char	*sshagent_path(const struct sshagent *a);
size_t		 sshagent_count(const struct sshagent *a);

/* The i-th public key or certificate as base64 of its blob; borrowed. */
const char	*sshagent_key(const struct sshagent *a, size_t i);

/* The same as it came from the agent; borrowed. */
const struct message *sshagent_blob(const struct sshagent *a, size_t i);

#endif
