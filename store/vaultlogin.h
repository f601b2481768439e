/*
 * vaultlogin - which of a store's entries is the login that is in use, and
 * what that has learnt since: a refresh token works once, so of one login the
 * latest tokens are the only ones that still work.
 */
#ifndef VAULTLOGIN_H
#define VAULTLOGIN_H

#include <stdint.h>

#include "vaultimage.h"

struct cred;
struct err;

enum vaultlogin {
	VAULTLOGIN_KEPT,	/* the store has it, or newer, already */
	VAULTLOGIN_LEARNT,	/* the store has it now */
	VAULTLOGIN_UNKNOWN,	/* no entry is this login */
	VAULTLOGIN_UNSURE	/* several may be, and nothing tells which */
};

/* What vaultlogin_learn found. */
struct vaultlearnt {
	enum vaultlogin	what;
	char		name[VAULT_NAME_MAX + 1];	/* the entry, or "" */
};

/*
 * Puts `here`, which is in use somewhere, into each entry that is the same
 * login and not newer; now is its time. An entry with a refresh token never
 * loses it to a credential without one (a lease). 0, or -1 with e set.
 */
int	vaultlogin_learn(struct vaultimage *v, const struct cred *here,
	    int64_t now, struct vaultlearnt *learnt, struct err *e);

#endif
