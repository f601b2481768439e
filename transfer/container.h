/*
 * container - what an engine says about one container, as far as we ask.
 *
 * Pure: GET /containers/NAME/json in, a struct out. Names, paths and users in
 * it were chosen by whoever made the container: hostile text.
 */
#ifndef CONTAINER_H
#define CONTAINER_H

#include <stdbool.h>
#include <stddef.h>

struct err;

enum container_state {
	CONTAINER_RUNNING,
	CONTAINER_PAUSED,
	CONTAINER_RESTARTING,
	CONTAINER_STOPPED,	/* created or exited: its files are there */
	CONTAINER_GONE		/* dead or being removed */
};

struct container_mount {
	char	*where;		/* absolute, without a slash at the end */
	char	*volume;	/* its name, fit for a command; or NULL */
	char	*source;	/* where it is on the engine's host, or NULL */
	bool	 tmpfs;
};

/* All strings owned. */
struct container {
	char	*id;		/* hexadecimal: fit for a path */
	char	*name;		/* without the slash; or the id */
	enum container_state state;
	char	*user;		/* Config.User; "" is root */
	char	*home, *codex_home;	/* of Config.Env; NULL where not set */
	struct container_mount *mounts;
	size_t	 nmounts;
	bool	 env_api_key, env_access_token;	/* which beat the file */
};

/* 0, or -1 with ERR_PROTOCOL; c is clear then. */
int	container_parse(struct container *c, const char *json, size_t len,
	    struct err *e);
void	container_clear(struct container *c);

/* Whether its files can be got at: running or stopped. 0, or -1 with
 * ERR_NOT_RUNNING and what to do. */
int	container_usable(const struct container *c, struct err *e);

/* The mount that path lies on, or NULL: the container's own layer. */
const struct container_mount *container_mount_of(const struct container *c,
	    const char *path);

/* Whether it may stand in a path of the API and name a container there. */
bool	container_name_ok(const char *name);

/* The same of an id, of an exec as well: hexadecimal; NULL is none. */
bool	container_id_ok(const char *id);

#endif
