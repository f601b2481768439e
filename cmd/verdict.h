/*
 * verdict - whether Codex would use a credential, as far as the credential
 * itself tells. A configuration that makes Codex look elsewhere (keyring,
 * forced_login_method) is not looked at.
 */
#ifndef VERDICT_H
#define VERDICT_H

#include <stdbool.h>
#include <time.h>

struct cred;
struct result;

/* Why not, or NULL: nothing speaks against it. Constant. */
const char	*verdict_why_not(const struct cred *c, time_t now);

/* The same of what was found on a target (present or absent). */
const char	*verdict_result(const struct result *r, time_t now);

/* Whether the access token is past its end. */
bool	verdict_expired(const struct cred *c, time_t now);

#endif
