/*
 * dockput - the way into a container that runs no shell: the engine's archive
 * API, from outside.
 *
 * Threat model, as rules:
 *  1. The engine writes as root and follows links: so no component of the way
 *     may be one. That is asked before anything is sent, and again before the
 *     verdict: a program in there may have made one in between (dockwalk.h).
 *  2. What a tmpfs would hide is refused, not written beneath it.
 *  3. The account's ids and home come from the container's own passwd file
 *     (dockwho.h), and are good for nothing but an owner in a tar.
 *  4. It is not atomic, and nobody syncs it. The result says so; a lost answer
 *     is looked after, and half of a file put once more.
 */
#ifndef DOCKPUT_H
#define DOCKPUT_H

#include <stdbool.h>

struct container;
struct dockput;
struct engine;
struct err;
struct job;
struct net;
struct result;
struct target_spec;

/* All borrowed until dockput_free. */
struct dockput_ask {
	struct net	*net;
	struct engine	*engine;
	const struct container *container;
	const struct job *job;
	const struct target_spec *spec;
	const char	*user;		/* as Config.User */
	const char	*codex_home;	/* --codex-home, or NULL */
	/* Only looks, after a lost link: see look_recover. NULL: does all. */
	const struct err *why;
	struct result	*result;
	void		(*done)(void *ctx);	/* once; the verdict is set */
	void		*ctx;
};

/* NULL without memory. Freeing it closes its connection: that is what frees
 * the container, which the engine locks for the length of a request. */
struct dockput	*dockput_start(const struct dockput_ask *ask);
void		 dockput_free(struct dockput *p);

/* Whether the file may be there, or half of it, without our knowing. */
bool		 dockput_committing(const struct dockput *p);

#endif
