/*
 * procnet - the lines of Linux's /proc/net/tcp and /proc/net/tcp6 (proc(5)).
 *
 * Pure, for they may come from a far host too. There the order of the bytes
 * of an address is that of its processor, which is not known here: a
 * loopback or unspecified address is recognised in both.
 */
#ifndef PROCNET_H
#define PROCNET_H

#include <stdbool.h>
#include <stdint.h>

enum procnet_reach {
	PROCNET_LOOPBACK,	/* 127.0.0.1, ::1, ::ffff:127.0.0.1 */
	PROCNET_ANY,		/* 0.0.0.0, :: */
	PROCNET_OTHER
};

struct procnet {
	enum procnet_reach reach;	/* of the local address */
	int		 port;
	bool		 listens;
	uint32_t	 uid;		/* of who made the socket */
	uint64_t	 inode;		/* of the socket */
};

/* One line, without its end; false for the heading and anything else. */
bool	procnet_read(struct procnet *p, const char *line);

#endif
