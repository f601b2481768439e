/*
 * progress - one live line on a terminal: how many are done, and who is slow.
 */
#ifndef PROGRESS_H
#define PROGRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct fleet;

struct progress {
	FILE	*f;		/* NULL: no terminal, nothing is ever drawn */
	bool	 drawn;		/* the line is on the screen */
	int64_t	 due;		/* not before, in ms of CLOCK_MONOTONIC */
};

/* f NULL or not a terminal that can erase a line: off. */
void	progress_init(struct progress *p, FILE *f);

/* Draws what the fleet says, at most ten times a second. */
void	progress_draw(struct progress *p, const struct fleet *f);

/* Draws this line instead, at once; it is safe and of one line. */
void	progress_say(struct progress *p, const char *line);

/* Before anything else is printed. */
void	progress_clear(struct progress *p);

#endif
