/*
 * vault - the encrypted store on this machine's disk.
 *
 * 1. A change MUST begin with what is on the disk while the lock is held.
 * 2. Argon2id MUST NOT run while the lock is held: others would wait for it.
 * 3. The old store MUST be there until the new one is, on the disk too.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/stat.h>

#include "atomicfile.h"
#include "datadir.h"
#include "err.h"
#include "lockfile.h"
#include "secret.h"
#include "vault.h"
#include "vaultbox.h"
#include "vaultfile.h"
#include "vaultfmt.h"
#include "vaultimage.h"
#include "vaultseen.h"

#define LOCK_NAME "store.lock"
#define LOCK_MS	  10000
#define TRIES	  5	/* as often may another change the passphrase */

struct vault {
	const struct vault_place *at;	/* borrowed */
	int		 dirfd;
	struct secret	*pass;		/* owned */
	struct vaultimage image;
	bool		 on_disk;	/* was read or saved once */
	bool		 older;
	struct err	 unseen;	/* why an older one would not be noticed */
};

/* Notes how far the store has got, and whether it was further before. */
static void
note(struct vault *v)
{
	struct err e = ERR_INIT;
	uint64_t seen;

	v->unseen = (struct err)ERR_INIT;
	(void)vaultseen_get(v->at->state, v->image.id, &seen, &v->unseen);
	v->older = seen > v->image.generation;
	if (seen < v->image.generation && vaultseen_put(v->at->state,
	    v->image.id, v->image.generation, &e) == -1)
		v->unseen = e;
}

/* The image of these bytes, if they are under this key. Frees the key. */
static int
take_image(struct vault *v, const struct vaultfmt *f, struct secret *key_take,
    struct err *e)
{
	struct vaultimage image;

	if (vaultfmt_open(&image, f, key_take, e) == -1) {
		if (e->code != ERR_BAD_PASSPHRASE)
			(void)vaultfile_useless(e, v->at->data);
		return -1;
	}
	vaultimage_clear(&v->image);
	v->image = image;	/* transferred */
	v->on_disk = true;
	note(v);
	return 0;
}

/* From the passphrase. */
static int
open_bytes(struct vault *v, const struct vaultfile *b, struct err *e)
{
	struct secret *key;
	struct vaultfmt f;

	if (vaultfmt_check(&f, b->p, b->len, e) == -1)
		return vaultfile_useless(e, v->at->data);
	if ((key = vaultbox_key(&f.kdf, v->pass, e)) == NULL)
		return -1;
	return take_image(v, &f, key, e);
}

static int
make_image(struct vault *v, struct err *e)
{
	struct vault_kdf kdf;
	struct secret *key;

	vaultfmt_kdf_new(&kdf);
	if ((key = vaultbox_key(&kdf, v->pass, e)) == NULL ||
	    vaultimage_init(&v->image, &kdf, key, e) == -1)
		return -1;
	note(v);
	return 0;
}

int
vault_absent(const struct vault_place *at, struct err *e)
{
	err_set(e, ERR_NO_CREDENTIAL, "there is no store '%s/%s'",
	    at->data, VAULTFILE_NAME);
	return err_hint(e, "make one with 'codex-provision store add NAME'");
}

static int
open_dir(struct vault *v, bool make, struct err *e)
{
	if (make && datadir_make(v->at->data, e) == -1)
		return -1;
	if ((v->dirfd = datadir_open(v->at->data, e)) != -1)
		return 0;
	return e->code == ERR_NO_HOME ? vault_absent(v->at, e) : -1;
}

/* Whether the key that we have is of these parameters. */
static bool
same_kdf(const struct vault_kdf *a, const struct vault_kdf *b)
{
	return a->passes == b->passes && a->memory == b->memory &&
	    memcmp(a->salt, b->salt, sizeof(a->salt)) == 0;
}

/*
 * The image from what is on the disk, which b takes. *stale: it is under
 * another key now, and the image is as it was.
 */
static int
reload(struct vault *v, struct vaultfile *b, bool *stale, struct err *e)
{
	struct secret *key;
	struct vaultfmt f;

	*stale = false;
	if (vaultfile_read(b, v->dirfd, v->at->data, e) == -1)
		return -1;
	if (b->p == NULL)	/* ours is new, or somebody removed it */
		return v->on_disk ? vault_absent(v->at, e) : 0;
	if (vaultfmt_check(&f, b->p, b->len, e) == -1)
		return vaultfile_useless(e, v->at->data);
	*stale = !same_kdf(&f.kdf, &v->image.kdf);
	if (*stale)
		return 0;
	if ((key = secret_dup(v->image.key)) == NULL)
		return err_memory(e);
	return take_image(v, &f, key, e);
}

/*
 * Read without the lock, a store may seem old because it was saved between
 * the file and the note; then it is newer when it is read once more.
 */
static int
read_again(struct vault *v, struct err *e)
{
	uint64_t before = UINT64_MAX;
	int rc = 0;

	while (rc == 0 && v->older && v->image.generation != before) {
		struct vaultfile b;
		bool stale;

		before = v->image.generation;
		rc = reload(v, &b, &stale, e);
		if (rc == 0 && stale)
			rc = open_bytes(v, &b, e);
		vaultfile_clear(&b);
	}
	return rc;
}

