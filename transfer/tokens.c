#include "tokens.h"

#include <string.h>

#include "cred.h"
#include "jwt.h"
#include "secret.h"

void
tokens_clear(struct tokens *t)
{
	secret_free(t->id);
	secret_free(t->access);
	secret_free(t->refresh);
	*t = (struct tokens){ NULL, NULL, NULL };
}

bool
token_ok(const char *s)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~+/";
	size_t len = strspn(s, plain), pad = strspn(s + len, "=");

	return len > 0 && s[len + pad] == '\0' && len + pad < CRED_SIZE_MAX;
}

bool
token_is_id(const char *s)
{
	JSON_AUTO *claims = NULL;

	if (!token_ok(s) || !jwt_whole(s))
		return false;
	claims = jwt_claims(s);
	return claims != NULL;
}
