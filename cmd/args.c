#include "args.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "err.h"
#include "text.h"

#define PARALLEL_DEFAULT 64
#define TIMEOUT_DEFAULT	 30
#define SPELLING_MAX	 64	/* bytes of an option in an error */

/* What is left of the command line. */
struct cursor {
	char *const *next;	/* NULL-terminated, as argv is */
};

/* The help to read: of the command, if its word was there already. */
static int
usage_hint(const struct args *a, struct err *e)
{
	const struct command *c = a->command;
	struct err none;

	if (c == NULL && a->noperands > 0)
		c = command_find(a->operands[0], &none);
	return err_hint(e, "run 'codex-provision help%s%s'",
	    c != NULL ? " " : "", c != NULL ? c->name : "");
}

static const struct opt *
opt_find(const char *name, size_t len, char letter)
{
	for (size_t i = 0; i < options_count; i++) {
		const struct opt *o = &options[i];

		if (letter != 0 ? o->letter == letter :
			o->name != NULL && strlen(o->name) == len &&
			memcmp(o->name, name, len) == 0)
			return o;
	}
	return NULL;
}

static int
opt_unknown(const struct args *a, const char *spelling, struct err *e)
{
	const char *name = spelling + strspn(spelling, "-");

	err_set(e, ERR_USAGE, "unknown option '%s'", spelling);
	for (size_t i = 0; i < options_count; i++) {
		const struct opt *o = &options[i];

		if (o->name != NULL && o->group != GROUP_HIDDEN &&
		    word_near(o->name, name))
			return err_hint(e, "did you mean '--%s'?", o->name);
	}
	return usage_hint(a, e);
}

static int
list_add(struct arg_list *l, const char *value, struct err *e)
{
	const char **v = realloc(l->v, (l->n + 2) * sizeof(*v));

	if (v == NULL)
		return err_memory(e);
	v[l->n++] = value;
	v[l->n] = NULL;
	l->v = v;
	return 0;
}

static int
opt_refuse(const struct args *a, const struct opt *o, const char *spelling,
    const char *value, struct err *e)
{
	if (o->type == OPT_NUMBER)
		err_set(e, ERR_USAGE,
		    "option '%s' wants a number from %d to %d, not '%s'",
		    spelling, o->min, o->max, value);
	else
		err_set(e, ERR_USAGE, "option '%s' wants %s, not '%s'",
		    spelling, o->wants != NULL ? o->wants : o->value, value);
	return usage_hint(a, e);
}

static int
opt_store(struct args *a, const struct opt *o, const char *spelling,
    const char *value, struct err *e)
{
	void *field = (char *)a + o->field;
	int64_t number;

	if (o->value != NULL && (*value == '\0' ||
	    (o->valid != NULL && !o->valid(value))))
		return opt_refuse(a, o, spelling, value, e);
	a->given[o - options] = true;
	switch (o->type) {
	case OPT_FLAG:
		*(bool *)field = true;
		return 0;
	case OPT_COUNT:
		++*(int *)field;
		return 0;
	case OPT_TEXT:
		*(const char **)field = value;
		return 0;
	case OPT_NUMBER:
		if (text_number(value, o->min, o->max, &number) == -1)
			return opt_refuse(a, o, spelling, value, e);
		*(int *)field = (int)number;
		return 0;
	case OPT_LIST:
		return list_add(field, value, e);
	}
	return 0;
}

/* value is what is glued to the option, or NULL: the next word. */
static int
opt_take(struct args *a, const struct opt *o, const char *spelling,
    const char *value, struct cursor *c, struct err *e)
{
	if (o->value == NULL && value != NULL) {
		err_set(e, ERR_USAGE, "option '%s' takes no value", spelling);
		return usage_hint(a, e);
	}
	if (o->value != NULL && value == NULL &&
	    (value = *c->next) != NULL)
		c->next++;
	if (o->value != NULL && value == NULL) {
		err_set(e, ERR_USAGE, "option '%s' needs a value: %s",
		    spelling, o->value);
		return usage_hint(a, e);
	}
	return opt_store(a, o, spelling, value, e);
}

/* "--name", "--name=value", "--name value" */
static int
parse_long(struct args *a, const char *word, struct cursor *c, struct err *e)
{
	size_t len = strcspn(word, "=");
	const struct opt *o = opt_find(word + 2, len - 2, 0);
	char spelling[SPELLING_MAX];

	(void)snprintf(spelling, sizeof(spelling), "%.*s", (int)len, word);
	if (o == NULL)
		return opt_unknown(a, spelling, e);
	return opt_take(a, o, spelling,
	    word[len] == '=' ? word + len + 1 : NULL, c, e);
}

