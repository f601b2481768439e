#include "rescue.h"

#include <stdbool.h>
#include <stdio.h>
#include <time.h>

#include "args.h"
#include "vault.h"

struct put {
	const char	  *name;
	const struct cred *cred;
	char		  *place;	/* VAULT_NAME_MAX + 1 bytes */
};

int
rescue_open(struct rescue *r, struct ui *ui, const struct args *a,
    struct err *e)
{
	*r = (struct rescue){ .broken = ERR_INIT };
	if (a->rescue == NULL)
		return 0;
	if ((r->name = storeopen_name(a->rescue)) == NULL) {
		err_set(e, ERR_USAGE, "--rescue wants store:NAME, not '%s'",
		    a->rescue);
		return err_hint(e, "see 'codex-provision help push'");
	}
	if (vaultimage_name_check(r->name, e) == -1)
		return -1;
	return storeopen(&r->store, ui, a, true, e);
}

void
rescue_close(struct rescue *r)
{
	storeopen_close(&r->store);
}

static int
apply(void *ctx, struct vaultimage *image, bool *changed, struct err *e)
{
	const struct put *p = ctx;
	int n = 1, len;

	do {
		len = n == 1 ?
		    snprintf(p->place, VAULT_NAME_MAX + 1, "%s", p->name) :
		    snprintf(p->place, VAULT_NAME_MAX + 1, "%s-%d", p->name,
		    n);
		if (len > VAULT_NAME_MAX)
			return err_set(e, ERR_USAGE, "'%s-%d' is too long for "
			    "a name", p->name, n);
		n++;
	} while (vaultimage_find(image, p->place) != NULL);
	*changed = true;
	return vaultimage_put(image, p->place, p->cred, time(NULL), e);
}

int
rescue_put(struct rescue *r, const struct cred *c,
    char place[VAULT_NAME_MAX + 1], struct err *e)
{
	struct put p = { r->name, c, place };
	struct vault_edit edit = { apply, &p, false };

	if (r->broken.code == ERR_NONE &&
	    vault_change(r->store.vault, &edit, &r->broken) == 0)
		return 0;
	*e = r->broken;
	return -1;
}
