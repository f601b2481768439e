/*
 * vaultfmt - the encrypted store's format: bytes of a file <-> an image.
 *
 * Threat: a thief has the file, or many copies of it over time, and may put a
 * changed or an older one back. So
 *  1. nothing of names, accounts, times, tokens or their number MUST be
 *     readable without the passphrase; of one copy, its length tells the sum
 *     of all credentials to 64 KiB or an eighth, and nothing else does; of
 *     two, which parts of it changed;
 *  2. a guess at the passphrase MUST cost the thief what it costs us, one
 *     Argon2id, and all guesses again for the next store: a salt of its own;
 *  3. every bit of the file MUST count: changed, cut, lengthened, or put
 *     together from two files, it is refused, whole;
 *  4. a credential MUST be good for its own entry alone: the header, name,
 *     order and expiry are authenticated with it;
 *  5. no nonce MUST ever meet the same key twice: 24 random bytes each time;
 *  6. parameters from the file MUST be bounded before they are obeyed;
 *  7. what a later version wrote MUST be refused with its number.
 * What can't be noticed here is an older file, whole, put back: vaultseen.c.
 * Whoever is the account, or root, can read the passphrase as it is typed.
 * XChaCha20-Poly1305 does not commit to one key, which needs somebody to ask
 * (a "partitioning oracle", Len and others 2021): here nobody answers.
 *
 * The file, little-endian:
 *
 *	  0   8	"cxpstore"
 *	  8   4	version: 1
 *	 12   4	key derivation: 1, Argon2id version 1.3 in one lane (RFC 9106)
 *	 16   4	encryption: 1, XChaCha20-Poly1305 under subkeys made by
 *		crypto_kdf (BLAKE2b, context "cxpstore")
 *	 20   4	passes of Argon2id
 *	 24   8	memory of Argon2id in bytes
 *	 32  16	salt; here the header ends
 *	 48 112	the root, 72 bytes, sealed under subkey 1:
 *		   0   8  generation: counts up with each save
 *		   8   8  the next entry's serial
 *		  16   8  length of the sealed list
 *		  24  16  the store's id, for life
 *		  40  32  BLAKE2b-256 of the body
 *	160  32	checksum: BLAKE2b-256 of bytes 0 to 159 and of the body's
 *		digest; tells damage from a wrong passphrase, no more
 *	192	the body: the list (vaultindex.h), sealed under subkey 2;
 *		each entry's credential in the list's order, zeros added to
 *		a multiple of 1024 bytes, sealed under subkey 3; then zeros,
 *		sealed under subkey 4, that make the file 65536 bytes long,
 *		or where it is longer a multiple of an eighth of the largest
 *		power of two within it
 *
 * Sealed is: 24 bytes of nonce, what is sealed, 16 bytes of tag. What is
 * authenticated beside it is the header; for a credential then also the
 * entry's serial (8 bytes), expiry (8) and name.
 */
#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "err.h"
#include "secret.h"
#include "vaultbox.h"
#include "vaultfmt.h"
#include "vaultimage.h"
#include "vaultindex.h"

/*
 * Nothing ends Argon2id once it runs, and a file may come from anywhere: so
 * both together may cost what libsodium calls SENSITIVE (4 passes of a
 * gigabyte; ours, MODERATE, is a fifth of it). That is a few seconds, more
 * than anybody has reason to make a user wait each time; 16 passes of a
 * gigabyte were a minute and a half on a busy machine.
 */
#define PASSES_MAX 16u
#define MEMORY_MAX (1ull << 30)
#define COST_MAX   (4 * MEMORY_MAX)	/* bytes, each pass counted */
#define FILE_MIN   65536u
#define HASH_LEN   32u

struct root {
	uint64_t	generation, next_serial, index_len;
	unsigned char	id[VAULT_ID_LEN];
	unsigned char	body[HASH_LEN];
};

struct front {
	struct vault_header header;
	unsigned char	root[sizeof(struct root) + VAULTBOX_MORE];
	unsigned char	sum[HASH_LEN];
};

_Static_assert(sizeof(struct root) == 72 &&
    offsetof(struct front, root) == 48 && offsetof(struct front, sum) == 160 &&
    sizeof(struct front) == VAULT_FRONT_LEN, "as it is written above");

static void
hash(unsigned char out[HASH_LEN], const void *p, size_t len, const void *q,
    size_t qlen)
{
	crypto_generichash_state s;

	(void)crypto_generichash_init(&s, NULL, 0, HASH_LEN);
	(void)crypto_generichash_update(&s, p, len);
	(void)crypto_generichash_update(&s, q, qlen);
	(void)crypto_generichash_final(&s, out, HASH_LEN);
}

static void
hash_body(unsigned char out[HASH_LEN], const unsigned char *file, size_t len)
{
	hash(out, file + VAULT_FRONT_LEN, len - VAULT_FRONT_LEN, NULL, 0);
}

static void
checksum(unsigned char out[HASH_LEN], const struct front *f,
    const unsigned char body[HASH_LEN])
{
	hash(out, f, offsetof(struct front, sum), body, HASH_LEN);
}

