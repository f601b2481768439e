#include "keyblob.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

#include <sodium.h>

#define RSA_BITS_MIN 1024
#define MPINT_MAX    2049 /* bytes: 16384 bits and a leading zero */

/*
 * The fields after the type's name. K: a string of `size` bytes. C: the name
 * of the curve. P: an uncompressed point of `size` bytes. M: a number. N: a
 * modulus. S: any string. *: a certificate, whose inside isn't looked at.
 */
static const struct keytype {
	const char *name, *fields, *curve;
	size_t size;
} keytypes[] = {
	{ "ssh-ed25519", "K", NULL, 32 },
	{ "ecdsa-sha2-nistp256", "CP", "nistp256", 65 },
	{ "ecdsa-sha2-nistp384", "CP", "nistp384", 97 },
	{ "ecdsa-sha2-nistp521", "CP", "nistp521", 133 },
	{ "ssh-rsa", "MN", NULL, 0 },
	{ "ssh-dss", "MMMM", NULL, 0 },
	{ "sk-ssh-ed25519@openssh.com", "KS", NULL, 32 },
	{ "sk-ecdsa-sha2-nistp256@openssh.com", "CPS", "nistp256", 65 },
	{ "ssh-ed25519-cert-v01@openssh.com", "*", NULL, 0 },
	{ "ecdsa-sha2-nistp256-cert-v01@openssh.com", "*", NULL, 0 },
	{ "ecdsa-sha2-nistp384-cert-v01@openssh.com", "*", NULL, 0 },
	{ "ecdsa-sha2-nistp521-cert-v01@openssh.com", "*", NULL, 0 },
	{ "ssh-rsa-cert-v01@openssh.com", "*", NULL, 0 },
	{ "ssh-dss-cert-v01@openssh.com", "*", NULL, 0 },
	{ "sk-ssh-ed25519-cert-v01@openssh.com", "*", NULL, 0 },
	{ "sk-ecdsa-sha2-nistp256-cert-v01@openssh.com", "*", NULL, 0 },
};

struct span {
	const unsigned char *p;
	size_t len;
};

/* Takes one length-prefixed string off the front of s. */
static int
span_string(struct span *s, struct span *out)
{
	uint32_t n;

	if (s->len < 4)
		return -1;
	n = (uint32_t)s->p[0] << 24 | (uint32_t)s->p[1] << 16 |
	    (uint32_t)s->p[2] << 8 | s->p[3];
	if (n > s->len - 4)
		return -1;
	*out = (struct span){ s->p + 4, n };
	s->p += 4 + n;
	s->len -= 4 + n;
	return 0;
}

static bool
span_is(const struct span *s, const char *text)
{
	return s->len == strlen(text) && memcmp(s->p, text, s->len) == 0;
}

/* How many bits a non-negative number has; -1 if it isn't one. */
static long
mpint_bits(struct span f)
{
	long bits;

	if (f.len > MPINT_MAX || (f.len > 0 && (f.p[0] & 0x80) != 0))
		return -1;
	while (f.len > 0 && f.p[0] == 0) {
		f.p++;
		f.len--;
	}
	if (f.len == 0)
		return 0;
	bits = (long)f.len * 8;
	for (unsigned int top = f.p[0]; (top & 0x80) == 0; top <<= 1)
		bits--;
	return bits;
}

static bool
field_ok(const struct keytype *t, char kind, struct span f)
{
	switch (kind) {
	case 'K':
		return f.len == t->size;
	case 'C':
		return span_is(&f, t->curve);
	case 'P':
		return f.len == t->size && f.p[0] == 4;
	case 'M':
		return mpint_bits(f) >= 0;
	case 'N':
		return mpint_bits(f) >= RSA_BITS_MIN;
	default:
		return true;
	}
}

/* The blob's type if every field is as it should be, else NULL. */
static const struct keytype *
keytype_of(const unsigned char *blob, size_t len)
{
	struct span rest = { blob, len }, f;
	const struct keytype *t = NULL;

	if (span_string(&rest, &f) == -1)
		return NULL;
	for (size_t i = 0; i < sizeof(keytypes) / sizeof(keytypes[0]); i++)
		if (span_is(&f, keytypes[i].name))
			t = &keytypes[i];
	if (t == NULL || t->fields[0] == '*')
		return t;
	for (const char *kind = t->fields; *kind != '\0'; kind++)
		if (span_string(&rest, &f) == -1 || !field_ok(t, *kind, f))
			return NULL;
	return rest.len == 0 ? t : NULL;
}

int
keyblob_read(const char *text, unsigned char out[KEYBLOB_MAX], size_t *len)
{
	size_t type = strcspn(text, " \t");
	const char *b64 = text + type + strspn(text + type, " \t");
	const struct keytype *t;
	char name[KEYBLOB_TYPE_MAX];

	if (type >= sizeof(name))
		return -1;
	memcpy(name, text, type);
	name[type] = '\0';
	/* ssh skips the same white space: the CR of a CRLF is some. */
	if (sodium_base642bin(out, KEYBLOB_MAX, b64, strcspn(b64, " \t\n"),
	    "\r\v\f", len, NULL, sodium_base64_VARIANT_ORIGINAL) != 0)
		return -1;
	if ((t = keytype_of(out, *len)) == NULL)
		return -1;
	/* ssh takes "rsa-sha2-512 AAAA..." for an RSA key as well. */
	return strcmp(t->name, keyblob_algorithm_type(name)) == 0 ? 0 : -1;
}

/* The end of the option at p: an unquoted comma or blank, or the end. */
static const char *
option_end(const char *p)
{
	bool quoted = false;

	for (; *p != '\0'; p++) {
		if (p[0] == '\\' && p[1] == '"')
			p++;
		else if (*p == '"')
			quoted = !quoted;
		else if (!quoted && strchr(", \t", *p) != NULL)
			break;
	}
	return p;
}

const char *
keyblob_behind_options(const char *line, bool *authority)
{
	static const char name[] = "cert-authority";
	const char *p = line, *end;

	*authority = false;
	for (;; p = end + 1) {
		end = option_end(p);
		if ((size_t)(end - p) == strlen(name) &&
		    strncasecmp(p, name, strlen(name)) == 0)
			*authority = true;
		if (*end == '\0')
			return NULL;
		if (*end != ',')
			return end + strspn(end, " \t");
	}
}

void
keyblob_type(const unsigned char *blob, size_t len, char *out, size_t size)
{
	const struct keytype *t = keytype_of(blob, len);
	size_t n = t == NULL ? 0 : strlen(t->name);

	if (size == 0)
		return;
	if (n >= size)
		n = 0;
	memcpy(out, t == NULL ? "" : t->name, n);
	out[n] = '\0';
}

const char *
keyblob_algorithm_type(const char *algorithm)
{
	if (strcmp(algorithm, "rsa-sha2-512") == 0 ||
	    strcmp(algorithm, "rsa-sha2-256") == 0)
		return "ssh-rsa";
	return algorithm;
}
