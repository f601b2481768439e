/*
 * fartalk - what the far script of farscript says, word by word.
 *
 * The inside of struct farscript, shared by farscript.c (the streams) and
 * fartalk.c (the words). A word that is malformed, or that was not asked for,
 * ends it.
 */
#ifndef FARTALK_H
#define FARTALK_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"
#include "farscript.h"
#include "farshell.h"

#define FARTALK_WORDS 10	/* sh -c SCRIPT cxp and its arguments */
#define FARTALK_ASK   32	/* bytes of a question */

enum asked { ASKED_NOTHING, ASKED_SAID, ASKED_OWNER, ASKED_FILE, ASKED_END };

struct farscript {
	struct farscript_ask a;
	char	*codex_home;
	char	 nonce[FARSHELL_NONCE_LEN];
	struct buf words, command;
	const char *argv[FARTALK_WORDS + 1];	/* in words */
	struct buf line;	/* not ended yet */
	size_t	 all;
	bool	 spoke, ready, over, gone;
	enum asked asked;
	char	 ask[FARTALK_ASK];
	size_t	 nask, sent;
	struct secret *file;	/* arriving */
	size_t	 got;
	char	*home, *store, *codex;
	struct heard out, error;
};

/* Handles one line, without its marker and newline; changes it. */
void	fartalk_line(struct farscript *s, char *word);

/* Ends it: failed(e), once. */
void	fartalk_fail(struct farscript *s, const struct err *e);

/* The same with "the far script WHAT". */
void	fartalk_protocol(struct farscript *s, const char *what);

#endif
