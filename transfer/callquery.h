/*
 * callquery - what an issuer's redirect says (RFC 6749 4.1.2).
 *
 * Threat model, as rules:
 *  1. The bytes may come from any web page or local user: what is not exactly
 *     a query string is refused, whole (threat C11).
 *  2. A name that stands twice is refused, whichever it is (RFC 6749 3.1), as
 *     is a code together with an error (threat C7).
 *  3. Code and state are secrets; all other text is made safe to show.
 *
 * Pure memory.
 */
#ifndef CALLQUERY_H
#define CALLQUERY_H

#include <stdbool.h>

struct err;
struct secret;

#define CALLQUERY_TEXT_MAX 256	/* bytes of a text kept, the NUL included */

struct callquery {
	struct secret	*state;
	struct secret	*code;		/* NULL: error says why not */
	char		 error[CALLQUERY_TEXT_MAX];
	char		 description[CALLQUERY_TEXT_MAX];
	char		 issuer[CALLQUERY_TEXT_MAX];	/* RFC 9207 */
	bool		 has_issuer;
};

/*
 * Reads the part after '?'. false: no answer to any authorization request,
 * or no memory, and *q is empty. The caller ends with callquery_clear.
 */
bool	callquery_read(struct callquery *q, const char *query);

/*
 * The same from a whole URL as the user copied it out of the browser; blanks
 * around it do not matter.
 */
bool	callquery_read_url(struct callquery *q, const struct secret *url);
void	callquery_clear(struct callquery *q);

/*
 * Whether the answer may be used: it is of the issuer that was asked (where
 * it names one) and holds a code. 0, or -1 with ERR_LOGIN_REFUSED, its text
 * from the error. issuer NULL: any.
 */
int	callquery_judge(const struct callquery *q, const char *issuer,
	    struct err *e);

#endif
