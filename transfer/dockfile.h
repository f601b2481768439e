/*
 * dockfile - one file or folder of a container at a time, through the engine's
 * archive API.
 *
 * Every answer may hold a credential: it is collected in secret memory, and no
 * larger than one.
 */
#ifndef DOCKFILE_H
#define DOCKFILE_H

#include <stddef.h>

#include "http.h"

struct archive_found;
struct engine;
struct err;
struct secret;

/* All borrowed but call, which dockfile_end ends. */
struct dockfile {
	struct engine	*engine;
	const char	*container;	/* its id */
	struct httpcall	*call;
};

/*
 * HEAD or GET of the first len bytes of path, an absolute one; with a tar (it is
 * borrowed until the answer) a PUT into that folder, which is sent once: of two
 * the engine might finish the one that was cut last. What was asked before is
 * ended. answer->wanted is the header of dockplace.h. 0, or -1 without memory:
 * then is not called.
 */
int	dockfile_ask(struct dockfile *f, const char *method, const char *path,
	    size_t len, const struct secret *tar, http_fn then, void *ctx);
void	dockfile_end(struct dockfile *f);

/* The entry of that name in a GET's answer, as archive_find has it. */
int	dockfile_unpack(struct archive_found *found,
	    const struct http_answer *a, const char *name, struct err *e);

#endif
