/*
 * verdict - whether the Codex of a target would use what was found there.
 */
#ifndef VERDICT_H
#define VERDICT_H

#include <time.h>

struct codexuse;
struct result;

/*
 * The answer for a target that was looked at or pushed to, by its own
 * clock and configuration where they were surveyed. For any other state
 * CODEXUSE_UNKNOWN.
 */
void	verdict_result(const struct result *r, time_t now,
	    struct codexuse *u);

/* Now, by the target's own clock where that was surveyed. */
time_t	verdict_now(const struct result *r, time_t now);

/*
 * Adds as warnings what will go wrong there though Codex would use it: a
 * refresh that must fail, a file that will be gone, a clock that is off.
 */
void	verdict_warn(struct result *r);

#endif
