/*
 * sftpleft - what killed runs left beside auth.json: temp files.
 *
 * A run beside this one must keep its file. So only what is a minute older
 * than the file that this run made goes, both times by the server's clock;
 * a run that made none compares with our clock, and takes ten minutes.
 */
#ifndef SFTPLEFT_H
#define SFTPLEFT_H

#include <stddef.h>

#include "sftpask.h"

/*
 * Each queues its requests where they are wanted and not yet made: opening
 * the folder; reading its names (each goes to sftpleft_entry); removing.
 */
void	sftpleft_list(struct sftp *s);
void	sftpleft_names(struct sftp *s);
void	sftpleft_remove(struct sftp *s);

void	sftpleft_entry(struct sftp *s, const unsigned char *name, size_t len,
	    const struct sftpattrs *attrs);

#endif
