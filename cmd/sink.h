/*
 * sink - where a login that came from elsewhere is put: this machine's
 * auth.json, or what --to names: a file, standard output, the store.
 */
#ifndef SINK_H
#define SINK_H

#include <stdbool.h>

#include "cred.h"
#include "storeopen.h"

struct args;
struct err;
struct result;
struct ui;

struct sink {
	struct ui	*ui;
	const struct args *args;
	char		*path;		/* the file; NULL: another place */
	bool		 home;		/* path is the Codex home's */
	const char	*name;		/* in the store; NULL: another place */
	struct storeopen store;
	bool		 holds;		/* there is a credential already */
	struct cred	 cred;
};

/*
 * Looks at the place, before anything is contacted. -1 with e set for one
 * that --to can't mean, or a store that can't be opened. s is to be closed
 * either way, and must stay where it is.
 */
int	sink_open(struct sink *s, struct ui *ui, const struct args *a,
	    struct err *e);
void	sink_close(struct sink *s);

/* What would be replaced, or NULL. Borrowed. */
const struct cred	*sink_holds(const struct sink *s);

/*
 * Puts r->there there, by what a push guarantees a target; the verdict in r
 * and its path become those of the place.
 */
void	sink_put(struct sink *s, struct result *r);

/*
 * After "unchanged", which was judged by bytes read before: what else a push
 * looks at (the mode, and that it is still there) is put right.
 */
void	sink_same(struct sink *s, struct result *r);

/* The file that it goes into; NULL: another place. Borrowed. */
const char	*sink_path(const struct sink *s);

/* Of what is there already and is to last: whether it is on the disk now. */
bool	sink_sync(const struct sink *s);

/*
 * After the far file is gone, or may be: that the one here is not gone with
 * it, because both were the same. Then it is put back, and r says so.
 */
void	sink_keep(struct sink *s, struct result *r);

#endif
