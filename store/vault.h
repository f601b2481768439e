/*
 * vault - the encrypted store on this machine's disk.
 *
 * One file, 0600, replaced whole; its format is vaultfmt.h's. Readers take no
 * lock. A change takes it, reads the file again, changes that and saves it,
 * so that of many writers at once nobody's change is lost.
 */
#ifndef VAULT_H
#define VAULT_H

#include <stdbool.h>

struct err;
struct secret;
struct vault;
struct vaultimage;

/* The folders (datadir.h) of the store and of what was seen of it. */
struct vault_place {
	const char	*data, *state;
};

/* Whether there is a store; what can't be told is one. */
bool	vault_there(const struct vault_place *at);

/* Says that there is none (ERR_NO_CREDENTIAL), and what makes one. -1. */
int	vault_absent(const struct vault_place *at, struct err *e);

/*
 * Opens it with pass_take, which is the vault's even on failure; at stays
 * the caller's and alive. Where there is none: ERR_NO_CREDENTIAL, or with
 * make an empty one, which the first change saves. ERR_BAD_PASSPHRASE;
 * ERR_UNSAFE_TARGET for a file or folder that others have a hand in;
 * ERR_BAD_CREDENTIAL for what is damaged or no store. Half a second.
 */
struct vault	*vault_open(const struct vault_place *at, bool make,
		    struct secret *pass_take, struct err *e);

/* NULL is fine. */
void	vault_close(struct vault *v);

/* What was read or saved last; borrowed until the next change or the end. */
const struct vaultimage	*vault_image(const struct vault *v);

/* Whether the file was older than one that this machine has seen. */
bool	vault_older(const struct vault *v);

/* Why that could not be told, or will not be the next time; NULL: it can. */
const struct err	*vault_unseen(const struct vault *v);

struct vault_edit {
	/* Changes the image; with *changed it is saved. */
	int	(*apply)(void *ctx, struct vaultimage *image, bool *changed,
		    struct err *e);
	void	*ctx;
	bool	 durable;	/* false: done, but a power cut may undo it */
};

/*
 * Under the lock, for which it waits ten seconds at most (ERR_LOCKED): reads
 * the store again, applies the edit, once, and saves. On any failure, the
 * edit's -1 too, the file is as it was, and v is good for vault_close alone.
 */
int	vault_change(struct vault *v, struct vault_edit *edit,
	    struct err *e);

/* Everything under a new passphrase, with parameters of today or higher. */
int	vault_rekey(struct vault *v, struct secret *pass_take, bool *durable,
	    struct err *e);

#endif
