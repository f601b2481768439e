/*
 * keepsay - what a round of keeping says.
 */
#ifndef KEEPSAY_H
#define KEEPSAY_H

#include <stdbool.h>

struct keep;
struct keepround;

/*
 * A line, or an object with --json, and why something failed; nothing for a
 * round in which nothing was to be done, unless it is the first.
 */
void	keepsay(struct keep *k, const struct keepround *r, bool first);

#endif
