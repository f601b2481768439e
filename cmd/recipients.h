/*
 * recipients - what the user says with --to, as keys to seal for.
 */
#ifndef RECIPIENTS_H
#define RECIPIENTS_H

#include <stddef.h>

#include "seal.h"

struct err;

struct recipients {
	struct recipient v[SEAL_RECIPIENTS_MAX];	/* all different */
	size_t		 n;
	size_t		 used, passed;	/* lines: keys, and keys of no use */
};

/*
 * Adds what `to` names: the word that 'recipient' prints; an ssh-ed25519
 * public key line; else a file ("-": standard input) of such lines, as
 * authorized_keys (with its options) or https://github.com/NAME.keys have
 * them. SSH keys of other types, and those of certificate authorities, are
 * passed over while there is one that will do. 0, or -1 with ERR_USAGE.
 */
int	recipients_add(struct recipients *r, const char *to, struct err *e);

#endif
