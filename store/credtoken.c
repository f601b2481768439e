/*
 * credtoken - one token out of an auth.json, for who has to send it alone.
 */
#include <string.h>

#include "cred.h"
#include "err.h"
#include "json.h"
#include "secret.h"

struct secret *
cred_token(const struct cred *c, const char *name)
{
	struct err ignored = ERR_INIT;	/* cred_parse has read it before */
	size_t len;
	const unsigned char *p = secret_expose(c->bytes, &len);
	JSON_AUTO *top = json_parse(p, len, ERR_BAD_CREDENTIAL, &ignored);
	const char *s = json_string(json_object(top, "tokens"), name);

	return s != NULL && *s != '\0' ? secret_copy(s, strlen(s)) : NULL;
}
