/*
 * rescue - the store's places for logins that reached no target:
 * --rescue store:NAME.
 *
 * Opened before anybody is asked for a login. What is in the store already is
 * another login and stays: the first free one of NAME, NAME-2, NAME-3 is
 * taken, under the store's lock.
 */
#ifndef RESCUE_H
#define RESCUE_H

#include "err.h"
#include "storeopen.h"
#include "vaultimage.h"

struct args;
struct cred;
struct ui;

struct rescue {
	const char	*name;		/* of the option; NULL: not asked for */
	struct storeopen store;
	struct err	 broken;	/* a failed change ends the store's use */
};

/*
 * 0, also without the option; or -1. *r is to be closed either way, and must
 * stay where it is.
 */
int	rescue_open(struct rescue *r, struct ui *ui, const struct args *a,
	    struct err *e);
void	rescue_close(struct rescue *r);

/* Puts c there and names the place. 0, or -1: it is nowhere. */
int	rescue_put(struct rescue *r, const struct cred *c,
	    char place[VAULT_NAME_MAX + 1], struct err *e);

#endif
