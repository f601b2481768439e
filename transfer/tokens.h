/*
 * tokens - what an issuer gives for a login, each in secret memory.
 */
#ifndef TOKENS_H
#define TOKENS_H

#include <stdbool.h>
#include <stddef.h>

struct secret;

/* Any may be NULL after a refresh: the old one stays valid then. */
struct tokens {
	struct secret	*id, *access, *refresh;
};

void	tokens_clear(struct tokens *t);

/*
 * Whether it may stand in a header (RFC 6750 2.1, b64token) and is no longer
 * than an auth.json may be: nothing else is taken from an issuer.
 */
bool	token_ok(const char *s);

/* Whether Codex would read it as an id token: three parts, claims in JSON. */
bool	token_is_id(const char *s);

#endif
