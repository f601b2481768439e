/*
 * browser - opens a URL in the user's own browser (RFC 8252 6).
 *
 * Rules (threats L5, O-1, F66):
 *  1. No shell: $BROWSER is split at its blanks, nothing in it is expanded.
 *  2. The opener gets an environment of named variables, /dev/null, a session
 *     of its own, and no descriptor of ours. It is never waited for.
 *  3. That none can be started is no error: the URL is always printed too.
 */
#ifndef BROWSER_H
#define BROWSER_H

#include <stdbool.h>

/*
 * The first that is there of $BROWSER (a list with colons, "%s" stands for
 * the URL), xdg-open, wslview and open. Returns whether one was started.
 */
bool	browser_open(const char *url);

#endif
