#include "storeopen.h"

#include <stdlib.h>
#include <string.h>

#include "args.h"
#include "env.h"
#include "err.h"
#include "passphrase.h"
#include "secret.h"
#include "signals.h"
#include "ui.h"

#define TRIES  3
#define SCHEME "store:"

/* One try; *again: it was typed, and wrong. */
static int
open_existing(struct storeopen *s, struct ui *ui, const struct args *a,
    bool *again, struct err *e)
{
	struct secret *pass = passphrase_get(ui, a, again, e);

	if (pass != NULL)
		s->vault = vault_open(&s->at, false, pass, e);
	*again = *again && pass != NULL && e->code == ERR_BAD_PASSPHRASE;
	return s->vault != NULL ? 0 : -1;
}

static int
open_new(struct storeopen *s, struct ui *ui, const struct args *a,
    struct err *e)
{
	struct secret *pass = passphrase_new(ui, a, e);

	if (pass != NULL)
		s->vault = vault_open(&s->at, true, pass, e);
	return s->vault != NULL ? 0 : -1;
}

int
storeopen(struct storeopen *s, struct ui *ui, const struct args *a,
    bool make, struct err *e)
{
	bool again = true;
	int rc = -1;

	*s = (struct storeopen){ .data = env_datadir(e) };
	if (s->data == NULL || (s->state = env_statedir(e)) == NULL)
		return -1;
	s->at = (struct vault_place){ s->data, s->state };
	if (!vault_there(&s->at))
		return make ? open_new(s, ui, a, e) :
		    vault_absent(&s->at, e);
	for (int i = 0; i < TRIES && rc == -1 && again; i++) {
		if (i > 0)
			ui_error(ui, NULL, e);
		*e = (struct err)ERR_INIT;
		rc = open_existing(s, ui, a, &again, e);
	}
	if (rc == 0 && signals_first() != 0)
		rc = err_set(e, ERR_INTERRUPTED,
		    "interrupted; nothing was changed");
	if (rc == 0 && vault_older(s->vault))
		ui_warn(ui, "the store is older than when it was last used "
		    "here: what was changed since is not in it, and its "
		    "refresh tokens may have been used up");
	if (rc == 0 && vault_unseen(s->vault) != NULL)
		ui_warn(ui, "an older store in the place of this one would not "
		    "be noticed: %s", vault_unseen(s->vault)->text);
	return rc;
}

void
storeopen_close(struct storeopen *s)
{
	vault_close(s->vault);
	free(s->data);
	free(s->state);
	*s = (struct storeopen){ 0 };
}

const char *
storeopen_name(const char *word)
{
	size_t len = strlen(SCHEME);

	return strncmp(word, SCHEME, len) == 0 ? word + len : NULL;
}
