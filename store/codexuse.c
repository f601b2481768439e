/*
 * codexuse - whether the Codex of a place would use an auth.json there.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "codexconfig.h"
#include "codexuse.h"
#include "cred.h"
#include "text.h"

static void __attribute__((format(printf, 3, 4)))
because(struct codexuse *u, enum codexuse_answer answer, const char *fmt, ...)
{
	char line[2 * CODEXUSE_LEN];
	va_list ap;

	/* What is known to speak against it outweighs every doubt. */
	if (answer == CODEXUSE_NO && u->answer != CODEXUSE_NO)
		u->nwhy = 0;
	else if (answer != CODEXUSE_NO && u->answer == CODEXUSE_NO)
		return;
	u->answer = answer;
	if (u->nwhy == CODEXUSE_WHY)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	text_safes(u->why[u->nwhy++], CODEXUSE_LEN, line);
}

static bool
has_tokens(const struct cred *c)
{
	return c->mode == CRED_CHATGPT || c->mode == CRED_LEASE;
}

bool
codexuse_expired(const struct cred *c, time_t now)
{
	return c->expires != 0 && c->expires <= now;
}

static void
judge_cred(const struct cred *c, time_t now, struct codexuse *u)
{
	if (c->mode == CRED_NONE)
		because(u, CODEXUSE_NO,
		    "it holds no credential that Codex can read");
	if (has_tokens(c) && !c->has_refreshed)
		because(u, CODEXUSE_NO, "without last_refresh 'codex exec' "
		    "sends no authorization");
	if (has_tokens(c) && !c->refreshable && codexuse_expired(c, now))
		because(u, CODEXUSE_NO, "the access token has expired and "
		    "there is no refresh token");
}

static void
judge_store(const struct codexuse_facts *f, struct codexuse *u)
{
	const char *name = codexconfig_store_name(f->config->store);

	switch (f->config->store) {
	case CODEXCONFIG_FILE:
		break;
	case CODEXCONFIG_AUTO:
		if (!f->no_keyring)
			because(u, CODEXUSE_UNKNOWN, "the credential store is "
			    "'%s': an entry in the keyring goes before it",
			    name);
		break;
	case CODEXCONFIG_KEYRING:
	case CODEXCONFIG_EPHEMERAL:
		because(u, CODEXUSE_NO, "the credential store is '%s': the "
		    "file is not read", name);
		break;
	}
}

static bool
workspace_allowed(const struct codexconfig *c, const char *workspace)
{
	for (size_t i = 0; i < c->nids; i++)
		if (strcmp(c->ids[i], workspace) == 0)
			return true;
	return c->nids == 0 && !c->more_ids;
}

static void
judge_workspace(const struct cred *cred, const struct codexconfig *c,
    struct codexuse *u)
{
	bool asked = cred->mode == CRED_PAT ||
	    cred->mode == CRED_AGENT_IDENTITY;
	bool workspace = workspace_allowed(c, cred->workspace);

	if ((!has_tokens(cred) && !asked) ||
	    (workspace && workspace_allowed(c, cred->account)))
		return;
	if (asked)
		because(u, CODEXUSE_UNKNOWN, "forced_chatgpt_workspace_id is "
		    "set: the issuer alone knows this token's workspace");
	else if (c->more_ids)
		because(u, CODEXUSE_UNKNOWN,
		    "forced_chatgpt_workspace_id is too long to be read");
	else if (!workspace)
		because(u, CODEXUSE_NO, "forced_chatgpt_workspace_id is "
		    "another: 'codex exec' would delete it");
	else
		because(u, CODEXUSE_NO, "forced_chatgpt_workspace_id is not "
		    "its account_id: 'codex exec' sends no authorization");
}

/* What 'codex exec' deletes the file for. */
static void
judge_forced(const struct cred *cred, const struct codexconfig *c,
    struct codexuse *u)
{
	bool key = cred->mode == CRED_APIKEY || cred->mode == CRED_BEDROCK;

	if (c->login == CODEXCONFIG_API && !key)
		because(u, CODEXUSE_NO, "forced_login_method is 'api': "
		    "'codex exec' would delete it");
	if (c->login == CODEXCONFIG_CHATGPT && key)
		because(u, CODEXUSE_NO, "forced_login_method is 'chatgpt': "
		    "'codex exec' would delete it");
	judge_workspace(cred, c, u);
}

static void
judge_config(const struct codexuse_facts *f, struct codexuse *u)
{
	const char *error = f->config_error != NULL ? f->config_error : "";

	if (f->config->refused)
		because(u, CODEXUSE_NO, "Codex does not start with %s",
		    error[0] != '\0' ? error : "its configuration");
	else if (f->config->unknown)
		because(u, CODEXUSE_UNKNOWN, "its configuration was not "
		    "understood%s%s", error[0] != '\0' ? ": " : "", error);
	judge_store(f, u);
	if (f->cred != NULL && f->cred->mode != CRED_NONE)
		judge_forced(f->cred, f->config, u);
}

void
codexuse_judge(const struct codexuse_facts *f, struct codexuse *u)
{
	*u = (struct codexuse){ .answer = CODEXUSE_YES };
	if (f->cred == NULL)
		because(u, CODEXUSE_NO, "there is no auth.json");
	else
		judge_cred(f->cred, f->now, u);
	if (f->doctor != NULL)
		because(u, CODEXUSE_NO, "its own doctor says: %s",
		    f->doctor);
	if (f->home != NULL)
		because(u, CODEXUSE_NO, "CODEX_HOME is '%s' there: Codex "
		    "looks in that folder", f->home);
	if (f->aside != NULL)
		because(u, CODEXUSE_UNKNOWN, "%s: Codex in an interactive shell "
		    "may use that instead", f->aside);
	if (f->env_api_key)
		because(u, CODEXUSE_NO, "CODEX_API_KEY is set: 'codex exec' "
		    "uses that instead");
	if (f->env_access_token)
		because(u, CODEXUSE_NO, "CODEX_ACCESS_TOKEN is set: Codex "
		    "uses that instead");
	if (f->config != NULL)
		judge_config(f, u);
	else
		because(u, CODEXUSE_UNKNOWN,
		    "its configuration was not looked at");
}