/* The length of a file that has to hold len bytes. */
static size_t
file_len(size_t len)
{
	size_t step = FILE_MIN / 8;

	if (len <= FILE_MIN)
		return FILE_MIN;
	while (step * 16 <= len)
		step *= 2;
	return (len + step - 1) / step * step;
}

void
vaultfmt_kdf_new(struct vault_kdf *kdf)
{
	kdf->passes = crypto_pwhash_argon2id_OPSLIMIT_MODERATE;
	kdf->memory = crypto_pwhash_argon2id_MEMLIMIT_MODERATE;
	randombytes_buf(kdf->salt, sizeof(kdf->salt));
}

static uint64_t
cost(const struct vault_kdf *kdf)
{
	return kdf->passes * kdf->memory;
}

void
vaultfmt_kdf_next(struct vault_kdf *kdf, const struct vault_kdf *was)
{
	vaultfmt_kdf_new(kdf);
	if (cost(was) > cost(kdf)) {
		kdf->passes = was->passes;
		kdf->memory = was->memory;
	}
}

static int
check_numbers(const struct vault_header *h, struct err *e)
{
	const struct {
		const char *what;
		uint32_t is, want;
	} ids[] = {
		{ "version", le32toh(h->version), VAULT_VERSION },
		{ "key derivation", le32toh(h->kdf), VAULT_ARGON2ID },
		{ "encryption", le32toh(h->cipher), VAULT_XCHACHA },
	};

	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		if (ids[i].is != ids[i].want)
			return err_set(e, ERR_BAD_CREDENTIAL,
			    "%s %u of the store is not known to this program",
			    ids[i].what, (unsigned)ids[i].is);
	}
	return 0;
}

static int
check_kdf(const struct vault_kdf *kdf, struct err *e)
{
	if (kdf->passes < crypto_pwhash_argon2id_OPSLIMIT_MIN ||
	    kdf->passes > PASSES_MAX)
		return err_set(e, ERR_BAD_CREDENTIAL,
		    "it asks for %u passes of Argon2id; 1 to %u are taken",
		    (unsigned)kdf->passes, PASSES_MAX);
	if (kdf->memory < crypto_pwhash_argon2id_MEMLIMIT_MIN ||
	    kdf->memory > MEMORY_MAX)
		return err_set(e, ERR_BAD_CREDENTIAL,
		    "it asks for %llu bytes of memory; %llu are the most",
		    (unsigned long long)kdf->memory, MEMORY_MAX);
	if (cost(kdf) > COST_MAX)
		return err_set(e, ERR_BAD_CREDENTIAL,
		    "it asks for %u passes of Argon2id over %llu MB; %llu are "
		    "the most", (unsigned)kdf->passes,
		    (unsigned long long)(kdf->memory >> 20),
		    COST_MAX / kdf->memory);
	return 0;
}

int
vaultfmt_check(struct vaultfmt *f, const unsigned char *file, size_t len,
    struct err *e)
{
	unsigned char sum[HASH_LEN];
	struct front front;

	if (len < sizeof(front.header.magic) ||
	    memcmp(file, VAULT_MAGIC, sizeof(front.header.magic)) != 0)
		return err_set(e, ERR_BAD_CREDENTIAL, "it is no store");
	if (len < sizeof(front) || len > VAULT_FILE_MAX)
		return vaultbox_damaged(e);
	memcpy(&front, file, sizeof(front));
	if (check_numbers(&front.header, e) == -1)
		return -1;
	*f = (struct vaultfmt){ .file = file, .len = len, .kdf = {
		.passes = le32toh(front.header.passes),
		.memory = le64toh(front.header.memory) } };
	memcpy(f->kdf.salt, front.header.salt, sizeof(f->kdf.salt));
	hash_body(f->body, file, len);
	checksum(sum, &front, f->body);
	if (memcmp(sum, front.sum, sizeof(sum)) != 0)
		return vaultbox_damaged(e);
	return check_kdf(&f->kdf, e);
}

/* A copy of each entry's sealed credential. */
static int
boxes_copy(struct vaultimage *v, const unsigned char *p, size_t len,
    struct err *e)
{
	for (size_t i = 0; i < v->n; i++) {
		struct vault_entry *en = &v->entries[i];

		if (en->box_len > len)
			return vaultbox_damaged(e);
		if ((en->box = malloc(en->box_len)) == NULL)
			return err_memory(e);
		memcpy(en->box, p, en->box_len);
		p += en->box_len;
		len -= en->box_len;
	}
	return 0;
}

static int
root_open(struct vaultimage *v, struct root *r, const struct vaultfmt *f,
    struct err *e)
{
	const struct vaultbox b = { v, VAULTBOX_ROOT, NULL };

