/*
 * authurl - where the browser is sent to log in (RFC 6749 4.1.1).
 */
#ifndef AUTHURL_H
#define AUTHURL_H

struct issuer;
struct secret;

struct authurl {
	const struct issuer	*issuer;
	const char		*redirect_uri;
	const char		*challenge;	/* pkce_challenge */
	const struct secret	*state;
	const char		*workspace;	/* ids, with commas; NULL: any */
};

/*
 * The URL with the parameters of codex 0.169, in its order and encoding.
 * malloc'ed, the caller's; NULL without memory.
 */
char	*authurl_make(const struct authurl *u);

#endif
