/*
 * grant - what a target gets: a copy, the only copy, or a lease.
 *
 * A ChatGPT refresh token works once. A move leaves the one live copy on the
 * target; a lease gives an access token that cannot refresh and keeps the
 * refresh token here. Keys and personal access tokens do not rotate.
 */
#ifndef GRANT_H
#define GRANT_H

#include "authmark.h"
#include "cred.h"

struct args;
struct authwrite;
struct err;
struct job;
struct result;
struct target_spec;
struct ui;

struct grant {
	const struct cred *source;	/* borrowed */
	struct cred	   lease;	/* what is pushed instead; or empty */
	char		  *path;	/* of the source's file, or NULL; owned */
	char		  *leads;	/* where it is a link; owned */
	struct authmark	   mark;	/* on that file */
	struct authwrite  *move;	/* the lock on the file that goes */
};

/* How the target is looked at again; all borrowed. */
struct grant_place {
	struct ui	  *ui;
	const struct args *args;
	const struct target_spec *spec;
};

/*
 * Prepares what the options ask for: the lease, or for a move the lock of
 * Codex on the file here, held until grant_close so that no Codex refreshes
 * it meanwhile. That file is marked (authmark.h): where a target has the very
 * same one, a lease would end its refresh token, and a move the file. -1 with
 * e set: ERR_USAGE for what does not go together or rotates nothing. g is to
 * be closed either way.
 */
int	grant_open(struct grant *g, const struct args *a,
	    const struct cred *source, struct err *e);
void	grant_close(struct grant *g);

/* Sets what is pushed, and what the target must not be. Borrows. */
void	grant_job(const struct grant *g, struct job *job);

/* What to know before it is on many machines. */
void	grant_warn(const struct grant *g, struct ui *ui);

/*
 * After a target's verdict: a move that has arrived removes the file here, and
 * looks there once more; a lease looks here. Where a file system showed no
 * mark, the file here may have been the one there, and comes back. What fails
 * is said by the verdict. A lease needs no `where`.
 */
void	grant_settle(struct grant *g, const struct grant_place *where,
	    struct result *r);

#endif
