#include "issuerwire.h"

#include <string.h>

#include "secret.h"

#define SECONDS		30
#define REVOKE_SECONDS	10	/* Codex's own */
#define GRANT		"urn:ietf:params:oauth:"	/* RFC 8693 3 */

static const struct issuerwire wires[ISSUER_WHATS] = {
	[ISSUER_EXCHANGE] = { .method = "POST", .path = "/oauth/token",
	    .deed = "cannot exchange the sign-in code", .seconds = SECONDS,
	    .form = true, .once = true },
	[ISSUER_APIKEY] = { .method = "POST", .path = "/oauth/token",
	    .deed = "cannot get an API key", .seconds = SECONDS,
	    .form = true },
	[ISSUER_USERCODE] = { .method = "POST",
	    .path = "/api/accounts/deviceauth/usercode",
	    .deed = "cannot get a device code", .seconds = SECONDS },
	[ISSUER_DEVICEPOLL] = { .method = "POST",
	    .path = "/api/accounts/deviceauth/token",
	    .deed = "cannot ask about the device code", .seconds = SECONDS },
	[ISSUER_WHOAMI] = { .method = "GET",
	    .path = "/api/accounts/v1/user-auth-credential/whoami",
	    .deed = "cannot check the access token", .seconds = SECONDS,
	    .named = true, .bearer = true },
	[ISSUER_REFRESH] = { .method = "POST", .path = "/oauth/token",
	    .deed = "cannot refresh the login", .seconds = SECONDS,
	    .once = true, .named = true },
	[ISSUER_REVOKE] = { .method = "POST", .path = "/oauth/revoke",
	    .deed = "cannot revoke the token", .seconds = REVOKE_SECONDS,
	    .named = true },
};

/* One parameter: a constant, the client, or a member of the ask. */
struct from {
	const char	*name;
	const char	*constant;
	bool		 client;
	size_t		 text, secret;	/* where in the ask, plus one; or 0 */
};

#define IS(n, v)	{ .name = (n), .constant = (v) }
#define CLIENT		{ .name = "client_id", .client = true }
#define TEXT(n, f)	{ .name = (n), .text = 1 + offsetof(struct issuer_ask, f) }
#define HIDDEN(n, f)	{ .name = (n), \
			  .secret = 1 + offsetof(struct issuer_ask, f) }

static const struct from params[ISSUER_WHATS][ISSUERWIRE_PARAMS] = {
	[ISSUER_EXCHANGE] = { IS("grant_type", "authorization_code"), CLIENT,
	    HIDDEN("code", code), TEXT("redirect_uri", redirect_uri),
	    HIDDEN("code_verifier", verifier) },
	[ISSUER_APIKEY] = { IS("grant_type", GRANT "grant-type:token-exchange"),
	    CLIENT, IS("requested_token", "openai-api-key"),
	    HIDDEN("subject_token", token),
	    IS("subject_token_type", GRANT "token-type:id_token") },
	[ISSUER_USERCODE] = { CLIENT },
	[ISSUER_DEVICEPOLL] = { HIDDEN("device_auth_id", device_id),
	    TEXT("user_code", user_code) },
	[ISSUER_WHOAMI] = { HIDDEN("", token) },	/* the bearer */
	[ISSUER_REFRESH] = { CLIENT, IS("grant_type", "refresh_token"),
	    TEXT("refresh_reason", reason), HIDDEN("refresh_token", token) },
	/* Codex names the client for a refresh token alone. */
	[ISSUER_REVOKE] = { HIDDEN("token", token),
	    TEXT("token_type_hint", hint), CLIENT },
};

const struct issuerwire *
issuerwire_of(enum issuer_what what)
{
	return &wires[what];
}

static const void *
member(const struct issuer_ask *ask, size_t at)
{
	const void *p;

	memcpy(&p, (const char *)ask + at - 1, sizeof(p));
	return p;
}

size_t
issuerwire_params(const struct issuer_ask *ask, const char *client_id,
    struct form_param p[ISSUERWIRE_PARAMS])
{
	const struct from *f = params[ask->what];
	size_t n = 0;

	for (; n < ISSUERWIRE_PARAMS && f[n].name != NULL; n++) {
		p[n] = (struct form_param){ .name = f[n].name };
		if (f[n].secret != 0)
			p[n].secret = member(ask, f[n].secret);
		else if (f[n].text != 0)
			p[n].value = member(ask, f[n].text);
		else
			p[n].value = f[n].client ? client_id : f[n].constant;
	}
	if (ask->what == ISSUER_REVOKE && strcmp(ask->hint, "access_token") == 0)
		n--;
	return n;
}

struct secret *
issuerwire_body(const struct issuer_ask *ask, const char *client_id)
{
	struct form_param p[ISSUERWIRE_PARAMS];
	size_t n = issuerwire_params(ask, client_id, p);

	return wires[ask->what].form ? form_urlencoded(p, n) :
	    form_json(p, n);
}
