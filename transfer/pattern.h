/*
 * pattern - ssh's wildcards: '*' for any run, '?' for any one character.
 */
#ifndef PATTERN_H
#define PATTERN_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Whether len bytes of pattern match the whole of s. fold: capitals of the
 * pattern count as small letters (s is in small letters already). The time is
 * bounded by the product of the lengths.
 */
bool	pattern_matches(const char *pattern, size_t len, bool fold,
	    const char *s);

#endif
