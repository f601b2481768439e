/*
 * seal - a credential that only the recipients of a text can open.
 *
 * The text passes through chats, consoles and logs: whoever wants it has it.
 *
 *  1. Without a recipient's private key nothing of the credential MUST be
 *     learnt but its length.
 *  2. Any change, of recipients, id and expiry too, MUST make it fail.
 *  3. The text MUST NOT tell whom it is for, not even to who knows the key of
 *     everybody it may be for. It does tell how many, and until when.
 *  4. It does NOT prove who sealed it: everybody who has seen a recipient's
 *     key can. What comes out MUST be judged as a stranger's.
 *  5. Id and expiry bind a program that means well. Who steals a recipient's
 *     key AND has the text reads it at any time: nothing here helps then.
 *
 * All numbers are big-endian; AEAD is XChaCha20-Poly1305 (IETF) with a nonce
 * of zeros, for each of its keys is used once:
 *
 *   8   "CXPSEAL" and the version, 1
 *   1   the suite, 1: X25519, BLAKE2b-512, XChaCha20-Poly1305
 *   1   n, how many recipients
 *   16  the id, random
 *   8   the expiry, Unix seconds
 *   32  E, a public key made for this text
 *   48n for each recipient R: AEAD(tx, K), additional data: the 66 bytes
 *       before; tx is the key from client to server of crypto_kx between
 *       (e, E) and R: the second half of BLAKE2b-512(X25519(e, R) | E | R)
 *   *   AEAD(K, the credential), additional data: all that is before
 *
 * crypto_box_seal is nearly this, but it knows neither data beside the
 * message (rule 2, for a head that can be read before it is opened) nor a
 * second recipient. So it is taken apart into libsodium's own pieces, and
 * nothing is computed between them here. crypto_kx refuses keys of small
 * order, for which every text could be opened by anybody.
 *
 * A recipient can make another body under the same head for the others (K is
 * shared); by rule 4 that is no more than sealing a new one.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "buf.h"
#include "err.h"
#include "seal.h"
#include "secret.h"

#define VERSION_AT 7
#define SUITE_AT   8
#define COUNT_AT   9
#define ID_AT	   10
#define EXPIRES_AT (ID_AT + SEAL_ID_LEN)
#define POINT_AT   (EXPIRES_AT + 8)
#define HEAD_LEN   (POINT_AT + RECIPIENT_KEY_LEN)
#define KEY_LEN	   crypto_aead_xchacha20poly1305_ietf_KEYBYTES
#define TAG_LEN	   crypto_aead_xchacha20poly1305_ietf_ABYTES
#define BOX_LEN	   (KEY_LEN + TAG_LEN)	/* K for one recipient */

static const unsigned char magic[VERSION_AT] = "CXPSEAL";
static const unsigned char version = 1, suite = 1;
static const unsigned char once[crypto_aead_xchacha20poly1305_ietf_NPUBBYTES];

_Static_assert(HEAD_LEN + SEAL_RECIPIENTS_MAX * BOX_LEN + CRED_SIZE_MAX +
    TAG_LEN == SEAL_BYTES_MAX, "what the header promises");
_Static_assert(KEY_LEN == crypto_kx_SESSIONKEYBYTES &&
    RECIPIENT_KEY_LEN == crypto_kx_PUBLICKEYBYTES &&
    RECIPIENT_KEY_LEN == crypto_kx_SECRETKEYBYTES, "one fits the other");

static int
no_memory(struct err *e)
{
	return err_sys(e, ERR_INTERNAL, ENOMEM, "cannot seal or open");
}

static void
put64(unsigned char *p, uint64_t v)
{
	for (int i = 7; i >= 0; i--, v >>= 8)
		p[i] = (unsigned char)v;
}

static uint64_t
get64(const unsigned char *p)
{
	uint64_t v = 0;

	for (int i = 0; i < 8; i++)
		v = v << 8 | p[i];
	return v;
}

/* Appends AEAD(key, what) with all that out holds up to `data` beside it. */
static int
encrypt(struct buf *out, size_t data, const struct secret *key,
    const struct secret *what)
{
	size_t len;
	const unsigned char *p = secret_expose(what, &len);
	unsigned char *c = malloc(len + TAG_LEN);
	int rc;

	if (c == NULL)
		return -1;
	(void)crypto_aead_xchacha20poly1305_ietf_encrypt(c, NULL, p, len,
	    (const unsigned char *)out->p, data, NULL, once,
	    secret_expose(key, NULL));
	rc = buf_add(out, c, len + TAG_LEN);
	free(c);	/* nobody's secret now */
	return rc;
}

/*
 * The reverse: fills what from the bytes at p + at, beside the `data` first
 * ones. False if any of them was changed.
 */
static bool
decrypt(struct secret *what, const unsigned char *p, size_t data, size_t at,
    const struct secret *key)
{
	size_t len;
	unsigned char *m = secret_expose(what, &len);

	return crypto_aead_xchacha20poly1305_ietf_decrypt(m, NULL, NULL,
	    p + at, len + TAG_LEN, p, data, once,
	    secret_expose(key, NULL)) == 0;
}

/* Appends K for each recipient. */
static int
boxes_add(struct buf *out, const struct secret *k, const struct secret *e_key,
    const struct recipient *to, size_t n, struct err *e)
{
	SECRET_AUTO *tx = secret_new(KEY_LEN);

	if (tx == NULL)
		return no_memory(e);
	for (size_t i = 0; i < n; i++) {
		const unsigned char *point =
		    (const unsigned char *)out->p + POINT_AT;

		if (crypto_kx_client_session_keys(NULL,
		    secret_expose(tx, NULL), point,
		    secret_expose(e_key, NULL), to[i].key) == -1)
			return err_set(e, ERR_USAGE,
			    "cannot seal for a key of small order");
		if (encrypt(out, HEAD_LEN, tx, k) == -1)
			return no_memory(e);
	}
	return 0;
}

