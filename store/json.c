/*
 * json - cJSON behind a gate that is as strict as Codex's own parser.
 *
 * Threat: a value that we and Codex read differently. So
 * 1. what is not RFC 8259 to the letter MUST NOT reach cJSON;
 * 2. no name may stand twice in an object, however it is escaped: cJSON
 *    takes the first, others the last, serde refuses;
 * 3. no string may hold U+0000 (cJSON's end there) or a lone surrogate;
 * 4. depth and the length of numbers are bounded, the input's bytes never
 *    come into an error.
 */
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "err.h"
#include "json.h"
#include "text.h"

#define NUMBER_MAX 60		/* bytes; cJSON 1.7.15 reads 63 and stops */
#define NAME_END   UINT32_MAX	/* no code point */

struct scan {
	const unsigned char	*s, *p, *end;	/* start, next byte, past all */
	const char		*value_end;	/* past the one value */
	const char		*wrong;		/* what is wrong at p */
	const unsigned char	**names;	/* those of the open objects */
	size_t			 nnames, room;
};

static int	scan_value(struct scan *, int);

static int
wrong(struct scan *x, const char *what)
{
	x->wrong = what;
	return -1;
}

static bool
next_is(const struct scan *x, char c)
{
	return x->p < x->end && *x->p == (unsigned char)c;
}

static bool
next_digit(const struct scan *x)
{
	return x->p < x->end && *x->p >= '0' && *x->p <= '9';
}

static void
skip_space(struct scan *x)
{
	while (next_is(x, ' ') || next_is(x, '\t') || next_is(x, '\n') ||
	    next_is(x, '\r'))
		x->p++;
}

/* Four hex digits at p, which are known to be there or not: -1. */
static int32_t
hex4(const unsigned char *p, const unsigned char *end)
{
	unsigned char two[2];
	char hex[5];

	if (end - p < 4)
		return -1;
	memcpy(hex, p, 4);
	hex[4] = '\0';
	if (text_unhex(two, sizeof(two), hex) == -1)
		return -1;
	return two[0] << 8 | two[1];
}

/* After "\u": the digits, and the second half of a surrogate pair. */
static int
scan_unicode(struct scan *x)
{
	int32_t low, high = hex4(x->p, x->end);

	if (high == -1)
		return wrong(x, "bad escape in a string");
	if (high == 0)
		return wrong(x, "NUL in a string");
	if (high < 0xd800 || high > 0xdfff) {
		x->p += 4;
		return 0;
	}
	low = -1;
	if (x->end - x->p >= 6 && x->p[4] == '\\' && x->p[5] == 'u')
		low = hex4(x->p + 6, x->end);
	if (high > 0xdbff || low < 0xdc00 || low > 0xdfff)
		return wrong(x, "lone surrogate in a string");
	x->p += 10;
	return 0;
}

/* One character of two to four bytes. */
static int
scan_wide(struct scan *x)
{
	for (size_t n = 2; n <= 4 && n <= (size_t)(x->end - x->p); n++)
		if (text_utf8(x->p, n)) {
			x->p += n;
			return 0;
		}
	return wrong(x, "invalid UTF-8");
}

static int
scan_string(struct scan *x)
{
	if (!next_is(x, '"'))
		return wrong(x, "expected a string");
	for (x->p++; x->p < x->end; ) {
		unsigned char c = *x->p;

		if (c < 0x20)
			return wrong(x, "control character in a string");
		if (c >= 0x80) {
			if (scan_wide(x) == -1)
				return -1;
			continue;
		}
		x->p++;
		if (c == '"')
			return 0;
		if (c != '\\')
			continue;
		if (next_is(x, 'u')) {
			x->p++;
			if (scan_unicode(x) == -1)
				return -1;
		} else if (x->p < x->end && *x->p != '\0' &&
		    strchr("\"\\/bfnrt", *x->p) != NULL) {
			x->p++;
		} else {
			return wrong(x, "bad escape in a string");
		}
	}
	return wrong(x, "unfinished string");
}

