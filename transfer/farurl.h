/*
 * farurl - what a far codex prints for its user: the URL of a login, or the
 * page and the code of a device login.
 *
 * Threat model, as rules (threat 2.6):
 *  1. It is foreign text that is about to be opened in the user's browser, so
 *     it is not cleaned but checked, and refused whole: at the issuer's own
 *     address, for Codex's own client, with a redirect to this machine's
 *     loopback at one of the two ports, with a state and PKCE by S256.
 *  2. Nothing in it is decoded but the redirect URI; no name stands twice.
 *
 * Pure memory.
 */
#ifndef FARURL_H
#define FARURL_H

#include <stdbool.h>

struct err;
struct secret;

#define FARURL_TEXT_MAX 4096	/* bytes of the URL */
#define FARURL_PATH_MAX 64	/* of the redirect's path, NUL included */
#define FARURL_CODE_MAX 33	/* of a device code, NUL included */

struct farurl_want {
	const char	*issuer;	/* "https://auth.openai.com" */
	const char	*client_id;
};

struct farurl {
	char	*text;		/* the URL, as it was printed; owned */
	int	 port;
	char	 path[FARURL_PATH_MAX];
	struct secret *state;	/* owned */
};

/* Whether codex prints its URL in this line (NUL-terminated, raw). */
bool	farurl_is(const char *line);

/*
 * 0, or -1 with ERR_PROTOCOL, what is wrong in its text, and u clear. The
 * caller ends with farurl_clear.
 */
int	farurl_parse(struct farurl *u, const char *line,
	    const struct farurl_want *want, struct err *e);
void	farurl_clear(struct farurl *u);

/*
 * What codex --device-auth prints, taken line by line. Complete when url and
 * code are set.
 */
struct farcode {
	char	url[128];
	char	code[FARURL_CODE_MAX];
};

/*
 * Takes a line, with its ANSI colours. 0, or -1 with ERR_PROTOCOL where it
 * names another page than the issuer's.
 */
int	farcode_line(struct farcode *c, const char *line,
	    const struct farurl_want *want, struct err *e);

#endif
