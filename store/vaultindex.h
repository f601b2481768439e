/*
 * vaultindex - the list of a store's entries as bytes.
 *
 * Everything is little-endian. A 32-bit count; then each entry, by name in
 * strictly ascending order (strcmp):
 *
 *	 0   8	serial: counts up with each entry added, never used again
 *	 8   8	added, Unix seconds
 *	16   8	changed, Unix seconds
 *	24   8	when the access token expires, Unix seconds; 0 unknown
 *	32   4	size of the credential
 *	36   1	mode: 1 chatgpt, 2 lease, 3 apikey, 4 personal access token,
 *		5 agent identity, 6 Bedrock
 *	37   1	1: it holds a refresh token
 *	38   2	zero
 *	40  32	SHA-256 of the credential
 *	72	eight texts, each a 16-bit length and that many bytes: name,
 *		account, workspace, user, login, email, plan, last_refresh
 *
 * What an entry says is kept beside its credential so that a list costs one
 * decryption, and never has a token in memory.
 */
#ifndef VAULTINDEX_H
#define VAULTINDEX_H

#include <stddef.h>

struct err;
struct vaultimage;

/* Writes the list at out, or nowhere if it is NULL; its length either way. */
size_t	vaultindex_encode(const struct vaultimage *v, unsigned char *out);

/*
 * Reads it into v->entries and v->n (which were empty), boxes left NULL. Not
 * one byte too few or too many. On failure (ERR_BAD_CREDENTIAL) what was read
 * until then is v's to clear.
 */
int	vaultindex_decode(struct vaultimage *v, const unsigned char *p,
	    size_t len, struct err *e);

#endif