static int
scan_digits(struct scan *x)
{
	if (!next_digit(x))
		return wrong(x, "bad number");
	while (next_digit(x))
		x->p++;
	return 0;
}

static int
scan_number(struct scan *x)
{
	const unsigned char *start = x->p;

	if (next_is(x, '-'))
		x->p++;
	if (next_is(x, '0')) {
		x->p++;
		if (next_digit(x))
			return wrong(x, "number with a leading zero");
	} else if (scan_digits(x) == -1) {
		return -1;
	}
	if (next_is(x, '.')) {
		x->p++;
		if (scan_digits(x) == -1)
			return -1;
	}
	if (next_is(x, 'e') || next_is(x, 'E')) {
		x->p++;
		if (next_is(x, '+') || next_is(x, '-'))
			x->p++;
		if (scan_digits(x) == -1)
			return -1;
	}
	return x->p - start > NUMBER_MAX ? wrong(x, "number too long") : 0;
}

/*
 * The next code point of a name that scan_string has passed, unescaped. Only
 * here, to compare: cJSON does its own unescaping of what it keeps.
 */
static uint32_t
name_next(const unsigned char **pp)
{
	static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
	const unsigned char *p = *pp;
	uint32_t c = *p++;
	const char *at;

	if (c == '"')
		return NAME_END;
	if (c == '\\' && *p == 'u') {
		c = (uint32_t)hex4(p + 1, p + 5);
		p += 5;
		if (c >= 0xd800 && c <= 0xdbff) {
			c = 0x10000 + ((c - 0xd800) << 10 |
			    ((uint32_t)hex4(p + 2, p + 6) - 0xdc00));
			p += 6;
		}
	} else if (c == '\\') {
		c = *p++;
		if ((at = strchr(from, (int)c)) != NULL)
			c = (uint32_t)to[at - from];
	} else if (c >= 0x80) {
		int more = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : 1;

		for (c &= 0x3fu >> more; more > 0; more--)
			c = c << 6 | (*p++ & 0x3fu);
	}
	*pp = p;
	return c;
}

static int
name_order(const void *va, const void *vb)
{
	const unsigned char *a = *(const unsigned char *const *)va;
	const unsigned char *b = *(const unsigned char *const *)vb;
	uint32_t ca, cb;

	do {
		ca = name_next(&a);
		cb = name_next(&b);
	} while (ca == cb && ca != NAME_END);
	return ca < cb ? -1 : ca > cb;
}

static int
names_push(struct scan *x, const unsigned char *name)
{
	const unsigned char **p;
	size_t room;

	if (x->nnames == x->room) {
		room = x->room != 0 ? 2 * x->room : 32;
		if ((p = reallocarray(x->names, room, sizeof(*p))) == NULL)
			return wrong(x, "out of memory");
		x->names = p;
		x->room = room;
	}
	x->names[x->nnames++] = name;
	return 0;
}

/* Ends an object whose names begin at `first`: sorted, so never quadratic. */
static int
names_pop(struct scan *x, size_t first)
{
	const unsigned char **n = x->names + first;
	size_t count = x->nnames - first;

	x->nnames = first;
	if (count < 2)
		return 0;
	qsort(n, count, sizeof(*n), name_order);
	for (size_t i = 1; i < count; i++)
		if (name_order(&n[i - 1], &n[i]) == 0) {
			/* The later of the two is the one too many. */
			x->p = (n[i] > n[i - 1] ? n[i] : n[i - 1]) - 1;
			return wrong(x, "duplicate name");
		}
	return 0;
}

/* One "name": of an object, the value is left for scan_list. */
static int
scan_name(struct scan *x)
{
	const unsigned char *name = x->p + 1;	/* after the quote */

	if (scan_string(x) == -1 || names_push(x, name) == -1)
		return -1;
	skip_space(x);
	if (!next_is(x, ':'))
		return wrong(x, "expected ':'");
	x->p++;
	return 0;
}

