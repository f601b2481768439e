/*
 * sftplook - finds the Codex home, looks at what is there, decides.
 */
#ifndef SFTPLOOK_H
#define SFTPLOOK_H

#include <stdbool.h>
#include <stddef.h>

#include "sftpask.h"

/* Queues the first batch (also of a second look). */
void	sftplook_start(struct sftp *s);

/*
 * Queues the READs of ASK_OPEN's file, as many as s->seen.size (which is at
 * most CRED_SIZE_MAX) needs; and in
 * the step after it puts what came into s->look. False: the file changed
 * while it was read, or could not be read (*failed).
 */
void	sftplook_read(struct sftp *s, sftp_step then);
bool	sftplook_fill(struct sftp *s, enum ask *failed);

/* The rest of s->look, from s->seen: path is copied. */
void	sftplook_about(struct sftp *s, const char *path);

/*
 * Whether nobody but the account `uid` (-1: not known) can change what is
 * behind the names of folder, link and target. 0 or -1.
 */
int	sftplook_safe(const struct sftp *s, long uid, struct err *e);

/* Whether the server told all that the decisions need. */
bool	sftplook_told(const struct answer *a);

/* "cannot VERB 'PATH': ..." from the STATUS of a failed request. Sets -1. */
int	sftplook_status(struct sftp *s, enum ask a, const char *verb,
	    const char *path, struct err *e);

/* dir + "/" + name, malloc'ed; NULL without memory. */
char	*sftplook_join(const char *dir, const char *name);

#endif
