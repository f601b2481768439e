/*
 * form - names and values as the body of a request, in secret memory.
 *
 * Either what the URL Standard (5.2) calls application/x-www-form-urlencoded,
 * or a JSON object of strings; in the order given, which is the order Codex
 * sends. A value may be a secret: it is never in any other memory.
 */
#ifndef FORM_H
#define FORM_H

#include <stdbool.h>
#include <stddef.h>

struct secret;

struct form_param {
	const char		*name;
	const char		*value;		/* or NULL: the secret */
	const struct secret	*secret;
};

/* Of n params: the caller's, or NULL without memory. */
struct secret	*form_urlencoded(const struct form_param *p, size_t n);
struct secret	*form_json(const struct form_param *p, size_t n);

/*
 * Whether text holds eight bytes in a row of one of the secret values: an
 * answer that quotes what was sent must not be shown.
 */
bool		 form_quoted(const struct form_param *p, size_t n,
		    const char *text);

#endif
