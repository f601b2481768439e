/*
 * pkce - proof key for code exchange (RFC 7636), S256 alone.
 *
 * Threats O-8 to O-11: new for each login, from the system's generator; the
 * verifier is in no URL, log or error, and wiped with its secret.
 */
#ifndef PKCE_H
#define PKCE_H

#include <stddef.h>

struct secret;

#define PKCE_CHALLENGE 44	/* bytes, the NUL included */

/*
 * n random bytes in base64url without padding: a verifier (64 as Codex's,
 * of which RFC 7636 4.1 allows 32 to 96) or a state. The caller's; NULL
 * without memory.
 */
struct secret	*pkce_random(size_t n);

/* base64url(SHA-256(verifier)), RFC 7636 4.2. Returns out. */
char	*pkce_challenge(char out[PKCE_CHALLENGE],
	    const struct secret *verifier);

#endif
