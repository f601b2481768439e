/*
 * vaultbox - the pieces of the encrypted store, each sealed under its key.
 *
 * What is sealed is authenticated together with the header, so no piece fits
 * into another store, or another piece's place.
 */
#ifndef VAULTBOX_H
#define VAULTBOX_H

#include <stddef.h>
#include <stdint.h>

#include "vaultimage.h"

struct err;
struct secret;

#define VAULT_MAGIC    "cxpstore"	/* and the context of subkeys */
#define VAULT_VERSION  1u
#define VAULT_ARGON2ID 1u
#define VAULT_XCHACHA  1u
#define VAULTBOX_MORE  40u	/* what is sealed is longer by nonce and tag */

/* The clear text at the head of the file, little-endian. */
struct vault_header {
	char		magic[8];
	uint32_t	version, kdf, cipher, passes;
	uint64_t	memory;
	unsigned char	salt[VAULT_SALT_LEN];
};

struct vault_header	vaultbox_header(const struct vault_kdf *kdf);

/*
 * The key of a passphrase, the caller's: half a second and 256 MB where the
 * parameters are ours. NULL only for want of memory.
 */
struct secret	*vaultbox_key(const struct vault_kdf *kdf,
		    const struct secret *passphrase, struct err *e);

/* Which piece it is: the number of its subkey, and of what entry. */
enum vaultbox_kind {
	VAULTBOX_ROOT = 1,
	VAULTBOX_INDEX,
	VAULTBOX_CREDENTIAL,
	VAULTBOX_FILL
};

struct vaultbox {
	const struct vaultimage	*v;	/* whose key and parameters */
	enum vaultbox_kind	 kind;
	const struct vault_entry *en;	/* of VAULTBOX_CREDENTIAL, else NULL */
};

/* Seals len bytes at p into len + VAULTBOX_MORE at out. */
int	vaultbox_seal(unsigned char *out, const struct vaultbox *b,
	    const void *p, size_t len, struct err *e);

/*
 * The other way: len bytes at p, at least VAULTBOX_MORE, into that many fewer
 * at out. ERR_BAD_CREDENTIAL for what is not this piece under this key.
 */
int	vaultbox_open(void *out, const struct vaultbox *b,
	    const unsigned char *p, size_t len, struct err *e);

/* "it is damaged", with the hint. Returns -1. */
int	vaultbox_damaged(struct err *e);

/*
 * Seals a credential into en->box for en's name, serial and expiry, replacing
 * what was there; on failure that is still there.
 */
int	vaultbox_put(struct vault_entry *en, const struct vaultimage *v,
	    const struct secret *bytes, struct err *e);

/* The credential of en, the caller's; NULL with ERR_BAD_CREDENTIAL. */
struct secret	*vaultbox_get(const struct vault_entry *en,
		    const struct vaultimage *v, struct err *e);

/* Bytes that a credential of this size takes when sealed. */
size_t	vaultbox_len(size_t size);

#endif
