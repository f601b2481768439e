/*
 * storeput - puts a credential into the store, by the rules of a push.
 */
#ifndef STOREPUT_H
#define STOREPUT_H

#include <stdbool.h>

#include "target.h"

struct cred;
struct err;
struct ui;
struct vault;

/* What is put under which name. */
struct storeput {
	const char		*name;
	const struct cred	*cred;
	bool			 force;
};

/*
 * Added, or put in the place of the same account's older one. Same
 * bytes are unchanged; another account's login, a newer one, and one whose
 * refresh token would be lost, are refused (ERR_OTHER_ACCOUNT,
 * ERR_NEWER_THERE) unless force. Says what became of it.
 * 0, or -1 with e set and nothing said.
 */
int	storeput(struct ui *ui, struct vault *v, const struct storeput *what,
	    struct err *e);

/*
 * The same without a word: *state is written or unchanged, and *durable false
 * where a power cut may undo it.
 */
int	storeput_into(struct vault *v, const struct storeput *what,
	    enum target_state *state, bool *durable, struct err *e);

/* A change is in the store, but a power cut may undo it: says so. */
void	storeput_warn(struct ui *ui);

#endif
