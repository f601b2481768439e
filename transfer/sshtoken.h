/*
 * sshtoken - ssh_config(5) TOKENS, ~ and ${VARIABLES}, as OpenSSH 9.2 has
 * them. (%j, which 9.6 brought, is there too.)
 */
#ifndef SSHTOKEN_H
#define SSHTOKEN_H

#include <stddef.h>

struct err;

/* What the tokens stand for; all borrowed. */
struct sshtokens {
	const char	*home;		/* %d, ~ */
	const char	*local_user;	/* %u */
	const char	*local_host;	/* %l; %L up to its first dot */
	const char	*uid;		/* %i */
	const char	*name;		/* %n: as given */
	const char	*hostname;	/* %h: to connect to */
	const char	*alias;		/* %k: HostKeyAlias, or the name */
	const char	*user, *port;	/* %r, %p */
	const char	*jump;		/* %j */
	char *const	*envp;		/* ${NAME} */
};

enum sshtoken_kind {
	SSHTOKEN_FILE,		/* ~, ${}, every token */
	SSHTOKEN_TILDE,		/* ~ alone */
	SSHTOKEN_PROXY		/* %% %h %k %n %p %r alone */
};

/*
 * value with all that its kind allows expanded; malloc'ed. NULL with e set
 * (ERR_USAGE, naming the keyword) where ssh gives up too.
 */
char	*sshtoken_expand(const struct sshtokens *t, enum sshtoken_kind kind,
	    const char *keyword, const char *value, struct err *e);

/* The value of a variable, or NULL. */
const char	*sshtoken_env(char *const *envp, const char *name, size_t len);

#endif
