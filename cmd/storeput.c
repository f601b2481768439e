#include "storeput.h"

#include <string.h>
#include <time.h>

#include "cred.h"
#include "err.h"
#include "storesay.h"
#include "ui.h"
#include "vault.h"
#include "vaultimage.h"

struct put {
	const struct storeput *what;
	enum target_state state;
};

static int
judge(const struct storeput *p, const struct cred *there, struct err *e)
{
	if (p->force)
		return 0;
	if (cred_other_account(there, p->cred)) {
		err_set(e, ERR_OTHER_ACCOUNT,
		    "'%s' in the store is another account's login", p->name);
		return err_hint(e, "choose another name, or --force to "
		    "replace it");
	}
	if (cred_newer(there, p->cred)) {
		err_set(e, ERR_NEWER_THERE, "'%s' in the store is newer: it "
		    "was refreshed at %s", p->name, there->last_refresh);
		return err_hint(e, "--force puts the older one there");
	}
	if (cred_loses_token(there, p->cred)) {
		err_set(e, ERR_NEWER_THERE, "'%s' in the store holds a refresh "
		    "token, and this login has none", p->name);
		return err_hint(e, "choose another name, or --force to "
		    "replace it");
	}
	return 0;
}

static int
apply(void *ctx, struct vaultimage *image, bool *changed, struct err *e)
{
	struct put *p = ctx;
	const struct storeput *w = p->what;
	const struct vault_entry *en = vaultimage_find(image, w->name);

	p->state = en != NULL && memcmp(en->says.digest, w->cred->digest,
	    sizeof(w->cred->digest)) == 0 ? STATE_UNCHANGED : STATE_WRITTEN;
	if (p->state == STATE_UNCHANGED)
		return 0;
	if (en != NULL && judge(w, &en->says, e) == -1)
		return -1;
	*changed = true;
	return vaultimage_put(image, w->name, w->cred, time(NULL), e);
}

int
storeput_into(struct vault *v, const struct storeput *what,
    enum target_state *state, bool *durable, struct err *e)
{
	struct put p = { .what = what };
	struct vault_edit edit = { apply, &p, false };

	if (vault_change(v, &edit, e) == -1)
		return -1;
	*state = p.state;
	*durable = edit.durable;
	return 0;
}

void
storeput_warn(struct ui *ui)
{
	ui_warn(ui, "the store is saved, but a power cut now may undo that: "
	    "its folder could not be synced");
}

int
storeput(struct ui *ui, struct vault *v, const struct storeput *what,
    struct err *e)
{
	enum target_state state;
	bool durable;

	if (storeput_into(v, what, &state, &durable, e) == -1)
		return -1;
	if (!durable)
		storeput_warn(ui);
	storesay(ui, what->name, state, what->cred);
	return 0;
}
