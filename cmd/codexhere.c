#include "codexhere.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "codexconfig.h"
#include "codexfiles.h"
#include "codexuse.h"
#include "env.h"
#include "err.h"
#include "ui.h"

#define BUS_BYTES 64

/* Codex asks the Secret Service over the session's D-Bus, if there is one. */
static bool
no_session_bus(void)
{
	char path[BUS_BYTES];

	(void)snprintf(path, sizeof(path), "/run/user/%lu/bus",
	    (unsigned long)getuid());
	return env_get("DBUS_SESSION_BUS_ADDRESS") == NULL &&
	    access(path, F_OK) == -1;
}

void
codexhere_judge(const struct cred *c, const char *home,
    struct codexconfig *config, struct codexuse *use)
{
	struct err e = ERR_INIT;
	struct codexuse_facts f = {
		.cred = c,
		.config = config,
		.no_keyring = no_session_bus(),
		.env_api_key = env_get("CODEX_API_KEY") != NULL,
		.env_access_token = env_get("CODEX_ACCESS_TOKEN") != NULL,
		.now = time(NULL),
	};

	if (codexfiles_read(config, home, &e) == -1)
		f.config_error = e.text;
	codexuse_judge(&f, use);
}

void
codexhere_warn(struct ui *ui, const struct cred *c)
{
	struct err ignored = ERR_INIT;	/* it was found a moment ago */
	char *home = env_codex_home(&ignored);
	struct codexconfig config;
	struct codexuse use;

	if (home == NULL)
		return;
	codexhere_judge(c, home, &config, &use);
	for (size_t i = 0; i < use.nwhy; i++)
		ui_warn(ui, "Codex %s not use it: %s",
		    use.answer == CODEXUSE_NO ? "would" : "may", use.why[i]);
	free(home);
}

void
codexhere_hint(const struct codexconfig *config, struct err *e)
{
	if (config->store == CODEXCONFIG_FILE ||
	    (config->store == CODEXCONFIG_AUTO && no_session_bus()))
		err_hint(e, "run 'codex-provision login'");
	else
		err_hint(e, "Codex's credential store is '%s': its login is "
		    "not in a file", codexconfig_store_name(config->store));
}
