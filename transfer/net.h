/*
 * net - what all targets of one run share, and what they ask of the user.
 */
#ifndef NET_H
#define NET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sshconfig.h"

struct dockopts;
struct engine;
struct loop;
struct secret;
struct sshnet;

/* A host key that no known_hosts file has. */
struct io_hostkey {
	const char	*host;		/* "name" or "[name]:port" */
	const char	*type;		/* "ssh-ed25519" */
	const char	*fingerprint;	/* "SHA256:..." */
	const char	*file;		/* where it is recorded, or NULL */
	bool		 authority;	/* a @cert-authority line matched */
};

/*
 * The one table through which the lower rooms reach the user. Any member may
 * be NULL: nobody is there to ask. Calls return when the user has answered;
 * net_ask below moves every deadline by the time that took.
 */
struct io {
	void	 *ctx;
	/* Whether to trust it; the answer "yes" records the key. */
	bool	(*confirm_hostkey)(void *ctx, const struct io_hostkey *q);
	/* A line from the terminal; NULL: refused or end of file. Caller's. */
	struct secret *(*ask)(void *ctx, const char *prompt, bool echo);
	/* A line for -v, made safe already; level 1 to 3. */
	void	(*trace)(void *ctx, int level, const char *who,
		    const char *text);
};

struct net {
	struct loop		*loop;
	const struct io		*io;
	const struct sshopts	*ssh;
	struct sshnet		*sshnet;	/* made on first use */
	const struct dockopts	*docker;
	struct engine		*engines;	/* engine.c's list */
};

/*
 * What blocks this thread for a while (a prompt, an agent) takes loop_clock
 * before it and calls this after it: all deadlines move by that time.
 */
void	net_forgive_since(struct net *n, int64_t began);

/* As io's, with the deadlines of the run moved; NULL-safe. */
bool	net_confirm_hostkey(struct net *n, const struct io_hostkey *q);
struct secret *net_ask(struct net *n, const char *prompt, bool echo);
bool	net_can_ask(const struct net *n);
void	net_trace(struct net *n, int level, const char *who, const char *fmt,
	    ...) __attribute__((format(printf, 4, 5)));

#endif
