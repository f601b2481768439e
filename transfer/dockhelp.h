/*
 * dockhelp - root of a container makes the folder that the account can't.
 *
 * Threat: which folder is said from inside, and root acts on it. So only one
 * that was to be expected is made, only where nothing is, and only what was
 * made changes hands: what a user of the container puts in its place meanwhile
 * is refused by mkdir, and not followed by chown -h. The container's PATH is not
 * root's.
 */
#ifndef DOCKHELP_H
#define DOCKHELP_H

struct container;
struct dockhelp;
struct engine;
struct err;
struct net;
struct result;

struct dockhelp_ask {
	struct net	*net;		/* all borrowed until dockhelp_free, */
	struct engine	*engine;
	const struct container *container;
	const char	*codex_home;	/* --codex-home, or NULL */
	const char	*dir, *who;	/* but for these; who: "uid:gid" */
	/* Once, from the loop: made, or why not. */
	void		(*done)(void *ctx, const struct err *why);
	void		*ctx;
};

/* For a dry run, which makes nothing: r is what it would be, if root would. */
void		 dockhelp_foretell(const struct dockhelp_ask *ask,
		    struct result *r);

/* NULL without memory, and where root would be no help. */
struct dockhelp	*dockhelp_start(const struct dockhelp_ask *ask);
void		 dockhelp_free(struct dockhelp *h);

#endif
