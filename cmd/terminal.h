/*
 * terminal - the user's terminal while it is a far one's: raw, and put back
 * on every path and for every signal that can be caught, a stop included.
 */
#ifndef TERMINAL_H
#define TERMINAL_H

#include <stdbool.h>

#include <termios.h>

#include "ttychan.h"

struct terminal {
	bool		 tty;		/* standard input is one */
	int		 out;		/* to write on: of our own, or 1 */
	bool		 raw;
	struct termios	 saved;
};

/*
 * Standard output is opened again where it is a terminal: what is set to
 * non-blocking then is our descriptor, not the one that our parent has too.
 */
void	terminal_open(struct terminal *t);

/* Puts everything back. */
void	terminal_close(struct terminal *t);

/* Raw or as it was. Nothing where standard input is no terminal. */
void	terminal_raw(struct terminal *t, bool on);

/* 80 by 24 where it does not say. */
struct ttysize	terminal_size(const struct terminal *t);

#endif