static int
open_store(struct vault *v, bool make, struct err *e)
{
	struct vaultfile b;
	int rc;

	if (open_dir(v, make, e) == -1 ||
	    vaultfile_read(&b, v->dirfd, v->at->data, e) == -1)
		return -1;
	if (b.p != NULL)
		rc = open_bytes(v, &b, e);
	else
		rc = make ? make_image(v, e) : vault_absent(v->at, e);
	vaultfile_clear(&b);
	return rc == 0 ? read_again(v, e) : -1;
}

bool
vault_there(const struct vault_place *at)
{
	struct err e = ERR_INIT;
	int dirfd = datadir_open(at->data, &e);
	struct stat st;
	bool there = true;

	if (dirfd == -1)
		return e.code != ERR_NO_HOME;
	if (fstatat(dirfd, VAULTFILE_NAME, &st, AT_SYMLINK_NOFOLLOW) == -1)
		there = errno != ENOENT;
	(void)close(dirfd);	/* only looked at */
	return there;
}

struct vault *
vault_open(const struct vault_place *at, bool make, struct secret *pass_take,
    struct err *e)
{
	struct vault *v = calloc(1, sizeof(*v));

	if (v == NULL) {
		secret_free(pass_take);
		(void)err_memory(e);
		return NULL;
	}
	*v = (struct vault){ .at = at, .dirfd = -1, .pass = pass_take };
	if (open_store(v, make, e) == 0)
		return v;
	vault_close(v);
	return NULL;
}

void
vault_close(struct vault *v)
{
	if (v == NULL)
		return;
	vaultimage_clear(&v->image);
	secret_free(v->pass);
	if (v->dirfd != -1)
		(void)close(v->dirfd);	/* changes were synced */
	free(v);
}

const struct vaultimage *
vault_image(const struct vault *v)
{
	return &v->image;
}

bool
vault_older(const struct vault *v)
{
	return v->older;
}

const struct err *
vault_unseen(const struct vault *v)
{
	return v->unseen.code != ERR_NONE ? &v->unseen : NULL;
}

/* Above all that were seen, so that the next older file is noticed too. */
static int
save(struct vault *v, bool *durable, struct err *e)
{
	struct err none = ERR_INIT;	/* opening it has told */
	unsigned char *file;
	uint64_t seen;
	size_t len;
	int rc;

	(void)vaultseen_get(v->at->state, v->image.id, &seen, &none);
	if (v->image.generation < seen)
		v->image.generation = seen;
	v->image.generation++;
	if ((file = vaultfmt_seal(&v->image, &len, e)) == NULL)
		return err_wrap(e, "cannot save the store");
	atomicfile_sweep(v->dirfd);
	rc = atomicfile_replace(v->dirfd, v->at->data, VAULTFILE_NAME, file, len,
	    durable, e);
	free(file);
	if (rc == -1)
		return err_wrap(e, "cannot save the store");
	v->on_disk = true;
	note(v);
	return 0;
}

/* One try under the lock. With *stale, b is what to derive a new key for. */
static int
change(struct vault *v, struct vault_edit *edit, struct vaultfile *b,
    bool *stale, struct err *e)
{
	struct lockfile lock = LOCKFILE_INIT;
	bool changed = false;
	int rc;

	if (lockfile_take(&lock, v->dirfd, LOCK_NAME,
	    lockfile_now() + LOCK_MS, e) == -1)
		return -1;
	rc = reload(v, b, stale, e);
	if (rc == 0 && !*stale)
		rc = edit->apply(edit->ctx, &v->image, &changed, e);
	if (rc == 0 && changed)
		rc = save(v, &edit->durable, e);
	lockfile_release(&lock);
	return rc;
}

int
vault_change(struct vault *v, struct vault_edit *edit, struct err *e)
{
	bool stale = true;
	int rc = 0;

	edit->durable = true;
	for (int i = 0; i < TRIES && rc == 0 && stale; i++) {
		struct vaultfile b = { NULL, 0 };

		rc = change(v, edit, &b, &stale, e);
		if (rc == 0 && stale)
			rc = open_bytes(v, &b, e);
		vaultfile_clear(&b);
	}
	if (rc == 0 && stale)
		return err_set(e, ERR_LOCKED,
		    "the store's passphrase is being changed all the time");
	return rc;
}

/* What everything is to be under. */
struct rekey {
	struct vault_kdf kdf;
	struct secret	*key;	/* owned until it is used */
};

static int
rekey_apply(void *ctx, struct vaultimage *image, bool *changed, struct err *e)
{
	struct rekey *r = ctx;
	struct secret *key = r->key;

	r->key = NULL;	/* transferred */
	*changed = true;
	return vaultimage_rekey(image, &r->kdf, key, e);
}

int
vault_rekey(struct vault *v, struct secret *pass_take, bool *durable,
    struct err *e)
{
	struct rekey r = { .key = NULL };
	struct vault_edit edit = { rekey_apply, &r, false };
	int rc;

	vaultfmt_kdf_next(&r.kdf, &v->image.kdf);
	r.key = vaultbox_key(&r.kdf, pass_take, e);
	rc = r.key == NULL ? -1 : vault_change(v, &edit, e);
	secret_free(r.key);
	if (rc == -1) {
		secret_free(pass_take);
		return -1;
	}
	secret_free(v->pass);
	v->pass = pass_take;
	*durable = edit.durable;
	return 0;
}
