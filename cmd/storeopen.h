/*
 * storeopen - the encrypted store of this user, open: its place, its
 * passphrase, and what is to be said of it.
 */
#ifndef STOREOPEN_H
#define STOREOPEN_H

#include <stdbool.h>

#include "vault.h"

struct args;
struct err;
struct ui;

struct storeopen {
	char		*data, *state;	/* owned */
	struct vault_place at;		/* of both */
	struct vault	*vault;		/* owned */
};

/*
 * Opens it; with make there need not be one yet (vault_open). A passphrase
 * that was typed wrong is asked for again, three times in all. Warns where an
 * older store has been put back, or that could not be told. *s must stay where
 * it is; storeopen_close also after a failure.
 */
int	storeopen(struct storeopen *s, struct ui *ui, const struct args *a,
	    bool make, struct err *e);
void	storeopen_close(struct storeopen *s);

/* "NAME" of "store:NAME"; NULL for anything else. */
const char	*storeopen_name(const char *word);

#define STOREOPEN_AUTO \
	__attribute__((cleanup(storeopen_close))) struct storeopen

#endif
