/*
 * toml - the values of a TOML text, one after the other (toml.io, 1.1).
 *
 * 1. What stands in a comment, a string or another table MUST NOT be taken
 *    for a setting, however it is quoted.
 * 2. Foreign text: depth and lengths are bounded, each byte is looked at once
 *    (but for quotation marks, which are looked at thrice).
 * 3. No byte of it may come into an error.
 */
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "err.h"
#include "text.h"
#include "toml.h"

#define DEPTH_MAX 32		/* arrays and inline tables in each other */
#define DOT	  '\x1f'	/* for one inside a quoted name, and for no name */
#define REPLACED  0xfffd	/* stands for U+0000 */
#define BARE	  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz" \
		  "0123456789_-"

struct walk {
	const char	*p, *end;
	const char	*wrong;		/* what is wrong at p */
	int		(*each)(void *, const struct toml_value *,
			    struct err *);
	void		*ctx;
	struct err	*e;
	int		 depth, array;
	char		 path[TOML_PATH_MAX];
	char		 text[TOML_STRING_MAX];
};

/* A string to write into; what doesn't fit is cut. */
struct out {
	char	*s;
	size_t	 len, size;	/* size counts the NUL */
};

static int	walk_value(struct walk *);

static int
wrong(struct walk *w, const char *what)
{
	w->wrong = what;
	return -1;
}

static bool
next_is(const struct walk *w, char c)
{
	return w->p < w->end && *w->p == c;
}

static bool
next_are(const struct walk *w, const char *s)
{
	size_t n = strlen(s);

	return (size_t)(w->end - w->p) >= n && memcmp(w->p, s, n) == 0;
}

static void
out_add(struct out *o, const char *p, size_t n)
{
	size_t room = o->size - 1 - o->len;

	n = n < room ? n : room;
	if (n > 0)
		memcpy(o->s + o->len, p, n);
	o->len += n;
	o->s[o->len] = '\0';
}

static void
skip_blanks(struct walk *w)
{
	while (next_is(w, ' ') || next_is(w, '\t'))
		w->p++;
}

/* "\n" or "\r\n" */
static bool
newline(struct walk *w)
{
	size_t n = next_is(w, '\n') ? 1 : next_are(w, "\r\n") ? 2 : 0;

	w->p += n;
	return n > 0;
}

/* Tab and all that isn't a control character. */
static bool
visible(char c)
{
	return c == '\t' || ((unsigned char)c >= ' ' && c != 0x7f);
}

static void
skip_comment(struct walk *w)
{
	if (!next_is(w, '#'))
		return;
	while (w->p < w->end && visible(*w->p))
		w->p++;
}

/* Between the elements of an array or an inline table. */
static void
skip_space(struct walk *w)
{
	do {
		skip_blanks(w);
		skip_comment(w);
	} while (newline(w));
}

static int
line_end(struct walk *w)
{
	skip_blanks(w);
	skip_comment(w);
	return w->p == w->end || newline(w) ? 0 :
	    wrong(w, "more than one value, or a control character");
}

