/*
 * knownhosts - one line of a known_hosts file, and whether it names a host.
 *
 * sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT", read as OpenSSH 9.2's hostfile.c
 * reads it, with one exception on the safe side: a marker may end in a tab.
 * (ssh doesn't see "@revoked<TAB>host ..." as a revocation.)
 */
#ifndef KNOWNHOSTS_H
#define KNOWNHOSTS_H

#include <stdbool.h>
#include <stddef.h>

#define KNOWN_HASH_LEN 20 /* SHA-1 */
#define KNOWN_NAME_MAX 1024

enum knownmark { KNOWNMARK_NONE, KNOWNMARK_AUTHORITY, KNOWNMARK_REVOKED };

struct knownline {
	enum knownmark	 mark;
	bool		 hashed;
	const char	*names;		/* patterns, or "|1|salt|hash" */
	const char	*key;		/* "type base64 comment", unchecked */
	unsigned char	 salt[KNOWN_HASH_LEN], hash[KNOWN_HASH_LEN];
};

/*
 * Splits a line in place; l borrows from it. -1 for a blank line, a comment
 * and one that names no host (l is undefined then).
 */
int	knownline_parse(char *line, struct knownline *l);

/* HMAC-SHA1 with one look-up of the algorithm; NULL if there is none. */
struct knownhmac;
struct knownhmac *knownhmac_new(void);
void		  knownhmac_free(struct knownhmac *h);

/*
 * Whether the line names `name` (in lower case): 1 or 0, or -1 if the hash
 * could not be computed.
 */
int	knownline_names(const struct knownline *l, struct knownhmac *h,
	    const char *name);

/*
 * The name a host has in the files, in lower case: "name", or "[name]:port"
 * unless port is 0 or 22. 0, or -1 if it is longer than KNOWN_NAME_MAX.
 */
int	knownname(char out[KNOWN_NAME_MAX], const char *name, int port);

/* Puts "|1|salt|hash" for name, with a new salt, into out. 0 or -1. */
int	knownname_hash(struct knownhmac *h, const char *name, char *out,
	    size_t size);

#endif
