/*
 * issuersaid - reads what an issuer answers. Pure memory, hostile input.
 */
#ifndef ISSUERSAID_H
#define ISSUERSAID_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "issuer.h"

#define ISSUERSAID_CODE 64	/* bytes, NUL included */
#define ISSUERSAID_TEXT 160

/* An issuer's words for a refusal, made safe to show. */
struct issuersaid {
	char	code[ISSUERSAID_CODE];	/* "refresh_token_reused"; "" */
	char	text[ISSUERSAID_TEXT];	/* what it says, or "" */
	bool	page;			/* HTML: not from the issuer's API */
};

/*
 * The body of a success: fills what `what` is for. -1 with ERR_PROTOCOL (the
 * text holds no byte of the body) and nothing filled.
 */
int	issuersaid_read(enum issuer_what what, const char *body, size_t len,
	    struct issuer_answer *a, struct err *e);

/*
 * The body of a refusal, as Codex reads it: error_description, error.message,
 * the code in error or error.code, else the body itself.
 */
void	issuersaid_refusal(const char *body, size_t len, const char *type,
	    struct issuersaid *said);

/* The Date of an answer (RFC 9110 5.6.7): the issuer's clock; 0: unknown. */
time_t	issuersaid_date(const char *date);

/* Frees what an answer owns. */
void	issuersaid_clear(struct issuer_answer *a);

#endif
