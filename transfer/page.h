/*
 * page - what the user's browser shows at the end of a login.
 *
 * Threat model, as rules:
 *  1. No byte of a request, an issuer or a far host is ever in it (threat
 *     C8): the pages are constants but for a note of ours, which is escaped.
 *  2. It loads nothing, runs nothing and links nowhere; its policy allows
 *     one style sheet, by hash (threats O-22 and O-26).
 *  3. It is not stored, not framed, and sends no referrer.
 */
#ifndef PAGE_H
#define PAGE_H

#include <stddef.h>

#include "buf.h"

enum page_kind {
	PAGE_SUCCESS,
	PAGE_FAILURE,
	PAGE_STRAY,	/* for a request that is none of the login's */
	PAGES
};

#define PAGE_BYTES  16384	/* enough for any page */
#define PAGE_POLICY 160		/* bytes of the policy's value */

struct page_header {
	const char	*name, *value;
};

/* Those of every answer; ends with a NULL name. */
extern const struct page_header page_headers[];

/*
 * Adds the page. note is a short text of ours ("web1, 2 of 5"), or NULL. 0,
 * or -1 with b->failed set.
 */
int	page_make(struct buf *b, enum page_kind kind, const char *note);

/* The value of Content-Security-Policy that goes with it. Returns dst. */
char	*page_policy(char dst[PAGE_POLICY]);

#endif
