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
	const char	*name;
	const struct cred *cred;
	bool		 force;
	bool		 unchanged;	/* out */
};

static int
judge(const struct put *p, const struct cred *there, struct err *e)
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
	return 0;
}

static int
apply(void *ctx, struct vaultimage *image, bool *changed, struct err *e)
{
	struct put *p = ctx;
	const struct vault_entry *en = vaultimage_find(image, p->name);

	p->unchanged = en != NULL && memcmp(en->says.digest, p->cred->digest,
	    sizeof(p->cred->digest)) == 0;
	if (p->unchanged)
		return 0;
	if (en != NULL && judge(p, &en->says, e) == -1)
		return -1;
	*changed = true;
	return vaultimage_put(image, p->name, p->cred, time(NULL), e);
}

void
storeput_warn(struct ui *ui)
{
	ui_warn(ui, "the store is saved, but a power cut now may undo that: "
	    "its folder could not be synced");
}

int
storeput(struct ui *ui, struct vault *v, const char *name,
    const struct cred *c, bool force, struct err *e)
{
	struct put p = { .name = name, .cred = c, .force = force };
	struct vault_edit edit = { apply, &p, false };

	if (vault_change(v, &edit, e) == -1)
		return -1;
	if (!edit.durable)
		storeput_warn(ui);
	storesay(ui, name, p.unchanged ? STATE_UNCHANGED : STATE_WRITTEN, c);
	return 0;
}
