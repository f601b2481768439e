/*
 * grant - what a target gets: a copy, the only copy, or a lease.
 *
 * A ChatGPT refresh token works once. A move leaves the one live copy on the
 * target; a lease gives an access token that cannot refresh and keeps the
 * refresh token here. Keys and personal access tokens do not rotate.
 */
#ifndef GRANT_H
#define GRANT_H

#include "cred.h"

struct args;
struct authwrite;
struct err;
struct result;
struct target_spec;
struct ui;

struct grant {
	const struct cred *source;	/* borrowed */
	struct cred	   lease;	/* what is pushed instead; or empty */
	char		  *leads;	/* where it is a link; owned */
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
 * it meanwhile. -1 with e set: ERR_USAGE for what does not go together or
 * rotates nothing. g is to be closed either way.
 */
int	grant_open(struct grant *g, const struct args *a,
	    const struct cred *source, struct err *e);
void	grant_close(struct grant *g);

/* The credential to push. Borrowed. */
const struct cred	*grant_cred(const struct grant *g);

/* What to know before it is on many machines. */
void	grant_warn(const struct grant *g, struct ui *ui);

/*
 * After a target's verdict: a move that has arrived removes the file here, and
 * looks there once more: a home may be shared (a bind mount, NFS, a target
 * that is this machine), and then it comes back. What fails is said by the
 * verdict.
 */
void	grant_settle(struct grant *g, const struct grant_place *where,
	    struct result *r);

#endif
