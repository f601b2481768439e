/*
 * sshtalk - moves bytes between a channel and what talks over it: the install
 * recipe's near half, or SFTP.
 *
 * What arrives is taken from libssh's callbacks, while it is being parsed:
 * read from libssh's buffers it could lie there unseen, when another call had
 * taken it off the descriptor.
 */
#ifndef SSHTALK_H
#define SSHTALK_H

#include <stdbool.h>

#include <libssh/callbacks.h>
#include <libssh/libssh.h>

#include "buf.h"

struct install;
struct sftp;

/* install or sftp is set, the other NULL; all owned by who embeds it. */
struct sshtalk {
	ssh_channel	 channel;
	struct install	*install;
	struct sftp	*sftp;
	struct ssh_channel_callbacks_struct callbacks;
	bool		 writing;
	struct buf	 late;		/* arrived inside a write */
};

/* For a new channel, before it is opened. 0, or -1 without memory. */
int	sshtalk_begin(struct sshtalk *t, ssh_session session);

/* Frees the channel and what talked. */
void	sshtalk_end(struct sshtalk *t);

/* Sends what is pending and the window takes. 0, or -1 on a dead link. */
int	sshtalk_write(struct sshtalk *t);

/* Whether no more is to be said. */
bool	sshtalk_finished(const struct sshtalk *t);

#endif
