/*
 * engineconfig - which Docker Engine is meant, found as docker's own client
 * finds it: -H, -c, DOCKER_HOST, DOCKER_CONTEXT, the current context of
 * config.json, then the usual sockets.
 *
 * Rules: the files are the user's own, but bounded and strictly parsed; a
 * context that is named and not there is an error, never a fall-back to
 * another engine.
 */
#ifndef ENGINECONFIG_H
#define ENGINECONFIG_H

#include <stdbool.h>

struct err;

/* What the user and the environment say; NULL where nothing. Borrowed. */
struct dockopts {
	const char	*host;		/* -H */
	const char	*context;	/* -c */
	const char	*user;		/* -u */
	const char	*env_host;	/* DOCKER_HOST */
	const char	*env_context;	/* DOCKER_CONTEXT */
	const char	*env_config;	/* DOCKER_CONFIG */
	const char	*env_certs;	/* DOCKER_CERT_PATH */
	bool		 env_tls;	/* DOCKER_TLS is set */
	bool		 env_verify;	/* DOCKER_TLS_VERIFY is set */
	const char	*home;		/* the user's; never NULL */
	const char	*runtime;	/* XDG_RUNTIME_DIR */
};

enum engine_kind { ENGINE_UNIX, ENGINE_TCP, ENGINE_SSH };

/* Where an engine is. All strings owned. */
struct engineconfig {
	enum engine_kind kind;
	char	*name;		/* as it is shown: "unix:///var/run/docker.sock" */
	char	*path;		/* socket; of ENGINE_SSH: the far one, or NULL */
	char	*user, *host;	/* host as in a URL, without brackets */
	int	 port;		/* 0: not given */
	char	*prefix;	/* path in front of the API's, "" mostly */
	bool	 tls, verify;
	char	*ca, *cert, *key;	/* files, or NULL */
};

/* 0, or -1 with ERR_USAGE or ERR_ENGINE_UNREACHABLE; c is clear then. */
int	engineconfig_find(struct engineconfig *c, const struct dockopts *o,
	    struct err *e);

/* A host alone, as after -H: what engineconfig_find does with it. */
int	engineconfig_parse(struct engineconfig *c, const char *host,
	    struct err *e);
void	engineconfig_clear(struct engineconfig *c);

#endif
