#include "command.h"

#include <stdint.h>
#include <string.h>

#include "err.h"
#include "login.h"

const struct command commands[COMMANDS] = {
	[COMMAND_LOGIN] = {
		.name = "login",
		.operands = "",
		.summary = "log in on this machine, without Codex",
		.timeout = LOGIN_SECONDS,
		.keys = true,
		.run = command_login,
	},
	[COMMAND_LOGOUT] = {
		.name = "logout",
		.operands = "",
		.summary = "remove this machine's login; revokes when asked to",
		.run = command_logout,
	},
	[COMMAND_PUSH] = {
		.name = "push",
		.operands = "TARGET...",
		.summary = "install a finished auth.json on each target",
		.min = 1,
		.max = SIZE_MAX,
		.run = command_push,
	},
	[COMMAND_DOCKER] = {
		.name = "docker",
		.operands = "CONTAINER...",
		.summary = "the same for containers, by the engine's socket",
		.min = 1,
		.max = SIZE_MAX,
		.run = command_push,
	},
	[COMMAND_PULL] = {
		.name = "pull",
		.operands = "TARGET",
		.summary = "bring a target's auth.json here",
		.min = 1,
		.max = 1,
		.run = command_pull,
	},
	[COMMAND_REMOVE] = {
		.name = "remove",
		.operands = "TARGET...",
		.summary = "delete auth.json on each target; never revokes",
		.min = 1,
		.max = SIZE_MAX,
		.run = command_remove,
	},
	[COMMAND_STATUS] = {
		.name = "status",
		.operands = "[TARGET...]",
		.summary = "say what is on each target, or on this machine",
		.max = SIZE_MAX,
		.run = command_status,
	},
	[COMMAND_KEEP] = {
		.name = "keep",
		.operands = "[TARGET...]",
		.summary = "refresh this login in time, and renew its leases",
		.max = SIZE_MAX,
		.run = command_keep,
	},
	[COMMAND_RECIPIENT] = {
		.name = "recipient",
		.operands = "",
		.summary = "print the key that others seal for",
		.run = command_recipient,
	},
	[COMMAND_SEAL] = {
		.name = "seal",
		.operands = "",
		.summary = "print a login as a text for one machine",
		.run = command_seal,
	},
	[COMMAND_UNSEAL] = {
		.name = "unseal",
		.operands = "",
		.summary = "install what a sealed text holds",
		.run = command_unseal,
	},
	[COMMAND_TUNNEL] = {
		.name = "tunnel",
		.operands = "[USER@]HOST [-- COMMAND...]",
		.summary = "log in on a host, in the browser here",
		.min = 1,
		.max = 1,
		.rest = true,
		.timeout = COMMAND_TUNNEL_TIMEOUT,
		.run = command_tunnel,
	},
	[COMMAND_STORE] = {
		.name = "store",
		.operands = "WORD [NAME...]",
		.summary = "keep credentials encrypted, under names",
		.more = "  add NAME         put a credential into it (--from, "
		    "or this machine's)\n"
		    "  list, show NAME  say what is in it; never a secret\n"
		    "  use NAME         make it this machine's; first put what "
		    "Codex has\n"
		    "                   refreshed since back into the store\n"
		    "  remove NAME, rename NAME NEW\n"
		    "  passphrase       seal everything under a new one\n",
		.min = 1,
		.max = 3,
		.run = command_store,
	},
	[COMMAND_HELP] = {
		.name = "help",
		.operands = "[COMMAND]",
		.summary = "explain a command",
		.max = 1,
		.harmless = true,
		.run = command_help,
	},
	[COMMAND_VERSION] = {
		.name = "version",
		.operands = "",
		.summary = "print the version",
		.harmless = true,
		.run = command_version,
	},
};

const struct command *
command_find(const char *word, struct err *e)
{
	for (size_t i = 0; i < COMMANDS; i++) {
		if (strcmp(commands[i].name, word) == 0)
			return &commands[i];
	}
	err_set(e, ERR_USAGE, "unknown command '%s'", word);
	err_hint(e, "run 'codex-provision help'");
	for (size_t i = 0; i < COMMANDS; i++) {
		if (word_near(commands[i].name, word))
			err_hint(e, "did you mean '%s'?", commands[i].name);
	}
	return NULL;
}

unsigned
command_bit(const struct command *c)
{
	return 1u << (c - commands);
}

/* Equal ends are stripped; what is left over in the middle is the slip. */
bool
word_near(const char *a, const char *b)
{
	size_t la = strlen(a), lb = strlen(b);

	for (; la > 0 && lb > 0 && *a == *b; la--, lb--)
		a++, b++;
	for (; la > 0 && lb > 0 && a[la - 1] == b[lb - 1]; la--)
		lb--;
	if (la == 2 && lb == 2)
		return a[0] == b[1] && a[1] == b[0];
	return la <= 1 && lb <= 1;
}
