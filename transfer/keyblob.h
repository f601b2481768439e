/*
 * keyblob - public keys in their wire form (RFC 4253 6.6) and as text.
 *
 * Accepts what OpenSSH 9.2's sshkey_read accepts: a key of a known type, in
 * strict base64, whose fields fill the blob exactly. It doesn't look whether
 * a point lies on its curve: nothing is computed with these keys, they are
 * compared.
 */
#ifndef KEYBLOB_H
#define KEYBLOB_H

#include <stdbool.h>
#include <stddef.h>

#define KEYBLOB_MAX	 16384	/* bytes; an RSA key of 16384 bits has 2068 */
#define KEYBLOB_TYPE_MAX 64

/*
 * Reads "type base64 ..." (up to the end or a newline) into out. 0, or -1 for
 * whatever ssh would not read as a key.
 */
int	keyblob_read(const char *text, unsigned char out[KEYBLOB_MAX],
	    size_t *len);

/*
 * What stands behind the options of a line of authorized_keys (sshd(8),
 * "AUTHORIZED_KEYS FILE FORMAT"): they are separated by commas, and hold
 * blanks between double quotes only. *authority: one is cert-authority, so the
 * key signs others. NULL where nothing follows.
 */
const char	*keyblob_behind_options(const char *line, bool *authority);

/* The type's name out of the blob; "" if malformed or unknown. */
void	keyblob_type(const unsigned char *blob, size_t len, char *out,
	    size_t size);

/* The type of key that a host key algorithm uses (rsa-sha2-512: ssh-rsa). */
const char	*keyblob_algorithm_type(const char *algorithm);

#endif