/* "-nv", "-p22", "-p 22" */
static int
parse_letters(struct args *a, const char *word, struct cursor *c,
    struct err *e)
{
	while (*++word != '\0') {
		const struct opt *o = opt_find(NULL, 0, *word);
		const char spelling[] = { '-', *word, '\0' };
		const char *glued = word[1] != '\0' ? word + 1 : NULL;

		if (o == NULL)
			return opt_unknown(a, spelling, e);
		if (o->value != NULL)
			return opt_take(a, o, spelling, glued, c, e);
		if (opt_take(a, o, spelling, NULL, c, e) == -1)
			return -1;
	}
	return 0;
}

/* What stands where the command should may be a key: it is not repeated. */
static int
command_unknown(const struct args *a, const char *word, struct err *e)
{
	if (!a->with_api_key && !a->with_access_token &&
	    strncmp(word, "sk-", 3) != 0 && strncmp(word, "at-", 3) != 0)
		return -1;
	err_set(e, ERR_USAGE, "no command: a key is read from standard input, "
	    "where nobody else sees it");
	return err_hint(e, "run 'codex-provision help login'");
}

static int
settle_command(struct args *a, struct err *e)
{
	if (a->noperands > 0) {
		a->command = command_find(a->operands[0], e);
		a->operands++;
		a->noperands--;
		return a->command != NULL ? 0 :
		    command_unknown(a, a->operands[-1], e);
	}
	if (a->version)
		a->command = &commands[COMMAND_VERSION];
	else if (a->help)
		a->command = &commands[COMMAND_HELP];
	return 0;
}

/* split: how many words stood before "--", the command word included. */
static void
settle_rest(struct args *a, size_t split)
{
	if (!a->command->rest || !a->dashes || split == 0)
		return;
	a->rest = a->operands + split - 1;
	a->nrest = a->noperands - (split - 1);
	a->noperands = split - 1;
}

/* What only the whole command line can tell. */
static int
settle(struct args *a, size_t split, struct err *e)
{
	const struct command *c;

	if (settle_command(a, e) == -1)
		return -1;
	if ((c = a->command) == NULL || a->help)
		return 0;
	if (a->timeout == 0)
		a->timeout = c->timeout != 0 ? c->timeout : TIMEOUT_DEFAULT;
	settle_rest(a, split);
	for (size_t i = 0; i < options_count; i++) {
		const struct opt *o = &options[i];

		if (!a->given[i] || o->commands == 0 ||
		    (o->commands & command_bit(c)) != 0)
			continue;
		err_set(e, ERR_USAGE, "'%s' has no option '%s%s'", c->name,
		    o->name != NULL ? "--" : "-",
		    o->name != NULL ? o->name : (char[]){ o->letter, 0 });
		return usage_hint(a, e);
	}
	if (a->noperands < c->min && a->hosts.n == 0 &&
	    a->dock_filters.n == 0 && !a->dock_all)
		err_set(e, ERR_USAGE, "'%s' needs %s", c->name, c->operands);
	else if (a->noperands > c->max && c->keys)
		err_set(e, ERR_USAGE, "'%s' takes no operand: a key is read "
		    "from standard input, where nobody else sees it", c->name);
	else if (a->noperands > c->max)
		err_set(e, ERR_USAGE, "'%s' takes no more operands: '%s'",
		    c->name, a->operands[c->max]);
	else
		return 0;
	return usage_hint(a, e);
}

int
args_parse(struct args *a, int argc, char *const argv[], struct err *e)
{
	struct cursor c = { argc > 0 ? argv + 1 : argv };
	size_t split = 0;

	*a = (struct args){ .color = "auto", .parallel = PARALLEL_DEFAULT };
	a->words_owned = calloc((size_t)argc + 1, sizeof(*a->words_owned));
	if (a->words_owned == NULL)
		return err_memory(e);
	a->operands = a->words_owned;
	while (*c.next != NULL) {
		const char *word = *c.next++;
		int rc = 0;

		if (a->dashes || word[0] != '-' || word[1] == '\0')
			a->words_owned[a->noperands++] = word;
		else if (word[1] != '-')
			rc = parse_letters(a, word, &c, e);
		else if (word[2] != '\0')
			rc = parse_long(a, word, &c, e);
		else
			a->dashes = true, split = a->noperands;
		if (rc == -1)
			return -1;
	}
	return settle(a, split, e);
}

void
args_clear(struct args *a)
{
	free(a->words_owned);
	free(a->hosts.v);
	free(a->to.v);
	free(a->ssh_identities.v);
	free(a->ssh_options.v);
	free(a->dock_filters.v);
	*a = (struct args){ 0 };
}
