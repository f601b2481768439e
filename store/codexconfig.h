/*
 * codexconfig - what Codex's configuration says about where its login is.
 *
 * Pure memory. Four files may speak; codex-cli 0.169 lets a later one of this
 * order win, and takes the credential store alone from requirements.toml.
 */
#ifndef CODEXCONFIG_H
#define CODEXCONFIG_H

#include <stdbool.h>
#include <stddef.h>

struct err;

#define CODEXCONFIG_SIZE_MAX  1048576	/* bytes of a file; more isn't read */
#define CODEXCONFIG_IDS	      32	/* workspaces that are kept */
#define CODEXCONFIG_ID_MAX    256

enum codexconfig_file {
	CODEXCONFIG_SYSTEM,	/* /etc/codex/config.toml */
	CODEXCONFIG_USER,	/* config.toml in the Codex home */
	CODEXCONFIG_MANAGED,	/* /etc/codex/managed_config.toml */
	CODEXCONFIG_REQUIRED,	/* /etc/codex/requirements.toml */
	CODEXCONFIG_FILES
};

enum codexconfig_store {
	CODEXCONFIG_FILE,	/* its default */
	CODEXCONFIG_KEYRING,
	CODEXCONFIG_AUTO,	/* the keyring, else the file */
	CODEXCONFIG_EPHEMERAL	/* memory: gone when it ends */
};

enum codexconfig_login { CODEXCONFIG_ANY, CODEXCONFIG_CHATGPT,
	CODEXCONFIG_API };

/* {0} is what Codex does without any file. */
struct codexconfig {
	enum codexconfig_store store;
	enum codexconfig_login login;	/* forced_login_method */
	/* forced_chatgpt_workspace_id; none: any will do. */
	char	 ids[CODEXCONFIG_IDS][CODEXCONFIG_ID_MAX];
	size_t	 nids;
	bool	 more_ids;		/* than were kept */
	bool	 refused;	/* Codex does not start with one of the files */
	bool	 unknown;	/* one could not be read or understood */
};

/* Its path for people ("/etc/codex/config.toml", "config.toml"). */
const char	*codexconfig_name(enum codexconfig_file file);

/* Codex's word for it: "file", "keyring", "auto", "ephemeral". */
const char	*codexconfig_store_name(enum codexconfig_store store);

/*
 * Takes the text of one file on top of what the files before it said. -1 with
 * c->refused for a value that Codex would not start with, and with c->unknown
 * for what is no TOML that we know; e (ERR_BAD_CREDENTIAL) says which line or
 * setting, and holds no byte of the text.
 */
int	codexconfig_add(struct codexconfig *c, enum codexconfig_file file,
	    const char *p, size_t len, struct err *e);

#endif
