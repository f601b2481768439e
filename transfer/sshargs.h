/*
 * sshargs - what `ssh -G` is asked, and the answer where there is no ssh.
 */
#ifndef SSHARGS_H
#define SSHARGS_H

#include <stdbool.h>

struct err;
struct sshopts;

struct sshargs {
	const struct sshopts *opts;
	const char	*user, *name;	/* user: NULL if not given */
	int		 port;		/* 0: likewise */
	bool		 jump;		/* only -F of opts counts */
};

/* The argument list, NULL-terminated; free() it, not its strings. */
char	**sshargs_new(const struct sshargs *a);

/*
 * What ssh would print with no configuration at all, malloc'ed: a container
 * or a router may have none. NULL with e set if there is some, which can't be
 * obeyed without it.
 */
char	*sshargs_defaults(const struct sshargs *a, const char *home,
	    const char *local_user, struct err *e);

#endif
