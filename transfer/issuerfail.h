/*
 * issuerfail - what a request without success means: whether to ask again,
 * and what the user is told to do.
 */
#ifndef ISSUERFAIL_H
#define ISSUERFAIL_H

#include "issuer.h"

struct form_param;
struct http_answer;

struct issuerfail {
	const struct issuer_where *where;
	const char		*url;	/* of the issuer, to name it */
	enum issuer_what	 what;
	const struct http_answer *http;
	/* What was sent: an answer that quotes it is not shown. */
	const struct form_param	*params;
	size_t			 nparams;
};

/*
 * Fills outcome, refusal and retry_after of a, and e. Never ISSUER_DONE. A
 * request that is spent by sending it is ISSUER_UNKNOWN where the issuer may
 * have acted on it: no answer after it was sent, a 5xx.
 */
void	issuerfail_read(const struct issuerfail *f, struct issuer_answer *a,
	    struct err *e);

/* A success (2xx) that can't be read; why was set by issuersaid_read. */
void	issuerfail_unread(const struct issuerfail *f, struct issuer_answer *a,
	    struct err *e);

#endif
