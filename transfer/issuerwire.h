/*
 * issuerwire - what each request to an issuer looks like: codex-cli 0.169's
 * own methods, paths, content types, parameters and their order, as a fake
 * issuer saw them (tests/cli/login-asks-as-codex-does.sh compares).
 */
#ifndef ISSUERWIRE_H
#define ISSUERWIRE_H

#include <stdbool.h>
#include <stddef.h>

#include "form.h"
#include "issuer.h"

#define ISSUERWIRE_PARAMS 5	/* the most that one has */

struct issuerwire {
	const char	*method, *path;
	const char	*deed;		/* "cannot refresh the login" */
	int		 seconds;	/* from the call to the answer's end */
	bool		 form;		/* urlencoded, not JSON */
	bool		 once;		/* spends what it sends */
	bool		 named;		/* has user-agent and originator */
	bool		 bearer;	/* the token is in the header instead */
};

/* Constant. */
const struct issuerwire	*issuerwire_of(enum issuer_what what);

/* Fills p with what ask says, in order; how many there are. Borrowed. */
size_t	issuerwire_params(const struct issuer_ask *ask, const char *client_id,
	    struct form_param p[ISSUERWIRE_PARAMS]);

/* The body: the caller's; NULL without memory. Not for a GET. */
struct secret	*issuerwire_body(const struct issuer_ask *ask,
		    const char *client_id);

#endif
