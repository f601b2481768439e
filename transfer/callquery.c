#include "callquery.h"

#include <stddef.h>
#include <string.h>

#include <sodium.h>

#include "err.h"
#include "secret.h"
#include "text.h"

#define PAIRS_MAX 32	/* parameters of one answer */
#define NAME_BYTES 64	/* of one's name, the NUL included */
#define VALUE_BYTES 8192	/* the whole head is no longer */

/* A query while it is read; value is wiped with it. */
struct reader {
	struct callquery *q;
	char		 names[PAIRS_MAX][NAME_BYTES];
	size_t		 n;
	char		 value[VALUE_BYTES];
	size_t		 len;
};

/* What stands raw in a query: RFC 3986 3.4, and what browsers leave as it is
 * (WHATWG URL, "query percent-encode set"). */
static bool
query_char(char c)
{
	return c > ' ' && c < 0x7f && strchr("\"#<>", c) == NULL;
}

/*
 * Decodes len bytes of application/x-www-form-urlencoded into at most size
 * bytes, the NUL included. Their number, or -1: a bad escape, a NUL, invalid
 * UTF-8, too long.
 */
static ssize_t
form_decode(char *dst, size_t size, const char *src, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)src[i];

		if (!query_char(src[i]) || n + 1 >= size)
			return -1;
		if (c == '+')
			c = ' ';
		if (c == '%') {
			char hex[3] = "";

			memcpy(hex, src + i + 1, len - i < 3 ? 0 : 2);
			if (text_unhex(&c, 1, hex) == -1)
				return -1;
			i += 2;
		}
		if (c == '\0')
			return -1;
		dst[n++] = (char)c;
	}
	dst[n] = '\0';
	return text_utf8(dst, n) ? (ssize_t)n : -1;
}

/* A code or state: 1*VSCHAR, RFC 6749 appendix A.5 and A.11. */
static bool
take_secret(const struct reader *r, struct secret **out)
{
	if (r->len == 0)
		return false;
	for (size_t i = 0; i < r->len; i++) {
		if (r->value[i] < ' ' || r->value[i] > '~')
			return false;
	}
	*out = secret_copy(r->value, r->len);
	return *out != NULL;
}

static bool
take_text(const struct reader *r, char out[CALLQUERY_TEXT_MAX])
{
	text_safe(out, CALLQUERY_TEXT_MAX, r->value, r->len);
	return true;
}

static bool
take_value(struct reader *r, const char *name)
{
	struct callquery *q = r->q;

	if (strcmp(name, "code") == 0)
		return take_secret(r, &q->code);
	if (strcmp(name, "state") == 0)
		return take_secret(r, &q->state);
	if (strcmp(name, "error") == 0)
		return r->len > 0 && take_text(r, q->error);
	if (strcmp(name, "error_description") == 0)
		return take_text(r, q->description);
	if (strcmp(name, "iss") == 0) {
		q->has_issuer = true;
		return take_text(r, q->issuer);
	}
	return true;
}

/* One "name=value", without the '&'. */
static bool
take_pair(struct reader *r, const char *pair, size_t len)
{
	const char *is = memchr(pair, '=', len);
	size_t name = is != NULL ? (size_t)(is - pair) : len;
	ssize_t n;

	if (len == 0)
		return true;
	if (r->n == PAIRS_MAX || form_decode(r->names[r->n],
		NAME_BYTES, pair, name) == -1)
		return false;
	for (size_t i = 0; i < r->n; i++) {
		if (strcmp(r->names[i], r->names[r->n]) == 0)
			return false;
	}
	if (is == NULL)
		is = pair + len - 1;
	n = form_decode(r->value, sizeof(r->value), is + 1,
	    len - (size_t)(is + 1 - pair));
	if (n == -1)
		return false;
	r->len = (size_t)n;
	return take_value(r, r->names[r->n++]);
}

static bool
take_pairs(struct reader *r, const char *query)
{
	size_t len;

	for (;; query += len + 1) {
		len = strcspn(query, "&");
		if (!take_pair(r, query, len))
			return false;
		if (query[len] == '\0')
			return true;
	}
}

bool
callquery_read(struct callquery *q, const char *query)
{
	struct reader r = { .q = q };
	bool good;

	memset(q, 0, sizeof(*q));
	good = take_pairs(&r, query) && q->state != NULL &&
	    (q->code != NULL) != (q->error[0] != '\0');
	sodium_memzero(&r, sizeof(r));
	if (!good)
		callquery_clear(q);
	return good;
}

bool
callquery_read_url(struct callquery *q, const struct secret *url)
{
	static const char blanks[] = " \t\r\n";
	size_t len;
	const char *p = (const char *)secret_expose(url, &len), *from, *to;
	SECRET_AUTO *query = NULL;

	memset(q, 0, sizeof(*q));
	from = memchr(p, '?', len);
	if (from == NULL || (to = memchr(from, '\0', len + 1 -
		(size_t)(from - p))) != p + len)
		return false;
	while (to > from && strchr(blanks, to[-1]) != NULL)
		to--;
	query = secret_copy(from + 1, (size_t)(to - from - 1));
	return query != NULL &&
	    callquery_read(q, (const char *)secret_expose(query, NULL));
}

void
callquery_clear(struct callquery *q)
{
	secret_free(q->state);
	secret_free(q->code);
	memset(q, 0, sizeof(*q));
}

/* RFC 8414 2 has no slash at its end; that one makes it no other issuer. */
static bool
same_issuer(const char *a, const char *b)
{
	size_t la = strlen(a), lb = strlen(b);

	la -= la > 0 && a[la - 1] == '/';
	lb -= lb > 0 && b[lb - 1] == '/';
	return la == lb && memcmp(a, b, la) == 0;
}

int
callquery_judge(const struct callquery *q, const char *issuer, struct err *e)
{
	if (q->has_issuer && issuer != NULL && !same_issuer(q->issuer, issuer))
		return err_set(e, ERR_LOGIN_REFUSED, "the answer is of the "
		    "issuer '%s', not of '%s'", q->issuer, issuer);
	if (q->code != NULL)
		return 0;
	if (strcmp(q->error, "access_denied") == 0 &&
	    strstr(q->description, "missing_codex_entitlement") != NULL) {
		err_set(e, ERR_LOGIN_REFUSED, "Codex is not enabled for your "
		    "workspace");
		return err_hint(e, "ask the workspace's administrator for "
		    "access to Codex");
	}
	if (q->description[0] == '\0')
		return err_set(e, ERR_LOGIN_REFUSED, "the issuer refused the "
		    "login: %s", q->error);
	return err_set(e, ERR_LOGIN_REFUSED, "the issuer refused the login: "
	    "%s (%s)", q->description, q->error);
}