/* The first HEAD_LEN bytes; E's private half goes to e_key. */
static void
head_make(unsigned char *head, const struct secret *e_key, size_t n,
    int64_t expires)
{
	memcpy(head, magic, sizeof(magic));
	head[VERSION_AT] = version;
	head[SUITE_AT] = suite;
	head[COUNT_AT] = (unsigned char)n;
	randombytes_buf(head + ID_AT, SEAL_ID_LEN);
	put64(head + EXPIRES_AT, (uint64_t)expires);
	(void)crypto_kx_keypair(head + POINT_AT, secret_expose(e_key, NULL));
}

int
seal_close(struct buf *out, const struct secret *what,
    const struct recipient *to, size_t n, int64_t expires, struct err *e)
{
	SECRET_AUTO *e_key = secret_new(RECIPIENT_KEY_LEN);
	SECRET_AUTO *k = secret_new(KEY_LEN);
	BUF_AUTO b = BUF_INIT(SEAL_BYTES_MAX);
	unsigned char head[HEAD_LEN];

	if (n == 0 || n > SEAL_RECIPIENTS_MAX || secret_len(what) == 0 ||
	    secret_len(what) > CRED_SIZE_MAX || expires < 0)
		return err_set(e, ERR_INTERNAL, "cannot seal that");
	if (e_key == NULL || k == NULL)
		return no_memory(e);
	head_make(head, e_key, n, expires);
	randombytes_buf(secret_expose(k, NULL), KEY_LEN);
	if (buf_add(&b, head, sizeof(head)) == -1)
		return no_memory(e);
	if (boxes_add(&b, k, e_key, to, n, e) == -1)
		return -1;
	if (encrypt(&b, b.len, k, what) == -1 ||
	    buf_add(out, b.p, b.len) == -1)
		return no_memory(e);
	return 0;
}

/* Whether it has a head of ours, and a body behind it. */
static int
head_check(const unsigned char *p, size_t len, struct err *e)
{
	if (len < HEAD_LEN || memcmp(p, magic, sizeof(magic)) != 0)
		return err_set(e, ERR_BAD_CREDENTIAL, "not a sealed text");
	if (p[VERSION_AT] != version) {
		err_set(e, ERR_BAD_CREDENTIAL, "sealed by version %u of the "
		    "format, and only %u is known", p[VERSION_AT], version);
		return err_hint(e, "use the same codex-provision on both "
		    "machines");
	}
	if (p[SUITE_AT] != suite)
		return err_set(e, ERR_BAD_CREDENTIAL, "sealed with suite %u, "
		    "and only %u is known", p[SUITE_AT], suite);
	if (p[COUNT_AT] == 0 || p[COUNT_AT] > SEAL_RECIPIENTS_MAX)
		return err_set(e, ERR_BAD_CREDENTIAL, "sealed for %u "
		    "recipients, and 1 to %d are allowed", p[COUNT_AT],
		    SEAL_RECIPIENTS_MAX);
	if (len > SEAL_BYTES_MAX ||
	    len < HEAD_LEN + p[COUNT_AT] * (size_t)BOX_LEN + TAG_LEN + 1)
		return err_set(e, ERR_BAD_CREDENTIAL, "cut short, or too long");
	return 0;
}

/* Fills k from whichever box is ours. */
static int
box_open(struct secret *k, const unsigned char *p, const struct secret *key,
    struct err *e)
{
	SECRET_AUTO *rx = secret_new(KEY_LEN);
	struct recipient me;

	if (rx == NULL)
		return no_memory(e);
	recipient_of(&me, key);
	if (crypto_kx_server_session_keys(secret_expose(rx, NULL), NULL,
	    me.key, secret_expose(key, NULL), p + POINT_AT) == 0) {
		for (size_t i = 0; i < p[COUNT_AT]; i++) {
			if (decrypt(k, p, HEAD_LEN, HEAD_LEN + i * BOX_LEN,
			    rx))
				return 0;
		}
	}
	return err_set(e, ERR_BAD_CREDENTIAL,
	    "sealed for another key, or changed since");
}

/* Fills k, and returns what the body holds. */
static struct secret *
body_open(struct secret *k, const unsigned char *p, size_t len,
    const struct secret *key, struct err *e)
{
	size_t body = HEAD_LEN + p[COUNT_AT] * (size_t)BOX_LEN;
	struct secret *what = secret_new(len - body - TAG_LEN);

	if (k == NULL || what == NULL) {
		(void)no_memory(e);
	} else if (box_open(k, p, key, e) == 0) {
		if (decrypt(what, p, body, body, k))
			return what;
		(void)err_set(e, ERR_BAD_CREDENTIAL,
		    "changed since it was sealed, or cut short");
	}
	secret_free(what);
	return NULL;
}

struct secret *
seal_open(struct seal *about, const void *p, size_t len,
    const struct secret *key, struct err *e)
{
	SECRET_AUTO *k = secret_new(KEY_LEN);
	const unsigned char *b = p;
	struct secret *what;

	if (head_check(b, len, e) == -1 ||
	    (what = body_open(k, b, len, key, e)) == NULL)
		return NULL;
	memcpy(about->id, b + ID_AT, sizeof(about->id));
	about->expires = (int64_t)get64(b + EXPIRES_AT);
	return what;
}
