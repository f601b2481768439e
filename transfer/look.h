/*
 * look - what is on a target, and what follows from it.
 *
 * Every way to a target (far shell, SFTP, container archive) fills a struct
 * look and asks here, so that what may be replaced, and what proves an
 * install, is written once.
 */
#ifndef LOOK_H
#define LOOK_H

#include <stdbool.h>

#include "cred.h"

struct job;
struct result;
struct secret;

struct look {
	bool		present;	/* an auth.json is there */
	bool		readable;	/* the digest and claims are real */
	bool		outsized;	/* no credential has that size */
	int		mode;		/* permission bits */
	long		owner;		/* uid of the file */
	long		account;	/* uid of the account that looked */
	bool		replaced;	/* (after a put) renamed, not in place */
	unsigned char	digest[CRED_DIGEST_LEN];
	struct cred	claims;		/* no bytes */
	struct secret	*bytes;		/* a pull's; owned; or NULL */
	char		*path;		/* resolved, raw bytes; owned */
};

void	look_init(struct look *l);
void	look_clear(struct look *l);

/*
 * Before look_judge: whether to look once more instead, because what is there
 * has the bytes of job->mine and not its mark. A file system that is shared
 * may tell an old mode until the file was opened (NFS), which the first look
 * has done.
 */
bool	look_again(const struct look *l, const struct job *job,
	    struct result *r);

/*
 * After the first look: true where the job should go on and write (or remove,
 * or fetch); false where r now has its verdict (unchanged, would_write,
 * refused, present, absent). Path, mode, owner and claims are put into r either
 * way.
 */
bool	look_judge(const struct look *l, const struct job *job,
	    struct result *r);

/*
 * Where the far bytes are here for the look: what their refresh token is to the
 * job's survey, so that others of the call can be compared with it.
 */
void	look_token(struct result *r, const struct cred *there,
	    const struct job *job);

/*
 * After a fetch: takes l->bytes. True with the verdict set (STATE_PRESENT and
 * r->there whole, or STATE_FAILED for what Codex could not read); false where
 * they are not what was looked at: the file changed meanwhile.
 */
bool	look_fetched(struct look *l, struct result *r);

/*
 * After the work: sets the verdict from what was read back. Not the source's
 * bytes, mode 0600 and owner: STATE_FAILED, ERR_PROTOCOL.
 */
void	look_confirm(const struct look *l, const struct job *job,
	    struct result *r);

/*
 * After a link that was lost at a moment when the work may have been done:
 * written or removed if the target shows it, else failed with `why`.
 */
void	look_recover(const struct look *l, const struct job *job,
	    const struct err *why, struct result *r);

#endif
