/*
 * storesay - what is said of the store's entries; never a secret.
 */
#ifndef STORESAY_H
#define STORESAY_H

#include "target.h"

struct cred;
struct ui;
struct vault_entry;
struct vaultimage;

/* One entry's verdict; what it holds is NULL where it holds nothing now. */
void	storesay(struct ui *ui, const char *name, enum target_state state,
	    const struct cred *says);

/* A table of all, or an object a line. */
void	storesay_list(struct ui *ui, const struct vaultimage *v);

/* All of one, and what would keep Codex from using it anywhere. */
void	storesay_show(struct ui *ui, const struct vault_entry *en);

/* 'store passphrase' has sealed n entries anew. */
void	storesay_rekeyed(struct ui *ui, size_t n);

#endif