	if (vaultbox_open(r, &b, f->file + offsetof(struct front, root),
	    sizeof(((struct front *)0)->root), e) == -1)
		return e->code != ERR_BAD_CREDENTIAL ? -1 :
		    err_set(e, ERR_BAD_PASSPHRASE, "wrong passphrase");
	if (memcmp(f->body, r->body, sizeof(r->body)) != 0)
		return vaultbox_damaged(e);
	v->generation = le64toh(r->generation);
	v->next_serial = le64toh(r->next_serial);
	memcpy(v->id, r->id, sizeof(v->id));
	return 0;
}

static int
body_open(struct vaultimage *v, const struct root *r,
    const unsigned char *body, size_t len, struct err *e)
{
	const struct vaultbox b = { v, VAULTBOX_INDEX, NULL };
	uint64_t index_len = le64toh(r->index_len);
	SECRET_AUTO *index = NULL;

	if (index_len < VAULTBOX_MORE || index_len > len)
		return vaultbox_damaged(e);
	index = secret_new((size_t)index_len - VAULTBOX_MORE);
	if (index == NULL)
		return err_memory(e);
	if (vaultbox_open(secret_expose(index, NULL), &b, body,
	    (size_t)index_len, e) == -1 ||
	    vaultindex_decode(v, secret_expose(index, NULL),
	    secret_len(index), e) == -1)
		return -1;
	return boxes_copy(v, body + index_len, len - (size_t)index_len, e);
}

int
vaultfmt_open(struct vaultimage *v, const struct vaultfmt *f,
    struct secret *key_take, struct err *e)
{
	struct root r;

	*v = (struct vaultimage){ .kdf = f->kdf, .key = key_take };
	if (root_open(v, &r, f, e) == 0 &&
	    body_open(v, &r, f->file + VAULT_FRONT_LEN,
	    f->len - VAULT_FRONT_LEN, e) == 0)
		return 0;
	vaultimage_clear(v);
	return -1;
}

/* The sealed list at out. */
static int
index_seal(const struct vaultimage *v, unsigned char *out, size_t len,
    struct err *e)
{
	const struct vaultbox b = { v, VAULTBOX_INDEX, NULL };
	SECRET_AUTO *index = secret_new(len);

	if (index == NULL)
		return err_memory(e);
	(void)vaultindex_encode(v, secret_expose(index, NULL));
	return vaultbox_seal(out, &b, secret_expose(index, NULL), len, e);
}

/* Zeros, sealed: nobody can tell them from the rest. */
static int
fill(const struct vaultimage *v, unsigned char *out, size_t len,
    struct err *e)
{
	const struct vaultbox b = { v, VAULTBOX_FILL, NULL };
	unsigned char *zeros = calloc(1, len);
	int rc;

	if (zeros == NULL)
		return err_memory(e);
	rc = vaultbox_seal(out, &b, zeros, len - VAULTBOX_MORE, e);
	free(zeros);
	return rc;
}

static int
front_seal(const struct vaultimage *v, unsigned char *file, size_t len,
    size_t index_len, struct err *e)
{
	const struct vaultbox b = { v, VAULTBOX_ROOT, NULL };
	struct front f = { .header = vaultbox_header(&v->kdf) };
	struct root r = {
		.generation = htole64(v->generation),
		.next_serial = htole64(v->next_serial),
		.index_len = htole64(index_len),
	};

	memcpy(r.id, v->id, sizeof(r.id));
	hash_body(r.body, file, len);
	if (vaultbox_seal(f.root, &b, &r, sizeof(r), e) == -1)
		return -1;
	checksum(f.sum, &f, r.body);
	memcpy(file, &f, sizeof(f));
	return 0;
}

/* The whole file: len bytes, of which the list takes index_len unsealed. */
static int
file_seal(const struct vaultimage *v, unsigned char *file, size_t len,
    size_t index_len, struct err *e)
{
	unsigned char *at = file + VAULT_FRONT_LEN;

	if (index_seal(v, at, index_len, e) == -1)
		return -1;
	at += index_len + VAULTBOX_MORE;
	for (size_t i = 0; i < v->n; i++) {
		memcpy(at, v->entries[i].box, v->entries[i].box_len);
		at += v->entries[i].box_len;
	}
	if (fill(v, at, len - (size_t)(at - file), e) == -1)
		return -1;
	return front_seal(v, file, len, index_len + VAULTBOX_MORE, e);
}

unsigned char *
vaultfmt_seal(const struct vaultimage *v, size_t *len, struct err *e)
{
	size_t index_len = vaultindex_encode(v, NULL);
	unsigned char *file;

	*len = VAULT_FRONT_LEN + index_len + 2 * VAULTBOX_MORE;
	for (size_t i = 0; i < v->n; i++)
		*len += v->entries[i].box_len;
	*len = file_len(*len);
	if (*len > VAULT_FILE_MAX) {
		(void)err_set(e, ERR_DISK_FULL, "it would be larger than %u "
		    "MB", VAULT_FILE_MAX >> 20);
		return NULL;
	}
	if ((file = malloc(*len)) == NULL) {
		(void)err_memory(e);
		return NULL;
	}
	if (file_seal(v, file, *len, index_len, e) == -1) {
		free(file);
		return NULL;
	}
	return file;
}
