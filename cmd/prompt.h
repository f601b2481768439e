/*
 * prompt - asks the user on /dev/tty; implements struct io.
 *
 * Rules: nothing typed is echoed unless asked for; the terminal's state is
 * restored on every path and for every signal that can be caught, a stop
 * included; standard input and output are never used, so that a credential
 * may be piped through them.
 */
#ifndef PROMPT_H
#define PROMPT_H

#include <stdbool.h>
#include <stdint.h>

#include "net.h"

struct ui;

struct prompt {
	struct ui	*ui;
	int		 tty;	/* -1: nobody to ask */
	struct io	 io;	/* ctx is this prompt: don't copy it */
	int64_t		 due;	/* loop_clock, when a question is given up */
};

/* After signals_open. no_input or no terminal: io's askers are NULL. */
void	prompt_open(struct prompt *p, struct ui *ui, bool no_input);
void	prompt_close(struct prompt *p);

/* Whether there is somebody to ask. */
bool	prompt_can_ask(const struct prompt *p);

/*
 * Shows the text, which is safe to show, and waits for the full word; false
 * for "no", a signal, no time, or nobody to ask.
 */
bool	prompt_yes(const struct prompt *p, const char *text);

#endif
