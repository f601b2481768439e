#include "verdict.h"

#include <stddef.h>

#include "cred.h"
#include "target.h"

bool
verdict_expired(const struct cred *c, time_t now)
{
	return c->expires != 0 && c->expires <= now;
}

const char *
verdict_why_not(const struct cred *c, time_t now)
{
	bool tokens = c->mode == CRED_CHATGPT || c->mode == CRED_LEASE;

	if (c->mode == CRED_NONE)
		return "it holds no credential that Codex can read";
	if (tokens && !c->has_refreshed)
		return "without last_refresh 'codex exec' sends no "
		       "authorization";
	if (tokens && !c->refreshable && verdict_expired(c, now))
		return "the access token has expired and there is no refresh "
		       "token";
	return NULL;
}

const char *
verdict_result(const struct result *r, time_t now)
{
	if (r->state == STATE_ABSENT)
		return "there is no auth.json";
	if (r->state == STATE_PRESENT)
		return verdict_why_not(&r->there, now);
	return NULL;
}
