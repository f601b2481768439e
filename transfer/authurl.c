#include "authurl.h"

#include <stddef.h>

#include "buf.h"
#include "form.h"
#include "issuer.h"
#include "secret.h"

#define URL_MAX	 8192
#define SCOPE	 "openid profile email offline_access " \
		 "api.connectors.read api.connectors.invoke"

char *
authurl_make(const struct authurl *u)
{
	const struct form_param params[] = {
		{ .name = "response_type", .value = "code" },
		{ .name = "client_id", .value = issuer_client_id(u->issuer) },
		{ .name = "redirect_uri", .value = u->redirect_uri },
		{ .name = "code_challenge", .value = u->challenge },
		{ .name = "code_challenge_method", .value = "S256" },
		{ .name = "state", .secret = u->state },
		{ .name = "scope", .value = SCOPE },
		{ .name = "id_token_add_organizations", .value = "true" },
		{ .name = "codex_cli_simplified_flow", .value = "true" },
		{ .name = "originator", .value = "codex_cli_rs" },
		{ .name = "allowed_workspace_id", .value = u->workspace },
	};
	size_t n = sizeof(params) / sizeof(*params) - (u->workspace == NULL);
	SECRET_AUTO *query = form_urlencoded(params, n);
	BUF_AUTO url = BUF_INIT(URL_MAX);
	const unsigned char *p;
	size_t len;

	if (query == NULL)
		return NULL;
	p = secret_expose(query, &len);
	buf_addf(&url, "%s/oauth/authorize?", issuer_url(u->issuer));
	buf_add(&url, p, len);
	return buf_take(&url);
}
