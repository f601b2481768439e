/*
 * verdict - whether the Codex of a target would use what was found there.
 */
#ifndef VERDICT_H
#define VERDICT_H

#include <time.h>

struct codexuse;
struct result;

/*
 * The answer for a target that was looked at (present or absent); its
 * configuration was not. For any other state CODEXUSE_UNKNOWN.
 */
void	verdict_result(const struct result *r, time_t now,
	    struct codexuse *u);

#endif
