/*
 * store_credtext - the text of auth.json files, for the tests of cred.
 */
#ifndef STORE_CREDTEXT_H
#define STORE_CREDTEXT_H

#include "unit/store_fixture.h"

#include "cred.h"
#include "err.h"

#define AUTH   "\"https://api.openai.com/auth\":"
#define CLAIMS "{\"email\":\"ann@example.org\",\"exp\":1," AUTH "{" \
	"\"chatgpt_account_id\":\"acct-claim\"," \
	"\"chatgpt_plan_type\":\"plus\"," \
	"\"chatgpt_user_id\":\"user-1\",\"user_id\":\"user-2\"}}"
#define ACCESS "{\"exp\":1800000000,\"scp\":[\"openid\"]}"
#define LAST   "\"last_refresh\":\"2026-11-23T23:06:48.065866242Z\""

/* In a row's text, $I is the id_token, $A the access token. */
#define TOKENS "\"tokens\":{\"id_token\":\"$I\",\"access_token\":\"$A\"," \
	"\"refresh_token\":\"rt-" CANARY "\"}"
#define KEY(x) "{\"auth_mode\":\"apikey\",\"OPENAI_API_KEY\":\"sk-1\"," x "}"
#define CHATGPT(more) "{\"auth_mode\":\"chatgpt\",\"OPENAI_API_KEY\":null," \
	"\"tokens\":{\"id_token\":\"$I\",\"access_token\":\"$A\"," \
	"\"refresh_token\":\"rt-1\"" more "}," LAST "}"
#define REFRESHED(t) "{\"auth_mode\":\"chatgpt\"," TOKENS \
	",\"last_refresh\":" t "}"
#define AGENT "{\"agent_runtime_id\":\"r\",\"agent_private_key\":\"k\"," \
	"\"account_id\":\"a\",\"chatgpt_user_id\":\"u\",\"email\":\"e\"," \
	"\"plan_type\":\"plus\",\"chatgpt_account_is_fedramp\":false}"
#define BEDROCK "{\"api_key\":\"bk\",\"region\":\"us-east-1\"}"
#define AWS "{\"access_key_id\":\"AK\",\"secret_access_key\":\"s/+=\"}"
#define PROVENANCE "{\"issuer\":\"https://auth.openai.com\"," \
	"\"client_id\":\"app_EMoamEEZ73f0CkXaXp7hrann\"}"

/* The row's text with its tokens filled in. */
static inline char *
fixture_fill(const char *text, const char *id_payload, const char *access)
{
	char *id = fixture_jwt(id_payload), *at = fixture_jwt(ACCESS), *out;
	size_t n = 0, room = strlen(text) + 1;

	for (const char *s = text; *s != '\0'; s++)
		room += *s == '$' ? strlen(id) + strlen(at) : 0;
	assert_non_null(out = malloc(room));
	for (const char *s = text; *s != '\0'; s++) {
		const char *token = s[1] == 'I' ? id : access ? access : at;

		if (*s != '$') {
			out[n++] = *s;
			continue;
		}
		memcpy(out + n, token, strlen(token));
		n += strlen(token);
		s++;
	}
	out[n] = '\0';
	free(id);
	free(at);
	return out;
}

static inline int
fixture_parse(struct cred *c, const char *text, struct err *e)
{
	char *filled = fixture_fill(text, CLAIMS, NULL);
	int r = cred_parse(c, fixture_secret(filled, strlen(filled)), e);

	free(filled);
	return r;
}

#endif
