/*
 * sftpsync - whether what was done by SFTP outlasts a power cut there: private
 * to sftplook.c and sftpput.c.
 *
 * Version 3 knows no sync of a folder. But OpenSSH's server opens one like a
 * file, and its fsync takes what was opened.
 */
#ifndef SFTPSYNC_H
#define SFTPSYNC_H

struct sftp;

/* Queues, with the change itself, that the folder is opened. */
void	sftpsync_open(struct sftp *s, const char *dir);

/* Queues, once the change is known to have worked, that it is synced. */
void	sftpsync_ask(struct sftp *s);

/* After that: where it isn't known to last, the result says so. */
void	sftpsync_tell(struct sftp *s);

/* Of a file that stays as it is: all of that, then finishes. */
void	sftpsync_unchanged(struct sftp *s);

#endif
