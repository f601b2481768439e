#include "pkce.h"

#include <sodium.h>

#include "secret.h"

#define BASE64 sodium_base64_VARIANT_URLSAFE_NO_PADDING

struct secret *
pkce_random(size_t n)
{
	size_t len = sodium_base64_encoded_len(n, BASE64) - 1;
	struct secret *raw = secret_new(n), *text = secret_new(len);
	unsigned char *p;

	if (raw != NULL && text != NULL) {
		p = secret_expose(raw, NULL);
		randombytes_buf(p, n);
		sodium_bin2base64((char *)secret_expose(text, NULL), len + 1,
		    p, n, BASE64);
	} else {
		secret_free(text);
		text = NULL;
	}
	secret_free(raw);
	return text;
}

char *
pkce_challenge(char out[PKCE_CHALLENGE], const struct secret *verifier)
{
	unsigned char hash[crypto_hash_sha256_BYTES];
	size_t len;
	const unsigned char *p = secret_expose(verifier, &len);

	crypto_hash_sha256(hash, p, len);
	return sodium_bin2base64(out, PKCE_CHALLENGE, hash, sizeof(hash),
	    BASE64);
}
