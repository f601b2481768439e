/*
 * installtalk - what the far script of install says, word by word.
 *
 * The inside of struct install, shared by install.c (the streams) and
 * installtalk.c (the words). A word that is malformed, or that comes at a
 * moment when the script cannot have said it, ends the attempt.
 */
#ifndef INSTALLTALK_H
#define INSTALLTALK_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"
#include "err.h"
#include "farshell.h"
#include "install.h"
#include "look.h"

struct job;
struct result;

#define INSTALL_WORDS	14	/* sh -c SCRIPT cxp and its arguments */

enum claim {
	CLAIM_MODE,
	CLAIM_ACCOUNT,
	CLAIM_ID,
	CLAIM_ACCESS,
	CLAIM_REFRESHED,
	CLAIM_TEXTS,
	CLAIM_API_KEY = CLAIM_TEXTS,
	CLAIM_PAT,
	CLAIM_TOKENS,
	CLAIM_REFRESH,
	CLAIMS
};

struct install {
	const struct job *job; /* borrowed */
	struct result *r;      /* borrowed */
	enum install_phase phase;
	bool		   recover;	/* only looks, after a lost link */
	struct err	   why;		/* recovering: what to report */
	char		   nonce[FARSHELL_NONCE_LEN];
	char		   go[sizeof("keep \n") + FARSHELL_NONCE_LEN];
	size_t		   sent;	/* of go, go_on, then of the file */
	bool		   probing;	/* put; waits for keep or back */
	bool		   backing;	/* back was said */
	bool		   unsure;	/* it warned that it may not last */
	struct buf	   go_on;	/* behind the nonce of go: a script */
	struct buf	   command;
	struct buf	   words;
	const char	  *argv[INSTALL_WORDS + 1];	/* in words */
	struct buf	   line;	/* not ended yet */
	size_t		   noise, answer;
	struct heard	   out, error;
	bool		   placed, looked;	/* had `at`, had `look` */
	struct look	   look;
	size_t		   fetched, fetching;	/* bytes of look.bytes */
	char		  *claims[CLAIMS];	/* owned */
	char		  *lacks;	/* owned; a folder */
	char		   lacks_who[24];	/* uid:gid */
};

/* Handles one line, without its marker and newline; changes s. */
void installtalk_line(struct install *in, char *s);

/*
 * Ends the attempt with e; after a lost link, where this was the last chance
 * to learn the outcome, as STATE_UNKNOWN.
 */
void installtalk_fail(struct install *in, const struct err *e);

#endif
