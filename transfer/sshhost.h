/*
 * sshhost - what `ssh -G` prints, and a host's settings made of it.
 *
 * `ssh -G` of OpenSSH 9.2 prints UserKnownHostsFile and IdentityAgent with
 * tokens, tildes and variables expanded and most others as they are in the
 * file, so that one output serves several hosts.
 */
#ifndef SSHHOST_H
#define SSHHOST_H

#include "sshconfig.h"

struct err;
struct sshtokens;

/* Parses the output; values as printed. NULL with e set (ERR_USAGE). */
struct sshhost	*sshhost_parse(const char *out, struct err *e);

/*
 * A copy of raw for the host that t names, everything expanded. t's hostname,
 * user, port, alias and jump are filled in here. agent is SSH_AUTH_SOCK.
 */
struct sshhost	*sshhost_expand(const struct sshhost *raw,
		    const struct sshtokens *t, const char *agent,
		    struct err *e);

#endif
