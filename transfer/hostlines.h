/*
 * hostlines - the lines of all known_hosts and RevokedHostKeys files of a
 * host, read once, and which of them name it.
 *
 * A name costs one HMAC a hashed line, the first time; the answer is kept.
 */
#ifndef HOSTLINES_H
#define HOSTLINES_H

#include <stdbool.h>
#include <stddef.h>

#include "knownhosts.h"

struct err;
struct hostlines;
struct knownstamp;

struct hostline {
	struct knownline known;
	const char	*path;
	unsigned long	 number;	/* 1... */
};

/* What hostkeys_load promises. */
struct hostlines	*hostlines_load(const char *const *files,
			    const char *const *revoked, struct err *e);
void			 hostlines_free(struct hostlines *h);

/*
 * The lines that name `name` (lower case), in the files' order, ended by
 * NULL; borrowed until the next hostlines_add. NULL if that failed.
 */
const struct hostline	*const *hostlines_find(struct hostlines *h,
			    const char *name);

/* The RevokedHostKeys lines: their known.key is a readable key. */
const struct hostline	*hostlines_revoked(const struct hostlines *h,
			    size_t *n);

struct knownhmac	*hostlines_hmac(const struct hostlines *h);

/* The state in which path was last seen; zeroed at first. NULL: no memory. */
struct knownstamp	*hostlines_stamp(struct hostlines *h,
			    const char *path);

/* Adds a line to those of path, in memory. 0 or -1. */
int			 hostlines_add(struct hostlines *h, const char *path,
			    const char *text);

#endif
