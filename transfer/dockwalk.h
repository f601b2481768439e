/*
 * dockwalk - the way to a file in a container, seen from outside: one HEAD for
 * each component, from the root on.
 *
 * Threat: the engine follows links with root's rights. So a component that is
 * one, or can't be told from one, ends it. Nothing holds the way: what was a
 * folder may be a link by the next request, so whoever has written goes it once
 * more.
 */
#ifndef DOCKWALK_H
#define DOCKWALK_H

#include <stddef.h>

#include "dockfile.h"

struct err;

enum dockwalk_end {
	DOCKWALK_FILE,		/* a regular file */
	DOCKWALK_LARGE,		/* larger than any credential; mode is set */
	DOCKWALK_NO_FILE,
	DOCKWALK_NO_FOLDER	/* nor its folder, which could be made */
};

/* The caller fills in the first four; the rest is zero. */
struct dockwalk {
	struct dockfile	 file;
	const char	*path;		/* borrowed: plain and absolute */
	/* Once for each start: why is NULL where the end was reached. */
	void		(*done)(void *ctx, const struct err *why);
	void		*ctx;

	enum dockwalk_end end;
	int		 mode;		/* permission bits */
	size_t		 at;		/* its own */
};

/* done may be called before it returns. */
void	dockwalk_start(struct dockwalk *w);
void	dockwalk_end(struct dockwalk *w);

#endif
