/*
 * keepnote - what a keeper has learnt of a refresh token, for the next one.
 *
 * A token that is refused, or that may be spent, must not be sent again by
 * another run (cron), by a keeper that waited for the lock, or after a power
 * cut: an issuer may end the whole login for it. So before a token is sent, a
 * note says that its end is not known, and stays where that is so, or worse.
 *
 * One small file for each Codex home, in our state folder, without a secret:
 * of the login's file it has the digest, and a file with another digest is
 * another login. Where no note can be made, there is none: that is no failure.
 */
#ifndef KEEPNOTE_H
#define KEEPNOTE_H

#include <stdbool.h>
#include <stdint.h>

#include "keeprefresh.h"

struct keepnote {
	enum keeprefresh_state state;	/* REFUSED, UNKNOWN or ASIDE */
	int64_t		 until;		/* Unix seconds: until then it rests */
	unsigned char	 digest[CRED_DIGEST_LEN];
	struct err	 why;
};

/* path is the auth.json's. */
void	keepnote_put(const char *path, const struct keepnote *n);
bool	keepnote_get(const char *path, struct keepnote *n);
void	keepnote_drop(const char *path);

#endif
