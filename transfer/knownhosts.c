#include "knownhosts.h"

#include <openssl/evp.h>
#include <openssl/params.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "pattern.h"

#define HASH_MAGIC  "|1|"
#define HASH_B64    28	 /* base64 of 20 bytes */
#define PATTERN_MAX 1023 /* ssh matches nothing with a longer one */
#define BLANKS	    " \t"

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* A comma list of patterns; one with a '!' that matches beats all others. */
static bool
patterns_match(const char *list, const char *name)
{
	bool found = false;

	while (*list != '\0') {
		bool negated = *list == '!';
		const char *p = list + negated, *end = p + strcspn(p, ",");

		if (end - p >= PATTERN_MAX)
			return false;
		if (pattern_matches(p, (size_t)(end - p), true, name)) {
			if (negated)
				return false;
			found = true;
		}
		list = *end == ',' ? end + 1 : end;
	}
	return found;
}

/* Cuts a leading @marker off *line. -1 for an unknown one or two. */
static int
mark_parse(char **line, enum knownmark *mark)
{
	char *p = *line;
	size_t n = strcspn(p, BLANKS);

	*mark = KNOWNMARK_NONE;
	if (*p != '@')
		return 0;
	if (n == strlen("@revoked") && memcmp(p, "@revoked", n) == 0)
		*mark = KNOWNMARK_REVOKED;
	else if (n == strlen("@cert-authority") &&
	    memcmp(p, "@cert-authority", n) == 0)
		*mark = KNOWNMARK_AUTHORITY;
	else
		return -1;
	*line = p + n + strspn(p + n, BLANKS);
	return **line == '@' ? -1 : 0;
}

static int
unbase64(unsigned char out[KNOWN_HASH_LEN], const char *text)
{
	size_t len;

	if (sodium_base642bin(out, KNOWN_HASH_LEN, text, HASH_B64, NULL, &len,
	    NULL, sodium_base64_VARIANT_ORIGINAL) != 0)
		return -1;
	return len == KNOWN_HASH_LEN ? 0 : -1;
}

static int
hash_parse(struct knownline *l)
{
	size_t magic = strlen(HASH_MAGIC);

	if (strlen(l->names) != magic + 2 * HASH_B64 + 1 ||
	    memcmp(l->names, HASH_MAGIC, magic) != 0 ||
	    l->names[magic + HASH_B64] != '|')
		return -1;
	if (unbase64(l->salt, l->names + magic) == -1)
		return -1;
	return unbase64(l->hash, l->names + magic + HASH_B64 + 1);
}

int
knownline_parse(char *line, struct knownline *l)
{
	char *p = line + strspn(line, BLANKS), *end;

	if (*p == '\0' || *p == '#' || mark_parse(&p, &l->mark) == -1)
		return -1;
	end = p + strcspn(p, BLANKS);
	if (*end == '\0')
		return -1;
	*end++ = '\0';
	l->names = p;
	l->key = end + strspn(end, BLANKS);
	if (*l->key == '\0' || *l->key == '#')
		return -1;
	l->hashed = *p == '|';
	return l->hashed ? hash_parse(l) : 0;
}

/* The context is reused: fetching the algorithm costs more than a hash. */
struct knownhmac {
	EVP_MAC	    *mac;
	EVP_MAC_CTX *ctx;
};

struct knownhmac *
knownhmac_new(void)
{
	char digest[] = "SHA1";
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string("digest", digest, 0),
		OSSL_PARAM_construct_end(),
	};
	struct knownhmac *h = calloc(1, sizeof(*h));

	if (h == NULL)
		return NULL;
	h->mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	h->ctx = h->mac == NULL ? NULL : EVP_MAC_CTX_new(h->mac);
	if (h->ctx == NULL || !EVP_MAC_CTX_set_params(h->ctx, params)) {
		knownhmac_free(h);
		return NULL;
	}
	return h;
}

void
knownhmac_free(struct knownhmac *h)
{
	if (h == NULL)
		return;
	EVP_MAC_CTX_free(h->ctx);
	EVP_MAC_free(h->mac);
	free(h);
}

static int
hmac(struct knownhmac *h, const unsigned char salt[KNOWN_HASH_LEN],
    const char *name, unsigned char out[KNOWN_HASH_LEN])
{
	size_t len;

	if (!EVP_MAC_init(h->ctx, salt, KNOWN_HASH_LEN, NULL) ||
	    !EVP_MAC_update(h->ctx, (const unsigned char *)name,
	    strlen(name)) ||
	    !EVP_MAC_final(h->ctx, out, &len, KNOWN_HASH_LEN))
		return -1;
	return len == KNOWN_HASH_LEN ? 0 : -1;
}

int
knownline_names(const struct knownline *l, struct knownhmac *h,
    const char *name)
{
	unsigned char hash[KNOWN_HASH_LEN];

	if (!l->hashed)
		return patterns_match(l->names, name);
	if (hmac(h, l->salt, name, hash) == -1)
		return -1;
	return memcmp(hash, l->hash, sizeof(hash)) == 0;
}

int
knownname(char out[KNOWN_NAME_MAX], const char *name, int port)
{
	int n = port == 0 || port == 22 ?
	    snprintf(out, KNOWN_NAME_MAX, "%s", name) :
	    snprintf(out, KNOWN_NAME_MAX, "[%s]:%d", name, port);

	if (n < 0 || n >= KNOWN_NAME_MAX)
		return -1;
	for (char *p = out; *p != '\0'; p++)
		*p = lower(*p);
	return 0;
}

int
knownname_hash(struct knownhmac *h, const char *name, char *out, size_t size)
{
	unsigned char salt[KNOWN_HASH_LEN], hash[KNOWN_HASH_LEN];
	char b64[2][HASH_B64 + 1];
	int n;

	randombytes_buf(salt, sizeof(salt));
	if (hmac(h, salt, name, hash) == -1)
		return -1;
	sodium_bin2base64(b64[0], sizeof(b64[0]), salt, sizeof(salt),
	    sodium_base64_VARIANT_ORIGINAL);
	sodium_bin2base64(b64[1], sizeof(b64[1]), hash, sizeof(hash),
	    sodium_base64_VARIANT_ORIGINAL);
	n = snprintf(out, size, HASH_MAGIC "%s|%s", b64[0], b64[1]);
	return n < 0 || (size_t)n >= size ? -1 : 0;
}