/* n hex digits as a character of UTF-8. */
static int
unicode(struct walk *w, size_t n, struct out *o)
{
	unsigned char raw[4] = { 0 };
	char hex[9] = "00000000", utf8[4];
	uint32_t c;
	size_t len;

	if ((size_t)(w->end - w->p) < n)
		return wrong(w, "a bad escape");
	memcpy(hex + 8 - n, w->p, n);
	if (text_unhex(raw, sizeof(raw), hex) == -1)
		return wrong(w, "a bad escape");
	c = (uint32_t)raw[0] << 24 | (uint32_t)raw[1] << 16 |
	    (uint32_t)raw[2] << 8 | raw[3];
	if (c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return wrong(w, "a bad escape");
	/* It must not end a string of ours. */
	c = c == 0 ? REPLACED : c;
	len = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
	for (size_t i = len; i > 1; i--, c >>= 6)
		utf8[i - 1] = (char)(0x80 | (c & 0x3f));
	utf8[0] = (char)(len == 1 ? c : (0xf00u >> len & 0xff) | c);
	w->p += n;
	out_add(o, utf8, len);
	return 0;
}

/* After a backslash. */
static int
escape(struct walk *w, bool lines, struct out *o)
{
	static const char from[] = "btnfre\"\\", to[] = "\b\t\n\f\r\033\"\\";
	const char *at, *start = w->p;
	char c = w->p < w->end ? *w->p : '\0';

	if (c != '\0' && (at = strchr(from, c)) != NULL) {
		w->p++;
		out_add(o, &to[at - from], 1);
		return 0;
	}
	if (c == 'u' || c == 'U' || c == 'x') {
		w->p++;
		return unicode(w, c == 'x' ? 2 : c == 'u' ? 4 : 8, o);
	}
	/* At the end of a line: all blank space up to the next text goes. */
	skip_blanks(w);
	if (!lines || !newline(w)) {
		w->p = start;
		return wrong(w, "a bad escape");
	}
	do
		skip_blanks(w);
	while (newline(w));
	return 0;
}

/* Behind the opening quotation mark, up to the closing one. */
static int
string_line(struct walk *w, char quote, struct out *o)
{
	while (w->p < w->end && visible(*w->p)) {
		char c = *w->p++;

		if (c == quote)
			return 0;
		if (c == '\\' && quote == '"') {
			if (escape(w, false, o) == -1)
				return -1;
		} else {
			out_add(o, &c, 1);
		}
	}
	return wrong(w, "an unfinished string");
}

/* The same behind three; one or two of them may stand before the last. */
static int
string_lines(struct walk *w, char quote, struct out *o)
{
	const char three[] = { quote, quote, quote, '\0' };

	(void)newline(w);
	while (w->p < w->end && (visible(*w->p) || next_is(w, '\n') ||
	    next_are(w, "\r\n"))) {
		char c;

		if (next_are(w, three)) {
			w->p += 3;
			for (int i = 0; i < 2 && next_is(w, quote); i++)
				out_add(o, w->p++, 1);
			return 0;
		}
		c = *w->p++;
		if (c == '\\' && quote == '"') {
			if (escape(w, true, o) == -1)
				return -1;
		} else if (c != '\r') {
			out_add(o, &c, 1);	/* "\r\n" is "\n" */
		}
	}
	return wrong(w, "an unfinished string");
}

/* p is at its quotation mark; multi is whether it may have three. */
static int
string(struct walk *w, bool multi, struct out *o)
{
	char quote = *w->p;

	if (multi && (next_are(w, "\"\"\"") || next_are(w, "'''"))) {
		w->p += 3;
		return string_lines(w, quote, o);
	}
	w->p++;
	return string_line(w, quote, o);
}

/* One part of a key, with a dot before it where there is one already. */
static int
key_part(struct walk *w, struct out *o)
{
	size_t from, n = 0;

	if (o->len > 0)
		out_add(o, ".", 1);
	from = o->len;
	if (next_is(w, '"') || next_is(w, '\'')) {
		if (string(w, false, o) == -1)
			return -1;
		for (char *s = o->s + from; *s != '\0'; s++)
			if (*s == '.')
				*s = DOT;
		/* Nor may a table without a name look like none. */
		if (o->len == from)
			out_add(o, (const char[]){ DOT }, 1);
		return 0;
	}
	while (w->p + n < w->end && w->p[n] != '\0' &&
	    strchr(BARE, w->p[n]) != NULL)
		n++;
	if (n == 0)
		return wrong(w, "a name is missing");
	out_add(o, w->p, n);
	w->p += n;
	return 0;
}

/* "a.b . 'c'", added to the path. */
static int
key(struct walk *w)
{
	struct out o = { w->path, strlen(w->path), sizeof(w->path) };

	for (;;) {
		skip_blanks(w);
		if (key_part(w, &o) == -1)
			return -1;
		skip_blanks(w);
		if (!next_is(w, '.'))
			return 0;
		w->p++;
	}
}

/* "key = value", and back to the path before it. */
static int
assignment(struct walk *w)
{
	size_t before = strlen(w->path);
	int array = w->array;

	if (key(w) == -1)
		return -1;
	if (!next_is(w, '='))
		return wrong(w, "'=' is missing");
	w->p++;
	skip_blanks(w);
	w->array = 0;
	if (walk_value(w) == -1)
		return -1;
	w->array = array;
	w->path[before] = '\0';
	return 0;
}

static int
tell(struct walk *w, enum toml_type type, const char *text)
{
	struct toml_value v = { w->path, type, text, w->array };

	return w->each(w->ctx, &v, w->e);
}

/* The elements of an array, or of an inline table; p is at its bracket. */
static int
list(struct walk *w, char close)
{
	bool table = close == '}';

	if (!table && tell(w, TOML_ARRAY, "") == -1)
		return -1;
	w->array += table ? 0 : 1;
	for (w->p++;;) {
		skip_space(w);
		if (next_is(w, close))
			break;
		if ((table ? assignment(w) : walk_value(w)) == -1)
			return -1;
		skip_space(w);
		if (next_is(w, close))
			break;
		if (!next_is(w, ','))
			return wrong(w, "',' or the end of a list is missing");
		w->p++;
	}
	w->p++;
	w->array -= table ? 0 : 1;
	return 0;
}

static void
skip_plain(struct walk *w)
{
	while (w->p < w->end && *w->p != '\0' &&
	    strchr(BARE "+.:", *w->p) != NULL)
		w->p++;
}

/* A number, a date with or without a time, or a word. */
static int
plain(struct walk *w)
{
	static const char *const words[] = { "true", "false", "inf", "nan" };
	const char *start = w->p;
	bool known = false;

	skip_plain(w);
	start += start < w->p && (*start == '+' || *start == '-');
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		known |= strlen(words[i]) == (size_t)(w->p - start) &&
		    memcmp(words[i], start, strlen(words[i])) == 0;
	if (!known && (start == w->p || *start < '0' || *start > '9')) {
		w->p = start;
		return wrong(w, "no value is like that");
	}
	/* "1979-05-27 07:32:00" */
	if (w->p - start == 10 && start[4] == '-' && w->end - w->p > 1 &&
	    *w->p == ' ' && w->p[1] >= '0' && w->p[1] <= '9') {
		w->p++;
		skip_plain(w);
	}
	return tell(w, TOML_OTHER, "");
}

static int
walk_value(struct walk *w)
{
	struct out o = { w->text, 0, sizeof(w->text) };
	int r;

	if (next_is(w, '"') || next_is(w, '\'')) {
		w->text[0] = '\0';
		return string(w, true, &o) == -1 ? -1 :
		    tell(w, TOML_STRING, w->text);
	}
	if (!next_is(w, '[') && !next_is(w, '{'))
		return plain(w);
	if (++w->depth > DEPTH_MAX)
		return wrong(w, "nested too deep");
	r = list(w, *w->p == '[' ? ']' : '}');
	w->depth--;
	return r;
}

/* "[table]" or "[[array of tables]]" */
static int
header(struct walk *w)
{
	int brackets = next_are(w, "[[") ? 2 : 1;

	w->p += brackets;
	w->path[0] = '\0';
	if (key(w) == -1)
		return -1;
	for (int i = 0; i < brackets; i++) {
		if (!next_is(w, ']'))
			return wrong(w, "']' is missing");
		w->p++;
	}
	return line_end(w);
}

static int
walk_all(struct walk *w)
{
	if (!text_utf8(w->p, (size_t)(w->end - w->p)))
		return wrong(w, "invalid UTF-8");
	if (next_are(w, "\xef\xbb\xbf"))
		w->p += 3;
	for (;;) {
		skip_space(w);
		if (w->p == w->end)
			return 0;
		if (next_is(w, '[')) {
			if (header(w) == -1)
				return -1;
		} else if (assignment(w) == -1 || line_end(w) == -1) {
			return -1;
		}
	}
}

int
toml_walk(const char *p, size_t len,
    int (*each)(void *ctx, const struct toml_value *v, struct err *e),
    void *ctx, int code, struct err *e)
{
	struct walk w = { .p = p, .end = p + len, .each = each, .ctx = ctx,
		.e = e };
	size_t line = 1;

	if (walk_all(&w) == 0)
		return 0;
	if (w.wrong == NULL)
		return -1;	/* the caller's own end */
	for (; p < w.p; p++)
		line += *p == '\n';
	return err_set(e, (enum err_code)code, "line %zu: %s", line, w.wrong);
}
