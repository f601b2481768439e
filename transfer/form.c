#include "form.h"

#include <string.h>

#include "secret.h"

#define QUOTE_BYTES 8	/* fewer in common say nothing */

/* Where bytes go; without a place they are only counted. */
struct sink {
	unsigned char	*p;
	size_t		 n;
};

static void
put(struct sink *s, const char *p, size_t len)
{
	if (s->p != NULL && len != 0)
		memcpy(s->p + s->n, p, len);
	s->n += len;
}

static void
put_text(struct sink *s, const char *text)
{
	put(s, text, strlen(text));
}

static const char *
value_of(const struct form_param *p, size_t *len)
{
	if (p->value == NULL)
		return (const char *)secret_expose(p->secret, len);
	*len = strlen(p->value);
	return p->value;
}

static void
put_encoded(struct sink *s, const char *p, size_t len)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789*-._";
	static const char hex[] = "0123456789ABCDEF";

	for (; len > 0; p++, len--) {
		unsigned char c = (unsigned char)*p;
		const char escape[] = { '%', hex[c >> 4], hex[c & 15] };

		if (c != '\0' && strchr(plain, c) != NULL)
			put(s, p, 1);
		else if (c == ' ')
			put(s, "+", 1);
		else
			put(s, escape, sizeof(escape));
	}
}

static void
put_string(struct sink *s, const char *p, size_t len)
{
	static const char hex[] = "0123456789abcdef";

	put(s, "\"", 1);
	for (; len > 0; p++, len--) {
		unsigned char c = (unsigned char)*p;
		const char escape[] = { '\\', 'u', '0', '0', hex[c >> 4],
			hex[c & 15] };

		if (c == '"' || c == '\\')
			put(s, "\\", 1);
		if (c >= ' ')
			put(s, p, 1);
		else
			put(s, escape, sizeof(escape));
	}
	put(s, "\"", 1);
}

static void
put_form(struct sink *s, const struct form_param *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		size_t len;
		const char *value = value_of(&p[i], &len);

		if (i > 0)
			put(s, "&", 1);
		put_encoded(s, p[i].name, strlen(p[i].name));
		put(s, "=", 1);
		put_encoded(s, value, len);
	}
}

static void
put_json(struct sink *s, const struct form_param *p, size_t n)
{
	put_text(s, "{");
	for (size_t i = 0; i < n; i++) {
		size_t len;
		const char *value = value_of(&p[i], &len);

		if (i > 0)
			put_text(s, ",");
		put_string(s, p[i].name, strlen(p[i].name));
		put_text(s, ":");
		put_string(s, value, len);
	}
	put_text(s, "}");
}

/* Counts, then writes: no copy is made on the way. */
static struct secret *
form_make(void (*all)(struct sink *, const struct form_param *, size_t),
    const struct form_param *p, size_t n)
{
	struct sink s = { NULL, 0 };
	struct secret *body;

	all(&s, p, n);
	if ((body = secret_new(s.n)) == NULL)
		return NULL;
	s = (struct sink){ secret_expose(body, NULL), 0 };
	all(&s, p, n);
	return body;
}

struct secret *
form_urlencoded(const struct form_param *p, size_t n)
{
	return form_make(put_form, p, n);
}

struct secret *
form_json(const struct form_param *p, size_t n)
{
	return form_make(put_json, p, n);
}

bool
form_quoted(const struct form_param *p, size_t n, const char *text)
{
	size_t room = strlen(text), len;

	for (size_t i = 0; i < n; i++) {
		const char *value = value_of(&p[i], &len);

		if (p[i].value != NULL)
			continue;
		for (size_t at = 0; at + QUOTE_BYTES <= len; at++) {
			if (memmem(text, room, value + at, QUOTE_BYTES) != NULL)
				return true;
		}
	}
	return false;
}
