/*
 * survey - what decides, over there, whether Codex will use its auth.json.
 *
 * Pure memory: makes the line that the far script evaluates (survey.sh) and
 * takes in what that says. Threat: the answers are foreign text; they are
 * bounded here, and made safe where they are shown.
 */
#ifndef SURVEY_H
#define SURVEY_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "codexconfig.h"

struct secret;

#define SURVEY_KEY_LEN	32	/* bytes */
#define SURVEY_TOKEN_LEN 32	/* SHA-256 */
#define SURVEY_WORD_MAX	256	/* bytes of a short answer, NUL included */

/* A far configuration file, as far as its first table. */
struct survey_file {
	bool		there, unreadable;
	struct buf	text;
};

struct survey {
	bool	whole;			/* nothing is missing below */
	bool	timed;
	int64_t	ahead;			/* seconds, its clock against ours */
	bool	env_api_key, env_access_token;	/* set there, beat the file */
	char	home[SURVEY_WORD_MAX];	/* CODEX_HOME there, if it is another */
	char	aside[SURVEY_WORD_MAX];	/* "~/.bashrc sets CODEX_API_KEY" */
	bool	closed;			/* Codex could not write in its home */
	bool	foreign;		/* nor to the file, which is another's */
	bool	bus;			/* a session bus: may have a keyring */
	int	running;		/* processes of Codex; -1 unknown */
	char	fs[SURVEY_WORD_MAX];	/* type of file system; "" unknown */
	char	mount[SURVEY_WORD_MAX];	/* and where it is mounted */
	char	codex[SURVEY_WORD_MAX];	/* the program; "" not found */
	char	version[SURVEY_WORD_MAX];	/* "codex-cli 0.169.0" */
	struct survey_file file[CODEXCONFIG_FILES];
	struct buf doctor;		/* `codex doctor --json`, or nothing */
	/* Other targets of the call with that token, one a line: filled in by
	 * who has all of them. */
	struct buf shared;
	bool	has_token;
	unsigned char token[SURVEY_TOKEN_LEN];	/* of the refresh token */
};

/* All unknown. NULL without memory. */
struct survey	*survey_new(void);
void		 survey_free(struct survey *s);

/*
 * What stands behind "go NONCE": the script with the key, ended by a newline.
 * 0, or -1 with b->failed.
 */
int	survey_script(struct buf *b, const unsigned char key[SURVEY_KEY_LEN]);

/* In front of that, where nothing is put: has what is there on the disk. */
int	survey_sync(struct buf *b);

/*
 * The same for a remove: says, as warnings, what stays there; absent: that is
 * all it does.
 */
int	survey_stays(struct buf *b, bool absent);

/* The same for a put, which is then judged by what it has surveyed. */
int	survey_probe(struct buf *b);

/*
 * Takes one answer ("time 1790000000"); now is our clock, Unix seconds. False
 * for what the script does not say.
 */
bool	survey_fact(struct survey *s, const char *fact, int64_t now);

/* The digest that the far script would make of this refresh token. */
void	survey_token(unsigned char out[SURVEY_TOKEN_LEN],
	    const unsigned char key[SURVEY_KEY_LEN],
	    const struct secret *token);

#endif
