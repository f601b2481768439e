/*
 * ui - the only printer.
 *
 * Standard output holds results alone: lines, or with --json one object a
 * line. Everything else goes to standard error. Threat: text from targets,
 * files and arguments may hold terminal escapes; it passes text_safe (JSON
 * too, which keeps it valid UTF-8) before it gets here or in here.
 */
#ifndef UI_H
#define UI_H

#include <stdbool.h>
#include <stdio.h>

#include <cjson/cJSON.h>

#include "progress.h"

struct args;
struct err;

struct ui {
	FILE	*out, *err;
	bool	 json, quiet, color;
	int	 verbose;
	int	 lost;			/* errno of the first failed write */
	cJSON	*warnings;		/* of this call, for the summary */
	bool	 unlocked;		/* memory.h has warned */
	struct progress progress;
};

#define EXIT_UNKNOWN 9	/* one target or login, and its end can't be told */

enum ui_color { UI_PLAIN, UI_GOOD, UI_FAIR, UI_BAD };

/* Takes what args and the environment (NO_COLOR, TERM) say. */
void	ui_init(struct ui *ui, const struct args *a);

/* Says what could not be written; the status to end with: not 0 then. */
int	ui_end(struct ui *ui, int status);

/* A whole line or more for people on standard output, newline included. */
void	ui_out(struct ui *ui, const char *text);

/* The same on standard error: only for what is no error, as usage. */
void	ui_text(struct ui *ui, const char *text);

/* One object as one line on standard output; takes o. NULL: no memory. */
void	ui_json(struct ui *ui, cJSON *o_take);

/* "codex-provision: who: text" and the hint; who may be NULL. */
void	ui_error(struct ui *ui, const char *who, const struct err *e);

/* The same for the whole call, with --json also as an object. Its status: the
 * signal's where one interrupted. */
int	ui_fail(struct ui *ui, const struct err *e);

/* A warning for the whole call: printed once, and kept for the summary. */
void	ui_warn(struct ui *ui, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));

/* A warning on one target, which is in its result as well. */
void	ui_warn_target(struct ui *ui, const char *who, const char *text);

/* A line for -v. */
void	ui_trace(struct ui *ui, int level, const char *who, const char *text);

/* Escape sequences around a coloured word; "" where there is no colour. */
const char	*ui_paint(const struct ui *ui, enum ui_color c);

/* Adds a member to o, or (name NULL) to the array o; s is made safe. */
void	ui_json_text(cJSON *o, const char *name, const char *s);

void	ui_json_add(cJSON *o, const char *name, cJSON *item_take);

/* The warnings of this call so far, as a member of o, where there are any. */
void	ui_json_warnings(struct ui *ui, cJSON *o);

/* The error as the contract has it: code, message, hint. */
cJSON	*ui_json_error(const struct err *e);

#endif
