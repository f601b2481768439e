/*
 * jwt - the claims inside a JSON Web Token (RFC 7519), to show and compare.
 *
 * 1. The payload names a person: the decoded copy MUST be wiped.
 * 2. The token MUST NOT come into an error; that's why there is none.
 */
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "err.h"
#include "jwt.h"

#define JWT_MAX 65536	/* bytes; an auth.json is no longer either */

bool
jwt_whole(const char *jwt)
{
	int parts = 0;
	size_t n;

	for (;; jwt += n + 1) {
		if ((n = strcspn(jwt, ".")) == 0)
			return false;
		parts++;
		if (jwt[n] == '\0')
			return parts == 3;
	}
}

cJSON *
jwt_claims(const char *jwt)
{
	struct err ignored = ERR_INIT;	/* NULL says it all */
	size_t skip = strcspn(jwt, "."), len, n = 0;
	cJSON *j = NULL;
	unsigned char *p;

	if (jwt[skip] == '\0')
		return NULL;
	jwt += skip + 1;
	len = strcspn(jwt, ".");
	if (len == 0 || len > JWT_MAX || (p = malloc(len)) == NULL)
		return NULL;
	/* An end pointer would let trailing padding pass. */
	if (sodium_base642bin(p, len, jwt, len, NULL, &n, NULL,
	    sodium_base64_VARIANT_URLSAFE_NO_PADDING) == 0)
		j = json_parse(p, n, ERR_BAD_CREDENTIAL, &ignored);
	sodium_memzero(p, len);
	free(p);
	if (j != NULL && !cJSON_IsObject(j)) {
		cJSON_Delete(j);
		j = NULL;
	}
	return j;
}
