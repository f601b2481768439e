/*
 * sshproxy - ssh_config's ProxyCommand.
 *
 * The command is the user's own, run as ssh runs it: by $SHELL -c "exec ...",
 * with a socket as its input and output. Where nobody can be asked it gets a
 * process group of its own, so that all of it can be ended; else it stays in
 * ours, or the terminal would stop it when it asks. Its tokens hold host and
 * user names from target_parse's alphabet or from the user's configuration.
 */
#ifndef SSHPROXY_H
#define SSHPROXY_H

struct err;
struct net;
struct sshproxy;

/* *fd is our end, non-blocking, the caller's. NULL sets e. */
struct sshproxy	*sshproxy_start(struct net *n, const char *command, int *fd,
		    struct err *e);

/* What it wrote last on standard error, made safe; "" if nothing. Borrowed. */
const char	*sshproxy_said(struct sshproxy *p);

/* Ends the process group; NULL is fine. */
void		 sshproxy_end(struct sshproxy *p);

#endif
