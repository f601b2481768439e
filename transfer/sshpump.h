/*
 * sshpump - an SSH channel with a socket in front of it: another libssh
 * session's, libcurl's, a browser's.
 *
 * What one side gives and the other does not take yet stays where it is, in
 * the socket or in libssh's buffer, whose size is the channel's window: that
 * is the back-pressure, and a stalled peer costs no more than that.
 *
 * What arrives is written to the socket while libssh parses it, which may be
 * in the middle of any call on the session, so nothing here may lie unseen:
 * `wake` is set off when there is more to do.
 */
#ifndef SSHPUMP_H
#define SSHPUMP_H

#include <stdbool.h>
#include <stddef.h>

#include <libssh/callbacks.h>
#include <libssh/libssh.h>

#include "buf.h"
#include "loop.h"

struct err;

#define SSHPUMP_CHUNK (4 * 32758) /* bytes read at once: 4 full packets */

struct sshpump {
	struct loop	*loop;
	struct watch	*wake;		/* due at once: move; or NULL */
	ssh_channel	 channel;	/* opened by the owner; or NULL */
	bool		 half_close;	/* the socket's peer knows half-close */
	bool		 hooked;	/* libssh calls us */
	bool		 readable;	/* the socket has more */
	bool		 full;		/* the socket takes nothing now */
	bool		 behind;	/* libssh holds bytes for the socket */
	bool		 news;		/* the far side has ended something */
	bool		 said_eof, heard_eof;	/* told the channel, the socket */
	bool		 broken;	/* the socket takes nothing more */
	bool		 bulk;		/* much is taken: a wide window */
	size_t		 taken;		/* bytes since it was opened */
	struct watch	 local;		/* fd -1 unless open */
	struct buf	 up, down;	/* read, and not taken yet */
	struct ssh_channel_callbacks_struct callbacks;
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

/*
 * For a new channel before its open is answered: nothing can have come that
 * would have to be looked for later. Not needed, but it saves that look.
 */
void	sshpump_hook(struct sshpump *p);

/*
 * Moves what can be moved, over an open channel. Cheap where there is nothing
 * to do, so that it can be called for every stream of a session.
 */
void	sshpump_move(struct sshpump *p);

/* The same, from the watch of our end. */
void	sshpump_local(struct sshpump *p, short revents);

/* Closes our end: the owner of the other sees the end of its stream. */
void	sshpump_hangup(struct sshpump *p);

/* Hangs up and frees the channel: after a refused open too, or a lost link. */
void	sshpump_end(struct sshpump *p);

#endif
