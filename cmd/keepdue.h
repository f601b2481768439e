/*
 * keepdue - when a login is to be refreshed by the one who keeps it.
 */
#ifndef KEEPDUE_H
#define KEEPDUE_H

#include <stdint.h>

struct cred;

/*
 * From which Unix second on it is due, 0 for at once. An access token that
 * tells its end: when half of the time from last_refresh to there is gone,
 * long before Codex's own rule (300 s before the end) makes a Codex here ask
 * as well. One that does not: 8 days after last_refresh, as Codex. Without a
 * last_refresh Codex sends no token at all, which a refresh mends.
 */
int64_t	keepdue_at(const struct cred *c);

/* refresh_reason, as Codex would say it of such a token. */
const char	*keepdue_reason(const struct cred *c);

/* Seconds to wait after so many failures in a row: 1, 2, 4, ... 300. */
int	keepdue_delay(unsigned failures);

#endif
