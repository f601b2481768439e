/*
 * farscript - the near half of farlogin.sh: runs "codex login" on a far shell
 * in a home of its own, asks it one thing at a time, takes what it wrote.
 *
 * Like install it does no input or output: the owner of the stream feeds what
 * arrives and sends what is pending.
 *
 * Threat model, as rules:
 *  1. As install's: only lines with this run's nonce count, all is bounded,
 *     an answer that was not asked for ends it.
 *  2. What codex said is foreign text: raw here, made safe where it is shown.
 *  3. The file goes from the stream straight into a secret.
 *
 * Lines of the far script, each after CXP1 and the nonce:
 *   home DIR          the real Codex home of the account
 *   store LINE        its settings keep credentials elsewhere
 *   codex PATH        what will run
 *   ready             commands are taken from now on
 *   said TEXT         (said) a line of codex's
 *   now runs|STATUS   (said) no more lines now
 *   owner ME UID...   (owner PORT) who listens there; none, unknown
 *   file LENGTH       (file) and so many bytes; 0: there is none
 *   bye               (end) all is removed
 *   err CODE TEXT     ends it; over: there is no login there any more
 */
#ifndef FARSCRIPT_H
#define FARSCRIPT_H

#include <stdbool.h>
#include <stddef.h>

struct err;
struct farscript;
struct secret;

#define FARSCRIPT_LINGER 60	/* seconds a silent login lives on */

enum farscript_owner {
	FARSCRIPT_OURS,		/* the account, and nobody else */
	FARSCRIPT_OTHERS,	/* who says whose it is */
	FARSCRIPT_NOBODY,
	FARSCRIPT_UNKNOWN	/* there is no way to tell */
};

/* Each is called from farscript_feed or _end; may ask, but not free. */
struct farscript_events {
	void	(*ready)(void *ctx);
	void	(*said)(void *ctx, const char *line);
	void	(*now)(void *ctx, int status);	/* -1: codex still runs */
	void	(*owner)(void *ctx, enum farscript_owner o, const char *who);
	void	(*file)(void *ctx, struct secret *take);  /* NULL: none */
	void	(*bye)(void *ctx);
	void	(*failed)(void *ctx, const struct err *e);
	void	*ctx;
};

struct farscript_ask {
	const char	*codex_home;	/* NULL: the account's own */
	bool		 device;	/* codex login --device-auth */
	int		 linger;	/* seconds it outlives its link; 0: as above */
	int		 life;		/* seconds, at most */
	struct farscript_events events;
};

/* NULL without memory, or with a bad folder name (e set). */
struct farscript *farscript_new(const struct farscript_ask *ask,
		    struct err *e);
void		  farscript_free(struct farscript *s);

/* The link was lost: the command is now one that joins the same login. */
int		  farscript_join(struct farscript *s, struct err *e);

/* For a login shell; the same as words. Borrowed until farscript_join. */
const char	 *farscript_command(const struct farscript *s);
const char *const *farscript_argv(const struct farscript *s);

void		  farscript_feed(struct farscript *s, const void *p,
		    size_t len);
void		  farscript_feed_error(struct farscript *s, const void *p,
		    size_t len);
const void	 *farscript_pending(const struct farscript *s, size_t *len);
void		  farscript_sent(struct farscript *s, size_t len);

/*
 * The stream ended with status (-1: lost; FARSHELL_SILENT). failed() is told
 * why, unless bye or a failure was.
 */
void		  farscript_end(struct farscript *s, int status);

/*
 * Asks, after ready (to end: at any time). False, and nothing is asked, while
 * it has not answered the last question.
 */
bool		  farscript_ask_said(struct farscript *s);
bool		  farscript_ask_owner(struct farscript *s, int port);
bool		  farscript_ask_file(struct farscript *s);
bool		  farscript_ask_end(struct farscript *s);

/* Whether it is ready for questions, has ended in any way. */
bool		  farscript_idle(const struct farscript *s);
bool		  farscript_over(const struct farscript *s);

/* After a failure: what it ran is over, and may be begun anew. */
bool		  farscript_gone(const struct farscript *s);

/* After ready: the real home; the settings that keep logins elsewhere, or
 * NULL; what runs. Borrowed. */
const char	 *farscript_home(const struct farscript *s);
const char	 *farscript_store(const struct farscript *s);
const char	 *farscript_codex(const struct farscript *s);

#endif
