/*
 * command - the words a user can give, in one table.
 */
#ifndef COMMAND_H
#define COMMAND_H

#include <stdbool.h>
#include <stddef.h>

struct args;
struct err;
struct ui;

enum command_id {
	COMMAND_LOGIN,
	COMMAND_LOGOUT,
	COMMAND_PUSH,
	COMMAND_DOCKER,
	COMMAND_PULL,
	COMMAND_REMOVE,
	COMMAND_STATUS,
	COMMAND_KEEP,
	COMMAND_RECIPIENT,
	COMMAND_SEAL,
	COMMAND_UNSEAL,
	COMMAND_TUNNEL,
	COMMAND_STORE,
	COMMAND_HELP,
	COMMAND_VERSION,
	COMMANDS
};

/* Seconds for a login over there (--timeout). */
#define COMMAND_TUNNEL_TIMEOUT 900

struct command {
	const char	*name;
	const char	*operands;	/* for the usage line */
	const char	*summary;	/* begins in lower case, no full stop */
	const char	*more;		/* whole lines for its help, or NULL */
	size_t		 min, max;	/* operands; --hosts stands for one */
	int		 timeout;	/* seconds, as --timeout; 0: 30 */
	bool		 keys;		/* an operand may be a key: not shown */
	bool		 harmless;	/* never holds a secret */
	bool		 rest;		/* what follows "--" is not for us */
	/* Does it and returns the exit status; has printed everything. */
	int		(*run)(struct ui *ui, const struct args *a);
};

extern const struct command commands[COMMANDS];

int	command_login(struct ui *ui, const struct args *a);
int	command_logout(struct ui *ui, const struct args *a);
int	command_push(struct ui *ui, const struct args *a);
int	command_pull(struct ui *ui, const struct args *a);
int	command_remove(struct ui *ui, const struct args *a);
int	command_status(struct ui *ui, const struct args *a);
int	command_keep(struct ui *ui, const struct args *a);
int	command_recipient(struct ui *ui, const struct args *a);
int	command_seal(struct ui *ui, const struct args *a);
int	command_unseal(struct ui *ui, const struct args *a);
int	command_tunnel(struct ui *ui, const struct args *a);
int	command_store(struct ui *ui, const struct args *a);
int	command_help(struct ui *ui, const struct args *a);
int	command_version(struct ui *ui, const struct args *a);

/* NULL with ERR_USAGE where there is none; the hint knows similar ones. */
const struct command	*command_find(const char *word, struct err *e);

/* Its place in an option's set of commands. */
unsigned	command_bit(const struct command *c);

/* Whether a and b are one insertion, deletion, change or swap apart. */
bool	word_near(const char *a, const char *b);

#endif
