/*
 * jwt - the claims inside a JSON Web Token (RFC 7519), to show and compare.
 *
 * Signatures are never looked at: nothing is trusted because a token says so.
 */
#ifndef JWT_H
#define JWT_H

#include <stdbool.h>

#include "json.h"

/* Whether it has the three parts that Codex asks of a token. */
bool	 jwt_whole(const char *jwt);

/*
 * The payload of "header.payload" or "header.payload.signature", an object:
 * the caller's, to cJSON_Delete. NULL for anything else.
 */
cJSON	*jwt_claims(const char *jwt);

#endif
