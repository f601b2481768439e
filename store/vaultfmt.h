/*
 * vaultfmt - the encrypted store's format: bytes of a file <-> an image.
 *
 * Pure memory. The format and its threat model are at the head of vaultfmt.c.
 */
#ifndef VAULTFMT_H
#define VAULTFMT_H

#include <stddef.h>

#include "vaultimage.h"

struct err;
struct secret;

#define VAULT_FILE_MAX	(64u << 20)	/* bytes */
#define VAULT_FRONT_LEN 192u		/* header, root and checksum */

/* What libsodium calls MODERATE, and a salt of its own. */
void	vaultfmt_kdf_new(struct vault_kdf *kdf);

/* The same after `was`: what a later version has raised stays as high. */
void	vaultfmt_kdf_next(struct vault_kdf *kdf, const struct vault_kdf *was);

/* A file that was checked; borrowed. */
struct vaultfmt {
	const unsigned char *file;
	size_t		 len;
	struct vault_kdf kdf;		/* what its key takes */
	unsigned char	 body[32];	/* digest */
};

/*
 * Whether these are the bytes of a store that we can read, undamaged as far
 * as can be told without the passphrase. ERR_BAD_CREDENTIAL with what is
 * wrong.
 */
int	vaultfmt_check(struct vaultfmt *f, const unsigned char *file,
	    size_t len, struct err *e);

/*
 * Opens what was checked. ERR_BAD_PASSPHRASE where the key (vaultbox_key) is
 * not the store's. key_take is the image's; on failure it is freed and *v
 * empty.
 */
int	vaultfmt_open(struct vaultimage *v, const struct vaultfmt *f,
	    struct secret *key_take, struct err *e);

/* The whole file, malloc'ed, the caller's; *len is how long. NULL with e. */
unsigned char	*vaultfmt_seal(const struct vaultimage *v, size_t *len,
		    struct err *e);

#endif
