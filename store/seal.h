/*
 * seal - a credential that only the recipients of a text can open.
 *
 * Pure memory: bytes in, bytes out. What they are and what they keep is in
 * seal.c; armor.h makes a text of them; when and how often a machine opens
 * one is the caller's to keep (sealseen.h).
 */
#ifndef SEAL_H
#define SEAL_H

#include <stddef.h>
#include <stdint.h>

#include "cred.h"
#include "recipient.h"

struct buf;
struct err;
struct secret;

#define SEAL_ID_LEN	   16
#define SEAL_RECIPIENTS_MAX 16
/* Of the sealed bytes: head, a box for each recipient, body and tag. */
#define SEAL_BYTES_MAX	   (66 + SEAL_RECIPIENTS_MAX * 48 + CRED_SIZE_MAX + 16)

/* What a text says about itself; true only once it has been opened. */
struct seal {
	unsigned char	id[SEAL_ID_LEN];
	int64_t		expires;	/* Unix seconds */
};

/*
 * Appends `what` (1 to CRED_SIZE_MAX bytes), sealed for the n recipients at
 * `to` (1 to SEAL_RECIPIENTS_MAX, all different) until `expires`, to out. 0,
 * or -1 with ERR_INTERNAL, or ERR_USAGE for a key nothing can be sealed for.
 */
int	seal_close(struct buf *out, const struct secret *what,
	    const struct recipient *to, size_t n, int64_t expires,
	    struct err *e);

/*
 * Opens len bytes with a private key: what was sealed, the caller's, and
 * *about; its expiry is not judged here. NULL with ERR_BAD_CREDENTIAL (not a
 * sealed text, another version, cut, changed, not for this key) or
 * ERR_INTERNAL; then *about is not set.
 */
struct secret	*seal_open(struct seal *about, const void *p, size_t len,
		    const struct secret *key, struct err *e);

#endif
