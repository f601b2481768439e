/*
 * sshways - the keys to try on one host, and in which order.
 *
 * Key files that can be used at once or whose key the agent holds, in
 * ssh_config's order, each with its certificates first; the agent's other keys
 * unless IdentitiesOnly; encrypted key files where somebody can be asked.
 */
#ifndef SSHWAYS_H
#define SSHWAYS_H

#include <stdbool.h>
#include <stddef.h>

#include <libssh/libssh.h>

#include "buf.h"

struct sshagent;
struct sshhost;
struct sshkey;
struct sshkeys;

#define SSHWAYS_MAX 64

enum sshway_kind { SSHWAY_CERT, SSHWAY_KEY, SSHWAY_LOCKED, SSHWAY_AGENT };

struct sshway {
	enum sshway_kind kind;
	struct sshkey	*key;		/* not for SSHWAY_AGENT */
	ssh_key		 certified;	/* SSHWAY_CERT; owned */
	size_t		 index;		/* SSHWAY_AGENT: the agent's key */
};

struct sshways {
	struct sshway	 list[SSHWAYS_MAX];
	size_t		 n;
	struct buf	 notes;		/* why keys can't be used, for a hint */
};

/* agent may be NULL. Keys and agent are borrowed until sshways_clear. */
void	sshways_find(struct sshways *w, const struct sshhost *h,
	    struct sshkeys *keys, const struct sshagent *agent, bool can_ask);
void	sshways_clear(struct sshways *w);

/* Adds "what: why" to the notes. */
void	sshways_note(struct sshways *w, const char *what, const char *why);

#endif
