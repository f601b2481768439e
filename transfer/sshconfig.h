/*
 * sshconfig - the effective ssh_config of a host, as `ssh -G` resolves it.
 *
 * OpenSSH's own resolver is asked (ssh_config(5): Host, Match, Include,
 * tokens, canonicalisation), by posix_spawn and without a shell. One call
 * costs about 3 ms of CPU, a session about 1 ms: hosts that no Host or Match
 * line of the files tells apart share one call.
 *
 * Threat: host and user names reach ssh's argument list, so they come from
 * target_parse's alphabet only, and "--" precedes them.
 */
#ifndef SSHCONFIG_H
#define SSHCONFIG_H

#include <stdbool.h>
#include <stddef.h>

struct err;
struct loop;

/* What the user said about SSH; all borrowed for the run. */
struct sshopts {
	const char	*config;	/* -F, or NULL */
	const char	*jump;		/* -J, or NULL */
	const char	*user;		/* -l, or NULL */
	int		 port;		/* -p, or 0 */
	const char *const *identities;	/* -i, NULL-terminated, or NULL */
	const char *const *options;	/* -o KEY=VALUE, likewise */
	bool		 accept_new;	/* --accept-new */
	const char	*home;		/* the user's home; never NULL */
	const char	*agent;		/* SSH_AUTH_SOCK, or NULL */
	char *const	*envp;		/* for the programs that are run */
};

enum sshstrict { SSHSTRICT_ASK, SSHSTRICT_YES, SSHSTRICT_ACCEPT_NEW };

/* Which ways to authenticate are off, and how often to ask; 0: as ssh does. */
struct sshmethods {
	bool	  no_publickey, no_kbdint, no_password;
	bool	  batch;		/* BatchMode: never ask */
	int	  prompts;		/* NumberOfPasswordPrompts */
};

/* One host's settings, tokens and tildes expanded. Owned by the caller. */
struct sshhost {
	char	 *name;			/* as asked for */
	char	 *hostname, *user;	/* to connect to, to log in as */
	int	  port;
	char	**identity_files;	/* NULL-terminated lists */
	char	**certificate_files;
	char	**user_known_hosts;
	char	**global_known_hosts;
	char	**revoked_host_keys;
	bool	  identities_only;
	char	 *identity_agent;	/* socket path; NULL: none */
	char	 *host_key_alias;	/* NULL: none */
	bool	  hash_known_hosts;
	enum sshstrict strict;		/* "no" and "off" mean accept-new */
	char	 *proxy_jump;		/* "a,b" of [user@]host[:port]; NULL */
	char	 *proxy_command;	/* NULL: none */
	int	  connect_timeout;	/* seconds; 0: none given */
	int	  alive_interval;	/* ServerAliveInterval, likewise */
	int	  alive_max;		/* ServerAliveCountMax; 0: none given */
	struct sshmethods methods;
	int	  address_family;	/* AF_UNSPEC, AF_INET, AF_INET6 */
};

struct sshconfig;
struct sshlookup;

struct sshconfig *sshconfig_new(struct loop *l, const struct sshopts *o);
void		  sshconfig_free(struct sshconfig *c);

/*
 * Resolves user@name:port (user NULL, port 0: not given). as_jump: with -F
 * alone, as ssh starts its own jumps. At most a few ssh processes run at
 * once. done(ctx, host, err) is called once, from the loop or before this
 * returns; host is the callee's (sshhost_free), NULL with err set. Returns a
 * handle to cancel it with, or NULL if done was called already.
 */
typedef void (*sshconfig_fn)(void *ctx, struct sshhost *host,
    const struct err *e);
struct sshlookup *sshconfig_lookup(struct sshconfig *c, const char *user,
		    const char *name, int port, bool as_jump,
		    sshconfig_fn done, void *ctx);
void		  sshlookup_cancel(struct sshlookup *k);

void		  sshhost_free(struct sshhost *h);

/* How many times ssh was run (for tests). */
size_t		  sshconfig_calls(const struct sshconfig *c);

#endif
