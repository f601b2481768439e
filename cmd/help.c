#include "help.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "args.h"
#include "buf.h"
#include "command.h"
#include "err.h"
#include "ui.h"

#define LABEL_BYTES   40
#define LABEL_COLUMNS 24
#define HELP_COLUMNS  78
#define TARGETED      (1u << COMMAND_PUSH | 1u << COMMAND_DOCKER | \
			  1u << COMMAND_REMOVE | 1u << COMMAND_STATUS)

static const char *const titles[] = {
	[GROUP_TARGETS] = "Target options",
	[GROUP_LOGIN] = "Login options",
	[GROUP_SEAL] = "Seal options",
	[GROUP_STORE] = "Store options",
	[GROUP_SSH] = "SSH options",
	[GROUP_DOCKER] = "Docker options",
	[GROUP_TUNNEL] = "Tunnel options",
	[GROUP_GLOBAL] = "Options of every command",
};
_Static_assert(sizeof(titles) / sizeof(*titles) == GROUPS, "titles");

static bool
shown(const struct opt *o, const struct command *c)
{
	return o->group != GROUP_HIDDEN && (o->commands == 0 ||
	    (c != NULL && (o->commands & command_bit(c)) != 0));
}

/* "-j, --parallel N" */
static void
label(char *out, const struct opt *o)
{
	char letter[] = { '-', o->letter, '\0' };

	(void)snprintf(out, LABEL_BYTES, "%s%s%s%s%s%s",
	    o->letter != 0 ? letter : "    ",
	    o->letter != 0 && o->name != NULL ? ", " : "",
	    o->name != NULL ? "--" : "", o->name != NULL ? o->name : "",
	    o->value != NULL ? " " : "", o->value != NULL ? o->value : "");
}

/* text, broken at blanks, each further line under the first. */
static void
add_wrapped(struct buf *b, int column, const char *text)
{
	int at = column;

	while (*text != '\0') {
		size_t word = strcspn(text, " ");

		if (at > column && at + 1 + (int)word > HELP_COLUMNS) {
			buf_addf(b, "\n%*s", column, "");
			at = column;
		} else if (at > column) {
			buf_adds(b, " ");
			at++;
		}
		buf_add(b, text, word);
		at += (int)word;
		text += word;
		text += strspn(text, " ");
	}
	buf_adds(b, "\n");
}

static void
add_group(struct buf *b, enum opt_group g, const struct command *c)
{
	bool first = true;
	char name[LABEL_BYTES];

	for (size_t i = 0; i < options_count; i++) {
		const struct opt *o = &options[i];

		if (o->group != g || !shown(o, c))
			continue;
		if (first)
			buf_addf(b, "\n%s:\n", titles[g]);
		first = false;
		label(name, o);
		buf_addf(b, "  %-*s  ", LABEL_COLUMNS, name);
		if (strlen(name) > LABEL_COLUMNS)
			buf_addf(b, "\n%*s", LABEL_COLUMNS + 4, "");
		add_wrapped(b, LABEL_COLUMNS + 4, o->help);
	}
}

static void
add_commands(struct buf *b)
{
	char name[LABEL_BYTES];

	buf_adds(b, "\nCommands:\n");
	for (size_t i = 0; i < COMMANDS; i++) {
		(void)snprintf(name, sizeof(name), "%s %s", commands[i].name,
		    commands[i].operands);
		buf_addf(b, "  %-*s  %s\n", LABEL_COLUMNS, name,
		    commands[i].summary);
	}
}

