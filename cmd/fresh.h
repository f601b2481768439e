/*
 * fresh - push --fresh: a login of its own for each target.
 *
 *  1. Nobody is asked for a login that could not be put there: every target
 *     is tried first, by a push that writes nothing.
 *  2. What the issuer has given is in locked memory alone until its target's
 *     verdict. Where that isn't good, the login goes where --rescue says, or
 *     the verdict says that it is lost.
 *  3. A login that is refused or runs out costs its own target alone; a
 *     signal ends the asking, and nothing more is contacted.
 *  4. This machine's own login is neither read nor touched.
 */
#ifndef FRESH_H
#define FRESH_H

struct args;
struct err;
struct ui;

/*
 * Whether the options go together, of a push with --fresh or without. 0, or
 * -1 with ERR_USAGE.
 */
int	fresh_check(const struct args *a, struct err *e);

/* The push; has printed everything. Its exit status. */
int	fresh_push(struct ui *ui, const struct args *a);

#endif
