/*
 * keeprefresh - one refresh of this machine's login, as Codex does it.
 *
 * Rules:
 *  1. A refresh token works once: it is sent by one at a time, under Codex's
 *     auth.lock, and only after it was seen that the new one can be stored.
 *  2. What the issuer has given is on the disk before anything else happens;
 *     where its place fails, in a file of ours (threats O-25, F63).
 *  3. The file on the disk wins, as with Codex, unless what it holds is the
 *     very token that was just spent.
 *  4. An answer that is lost after the request was sent is told apart from
 *     one where nothing was sent.
 *  5. A token that was refused or may be spent is known to every later keeper
 *     (keepnote.h).
 */
#ifndef KEEPREFRESH_H
#define KEEPREFRESH_H

#include <stdint.h>

#include "cred.h"
#include "err.h"

struct args;

enum keeprefresh_state {
	KEEPREFRESH_DONE,	/* the new login is on the disk */
	KEEPREFRESH_FRESH,	/* not due (any more): somebody else did it */
	KEEPREFRESH_AGAIN,	/* nothing was spent: later may do */
	KEEPREFRESH_REFUSED,	/* for good, this token */
	KEEPREFRESH_UNKNOWN,	/* sent, and no answer: it may be spent */
	KEEPREFRESH_ASIDE	/* spent; the new one is in a file of ours */
};

/* What came of it: no pointers, so that a pipe can carry it. */
struct keeprefresh {
	enum keeprefresh_state state;
	int64_t		 retry_after;	/* seconds it is to rest; or 0 */
	unsigned char	 digest[CRED_DIGEST_LEN];	/* of what was read */
	struct err	 why;		/* where it is not DONE or FRESH */
};

/*
 * Refreshes the auth.json at path where it is due. Waits for locks and the
 * network: some 90 seconds at most. ERR_USAGE in r->why for a credential that
 * can't be refreshed.
 */
void	keeprefresh(struct keeprefresh *r, const struct args *a,
	    const char *path);

/* Whether it is a login that can be kept: 0, or -1 with ERR_USAGE. */
int	keeprefresh_check(const struct cred *c, struct err *e);

#endif
