/*
 * sshnet - what all SSH sessions of a run share: resolved configuration,
 * known_hosts read once, key files, agents, handshake gates, jump hosts.
 *
 * libssh parses known_hosts anew in every session (17 ms a host with 1,000
 * hashed lines); here each list of files is parsed once.
 */
#ifndef SSHNET_H
#define SSHNET_H

#include <sys/types.h>

struct err;
struct gate;
struct hostkeys;
struct net;
struct sshagent;
struct sshconfig;
struct sshhost;
struct sshjump;
struct sshkeys;

struct sshnet {
	struct sshconfig *config;
	struct sshkeys	 *keys;
	struct gate	 *gate;		/* handshakes by endpoint */
	struct sshjump	 *jumps;	/* sshjump.c's list */
	struct agent_list *agents;
	struct known_list *known;
	pid_t		 *children;	/* ended proxies, to be reaped */
	size_t		  nchildren;
};

/* The run's, made on the first call; NULL without memory. */
struct sshnet	*sshnet_get(struct net *n);
void		 sshnet_free(struct sshnet *s);

/* The agent at path, or NULL where path is; it may hold no keys. */
struct sshagent	*sshnet_agent(struct net *n, const char *path);

/* The known_hosts of h, parsed once for each list of files. */
struct hostkeys	*sshnet_hostkeys(struct sshnet *s, const struct sshhost *h,
		    struct err *e);

/* Reaps a child that was told to end, now or when the run ends. */
void		 sshnet_reap(struct sshnet *s, pid_t pid);

#endif
