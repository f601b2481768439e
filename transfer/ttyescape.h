/*
 * ttyescape - ssh's escape character in what is typed: after a return, "~."
 * ends the connection and "~~" is one "~" (ssh(1), ESCAPE CHARACTERS).
 */
#ifndef TTYESCAPE_H
#define TTYESCAPE_H

#include <stdbool.h>
#include <stddef.h>

enum ttyescape_at { TTYESCAPE_START, TTYESCAPE_LINE, TTYESCAPE_TILDE };

struct ttyescape {
	enum ttyescape_at at;	/* zeroed: at the start of a line */
};

/*
 * Copies what is meant for the far side; out has room for 2 * len bytes.
 * Returns how many. *quit is set at a "~."; what follows is dropped.
 */
size_t	ttyescape_filter(struct ttyescape *t, const char *in, size_t len,
	    char *out, bool *quit);

#endif
