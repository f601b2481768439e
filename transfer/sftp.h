/*
 * sftp - the same install on a host that gives no shell, by SFTP version 3
 * (draft-ietf-secsh-filexfer-02) with OpenSSH's posix-rename and fsync.
 *
 * Written by us because libssh 0.10's sftp_rename cannot replace a file and
 * its calls cost a round trip each; requests that do not depend on each
 * other go out together here. The rename is never sent before every write
 * was acknowledged. Like install.h this does no input or output of its own.
 *
 * Threat model: the server is foreign: every length is checked against what
 * has arrived, replies to ids never asked for end the session, names and
 * texts are bounded. Codex's locks can't be taken this way: what is there is
 * compared once more directly before the rename.
 */
#ifndef SFTP_H
#define SFTP_H

#include <stdbool.h>
#include <stddef.h>

struct err;
struct job;
struct result;
struct sftp;

/* Arguments as install_new's; look_only with `why` after a lost link. */
struct sftp	*sftp_new(const struct job *job, const char *codex_home,
		    bool look_only, const struct err *why, struct result *r,
		    struct err *e);
void		 sftp_free(struct sftp *s);

void		 sftp_feed(struct sftp *s, const void *p, size_t len);
const void	*sftp_pending(const struct sftp *s, size_t *len);
void		 sftp_sent(struct sftp *s, size_t len);

/* Whether the verdict is set; whether the rename or remove may have begun. */
bool		 sftp_done(const struct sftp *s);
bool		 sftp_committing(const struct sftp *s);

/*
 * Whether the server ever answered INIT as an SFTP server; where it did not,
 * there is no SFTP behind the subsystem.
 */
bool		 sftp_spoke(const struct sftp *s);

#endif
