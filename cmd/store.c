/*
 * store - the encrypted store of named credentials.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "args.h"
#include "command.h"
#include "cred.h"
#include "err.h"
#include "passphrase.h"
#include "secret.h"
#include "source.h"
#include "storeopen.h"
#include "storeput.h"
#include "storesay.h"
#include "storeuse.h"
#include "ui.h"
#include "vaultimage.h"

static int
store_add(struct storeopen *s, struct ui *ui, const struct args *a,
    struct err *e)
{
	const char *name = a->operands[1];
	struct cred c = { .mode = CRED_NONE };
	int rc = -1;

	if (a->from != NULL && storeopen_name(a->from) != NULL) {
		err_set(e, ERR_USAGE, "'%s' is in the store already",
		    a->from);
		return err_hint(e, "run 'codex-provision store rename'");
	}
	/* Before anything is read or asked for. */
	if (vaultimage_name_check(name, e) == 0 &&
	    passphrase_check(a, e) == 0 && source_read(&c, ui, a, e) == 0 &&
	    storeopen(s, ui, a, true, e) == 0)
		rc = storeput(ui, s->vault, &(struct storeput){ name, &c,
		    a->force }, e);
	cred_clear(&c);
	return rc;
}

static int
store_list(struct storeopen *s, struct ui *ui, const struct args *a,
    struct err *e)
{
	if (storeopen(s, ui, a, false, e) == -1)
		return -1;
	storesay_list(ui, vault_image(s->vault));
	return 0;
}

static int
store_show(struct storeopen *s, struct ui *ui, const struct args *a,
    struct err *e)
{
	const struct vault_entry *en;

	if (storeopen(s, ui, a, false, e) == -1 ||
	    (en = vaultimage_need(vault_image(s->vault), a->operands[1],
	    e)) == NULL)
		return -1;
	storesay_show(ui, en);
	return 0;
}

static int
apply_remove(void *ctx, struct vaultimage *image, bool *changed,
    struct err *e)
{
	*changed = true;
	return vaultimage_remove(image, ctx, e);
}

static int
apply_rename(void *ctx, struct vaultimage *image, bool *changed,
    struct err *e)
{
	const char *const *names = ctx;

	*changed = true;
	return vaultimage_rename(image, names[0], names[1], time(NULL), e);
}

/* Opens the store and changes it. */
static int
change(struct storeopen *s, struct ui *ui, const struct args *a,
    struct vault_edit *edit, struct err *e)
{
	if (storeopen(s, ui, a, false, e) == -1 ||
	    vault_change(s->vault, edit, e) == -1)
		return -1;
	if (!edit->durable)
		storeput_warn(ui);
	return 0;
}

static int
store_remove(struct storeopen *s, struct ui *ui, const struct args *a,
    struct err *e)
{
	const char *name = a->operands[1];
	struct vault_edit edit = { apply_remove, (void *)(uintptr_t)name,
		false };

	if (change(s, ui, a, &edit, e) == -1)
		return -1;
	storesay(ui, name, STATE_REMOVED, NULL);
	return 0;
}

static int
store_rename(struct storeopen *s, struct ui *ui, const struct args *a,
    struct err *e)
{
	const char *to = a->operands[2];
	struct vault_edit edit = { apply_rename,
		(void *)(uintptr_t)&a->operands[1], false };

	if (vaultimage_name_check(to, e) == -1 ||
	    change(s, ui, a, &edit, e) == -1)
		return -1;
	storesay(ui, to, STATE_WRITTEN,
	    &vaultimage_find(vault_image(s->vault), to)->says);
	return 0;
}

static int
store_passphrase(struct storeopen *s, struct ui *ui, const struct args *a,
    struct err *e)
{
	struct secret *next;
	bool durable = true;

	if (storeopen(s, ui, a, false, e) == -1 ||
	    (next = passphrase_next(ui, a, e)) == NULL ||
	    vault_rekey(s->vault, next, &durable, e) == -1)
		return -1;
	if (!durable)
		storeput_warn(ui);
	storesay_rekeyed(ui, vault_image(s->vault)->n);
	return 0;
}

/* The second word, and which options go with it. */
static const struct word {
	const char	*name;
	const char	*operands;
	size_t		 n;		/* of them */
	bool		 from, force, next;
	int		(*run)(struct storeopen *s, struct ui *ui,
			    const struct args *a, struct err *e);
} words[] = {
	{ "add", " NAME", 1, true, true, false, store_add },
	{ "list", "", 0, false, false, false, store_list },
	{ "show", " NAME", 1, false, false, false, store_show },
	{ "use", " NAME", 1, false, true, false, storeuse },
	{ "remove", " NAME", 1, false, false, false, store_remove },
	{ "rename", " NAME NEW", 2, false, false, false, store_rename },
	{ "passphrase", "", 0, false, false, true, store_passphrase },
};
#define WORDS (sizeof(words) / sizeof(words[0]))

static const struct word *
word_find(const char *name, struct err *e)
{
	for (size_t i = 0; i < WORDS; i++) {
		if (strcmp(words[i].name, name) == 0)
			return &words[i];
	}
	err_set(e, ERR_USAGE, "unknown word '%s' after 'store'", name);
	err_hint(e, "run 'codex-provision help store'");
	for (size_t i = 0; i < WORDS; i++) {
		if (word_near(words[i].name, name))
			err_hint(e, "did you mean '%s'?", words[i].name);
	}
	return NULL;
}

static int
word_check(const struct word *w, const struct args *a, struct err *e)
{
	const char *stray = a->from != NULL && !w->from ? "from" :
	    a->force && !w->force ? "force" :
	    a->new_passphrase_file != NULL && !w->next ?
	    "new-passphrase-file" : NULL;

	if (stray != NULL)
		err_set(e, ERR_USAGE, "'store %s' has no option '--%s'",
		    w->name, stray);
	else if (a->noperands - 1 != w->n)
		err_set(e, ERR_USAGE, "it is 'store %s%s'", w->name,
		    w->operands);
	else
		return 0;
	return err_hint(e, "run 'codex-provision help store'");
}

int
command_store(struct ui *ui, const struct args *a)
{
	STOREOPEN_AUTO s = { 0 };
	struct err e = ERR_INIT;
	const struct word *w = word_find(a->operands[0], &e);

	if (w != NULL && word_check(w, a, &e) == 0 &&
	    w->run(&s, ui, a, &e) == 0)
		return EXIT_SUCCESS;
	return ui_fail(ui, &e);
}
