#include "args.h"

#include <ctype.h>
#include <string.h>

#include "command.h"
#include "container.h"
#include "duration.h"

#define LOGIN	(1u << COMMAND_LOGIN)
#define LOGOUT	(1u << COMMAND_LOGOUT)
#define PUSH	(1u << COMMAND_PUSH | 1u << COMMAND_DOCKER)
#define PULL	(1u << COMMAND_PULL)
#define REMOVE	(1u << COMMAND_REMOVE)
#define STATUS	(1u << COMMAND_STATUS)
#define KEEP	(1u << COMMAND_KEEP)
#define SEAL	(1u << COMMAND_SEAL)
#define UNSEAL	(1u << COMMAND_UNSEAL)
#define STORE	(1u << COMMAND_STORE)
#define HELP	(1u << COMMAND_HELP)
#define CHOOSE	(PUSH | PULL | REMOVE | STATUS)
#define TARGETS (CHOOSE | KEEP)
#define TUNNEL	(1u << COMMAND_TUNNEL)
#define SSH	(TARGETS | TUNNEL)
#define CONSENT	(LOGIN | PUSH)	/* somebody says yes here: --fresh */
#define LOGINS	(CONSENT | TUNNEL)
#define FIELD(f) offsetof(struct args, f)

static bool
only(const char *s, const char *more)
{
	for (; *s != '\0'; s++) {
		if (!isalnum((unsigned char)*s) && strchr(more, *s) == NULL)
			return false;
	}
	return true;
}

static bool
printable(const char *s)
{
	for (; *s != '\0'; s++) {
		if ((unsigned char)*s < ' ' || *s == 0x7f)
			return false;
	}
	return true;
}

static bool
valid_expires(const char *s)
{
	return duration_parse(s, NULL);
}

static bool
valid_color(const char *s)
{
	return strcmp(s, "auto") == 0 || strcmp(s, "always") == 0 ||
	    strcmp(s, "never") == 0;
}

static bool
valid_folder(const char *s)
{
	return *s == '/' && printable(s);
}

/* User and hosts get into argument lists and ProxyCommand's %r and %h, as in
 * target_parse (CVE-2023-51385, CVE-2025-61984). */
static bool
valid_user(const char *s)
{
	return *s != '-' && only(s, "._-@+");
}

static bool
valid_jump(const char *s)
{
	char before = ',';

	if (!only(s, "._-@+:%[]/,"))
		return false;
	for (; *s != '\0'; before = *s++) {
		if (strchr(",@/", before) != NULL && strchr("-,@", *s) != NULL)
			return false;
	}
	return before != ',';
}

static bool
valid_ssh_option(const char *s)
{
	size_t key = 0;

	while (isalnum((unsigned char)s[key]))
		key++;
	s += key;
	return key > 0 && (*s == '=' || *s == ' ') &&
	    s[strspn(s, "= ")] != '\0' && printable(s);
}

/* docker(1): a name, an id, either with :GROUP. It goes into the engine's
 * request, not into a shell. */
static bool
valid_account(const char *s)
{
	return *s != '-' && *s != ':' && only(s, "._-:+@$");
}

static bool
valid_filter(const char *s)
{
	size_t key = strcspn(s, "=");

	return key > 0 && key < strlen(s) - 1 && printable(s) &&
	    strspn(s, "abcdefghijklmnopqrstuvwxyz-") == key;
}

static bool
valid_workspace(const char *s)
{
	return *s != '\0' && only(s, "._-,");
}

static bool
valid_redirect(const char *s)
{
	return strcmp(s, "127.0.0.1") == 0 || strcmp(s, "localhost") == 0;
}

