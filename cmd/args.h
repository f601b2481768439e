/*
 * args - the command line, by one table of options.
 *
 * Not getopt_long: that takes abbreviations (a script using one breaks when
 * an option is added), stops at the command word where POSIXLY_CORRECT is
 * set, and keeps its state in globals.
 *
 * No option ever carries a secret: argument lists are public (threat L4).
 */
#ifndef ARGS_H
#define ARGS_H

#include <stdbool.h>
#include <stddef.h>

struct command;
struct err;

#define OPTIONS_MAX 128

/* Values of an option that may be repeated; v is NULL-terminated. */
struct arg_list {
	const char **v;		/* NULL while empty */
	size_t	 n;
};

/* What was asked for. Strings are argv's own. */
struct args {
	const struct command *command;	/* NULL: no word was given */
	const char *const *operands;	/* after the command word */
	size_t	 noperands;
	const char *const *rest;	/* of a command that takes one: what */
	size_t	 nrest;			/* stands after "--" */
	bool	 dashes;		/* there was a "--" */
	bool	 given[OPTIONS_MAX];	/* by place in options[] */

	bool	 json, quiet, no_input, help, version;
	int	 verbose;
	const char *color;		/* "auto", "always", "never" */

	const char *from;		/* NULL: the local auth.json */
	const char *codex_home;
	struct arg_list hosts;
	int	 parallel, timeout;
	bool	 dry_run, force, backup;
	bool	 move, lease, fresh, once, probe;
	const char *rescue;

	struct arg_list to;
	const char *expires;

	const char *ssh_config, *ssh_jump, *ssh_user;
	int	 ssh_port;
	struct arg_list ssh_identities, ssh_options;
	bool	 accept_new;

	const char *dock_host, *dock_context, *dock_user;
	struct arg_list dock_filters;
	bool	 dock_all;

	bool	 no_browser, paste;
	const char *workspace, *redirect_host;
	bool	 device_auth, with_api_key, with_access_token;
	bool	 revoke;		/* of logout */
	const char *issuer, *client_id;

	bool	 forward_only;		/* -N */
	const char *passphrase_file, *new_passphrase_file;
	const char *container;

	bool	 words, man_options;	/* hidden, of help */
	const char **words_owned;	/* what operands points into */
};

enum opt_type { OPT_FLAG, OPT_COUNT, OPT_TEXT, OPT_NUMBER, OPT_LIST };

enum opt_group {
	GROUP_TARGETS,
	GROUP_LOGIN,
	GROUP_SEAL,
	GROUP_STORE,
	GROUP_SSH,
	GROUP_DOCKER,
	GROUP_TUNNEL,
	GROUP_GLOBAL,
	GROUPS,
	GROUP_HIDDEN = GROUPS
};

struct opt {
	char		 letter;	/* 0: none */
	const char	*name;		/* long name, or NULL */
	const char	*value;		/* its value in help, or NULL: none */
	const char	*help;		/* begins in lower case, no full stop */
	enum opt_group	 group;
	unsigned	 commands;	/* command_bit set; 0: every command */
	enum opt_type	 type;
	size_t		 field;		/* in struct args */
	int		 min, max;	/* OPT_NUMBER */
	/* Whether the value will do, and what it has to be. NULL: anything. */
	bool		(*valid)(const char *value);
	const char	*wants;
};

extern const struct opt options[];
extern const size_t options_count;

/*
 * Reads the whole command line: options anywhere, "--" ends them. 0, or -1
 * with ERR_USAGE; what was understood until then is set either way, so that
 * --json counts. The caller ends with args_clear.
 */
int	args_parse(struct args *a, int argc, char *const argv[],
	    struct err *e);
void	args_clear(struct args *a);

#endif
