#include "keepdue.h"

#include "cred.h"

#define CODEX_SECONDS (8 * 24 * 3600)	/* codex-cli 0.169, no JWT */
#define DELAY_MAX     300		/* seconds */

int64_t
keepdue_at(const struct cred *c)
{
	int64_t since = c->refreshed.tv_sec;

	if (!c->has_refreshed)
		return 0;
	if (c->expires == 0)
		return since + CODEX_SECONDS;
	return since < c->expires ? c->expires - (c->expires - since) / 2 :
	    c->expires;
}

const char *
keepdue_reason(const struct cred *c)
{
	return c->expires != 0 ? "proactive_expiry" : "scheduled";
}

int
keepdue_delay(unsigned failures)
{
	int s = 1;

	for (; failures > 1 && s < DELAY_MAX; failures--)
		s *= 2;
	return s < DELAY_MAX ? s : DELAY_MAX;
}
