/*
 * sftpput - writes, replaces, removes, and leaves nothing behind.
 */
#ifndef SFTPPUT_H
#define SFTPPUT_H

#include "sftpask.h"

/* Whether this server can replace a file in one step. 0 or -1. */
int	sftpput_able(const struct sftp *s, struct err *e);

/* After a look that says go on. */
void	sftpput_start(struct sftp *s);
void	sftpput_remove(struct sftp *s);

/* The verdict is set: sweeps what killed runs left, then it is done. */
void	sftpput_finish(struct sftp *s);

/* Removes our temp file, then the verdict is STATE_FAILED with *e. */
void	sftpput_fail(struct sftp *s, const struct err *e);

/* What was looked at changed: removes our temp file and looks once more. */
void	sftpput_again(struct sftp *s);

#endif
