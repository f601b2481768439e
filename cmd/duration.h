/*
 * duration - a length of time as a user writes it: 90s, 10m, 2h, 3d.
 */
#ifndef DURATION_H
#define DURATION_H

#include <stdbool.h>
#include <stdint.h>

#define DURATION_MAX (30 * 86400)	/* seconds */

/*
 * A number and one of s, m, h, d; from one second to DURATION_MAX. False for
 * anything else; seconds may be NULL.
 */
bool	duration_parse(const char *s, int64_t *seconds);

#endif