void
help_text(struct buf *b, const struct command *c)
{
	if (c == NULL) {
		buf_adds(b, "usage: codex-provision [OPTION...] COMMAND "
		    "[OPTION...] [ARG...]\n"
		    "Installs a Codex login where codex runs.\n");
		add_commands(b);
	} else {
		buf_addf(b, "usage: codex-provision %s [OPTION...]%s%s\n",
		    c->name, *c->operands != '\0' ? " " : "", c->operands);
		buf_addf(b, "%c%s.\n", toupper((unsigned char)*c->summary),
		    c->summary + 1);
	}
	if (c != NULL && c->more != NULL)
		buf_addf(b, "\n%s", c->more);
	if (c == &commands[COMMAND_DOCKER])
		buf_adds(b, "\nA CONTAINER is a name, an id, the beginning of "
		    "one, or\ndocker+ssh://[user@]host[:port]/NAME.\n");
	else if (c != NULL && strstr(c->operands, "TARGET") != NULL)
		buf_adds(b, "\nA TARGET is [user@]host[:port], "
		    "ssh://[user@]host[:port][/codex/home],\n"
		    "docker://CONTAINER or "
		    "docker+ssh://[user@]host[:port]/CONTAINER.\n");
	for (int g = 0; g < GROUPS; g++)
		add_group(b, (enum opt_group)g, c);
	if (c == NULL)
		buf_adds(b, "\n'codex-provision help COMMAND' explains a "
		    "command and its options.\n");
}

/* In words where an option is not for all commands with targets. */
static void
add_man_only(struct buf *b, const struct opt *o)
{
	const char *before = "Only with";

	if (o->commands == 0 || (o->commands & TARGETED) == TARGETED)
		return;
	for (size_t i = 0; i < COMMANDS; i++) {
		if ((o->commands & command_bit(&commands[i])) == 0)
			continue;
		buf_addf(b, "%s %s", before, commands[i].name);
		before = " and";
	}
	buf_adds(b, ".\n");
}

static void
add_man_option(struct buf *b, const struct opt *o)
{
	char text[HELP_COLUMNS * 4];

	buf_adds(b, ".It");
	if (o->letter != 0)
		buf_addf(b, " Fl %c", o->letter);
	if (o->letter != 0 && o->name != NULL)
		buf_adds(b, " ,");
	if (o->name != NULL)
		buf_addf(b, " Fl -%s", o->name);
	if (o->value != NULL)
		buf_addf(b, " Ar %s", o->value);
	buf_adds(b, "\n");
	(void)snprintf(text, sizeof(text), "%c%s.",
	    toupper((unsigned char)*o->help), o->help + 1);
	add_wrapped(b, 0, text);
	add_man_only(b, o);
}

void
help_man_options(struct buf *b)
{
	buf_adds(b, ".Sh OPTIONS\n");
	for (int g = 0; g < GROUPS; g++) {
		buf_addf(b, ".Ss %s\n.Bl -tag -width Ds\n", titles[g]);
		for (size_t i = 0; i < options_count; i++) {
			if ((int)options[i].group == g)
				add_man_option(b, &options[i]);
		}
		buf_adds(b, ".El\n");
	}
}

void
help_words(struct buf *b)
{
	for (size_t i = 0; i < COMMANDS; i++)
		buf_addf(b, "%s\n", commands[i].name);
	for (size_t i = 0; i < options_count; i++) {
		const struct opt *o = &options[i];

		if (o->group == GROUP_HIDDEN)
			continue;
		if (o->letter != 0)
			buf_addf(b, "-%c\n", o->letter);
		if (o->name != NULL)
			buf_addf(b, "--%s\n", o->name);
	}
}

int
command_help(struct ui *ui, const struct args *a)
{
	BUF_AUTO b = BUF_INIT(HELP_BYTES);
	const struct command *c = a->help ? a->command : NULL;
	struct err e = ERR_INIT;

	if (c == &commands[COMMAND_HELP])
		c = NULL;
	if (c == NULL && a->noperands > 0 &&
	    (c = command_find(a->operands[0], &e)) == NULL)
		return ui_fail(ui, &e);
	if (a->words)
		help_words(&b);
	else if (a->man_options)
		help_man_options(&b);
	else
		help_text(&b, c);
	ui_out(ui, buf_str(&b));
	return EXIT_SUCCESS;
}
