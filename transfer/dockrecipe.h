/*
 * dockrecipe - the recipe of install.h over the streams of an exec.
 */
#ifndef DOCKRECIPE_H
#define DOCKRECIPE_H

struct dockrecipe;
struct engine;
struct err;
struct install;
struct net;

struct dockrecipe_ask {
	struct net	*net;		/* all borrowed until dockrecipe_free */
	struct engine	*engine;
	const char	*container;	/* its id */
	const char	*user;
	struct install	*install;
	/* As enginexec_peer's. */
	void		(*ended)(void *ctx, int status,
			    const struct err *why);
	void		*ctx;
};

/* NULL without memory. */
struct dockrecipe *dockrecipe_start(const struct dockrecipe_ask *ask);
void		   dockrecipe_free(struct dockrecipe *d);

#endif
