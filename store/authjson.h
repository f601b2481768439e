/*
 * authjson - reads this machine's auth.json.
 */
#ifndef AUTHJSON_H
#define AUTHJSON_H

#include <stdbool.h>

#include "cred.h"

struct err;
struct secret;

/*
 * Reads and judges the auth.json at path. A file that is replaced or still
 * being written while it is read (Codex up to 0.166 truncates in place) is
 * read again, for one second at most. ERR_NO_CREDENTIAL where there is none,
 * ERR_BAD_CREDENTIAL for what is no credential (a directory, a FIFO, too
 * large, not JSON). Never blocks on a FIFO or device. *c is the caller's.
 */
int	authjson_read(struct cred *c, const char *path, struct err *e);

/*
 * All bytes of fd, judged by nobody; the caller's. NULL with
 * ERR_BAD_CREDENTIAL where they can't be read or are more than an auth.json
 * has. patient: fd is somebody's input, a signal ends the wait for it with
 * ERR_INTERRUPTED.
 */
struct secret	*authjson_bytes(int fd, bool patient, const char *name,
		    struct err *e);

/* As authjson_read, from a descriptor (standard input) until its end. */
int	authjson_read_fd(struct cred *c, int fd, const char *name,
	    struct err *e);

#endif
