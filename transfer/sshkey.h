/*
 * sshkey - private key files, read once for all sessions of a run.
 *
 * Threat: a decrypted key lives in libssh's memory until the end of the run
 * (libssh offers no locked memory); passphrases are struct secret and are
 * asked for once a file. A key file that others can read is not used, as
 * ssh has it.
 */
#ifndef SSHKEY_H
#define SSHKEY_H

#include <stdbool.h>

#include <libssh/libssh.h>

struct net;
struct sshkeys;

enum sshkey_state {
	SSHKEY_ABSENT,		/* no such file */
	SSHKEY_UNUSABLE,	/* `why` says it */
	SSHKEY_ENCRYPTED,	/* the public half may be known */
	SSHKEY_READY
};

struct sshkey {
	const char	 *path;
	enum sshkey_state state;
	const char	 *why;		/* constant, for a hint; or NULL */
	bool		  exposed;	/* others can read the file: unusable */
	char		 *base64;	/* the public key's blob; NULL unknown */
	ssh_key		  public;	/* NULL unknown */
	ssh_key		  private;	/* SSHKEY_READY */
};

struct sshkeys	*sshkeys_new(void);
void		 sshkeys_free(struct sshkeys *c);

/* The key at path, read on the first call. Borrowed; NULL without memory. */
struct sshkey	*sshkeys_get(struct sshkeys *c, const char *path);

/*
 * Asks for the passphrase, three times at most, and makes k SSHKEY_READY; the
 * answer "no" is remembered, so that a hundred hosts ask once. Whether it is.
 */
bool		 sshkey_unlock(struct net *n, struct sshkey *k);

/*
 * A copy of the private key that presents the certificate of the file, for
 * ssh_key_free; NULL where there is none or it is not this key's.
 */
ssh_key		 sshkey_certified(const struct sshkey *k,
		    const char *cert_path);

#endif
