/*
 * source - the credential that --from names: what push, seal and the store
 * begin with.
 */
#ifndef SOURCE_H
#define SOURCE_H

struct args;
struct cred;
struct err;
struct ui;

/*
 * Reads and judges it: a path, "-" for standard input, "store:NAME", or
 * without --from this machine's auth.json. The user's own pipe is waited for.
 * 0 and *c the caller's, or -1.
 */
int	source_read(struct cred *c, struct ui *ui, const struct args *a,
	    struct err *e);

/* Warns of what makes it useless wherever it gets. */
void	source_warn(struct ui *ui, const struct cred *c);

#endif
