/*
 * library - a shared library that is loaded on first use, so that the
 * commands that don't need it start without its cost.
 */
#ifndef LIBRARY_H
#define LIBRARY_H

#include <stddef.h>

struct err;

/* A function, and the offset of the pointer to it in the user's struct. */
struct library_symbol {
	const char	*name;
	size_t		 at;
};

/*
 * Loads file (a soname) and fills the n pointers in *api. It stays loaded:
 * its threads and state may outlive a handle. 0, or -1 with ERR_INTERNAL;
 * package is what the hint says to install.
 */
int	library_load(void *api, const char *file, const char *package,
	    const struct library_symbol *symbols, size_t n, struct err *e);

#endif
