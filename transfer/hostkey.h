/*
 * hostkey - whether a host key is the right one: ssh's own verdict.
 *
 * Threat model, as rules:
 *  1. libssh's check is not used: it ignores @revoked, and one unreadable
 *     line turns a changed key into an unknown one (0.10 to 0.12).
 *  2. An unreadable line is skipped alone and never changes a verdict.
 *  3. A key that matches a @revoked line is refused whatever else matches.
 *  4. Anything that fails here fails closed.
 *  5. Host certificates can't be negotiated by libssh: a @cert-authority
 *     line makes no key known.
 *
 * Format: sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT". Names are compared in
 * lower case; port 22 is the plain name, others are "[name]:port", and a key
 * that is known for the plain name is good for another port too, as ssh has
 * it.
 */
#ifndef HOSTKEY_H
#define HOSTKEY_H

#include <stdbool.h>
#include <stddef.h>

struct err;
struct hostkeys;

enum hostkey_verdict {
	HOSTKEY_UNKNOWN,
	HOSTKEY_KNOWN,
	HOSTKEY_CHANGED,
	HOSTKEY_REVOKED
};

struct hostkey_answer {
	enum hostkey_verdict verdict;
	bool		 authority;	/* a @cert-authority line matches */
	const char	*file;		/* the line that decided; borrowed */
	unsigned long	 line;		/* 1..., 0: none */
};

#define HOSTKEY_FINGERPRINT_LEN 64

/*
 * Reads known_hosts files in order (a missing one is empty; one that can't be
 * read is ERR_HOSTKEY_UNKNOWN naming it) and RevokedHostKeys files (public
 * keys one a line; a KRL or an unreadable one is an error: fail closed).
 * Lists are NULL-terminated. The result is immutable until hostkeys_learn.
 */
struct hostkeys	*hostkeys_load(const char *const *files,
		    const char *const *revoked, struct err *e);
void		 hostkeys_free(struct hostkeys *k);

/*
 * blob is the SSH wire form of the public key (RFC 4253 6.6). port 0 is for a
 * HostKeyAlias: the plain name.
 */
void		 hostkeys_check(const struct hostkeys *k, const char *name,
		    int port, const unsigned char *blob, size_t len,
		    struct hostkey_answer *a);

/*
 * The host key algorithms to ask for, best first, known ones before the
 * others, as a comma list for SSH_OPTIONS_HOSTKEYS. `all` is the list to
 * reorder ("ssh-ed25519,ecdsa-sha2-nistp256,rsa-sha2-512,..."). 0 or -1 if
 * size is too small.
 */
int		 hostkeys_order(const struct hostkeys *k, const char *name,
		    int port, const char *all, char *out, size_t size);

/*
 * Appends a line for the key to file (made with 0600, its folder with 0700)
 * under an exclusive lock, as one write, beginning on a line of its own; and
 * makes it known in k. hash: as HashKnownHosts. 0 or -1.
 */
int		 hostkeys_learn(struct hostkeys *k, const char *file,
		    const char *name, int port, bool hash,
		    const unsigned char *blob, size_t len, struct err *e);

/* "SHA256:..." as ssh prints it. */
void		 hostkey_fingerprint(const unsigned char *blob, size_t len,
		    char out[HOSTKEY_FINGERPRINT_LEN]);

#endif
