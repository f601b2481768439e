/*
 * vaultimage - an opened store in memory.
 *
 * 1. A credential MUST be in the clear only while somebody asks for it.
 * 2. A change MUST be whole or not at all: what can fail is done aside.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "err.h"
#include "secret.h"
#include "vaultbox.h"
#include "vaultimage.h"

static void
entry_clear(struct vault_entry *en)
{
	free(en->box);
	cred_clear(&en->says);
	sodium_memzero(en, sizeof(*en));
}

static void
entries_free(struct vault_entry *entries, size_t n)
{
	for (size_t i = 0; i < n; i++)
		entry_clear(&entries[i]);
	free(entries);
}

int
vaultimage_init(struct vaultimage *v, const struct vault_kdf *kdf,
    struct secret *key_take, struct err *e)
{
	*v = (struct vaultimage){ .kdf = *kdf, .key = key_take };
	randombytes_buf(v->id, sizeof(v->id));
	v->entries = calloc(1, sizeof(*v->entries));
	return v->entries != NULL ? 0 : err_memory(e);
}

void
vaultimage_clear(struct vaultimage *v)
{
	entries_free(v->entries, v->n);
	secret_free(v->key);
	*v = (struct vaultimage){ 0 };
}

bool
vaultimage_name_ok(const char *name)
{
	size_t len = 0;

	for (; name[len] != '\0'; len++) {
		if (len == VAULT_NAME_MAX ||
		    (!isalnum((unsigned char)name[len]) &&
		    strchr("._@+-", name[len]) == NULL))
			return false;
	}
	return len > 0 && name[0] != '-';
}

/* Where name is, or (*there false) where it would have to be. */
static size_t
place_of(const struct vaultimage *v, const char *name, bool *there)
{
	size_t low = 0, high = v->n;

	*there = false;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int order = strcmp(v->entries[mid].name, name);

		*there = order == 0;
		if (order == 0)
			return mid;
		if (order < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

const struct vault_entry *
vaultimage_find(const struct vaultimage *v, const char *name)
{
	bool there;
	size_t at = place_of(v, name, &there);

	return there ? &v->entries[at] : NULL;
}

int
vaultimage_get(const struct vaultimage *v, const struct vault_entry *en,
    struct cred *c, struct err *e)
{
	struct secret *bytes = vaultbox_get(en, v, e);

	*c = (struct cred){ .mode = CRED_NONE };
	return bytes != NULL ? cred_parse(c, bytes, e) : -1;
}

/* Takes the entry out of the list; it is the caller's. */
static struct vault_entry
cut(struct vaultimage *v, size_t at)
{
	struct vault_entry en = v->entries[at];

	v->n--;
	memmove(&v->entries[at], &v->entries[at + 1],
	    (v->n - at) * sizeof(en));
	sodium_memzero(&v->entries[v->n], sizeof(en));
	return en;
}

/* Puts an entry into the list, for which there is room. */
static void
insert(struct vaultimage *v, const struct vault_entry *en)
{
	bool there;
	size_t at = place_of(v, en->name, &there);

	memmove(&v->entries[at + 1], &v->entries[at],
	    (v->n - at) * sizeof(*en));
	v->entries[at] = *en;
	v->n++;
}

/* Room for one more. realloc would leave a copy behind. */
static int
grow(struct vaultimage *v, struct err *e)
{
	struct vault_entry *more;

	if (v->n >= VAULT_ENTRIES_MAX)
		return err_set(e, ERR_DISK_FULL,
		    "the store holds %d credentials, which is the most",
		    VAULT_ENTRIES_MAX);
	if ((more = calloc(v->n + 1, sizeof(*more))) == NULL)
		return err_memory(e);
	memcpy(more, v->entries, v->n * sizeof(*more));
	sodium_memzero(v->entries, v->n * sizeof(*more));
	free(v->entries);
	v->entries = more;
	return 0;
}

int
vaultimage_name_check(const char *name, struct err *e)
{
	if (vaultimage_name_ok(name))
		return 0;
	err_set(e, ERR_USAGE, "'%s' cannot be a name in the store", name);
	return err_hint(e, "a name has 1 to %d letters, digits and '._@+-'",
	    VAULT_NAME_MAX);
}

const struct vault_entry *
vaultimage_need(const struct vaultimage *v, const char *name, struct err *e)
{
	const struct vault_entry *en = vaultimage_find(v, name);

	if (en == NULL) {
		(void)err_set(e, ERR_NO_CREDENTIAL, "no '%s' in the store",
		    name);
		(void)err_hint(e, "see 'codex-provision store list'");
	}
	return en;
}

int
vaultimage_put(struct vaultimage *v, const char *name, const struct cred *c,
    int64_t now, struct err *e)
{
	struct vault_entry en = { .added = now, .serial = v->next_serial };
	bool there;
	size_t at = place_of(v, name, &there);

	if (vaultimage_name_check(name, e) == -1)
		return -1;
	if (there) {
		en.serial = v->entries[at].serial;
		en.added = v->entries[at].added;
	}
	memcpy(en.name, name, strlen(name) + 1);
	en.says = *c;
	en.says.bytes = NULL;	/* stays the caller's */
	en.changed = now;
	if (vaultbox_put(&en, v, c->bytes, e) == -1)
		return -1;
	if (there) {
		entry_clear(&v->entries[at]);
		v->entries[at] = en;	/* transferred */
		return 0;
	}
	if (grow(v, e) == -1) {
		entry_clear(&en);
		return -1;
	}
	insert(v, &en);		/* transferred */
	v->next_serial++;
	return 0;
}

int
vaultimage_remove(struct vaultimage *v, const char *name, struct err *e)
{
	const struct vault_entry *old = vaultimage_need(v, name, e);
	struct vault_entry en;

	if (old == NULL)
		return -1;
	en = cut(v, (size_t)(old - v->entries));
	entry_clear(&en);
	return 0;
}

int
vaultimage_rename(struct vaultimage *v, const char *name, const char *to,
    int64_t now, struct err *e)
{
	SECRET_AUTO *bytes = NULL;
	const struct vault_entry *old;
	struct vault_entry en;

	if (vaultimage_name_check(to, e) == -1 ||
	    (old = vaultimage_need(v, name, e)) == NULL)
		return -1;
	if (vaultimage_find(v, to) != NULL) {
		err_set(e, ERR_USAGE, "'%s' is in the store already", to);
		return err_hint(e, "remove it first, or choose another name");
	}
	if ((bytes = vaultbox_get(old, v, e)) == NULL)
		return -1;
	en = *old;
	en.box = NULL;		/* stays the old one's */
	memset(en.name, 0, sizeof(en.name));
	memcpy(en.name, to, strlen(to));
	en.changed = now;
	if (vaultbox_put(&en, v, bytes, e) == -1)
		return -1;
	free(cut(v, (size_t)(old - v->entries)).box);
	insert(v, &en);		/* transferred */
	return 0;
}

/* Entry i of v as one of `to`: sealed again, under its key. */
static int
reseal(struct vaultimage *to, const struct vaultimage *v, size_t i,
    struct err *e)
{
	struct vault_entry *en = &to->entries[i];
	SECRET_AUTO *bytes = vaultbox_get(&v->entries[i], v, e);

	if (bytes == NULL)
		return -1;
	*en = v->entries[i];
	en->box = NULL;
	return vaultbox_put(en, to, bytes, e);
}

int
vaultimage_rekey(struct vaultimage *v, const struct vault_kdf *kdf,
    struct secret *key_take, struct err *e)
{
	struct vaultimage to = *v;

	to.kdf = *kdf;
	to.key = key_take;
	to.entries = calloc(v->n + 1, sizeof(*to.entries));
	if (to.entries == NULL) {
		secret_free(key_take);
		return err_memory(e);
	}
	for (size_t i = 0; i < v->n; i++) {
		if (reseal(&to, v, i, e) == -1) {
			vaultimage_clear(&to);
			return -1;
		}
	}
	vaultimage_clear(v);
	*v = to;	/* transferred */
	return 0;
}
