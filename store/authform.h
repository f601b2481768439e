/*
 * authform - the bytes of an auth.json, as codex-cli 0.169 writes them.
 *
 * Pure memory. Members stand in Codex's own order with two spaces a level and
 * no newline at the end. Every result has passed cred_parse, is the caller's,
 * and NULL is all that a failure leaves: ERR_BAD_CREDENTIAL, no byte of a
 * token in its text, or ERR_INTERNAL without memory. A token or key that no
 * Authorization header can carry as it is (RFC 6750, b64token) is refused.
 */
#ifndef AUTHFORM_H
#define AUTHFORM_H

#include <time.h>

struct cred;
struct err;
struct secret;

/* What an issuer has given. */
struct authform_login {
	const struct secret	*id_token, *access_token;
	const struct secret	*refresh_token;	/* NULL: "" */
	const struct secret	*api_key;	/* NULL: null */
	const char		*issuer, *client_id;	/* who gave it to whom */
	struct timespec		 now;		/* becomes last_refresh */
};

/*
 * A new login. account_id is the id_token's claim, null where it has none;
 * login_owner_id is new.
 */
struct secret	*authform_chatgpt(const struct authform_login *login,
		    struct err *e);

/*
 * old, a ChatGPT login, as Codex rewrites it after a refresh. What `fresh`
 * leaves NULL stays, and so do account, owner and provenance (its issuer and
 * client_id are not looked at); what Codex does not know is gone.
 */
struct secret	*authform_refreshed(const struct cred *old,
		    const struct authform_login *fresh, struct err *e);

/*
 * c, a ChatGPT login, as one that cannot refresh: "chatgptAuthTokens" with
 * the same access token and no refresh token, API key or other secret.
 */
struct secret	*authform_lease(const struct cred *c, struct err *e);

/* Keys as the user gave them: white space around them is dropped. */
struct secret	*authform_apikey(const struct secret *key, struct err *e);
struct secret	*authform_pat(const struct secret *pat, struct err *e);

#endif
