/*
 * recipient - who a sealed text is for.
 *
 * Both words are a prefix that says what it is, and base64url of the 32 bytes
 * of the key and the first 4 of BLAKE2b-256(prefix || key): 36 bytes, so 48
 * characters without padding.
 */
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include <sodium.h>

#include "err.h"
#include "recipient.h"
#include "secret.h"

#define CHECK_LEN  4
#define BODY_LEN   (RECIPIENT_KEY_LEN + CHECK_LEN)
#define BODY_CHARS 48
#define VARIANT	   sodium_base64_VARIANT_URLSAFE_NO_PADDING

static const char public_prefix[] = "cxp1";
static const char private_prefix[] = "cxp-private1-";

_Static_assert(sizeof(public_prefix) + BODY_CHARS == RECIPIENT_TEXT_LEN,
    "the word fits exactly");
_Static_assert(RECIPIENT_KEY_LEN == crypto_scalarmult_curve25519_BYTES &&
    RECIPIENT_KEY_LEN == crypto_sign_ed25519_SEEDBYTES, "X25519, Ed25519");

static void
check_of(unsigned char out[CHECK_LEN], const char *prefix,
    const unsigned char *key)
{
	unsigned char digest[crypto_generichash_BYTES];
	crypto_generichash_state h;

	/* These four fail only for lengths that can't be. */
	(void)crypto_generichash_init(&h, NULL, 0, sizeof(digest));
	(void)crypto_generichash_update(&h, (const unsigned char *)prefix,
	    strlen(prefix));
	(void)crypto_generichash_update(&h, key, RECIPIENT_KEY_LEN);
	(void)crypto_generichash_final(&h, digest, sizeof(digest));
	memcpy(out, digest, CHECK_LEN);
	sodium_memzero(&h, sizeof(h));
	sodium_memzero(digest, sizeof(digest));
}

/* prefix and body at out; body is BODY_LEN bytes of which the key is there. */
static void
word_write(char *out, const char *prefix, unsigned char *body)
{
	size_t at = strlen(prefix);

	check_of(body + RECIPIENT_KEY_LEN, prefix, body);
	memcpy(out, prefix, at);
	(void)sodium_bin2base64(out + at, BODY_CHARS + 1, body, BODY_LEN,
	    VARIANT);
}

/* The reverse: whether it is such a word, then with the key in body. */
static bool
word_read(unsigned char *body, const char *prefix, const char *text,
    size_t len)
{
	unsigned char check[CHECK_LEN];
	size_t at = strlen(prefix), n;

	if (len != at + BODY_CHARS || memcmp(text, prefix, at) != 0 ||
	    sodium_base642bin(body, BODY_LEN, text + at, BODY_CHARS, NULL, &n,
		NULL, VARIANT) != 0 || n != BODY_LEN)
		return false;
	check_of(check, prefix, body);
	return sodium_memcmp(check, body + RECIPIENT_KEY_LEN, CHECK_LEN) == 0;
}

void
recipient_of(struct recipient *r, const struct secret *key)
{
	(void)crypto_scalarmult_base(r->key, secret_expose(key, NULL));
}

void
recipient_text(char out[RECIPIENT_TEXT_LEN], const struct recipient *r)
{
	unsigned char body[BODY_LEN];

	memcpy(body, r->key, sizeof(r->key));
	word_write(out, public_prefix, body);
}

int
recipient_parse(struct recipient *r, const char *text, struct err *e)
{
	unsigned char body[BODY_LEN];

	if (!word_read(body, public_prefix, text, strlen(text))) {
		/* Not quoted: who mistakes a file may have named a secret. */
		(void)err_set(e, ERR_USAGE, "not a recipient");
		return err_hint(e, "run 'codex-provision recipient' on that "
		    "machine and paste its line whole");
	}
	memcpy(r->key, body, sizeof(r->key));
	return 0;
}

int
recipient_ed25519(struct recipient *r, const unsigned char *key,
    struct err *e)
{
	if (crypto_sign_ed25519_pk_to_curve25519(r->key, key) == -1)
		return err_set(e, ERR_USAGE, "the ssh-ed25519 key is no point "
		    "of its curve that can be sealed for");
	return 0;
}

static struct secret *
no_memory(struct err *e)
{
	(void)err_sys(e, ERR_INTERNAL, ENOMEM, "cannot hold the private key");
	return NULL;
}

struct secret *
recipient_key_ed25519(const struct secret *seed, struct err *e)
{
	SECRET_AUTO *pair = secret_new(crypto_sign_ed25519_SECRETKEYBYTES);
	struct secret *key = secret_new(RECIPIENT_KEY_LEN);
	unsigned char public[crypto_sign_ed25519_PUBLICKEYBYTES];

	if (pair == NULL || key == NULL) {
		secret_free(key);
		return no_memory(e);
	}
	(void)crypto_sign_ed25519_seed_keypair(public,
	    secret_expose(pair, NULL), secret_expose(seed, NULL));
	(void)crypto_sign_ed25519_sk_to_curve25519(secret_expose(key, NULL),
	    secret_expose(pair, NULL));
	return key;
}

struct secret *
recipient_key_line(const struct secret *key, struct err *e)
{
	SECRET_AUTO *body = secret_new(BODY_LEN);
	size_t at = strlen(private_prefix) + BODY_CHARS;
	struct secret *line = secret_new(at + 1);

	if (body == NULL || line == NULL) {
		secret_free(line);
		return no_memory(e);
	}
	memcpy(secret_expose(body, NULL), secret_expose(key, NULL),
	    RECIPIENT_KEY_LEN);
	word_write((char *)secret_expose(line, NULL), private_prefix,
	    secret_expose(body, NULL));
	secret_expose(line, NULL)[at] = '\n';
	return line;
}

struct secret *
recipient_key_parse(const struct secret *line, struct err *e)
{
	SECRET_AUTO *body = secret_new(BODY_LEN);
	size_t len;
	const char *text = (const char *)secret_expose(line, &len);
	struct secret *key;

	if (body == NULL)
		return no_memory(e);
	if (len == 0 || text[len - 1] != '\n' ||
	    !word_read(secret_expose(body, NULL), private_prefix, text,
		len - 1)) {
		(void)err_set(e, ERR_BAD_CREDENTIAL, "it is damaged");
		return NULL;
	}
	key = secret_copy(secret_expose(body, NULL), RECIPIENT_KEY_LEN);
	return key != NULL ? key : no_memory(e);
}
