/*
 * credtoken - one token out of an auth.json, for who has to send it alone,
 * and whom to.
 */
#include <stdlib.h>
#include <string.h>

#include "cred.h"
#include "err.h"
#include "json.h"
#include "secret.h"

static cJSON *
parse(const struct cred *c)
{
	struct err ignored = ERR_INIT;	/* cred_parse has read it before */
	size_t len;
	const unsigned char *p = secret_expose(c->bytes, &len);

	return json_parse(p, len, ERR_BAD_CREDENTIAL, &ignored);
}

struct secret *
cred_token(const struct cred *c, const char *name)
{
	JSON_AUTO *top = parse(c);
	const char *s = json_string(json_object(top, "tokens"), name);

	return s != NULL && *s != '\0' ? secret_copy(s, strlen(s)) : NULL;
}

char *
cred_provenance(const struct cred *c, const char *name)
{
	JSON_AUTO *top = parse(c);
	const char *s = json_string(json_object(json_object(top, "tokens"),
	    "oauth_provenance"), name);

	return s != NULL && *s != '\0' ? strdup(s) : NULL;
}
