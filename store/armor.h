/*
 * armor - bytes as lines of text that survive being pasted.
 *
 *   -----BEGIN SEALED CODEX LOGIN-----
 *   Q1hQU0VBTAEBAb0uQh...(56 characters)...=Kx3d
 *   ...
 *   -----END SEALED CODEX LOGIN-----
 *
 * As PEM and OpenPGP have it (RFC 7468, RFC 9580 6), but each line ends in a
 * check of itself and of its place: what a serial line, a chat or a hasty
 * mouse did to the text is told by the line's number. No line is over 61
 * characters.
 *
 * The text is nobody's secret and comes from anywhere: lengths are bounded,
 * and nothing of it is quoted in an error.
 */
#ifndef ARMOR_H
#define ARMOR_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"
#include "err.h"

#define ARMOR_LINE_MAX	256		/* bytes kept of a line */
#define ARMOR_INPUT_MAX (1024 * 1024)	/* bytes, whatever stands around it */

/* A text that is being read; see armor_begin. */
struct armor {
	struct buf	out;		/* what the lines so far hold */
	bool		begun, done;	/* BEGIN, and END, were there */
	bool		last;		/* its last line was there */
	unsigned int	place;		/* of the next line; the first is 1 */
	unsigned int	faults;
	struct err	fault;		/* the first of them */
	size_t		taken;
	size_t		len;		/* of the line that has begun */
	char		line[ARMOR_LINE_MAX];
};

/* Appends the text for len > 0 bytes to out. 0, or -1 with out->failed. */
int	armor_write(struct buf *out, const void *p, size_t len);

/* Ready to read a text of at most max bytes; armor_clear ends it. */
void	armor_begin(struct armor *a, size_t max);

/*
 * Takes what came next. What stands before BEGIN is passed over, and so are
 * blank lines, CR, quote marks ("> ") and other decoration around a line.
 * a->done tells that END was seen: the rest is not looked at, nor need it be
 * waited for. A fault is kept until then, so that who pastes into a terminal
 * does not paste the rest into a shell.
 */
void	armor_feed(struct armor *a, const char *p, size_t n);

/*
 * After END or the end of input: 0 and the bytes in a->out, or -1 with
 * ERR_BAD_CREDENTIAL naming the first damaged, missing or misplaced line.
 */
int	armor_end(struct armor *a, struct err *e);

void	armor_clear(struct armor *a);

#endif
