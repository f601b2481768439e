/*
 * dockwho - who a user is in a container that is only seen from outside: by
 * its own /etc/passwd and /etc/group, through the archive API.
 *
 * Threat: both are the container's, hostile and bounded. What they say is good
 * for an owner in a tar and for where to look, not for more. A link is followed
 * once, as the engine has resolved it: only read, and what is found there could
 * stand in the file itself as well.
 */
#ifndef DOCKWHO_H
#define DOCKWHO_H

#include <stdbool.h>

struct dockwho;
struct engine;
struct err;
struct passwd_account;

/* All borrowed until dockwho_free. */
struct dockwho_ask {
	struct engine	*engine;
	const char	*container;	/* its id */
	const char	*user;		/* as Config.User */
	/* Once, from the loop: known, or why not. */
	void		(*done)(void *ctx, const struct err *why);
	void		*ctx;
};

/* NULL without memory. */
struct dockwho	*dockwho_start(const struct dockwho_ask *ask);
void		 dockwho_free(struct dockwho *w);

/* Once it is known. */
const struct passwd_account *dockwho_account(const struct dockwho *w);

/*
 * Whether the owner in a GET's tar is one of the container. With userns-remap
 * it is the host's, and Podman's is always the container's user: where passwd
 * is not root's, it tells nothing.
 */
bool		 dockwho_owners(const struct dockwho *w);

#endif
