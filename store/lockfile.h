/*
 * lockfile - an advisory lock on a file, with a bounded wait (flock(2)).
 */
#ifndef LOCKFILE_H
#define LOCKFILE_H

#include <stdint.h>

struct err;

struct lockfile {
	int	fd;	/* -1: not held */
};
#define LOCKFILE_INIT { -1 }

/* Milliseconds of CLOCK_MONOTONIC, to make a deadline from. */
int64_t	lockfile_now(void);

/*
 * Holds the file `name` in the folder dirfd, which is made (0600) where it is
 * not there and stays. Waits until `deadline`: ERR_LOCKED; a signal that is
 * handled ends the wait sooner: ERR_INTERRUPTED. A file system without locks
 * is success: there nobody else is held up by one either.
 */
int	lockfile_take(struct lockfile *l, int dirfd, const char *name,
	    int64_t deadline, struct err *e);

/* LOCKFILE_INIT is fine. */
void	lockfile_release(struct lockfile *l);

#endif
