/*
 * vaultbox - the pieces of the encrypted store, each sealed under its key.
 *
 * vaultfmt.c has the threat model; its rules 2, 4 and 5 are kept here.
 */
#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "err.h"
#include "secret.h"
#include "vaultbox.h"

#define PAD_BYTES 1024u	/* of a credential */
#define KEY_LEN	  crypto_aead_xchacha20poly1305_ietf_KEYBYTES
#define NONCE_LEN crypto_aead_xchacha20poly1305_ietf_NPUBBYTES

_Static_assert(sizeof(struct vault_header) == 48 && VAULTBOX_MORE ==
    NONCE_LEN + crypto_aead_xchacha20poly1305_ietf_ABYTES,
    "as it is written in vaultfmt.c");
_Static_assert(VAULT_SALT_LEN == crypto_pwhash_argon2id_SALTBYTES &&
    KEY_LEN == crypto_kdf_KEYBYTES && sizeof(VAULT_MAGIC) - 1 ==
    crypto_kdf_CONTEXTBYTES, "libsodium's lengths");

/* What is authenticated beside a piece; how much of it: beside_of. */
struct beside {
	struct vault_header header;
	uint64_t	serial, expires;
	char		name[VAULT_NAME_MAX];
};

int
vaultbox_damaged(struct err *e)
{
	err_set(e, ERR_BAD_CREDENTIAL, "it is damaged");
	return err_hint(e, "put a copy of it back");
}

struct vault_header
vaultbox_header(const struct vault_kdf *kdf)
{
	struct vault_header h = {
		.version = htole32(VAULT_VERSION),
		.kdf = htole32(VAULT_ARGON2ID),
		.cipher = htole32(VAULT_XCHACHA),
		.passes = htole32(kdf->passes),
		.memory = htole64(kdf->memory),
	};

	memcpy(h.magic, VAULT_MAGIC, sizeof(h.magic));
	memcpy(h.salt, kdf->salt, sizeof(h.salt));
	return h;
}

static size_t
beside_of(struct beside *by, const struct vaultbox *b)
{
	size_t len;

	*by = (struct beside){ .header = vaultbox_header(&b->v->kdf) };
	if (b->kind != VAULTBOX_CREDENTIAL)
		return sizeof(by->header);
	by->serial = htole64(b->en->serial);
	by->expires = htole64((uint64_t)b->en->says.expires);
	len = strlen(b->en->name);
	memcpy(by->name, b->en->name, len);
	return offsetof(struct beside, name) + len;
}

struct secret *
vaultbox_key(const struct vault_kdf *kdf, const struct secret *passphrase,
    struct err *e)
{
	struct secret *k = secret_new(KEY_LEN);
	size_t len;
	const unsigned char *p = secret_expose(passphrase, &len);

	if (k != NULL && crypto_pwhash_argon2id(secret_expose(k, NULL),
	    KEY_LEN, (const char *)p, len, kdf->salt, kdf->passes,
	    (size_t)kdf->memory, crypto_pwhash_argon2id_ALG_ARGON2ID13) == 0)
		return k;
	secret_free(k);
	(void)err_set(e, ERR_INTERNAL, "out of memory: the store's key takes "
	    "%llu MB", (unsigned long long)(kdf->memory >> 20));
	return NULL;
}

static struct secret *
subkey(const struct vaultbox *b, struct err *e)
{
	struct secret *k = secret_new(KEY_LEN);

	if (k == NULL)
		(void)err_memory(e);
	else
		(void)crypto_kdf_derive_from_key(secret_expose(k, NULL),
		    KEY_LEN, b->kind, VAULT_MAGIC,
		    secret_expose(b->v->key, NULL));	/* lengths are right */
	return k;
}

int
vaultbox_seal(unsigned char *out, const struct vaultbox *b, const void *p,
    size_t len, struct err *e)
{
	SECRET_AUTO *k = subkey(b, e);
	struct beside by;
	size_t bylen = beside_of(&by, b);

	if (k == NULL)
		return -1;
	randombytes_buf(out, NONCE_LEN);
	(void)crypto_aead_xchacha20poly1305_ietf_encrypt(out + NONCE_LEN,
	    NULL, p, len, (const unsigned char *)&by, bylen, NULL, out,
	    secret_expose(k, NULL));	/* always 0 */
	return 0;
}

int
vaultbox_open(void *out, const struct vaultbox *b, const unsigned char *p,
    size_t len, struct err *e)
{
	SECRET_AUTO *k = subkey(b, e);
	struct beside by;
	size_t bylen = beside_of(&by, b);

	if (k == NULL)
		return -1;
	if (crypto_aead_xchacha20poly1305_ietf_decrypt(out, NULL, NULL,
	    p + NONCE_LEN, len - NONCE_LEN, (const unsigned char *)&by, bylen,
	    p, secret_expose(k, NULL)) == -1)
		return vaultbox_damaged(e);
	return 0;
}

/* As long as it is sealed: two copies of a store tell lengths no closer. */
static size_t
padded(size_t size)
{
	return (size + PAD_BYTES - 1) / PAD_BYTES * PAD_BYTES;
}

size_t
vaultbox_len(size_t size)
{
	return padded(size) + VAULTBOX_MORE;
}

int
vaultbox_put(struct vault_entry *en, const struct vaultimage *v,
    const struct secret *bytes, struct err *e)
{
	const struct vaultbox b = { v, VAULTBOX_CREDENTIAL, en };
	size_t size = secret_len(bytes);
	SECRET_AUTO *plain = secret_new(padded(size));
	unsigned char *box = malloc(vaultbox_len(size));

	if (plain == NULL || box == NULL) {
		free(box);
		return err_memory(e);
	}
	memcpy(secret_expose(plain, NULL), secret_expose(bytes, NULL), size);
	if (vaultbox_seal(box, &b, secret_expose(plain, NULL),
	    secret_len(plain), e) == -1) {
		free(box);
		return -1;
	}
	free(en->box);
	en->box = box;
	en->box_len = vaultbox_len(size);
	en->size = size;
	return 0;
}

struct secret *
vaultbox_get(const struct vault_entry *en, const struct vaultimage *v,
    struct err *e)
{
	const struct vaultbox b = { v, VAULTBOX_CREDENTIAL, en };
	struct secret *plain = secret_new(padded(en->size));

	if (plain == NULL) {
		(void)err_memory(e);
		return NULL;
	}
	if (vaultbox_open(secret_expose(plain, NULL), &b, en->box,
	    en->box_len, e) == -1) {
		secret_free(plain);
		return NULL;
	}
	secret_truncate(plain, en->size);
	return plain;
}