const struct opt options[] = {
	{ .name = "from", .value = "SRC", .group = GROUP_TARGETS,
	  .commands = PUSH | SEAL | STORE, .type = OPT_TEXT, .field = FIELD(from),
	  .help = "the credential: a path, - for standard input, or "
		  "store:NAME ($CODEX_HOME/auth.json)" },
	{ .name = "hosts", .value = "FILE", .group = GROUP_TARGETS,
	  .commands = TARGETS, .type = OPT_LIST, .field = FIELD(hosts),
	  .help = "targets from a file, one a line, or - for standard input; "
		  "may be repeated" },
	{ .letter = 'j', .name = "parallel", .value = "N",
	  .group = GROUP_TARGETS, .commands = TARGETS, .type = OPT_NUMBER,
	  .field = FIELD(parallel), .min = 1, .max = 1024,
	  .help = "targets in flight at once (64; 1 to 1024)" },
	{ .name = "timeout", .value = "SECONDS", .group = GROUP_TARGETS,
	  .commands = SSH | LOGIN, .type = OPT_NUMBER,
	  .field = FIELD(timeout), .min = 1, .max = 86400,
	  .help = "for one target, from first packet to verdict (30); for a "
		  "login, until it is given up (900)" },
	{ .letter = 'n', .name = "dry-run", .group = GROUP_TARGETS,
	  .commands = PUSH | PULL | REMOVE | UNSEAL, .field = FIELD(dry_run),
	  .help = "connect, look, say what would be done, change nothing" },
	{ .name = "force", .group = GROUP_TARGETS,
	  .commands = PUSH | PULL | UNSEAL | STORE,
	  .field = FIELD(force),
	  .help = "replace a newer login or another account's login there" },
	{ .name = "backup", .group = GROUP_TARGETS, .commands = PUSH | TUNNEL,
	  .field = FIELD(backup),
	  .help = "keep the replaced file beside it as auth.json.bak, 0600" },
	{ .name = "move", .group = GROUP_TARGETS, .commands = PUSH | PULL,
	  .field = FIELD(move),
	  .help = "leave no copy where it came from, once it has arrived; "
		  "push takes one target then" },
	{ .name = "lease", .group = GROUP_TARGETS, .commands = PUSH,
	  .field = FIELD(lease),
	  .help = "give the access token alone, which cannot refresh: the "
		  "only refresh token stays here" },
	{ .name = "once", .group = GROUP_TARGETS, .commands = KEEP,
	  .field = FIELD(once),
	  .help = "one round of what is due, and no more: for cron" },
	{ .name = "fresh", .group = GROUP_TARGETS, .commands = PUSH,
	  .field = FIELD(fresh),
	  .help = "log in once for each target, which gets that login of its "
		  "own; the options of login say how" },
	{ .name = "rescue", .value = "store:NAME", .group = GROUP_TARGETS,
	  .commands = PUSH, .type = OPT_TEXT, .field = FIELD(rescue),
	  .help = "with --fresh: where a login goes whose target then fails "
		  "(NAME, NAME-2, ...)" },
	{ .name = "probe", .group = GROUP_TARGETS, .commands = PUSH,
	  .field = FIELD(probe),
	  .help = "let the target's own Codex judge it after the install; if "
		  "it would not use it, the old file comes back" },
	{ .name = "codex-home", .value = "DIR", .group = GROUP_TARGETS,
	  .commands = SSH, .type = OPT_TEXT, .field = FIELD(codex_home),
	  .valid = valid_folder, .wants = "an absolute path",
	  .help = "the folder on the target (its $CODEX_HOME, else ~/.codex)" },

	{ .name = "device-auth", .group = GROUP_LOGIN, .commands = LOGINS,
	  .field = FIELD(device_auth),
	  .help = "by a code that is entered in a browser on any device" },
	{ .name = "with-api-key", .group = GROUP_LOGIN, .commands = LOGIN,
	  .field = FIELD(with_api_key),
	  .help = "with an API key, read from standard input or asked for" },
	{ .name = "with-access-token", .group = GROUP_LOGIN, .commands = LOGIN,
	  .field = FIELD(with_access_token),
	  .help = "with a personal access token (at-...), read from standard "
		  "input or asked for" },
	{ .name = "revoke", .group = GROUP_LOGIN, .commands = LOGOUT,
	  .field = FIELD(revoke),
	  .help = "end the login at the issuer too, which may sign out other "
		  "machines" },
	{ .name = "issuer", .value = "URL", .group = GROUP_LOGIN,
	  .commands = LOGINS | LOGOUT, .type = OPT_TEXT, .field = FIELD(issuer),
	  .valid = printable, .wants = "a URL",
	  .help = "who is asked (https://auth.openai.com): https, or http on "
		  "this machine" },
	{ .name = "client-id", .value = "ID", .group = GROUP_LOGIN,
	  .commands = LOGINS | LOGOUT, .type = OPT_TEXT, .field = FIELD(client_id),
	  .valid = printable, .wants = "a client's id",
	  .help = "the client that it is asked as (Codex's own)" },

	{ .name = "no-browser", .group = GROUP_LOGIN, .commands = LOGINS,
	  .field = FIELD(no_browser),
	  .help = "print the URL, open no browser" },
	{ .name = "paste", .group = GROUP_LOGIN, .commands = LOGINS,
	  .field = FIELD(paste),
	  .help = "ask for the address that the browser ends at; needs no "
		  "port here" },
	{ .name = "workspace", .value = "ID", .group = GROUP_LOGIN,
	  .commands = CONSENT, .type = OPT_TEXT, .field = FIELD(workspace),
	  .valid = valid_workspace, .wants = "a workspace's id",
	  .help = "take a login of this workspace only" },
	{ .name = "redirect-host", .value = "HOST", .group = GROUP_LOGIN,
	  .commands = CONSENT, .type = OPT_TEXT, .field = FIELD(redirect_host),
	  .valid = valid_redirect, .wants = "127.0.0.1 or localhost",
	  .help = "how the browser is sent back (127.0.0.1)" },

	{ .name = "to", .value = "DEST", .group = GROUP_SEAL,
	  .commands = SEAL | PULL | LOGIN, .type = OPT_LIST,
	  .field = FIELD(to),
	  .help = "seal: who can open it, which is what 'recipient' prints "
		  "there, an ssh-ed25519 public key, or a file of such lines "
		  "(- for standard input); may be repeated. pull: where it "
		  "goes, a file, - for standard output, or store:NAME "
		  "($CODEX_HOME/auth.json). login: store:NAME" },
	{ .name = "expires", .value = "TIME", .group = GROUP_SEAL,
	  .commands = SEAL, .type = OPT_TEXT, .field = FIELD(expires),
	  .valid = valid_expires,
	  .wants = "a number and s, m, h or d, up to 30d",
	  .help = "how long it can be opened: 90s, 10m, 2h, 3d (10m)" },

	{ .name = "passphrase-file", .value = "FILE", .group = GROUP_STORE,
	  .commands = STORE | PUSH | PULL | SEAL | LOGIN, .type = OPT_TEXT,
	  .field = FIELD(passphrase_file),
	  .help = "the store's passphrase is the first line of this file, or "
		  "- for standard input" },
	{ .name = "new-passphrase-file", .value = "FILE",
	  .group = GROUP_STORE, .commands = STORE, .type = OPT_TEXT,
	  .field = FIELD(new_passphrase_file),
	  .help = "the next one, for 'store passphrase'" },

	{ .letter = 'F', .value = "FILE", .group = GROUP_SSH,
	  .commands = SSH, .type = OPT_TEXT, .field = FIELD(ssh_config),
	  .help = "as ssh's: the only ssh_config to read" },
	{ .letter = 'i', .name = "identity", .value = "FILE",
	  .group = GROUP_SSH, .commands = SSH | UNSEAL, .type = OPT_LIST,
	  .field = FIELD(ssh_identities),
	  .help = "as ssh's: a private key; may be repeated" },
	{ .letter = 'J', .value = "DEST", .group = GROUP_SSH,
	  .commands = SSH, .type = OPT_TEXT, .field = FIELD(ssh_jump),
	  .valid = valid_jump, .wants = "[user@]host[:port][,...]",
	  .help = "as ssh's: connect through these jump hosts" },
	{ .letter = 'l', .value = "USER", .group = GROUP_SSH,
	  .commands = SSH, .type = OPT_TEXT, .field = FIELD(ssh_user),
	  .valid = valid_user, .wants = "a user name",
	  .help = "as ssh's: the account to log in as" },
	{ .letter = 'p', .value = "PORT", .group = GROUP_SSH,
	  .commands = SSH, .type = OPT_NUMBER, .field = FIELD(ssh_port),
	  .min = 1, .max = 65535, .help = "as ssh's: the port to connect to" },
	{ .letter = 'o', .value = "KEY=VALUE", .group = GROUP_SSH,
	  .commands = SSH, .type = OPT_LIST, .field = FIELD(ssh_options),
	  .valid = valid_ssh_option, .wants = "KEY=VALUE",
	  .help = "as ssh's: a line of ssh_config; may be repeated" },
	{ .name = "accept-new", .group = GROUP_SSH, .commands = SSH,
	  .field = FIELD(accept_new),
	  .help = "take unknown host keys and record them; a changed or "
		  "revoked key is always refused" },

	{ .letter = 'H', .name = "host", .value = "URL",
	  .group = GROUP_DOCKER, .commands = SSH, .type = OPT_TEXT,
	  .field = FIELD(dock_host), .valid = printable, .wants = "a URL",
	  .help = "as docker's: the engine, unix:///path, tcp://host:port or "
		  "ssh://[user@]host" },
	{ .letter = 'c', .name = "context", .value = "NAME",
	  .group = GROUP_DOCKER, .commands = SSH, .type = OPT_TEXT,
	  .field = FIELD(dock_context), .valid = printable,
	  .wants = "a name",
	  .help = "as docker's: the context whose engine it is" },
	{ .letter = 'u', .name = "user", .value = "USER",
	  .group = GROUP_DOCKER, .commands = SSH, .type = OPT_TEXT,
	  .field = FIELD(dock_user), .valid = valid_account,
	  .wants = "a user of the container",
	  .help = "the account in the container that runs Codex (the "
		  "container's own)" },
	{ .name = "filter", .value = "KEY=VALUE", .group = GROUP_DOCKER,
	  .commands = CHOOSE, .type = OPT_LIST,
	  .field = FIELD(dock_filters), .valid = valid_filter,
	  .wants = "KEY=VALUE",
	  .help = "containers as 'docker ps --filter' chooses them; may be "
		  "repeated" },
	{ .name = "all", .group = GROUP_DOCKER, .commands = CHOOSE,
	  .field = FIELD(dock_all), .help = "every running container" },

	{ .letter = 'N', .group = GROUP_TUNNEL, .commands = TUNNEL,
	  .field = FIELD(forward_only),
	  .help = "as ssh's: no command, only the forward, until Ctrl-C" },
	{ .name = "container", .value = "NAME", .group = GROUP_TUNNEL,
	  .commands = TUNNEL, .type = OPT_TEXT, .field = FIELD(container),
	  .valid = container_name_ok, .wants = "a container's name or id",
	  .help = "log in in this container of the host's engine" },

	{ .name = "json", .group = GROUP_GLOBAL, .field = FIELD(json),
	  .help = "one JSON object a line on standard output" },
	{ .letter = 'q', .name = "quiet", .group = GROUP_GLOBAL,
	  .field = FIELD(quiet), .help = "say nothing but errors" },
	{ .letter = 'v', .name = "verbose", .group = GROUP_GLOBAL,
	  .type = OPT_COUNT, .field = FIELD(verbose),
	  .help = "say what is going on; -vv and -vvv say more" },
	{ .name = "color", .value = "WHEN", .group = GROUP_GLOBAL,
	  .type = OPT_TEXT, .field = FIELD(color), .valid = valid_color,
	  .wants = "auto, always or never",
	  .help = "auto, always or never (auto)" },
	{ .name = "no-input", .group = GROUP_GLOBAL, .field = FIELD(no_input),
	  .help = "never prompt, fail instead" },
	{ .letter = 'h', .name = "help", .group = GROUP_GLOBAL,
	  .field = FIELD(help), .help = "explain the command" },
	{ .letter = 'V', .name = "version", .group = GROUP_GLOBAL,
	  .field = FIELD(version), .help = "print the version" },

	/* For the man page's test and for shell completion. */
	{ .name = "man-options", .group = GROUP_HIDDEN, .commands = HELP,
	  .field = FIELD(man_options) },
	{ .name = "words", .group = GROUP_HIDDEN, .commands = HELP,
	  .field = FIELD(words) },
};

const size_t options_count = sizeof(options) / sizeof(*options);
_Static_assert(sizeof(options) / sizeof(*options) <= OPTIONS_MAX,
    "args.given");
