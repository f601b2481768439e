/*
 * storeput - puts a credential into the store, by the rules of a push.
 */
#ifndef STOREPUT_H
#define STOREPUT_H

#include <stdbool.h>

struct cred;
struct err;
struct ui;
struct vault;

/*
 * Under name: added, or in the place of the same account's older one. Same
 * bytes are unchanged; another account's login and a newer one are refused
 * (ERR_OTHER_ACCOUNT, ERR_NEWER_THERE) unless force. Says what became of it.
 * 0, or -1 with e set and nothing said.
 */
int	storeput(struct ui *ui, struct vault *v, const char *name,
	    const struct cred *c, bool force, struct err *e);

/* A change is in the store, but a power cut may undo it: says so. */
void	storeput_warn(struct ui *ui);

#endif
