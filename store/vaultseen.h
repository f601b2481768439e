/*
 * vaultseen - how far this machine has seen a store get, so that an older
 * file in its place is noticed.
 */
#ifndef VAULTSEEN_H
#define VAULTSEEN_H

#include <stdint.h>

#include "vaultimage.h"

/* The generation noted for the store in the folder `state`; 0 for none. */
uint64_t	vaultseen_get(const char *state,
		    const unsigned char id[VAULT_ID_LEN]);

/*
 * Notes it; the folder is made where it is not there. That it can't be noted
 * is no failure of anything: an older file is then not noticed.
 */
void	vaultseen_put(const char *state, const unsigned char id[VAULT_ID_LEN],
	    uint64_t generation);

#endif
