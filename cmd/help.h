/*
 * help - everything that is said about commands and options, out of their
 * two tables.
 */
#ifndef HELP_H
#define HELP_H

struct buf;
struct command;

/* What help prints: of the program (c NULL) or of one command. */
void	help_text(struct buf *b, const struct command *c);

/* The man page's OPTIONS section, as mdoc. */
void	help_man_options(struct buf *b);

/* Every command and option word, one a line, for shell completion. */
void	help_words(struct buf *b);

#define HELP_BYTES 65536	/* a limit for the buf */

#endif
