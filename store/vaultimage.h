/*
 * vaultimage - an opened store in memory: entries with what they say, their
 * credentials still sealed. Pure memory; vault.c has the file.
 */
#ifndef VAULTIMAGE_H
#define VAULTIMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cred.h"

struct err;
struct secret;

#define VAULT_NAME_MAX	  64	/* bytes of a name */
#define VAULT_ENTRIES_MAX 10000
#define VAULT_SALT_LEN	  16
#define VAULT_ID_LEN	  16

/* How a passphrase becomes a key: Argon2id version 1.3, one lane. */
struct vault_kdf {
	uint32_t	passes;
	uint64_t	memory;		/* bytes */
	unsigned char	salt[VAULT_SALT_LEN];
};

struct vault_entry {
	char		 name[VAULT_NAME_MAX + 1];
	uint64_t	 serial;	/* order of adding; never used again */
	int64_t		 added, changed;	/* Unix seconds */
	struct cred	 says;		/* without bytes */
	size_t		 size;		/* bytes of the credential */
	unsigned char	*box;		/* owned: it, sealed (vaultfmt.h) */
	size_t		 box_len;
};

struct vaultimage {
	struct vault_kdf kdf;
	struct secret	*key;		/* owned: of passphrase and kdf */
	unsigned char	 id[VAULT_ID_LEN];	/* of the store, for life */
	uint64_t	 generation;	/* how often it was saved */
	uint64_t	 next_serial;
	struct vault_entry *entries;	/* owned; by name, ascending */
	size_t		 n;
};

/* A new, empty store under key_take, which is the image's even on failure. */
int	vaultimage_init(struct vaultimage *v, const struct vault_kdf *kdf,
	    struct secret *key_take, struct err *e);
void	vaultimage_clear(struct vaultimage *v);

/*
 * Whether it may be a name: 1 to VAULT_NAME_MAX of letters, digits and
 * "._@+-", the first no '-' (shell words that never need quotes). The second
 * says so: 0, or -1 with ERR_USAGE.
 */
bool	vaultimage_name_ok(const char *name);
int	vaultimage_name_check(const char *name, struct err *e);

/* Borrowed until the next change of the image; NULL where there is none. */
const struct vault_entry *vaultimage_find(const struct vaultimage *v,
	    const char *name);

/* The same; ERR_NO_CREDENTIAL where there is none. */
const struct vault_entry *vaultimage_need(const struct vaultimage *v,
	    const char *name, struct err *e);

/* Unseals en's credential into *c, the caller's to clear. */
int	vaultimage_get(const struct vaultimage *v,
	    const struct vault_entry *en, struct cred *c, struct err *e);

/*
 * Adds a credential under name, or replaces the one that is there; now is
 * its time. On failure the image is as before, here and below.
 */
int	vaultimage_put(struct vaultimage *v, const char *name,
	    const struct cred *c, int64_t now, struct err *e);

/* ERR_NO_CREDENTIAL where there is no `name`; a taken `to` is ERR_USAGE. */
int	vaultimage_remove(struct vaultimage *v, const char *name,
	    struct err *e);
int	vaultimage_rename(struct vaultimage *v, const char *name,
	    const char *to, int64_t now, struct err *e);

/* Seals every credential anew. key_take is the image's even on failure. */
int	vaultimage_rekey(struct vaultimage *v, const struct vault_kdf *kdf,
	    struct secret *key_take, struct err *e);

#endif
