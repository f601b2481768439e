/*
 * dockplace - where auth.json belongs in a container that is only seen from
 * outside, and whether the way there may be gone.
 *
 * Pure. The engine resolves links with root's rights, so a component that is
 * one, or can't be told from one, ends it.
 */
#ifndef DOCKPLACE_H
#define DOCKPLACE_H

#include <stdbool.h>
#include <stdint.h>

struct buf;
struct container;
struct err;

#define DOCKPLACE_HEADER "X-Docker-Container-Path-Stat"

/*
 * Adds the file's path to *file: below codex_home (or NULL), the container's
 * CODEX_HOME, its HOME or the account's home. 0, or -1 with ERR_NO_HOME.
 */
int	dockplace_find(struct buf *file, const struct container *c,
	    const char *codex_home, const char *home, struct err *e);

/*
 * Whether a tmpfs lies over it: what is put there or read from outside is not
 * what the container has. e says so then (ERR_NO_SHELL, ERR_NOT_RUNNING).
 */
bool	dockplace_hidden(const char *file, const struct container *c,
	    struct err *e);

enum dockplace {
	DOCKPLACE_WAY,		/* a folder on the way */
	DOCKPLACE_HOME,		/* CODEX_HOME itself */
	DOCKPLACE_FILE
};

/* What is wrong with it by the header's value ("is a link"), or NULL. */
const char *dockplace_judge(const char *header, enum dockplace what);

/* Whether it is of more than max bytes; its permission bits then. */
bool	dockplace_large(const char *header, uint32_t max, int *mode);

/* Adds where the link leads to, as the engine has resolved it; 0 or -1. */
int	dockplace_leads(struct buf *to, const char *header);

/*
 * e says why the file can't be removed, and what helps: the archive API puts
 * and gets, and an empty file would be half a thing.
 */
void	dockplace_stays(const char *file, const struct container *c,
	    struct err *e);

#endif
