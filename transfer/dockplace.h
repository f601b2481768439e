/*
 * dockplace - where auth.json belongs in a container that is only seen from
 * outside, and whether the way there may be gone.
 *
 * Pure. The engine resolves links with root's rights, so a component that is
 * one, or can't be told from one, ends it.
 */
#ifndef DOCKPLACE_H
#define DOCKPLACE_H

struct buf;
struct container;
struct err;

#define DOCKPLACE_HEADER "X-Docker-Container-Path-Stat"

/*
 * Adds the file's path to *file: below codex_home (or NULL), the container's
 * CODEX_HOME, its HOME or the account's home. 0, or -1 with ERR_NO_HOME; with
 * ERR_NO_SHELL or ERR_NOT_RUNNING where a tmpfs would hide it.
 */
int	dockplace_find(struct buf *file, const struct container *c,
	    const char *codex_home, const char *home, struct err *e);

enum dockplace {
	DOCKPLACE_WAY,		/* a folder on the way */
	DOCKPLACE_HOME,		/* CODEX_HOME itself */
	DOCKPLACE_FILE
};

/* What is wrong with it by the header's value ("is a link"), or NULL. */
const char *dockplace_judge(const char *header, enum dockplace what);

/*
 * e says why the file can't be removed, and what helps: the archive API puts
 * and gets, and an empty file would be half a thing.
 */
void	dockplace_stays(const char *file, const struct container *c,
	    struct err *e);

#endif
