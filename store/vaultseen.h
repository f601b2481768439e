/*
 * vaultseen - how far this machine has seen a store get, so that an older
 * file in its place is noticed.
 */
#ifndef VAULTSEEN_H
#define VAULTSEEN_H

#include <stdint.h>

#include "vaultimage.h"

struct err;

/*
 * The generation noted for the store in the folder `state`; 0 for none. -1
 * where that can't be told, *seen is 0 then too.
 */
int	vaultseen_get(const char *state, const unsigned char id[VAULT_ID_LEN],
	    uint64_t *seen, struct err *e);

/*
 * Notes it; the folder is made where it is not there. That it can't be noted
 * (-1) is no failure of anything else: an older file is then not noticed.
 */
int	vaultseen_put(const char *state, const unsigned char id[VAULT_ID_LEN],
	    uint64_t generation, struct err *e);

#endif
