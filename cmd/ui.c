#include "ui.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "args.h"
#include "env.h"
#include "err.h"
#include "signals.h"
#include "text.h"

#define PROGRAM	   "codex-provision"
#define EXIT_UNSAID 1	/* all done, but the report is lost */
#define LINE_BYTES 2048	/* of a line on standard error */
#define TEXT_BYTES 4096	/* of a text in JSON: a path */

static bool
color_wanted(const char *when, FILE *f)
{
	const char *term = env_get("TERM");

	if (strcmp(when, "auto") != 0)
		return strcmp(when, "always") == 0;
	return env_get("NO_COLOR") == NULL && isatty(fileno(f)) == 1 &&
	    term != NULL && strcmp(term, "dumb") != 0;
}

void
ui_init(struct ui *ui, const struct args *a)
{
	*ui = (struct ui){
		.out = stdout,
		.err = stderr,
		.json = a->json,
		.quiet = a->quiet,
		.verbose = a->verbose,
		.color = color_wanted(a->color, stdout),
	};
	progress_init(&ui->progress, a->quiet ? NULL : stderr);
}

int
ui_end(struct ui *ui, int status)
{
	struct err e = ERR_INIT;

	progress_clear(&ui->progress);
	cJSON_Delete(ui->warnings);
	ui->warnings = NULL;
	/* Whoever closed the pipe (head, less) has seen enough. */
	if (ui->lost == 0 || ui->lost == EPIPE)
		return status;
	err_sys(&e, ERR_INTERNAL, ui->lost,
	    "cannot write to the standard output");
	ui_error(ui, NULL, &e);
	return status != EXIT_SUCCESS ? status : EXIT_UNSAID;
}

void
ui_out(struct ui *ui, const char *text)
{
	progress_clear(&ui->progress);
	if ((fputs(text, ui->out) == EOF || fflush(ui->out) == EOF) &&
	    ui->lost == 0)
		ui->lost = errno;
}

void
ui_json(struct ui *ui, cJSON *o_take)
{
	char *line = cJSON_PrintUnformatted(o_take);

	cJSON_Delete(o_take);
	if (line == NULL) {
		ui->lost = ENOMEM;
		return;
	}
	progress_clear(&ui->progress);
	if ((fprintf(ui->out, "%s\n", line) < 0 || fflush(ui->out) == EOF) &&
	    ui->lost == 0)
		ui->lost = errno;
	cJSON_free(line);
}

void
ui_text(struct ui *ui, const char *text)
{
	progress_clear(&ui->progress);
	(void)fputs(text, ui->err);	/* a failure can't be said anywhere */
	(void)fflush(ui->err);
}

/* A line is one write, so that those of many processes do not mix. */
static void __attribute__((format(printf, 2, 3)))
say(struct ui *ui, const char *fmt, ...)
{
	char line[LINE_BYTES];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(line, sizeof(line), fmt, ap);	/* cut is fine */
	va_end(ap);
	ui_text(ui, line);
}

void
ui_error(struct ui *ui, const char *who, const struct err *e)
{
	say(ui, PROGRAM ": %s%s%s\n", who != NULL ? who : "",
	    who != NULL ? ": " : "", e->text);
	if (e->hint[0] != '\0')
		say(ui, "hint: %s\n", e->hint);
}

int
ui_fail(struct ui *ui, const struct err *e)
{
	cJSON *o;

	ui_error(ui, NULL, e);
	if (ui->json) {
		o = cJSON_CreateObject();
		ui_json_add(o, "error", ui_json_error(e));
		ui_json(ui, o);
	}
	return e->code == ERR_INTERRUPTED ? signals_exit() : err_exit(e->code);
}

void
ui_warn(struct ui *ui, const char *fmt, ...)
{
	char raw[LINE_BYTES], safe[LINE_BYTES - 64];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(raw, sizeof(raw), fmt, ap);	/* cut is fine */
	va_end(ap);
	text_safes(safe, sizeof(safe), raw);
	if (ui->warnings == NULL)
		ui->warnings = cJSON_CreateArray();
	ui_json_text(ui->warnings, NULL, safe);
	if (!ui->quiet)
		say(ui, PROGRAM ": warning: %s\n", safe);
}

void
ui_warn_target(struct ui *ui, const char *who, const char *text)
{
	if (!ui->quiet)
		say(ui, PROGRAM ": warning: %s: %s\n", who, text);
}

void
ui_trace(struct ui *ui, int level, const char *who, const char *text)
{
	if (level <= ui->verbose)
		say(ui, "debug%d: %s: %s\n", level, who, text);
}

const char *
ui_paint(const struct ui *ui, enum ui_color c)
{
	static const char *const codes[] = {
		[UI_PLAIN] = "\033[m",
		[UI_GOOD] = "\033[32m",
		[UI_FAIR] = "\033[33m",
		[UI_BAD] = "\033[31m",
	};

	return ui->color ? codes[c] : "";
}

void
ui_json_text(cJSON *o, const char *name, const char *s)
{
	char safe[TEXT_BYTES];

	text_safes(safe, sizeof(safe), s);
	ui_json_add(o, name, cJSON_CreateString(safe));
}

void
ui_json_add(cJSON *o, const char *name, cJSON *item_take)
{
	if (!(name != NULL ? cJSON_AddItemToObject(o, name, item_take) :
		cJSON_AddItemToArray(o, item_take)))
		cJSON_Delete(item_take);	/* out of memory */
}

void
ui_json_warnings(struct ui *ui, cJSON *o)
{
	if (ui->warnings != NULL)
		ui_json_add(o, "warnings", ui->warnings);
	ui->warnings = NULL;	/* transferred */
}

cJSON *
ui_json_error(const struct err *e)
{
	cJSON *o = cJSON_CreateObject();

	ui_json_text(o, "code", err_name(e->code));
	ui_json_text(o, "message", e->text);
	if (e->hint[0] != '\0')
		ui_json_text(o, "hint", e->hint);
	return o;
}
