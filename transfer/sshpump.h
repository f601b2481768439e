/*
 * sshpump - an SSH channel with a socket in front of it, for those who know
 * file descriptors only: another libssh session, libcurl.
 *
 * What one side gives is held here until the other side takes it: that is
 * the back-pressure.
 */
#ifndef SSHPUMP_H
#define SSHPUMP_H

#include <stdbool.h>
#include <stddef.h>

#include <libssh/libssh.h>

#include "loop.h"

struct err;

#define SSHPUMP_CHUNK 16384	/* bytes moved at once, either way */

struct sshpump {
	struct loop	*loop;
	ssh_channel	 channel;	/* the owner's, who frees it */
	bool		 said_eof;
	struct watch	 local;		/* fd -1 unless open */
	char		 up[SSHPUMP_CHUNK], down[SSHPUMP_CHUNK];
	size_t		 nup, ndown;	/* bytes held for channel and socket */
};

#define SSHPUMP_INIT(l) { .loop = (l), .local = { .fd = -1 } }

/*
 * Makes the pair of sockets and watches our end; fn calls sshpump_local. The
 * other end, or -1 with e set. The channel may be opened later.
 */
int	sshpump_open(struct sshpump *p,
	    void (*fn)(struct watch *w, short revents), void *ctx,
	    struct err *e);

/* The same with an end that is there; fd is taken. 0, or -1 without memory. */
int	sshpump_take(struct sshpump *p, int fd,
	    void (*fn)(struct watch *w, short revents), void *ctx);

/* Moves what can be moved, over an open channel. */
void	sshpump_move(struct sshpump *p);

/* The same, from the watch of our end. */
void	sshpump_local(struct sshpump *p, short revents);

/* Closes our end: the owner of the other sees the end of its stream. */
void	sshpump_hangup(struct sshpump *p);

#endif