/* An array, or an object where the members have names; p is at its bracket. */
static int
scan_list(struct scan *x, int depth, bool named, char close)
{
	size_t first = x->nnames;

	if (depth > JSON_DEPTH_MAX)
		return wrong(x, "nested too deep");
	x->p++;
	skip_space(x);
	if (next_is(x, close)) {
		x->p++;
		return 0;
	}
	for (;;) {
		skip_space(x);
		if (named && scan_name(x) == -1)
			return -1;
		if (scan_value(x, depth) == -1)
			return -1;
		skip_space(x);
		if (next_is(x, close))
			break;
		if (!next_is(x, ','))
			return wrong(x, "expected ',' or the end of the list");
		x->p++;
	}
	x->p++;
	return names_pop(x, first);
}

static int
scan_word(struct scan *x, const char *word)
{
	size_t n = strlen(word);

	if ((size_t)(x->end - x->p) < n || memcmp(x->p, word, n) != 0)
		return wrong(x, "expected a value");
	x->p += n;
	return 0;
}

static int
scan_value(struct scan *x, int depth)
{
	skip_space(x);
	if (x->p == x->end)
		return wrong(x, "unexpected end");
	switch (*x->p) {
	case '{':
		return scan_list(x, depth + 1, true, '}');
	case '[':
		return scan_list(x, depth + 1, false, ']');
	case '"':
		return scan_string(x);
	case 't':
		return scan_word(x, "true");
	case 'f':
		return scan_word(x, "false");
	case 'n':
		return scan_word(x, "null");
	default:
		if (*x->p == '-' || next_digit(x))
			return scan_number(x);
		return wrong(x, "expected a value");
	}
}

static int
scan_all(struct scan *x)
{
	static const unsigned char bom[] = { 0xef, 0xbb, 0xbf };

	if (x->p == x->end)
		return wrong(x, "empty");
	if ((size_t)(x->end - x->p) >= sizeof(bom) &&
	    memcmp(x->p, bom, sizeof(bom)) == 0)
		return wrong(x, "byte order mark");
	if (scan_value(x, 0) == -1)
		return -1;
	x->value_end = (const char *)x->p;
	skip_space(x);
	return x->p == x->end ? 0 : wrong(x, "more after the end");
}

/* What cJSON frees may be a token. */
static void
wipe_free(void *p)
{
	if (p == NULL)
		return;
	sodium_memzero(p, malloc_usable_size(p));
	free(p);
}

void
json_init(void)
{
	cJSON_Hooks hooks = { malloc, wipe_free };

	cJSON_InitHooks(&hooks);
}

cJSON *
json_parse(const void *p, size_t len, int code, struct err *e)
{
	struct scan x = { .s = p, .p = p };
	const char *stop = NULL;
	cJSON *j = NULL;
	int r;

	x.end = x.s + len;
	r = scan_all(&x);
	free(x.names);	/* places in the input, no bytes of it */
	if (r == 0) {
		j = cJSON_ParseWithLengthOpts(p, len, &stop, 0);
		/* Both have to have read the same value. */
		x.wrong = j == NULL ? "out of memory" : "parsers disagree";
		if (stop != x.value_end) {
			cJSON_Delete(j);
			j = NULL;
		}
	}
	if (j == NULL)
		(void)err_set(e, (enum err_code)code,
		    "not JSON: %s at byte %zu", x.wrong, (size_t)(x.p - x.s));
	return j;
}

static const cJSON *
member(const cJSON *o, const char *name)
{
	if (!cJSON_IsObject(o))
		return NULL;
	return cJSON_GetObjectItemCaseSensitive(o, name);
}

const cJSON *
json_object(const cJSON *o, const char *name)
{
	const cJSON *m = member(o, name);

	return cJSON_IsObject(m) ? m : NULL;
}

const char *
json_string(const cJSON *o, const char *name)
{
	const cJSON *m = member(o, name);

	return cJSON_IsString(m) ? m->valuestring : NULL;
}

bool
json_has(const cJSON *o, const char *name)
{
	const cJSON *m = member(o, name);

	return m != NULL && !cJSON_IsNull(m);
}
