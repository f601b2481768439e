/*
 * farshell - what every script of ours on a far shell has in common: the line
 * that carries it there, the marker of what it says, and the noise around it.
 *
 * Threat: the far login shell and its start-up files print what they like,
 * before, between and instead of our script's lines. So those begin with
 * "CXP1 " and the nonce of this run; all else is only ever quoted.
 */
#ifndef FARSHELL_H
#define FARSHELL_H

#include <stdbool.h>
#include <stddef.h>

struct buf;
struct err;

#define FARSHELL_NONCE_LEN 33	/* 32 hexadecimal digits and NUL */
#define FARSHELL_HEARD_MAX 160	/* of a far line that is quoted */
#define FARSHELL_NOISE_MAX (64 * 1024)	/* bytes before the first marker */
#define FARSHELL_NOISE_HINT						\
	"a start-up file there (as ~/.bashrc) must print little and "	\
	"return early where the shell is not interactive"

void	farshell_nonce(char nonce[FARSHELL_NONCE_LEN]);

/*
 * Adds n words as one line for a login shell: those with a blank, backslash
 * or double quote go in single quotes, which every shell takes alike but for
 * the backslashes; the scripts untangle those. No word holds a single quote.
 */
void	farshell_line(struct buf *b, const char *const *words, size_t n);

/*
 * Adds a folder's name in octal, so that no shell can see anything in it;
 * "-" for NULL. 0, or -1 with ERR_USAGE where it is empty or has a newline.
 */
int	farshell_folder(struct buf *b, const char *folder, struct err *e);

/* What stands behind the marker in a line of len bytes, or NULL: noise. */
char	*farshell_marked(const char *nonce, char *line, size_t len);

/* "-rw-r--r--", with whatever ls puts behind it: permission bits, or -1. */
int	farshell_mode(const char *s);

/* The last line of a stream of noise, for an error text. */
struct heard {
	char text[FARSHELL_HEARD_MAX];
	size_t len;
	bool ended; /* the next byte starts a new line */
};

void	heard_add(struct heard *h, const char *p, size_t len);

/* Adds to e's text the last thing that was heard on error, else on out. */
void	heard_quote(const struct heard *out, const struct heard *error,
	    struct err *e);

#define FARSHELL_SILENT (-2)	/* it said nothing: waiting was given up */

/* e says why a far side that never gave our marker ended with status. */
void	heard_silent(const struct heard *out, const struct heard *error,
	    int status, struct err *e);

#endif
