/*
 * loopback - listening sockets that only this machine can reach.
 *
 * Threat model, as rules (threats C13 and C14):
 *  1. Bound to 127.0.0.1 and ::1 alone, never to another address.
 *  2. Nobody shares the port: no SO_REUSEPORT. (Linux lets nobody listen on
 *     0.0.0.0 either while we hold it.)
 */
#ifndef LOOPBACK_H
#define LOOPBACK_H

#include <stdbool.h>

struct err;

enum { LOOPBACK_V4, LOOPBACK_V6, LOOPBACKS };

/*
 * Listens on port on both families: non-blocking, close-on-exec; fds[i] is -1
 * for a family that this machine lacks or, unless both are wanted, where ::1
 * is somebody else's. 0, or -1 with nothing open: ERR_PORT_IN_USE, or
 * for what another port would not cure ERR_PERMISSION_DENIED (the system keeps
 * it), else ERR_INTERNAL.
 */
int	loopback_listen(int fds[LOOPBACKS], int port, bool both,
	    struct err *e);

/* Closes those that are open and sets them to -1. */
void	loopback_close(int fds[LOOPBACKS]);

#endif
