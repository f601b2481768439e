/*
 * knownfile - reading known_hosts files, and adding a line to one.
 *
 * Several processes append to the same file: ssh (without a lock), other runs
 * of this program (with one). An addition is therefore one write(2) on an
 * O_APPEND descriptor, under flock(2), and begins on a line of its own.
 */
#ifndef KNOWNFILE_H
#define KNOWNFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <time.h>

struct err;

#define KNOWNFILE_MAX (64 << 20) /* bytes */

/* Which state of a file was seen; zeroed: none. */
struct knownstamp {
	dev_t		dev;
	ino_t		ino;
	off_t		size;
	struct timespec mtime;
};

bool	knownstamp_same(const struct knownstamp *a,
	    const struct knownstamp *b);

/*
 * The whole file, malloc'ed, NUL-terminated; *text is NULL if there is no
 * such file. 0 or -1.
 */
int	knownfile_read(const char *path, char **text, size_t *len,
	    struct knownstamp *stamp, struct err *e);

/*
 * Opens for knownfile_append, making file (0600) and its folder (0700), and
 * locks; waits for the lock for 2 s. A descriptor, or -1.
 */
int	knownfile_lock(const char *path, struct knownstamp *stamp,
	    struct err *e);

/* Adds a line (which has its newline). 0 or -1; nothing is left of a half. */
int	knownfile_append(int fd, const char *path, const char *line,
	    struct knownstamp *stamp, struct err *e);

#endif
