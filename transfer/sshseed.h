/*
 * sshseed - the seed of an ssh-ed25519 private key file (RFC 8032 5.1.5).
 *
 * Threat: as sshkey.h's. The passphrase is struct secret and so is the seed;
 * in between the key is libssh's, which wipes what it frees, and the text
 * that it is handed over as is wiped here.
 */
#ifndef SSHSEED_H
#define SSHSEED_H

struct err;
struct net;
struct secret;

#define SSHSEED_LEN 32	/* bytes */

/*
 * Reads the key file at path, asking for its passphrase where it has one. The
 * caller's; NULL with ERR_NO_CREDENTIAL where there is no file,
 * ERR_BAD_CREDENTIAL where it is no ed25519 key, ERR_UNSAFE_TARGET where
 * others can read it, ERR_BAD_PASSPHRASE, or ERR_INTERNAL.
 */
struct secret	*sshseed_read(struct net *n, const char *path,
		    struct err *e);

#endif
