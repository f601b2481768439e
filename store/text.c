/*
 * text - foreign text made safe to show, and checked numbers.
 *
 * 1. What text_safe writes MUST NOT move the cursor, change the terminal, or
 *    make text read in another order than it is stored.
 * 2. It MUST be valid UTF-8 whatever came in, and MUST fit where it goes.
 */
#include <stdio.h>
#include <string.h>

#include "text.h"

#define UNIT_MAX 16	/* the longest escape is \u{10FFFF} */
#define DOTS	 "..."

/*
 * Code points that are valid UTF-8 but show nothing, break the line or turn
 * the reading direction: Unicode's Cf and the blanks that pose as letters.
 */
static const struct range {
	uint32_t first, last;
} hidden[] = {
	{ 0x80, 0x9f },		/* C1: CSI, OSC and friends in one character */
	{ 0xad, 0xad },
	{ 0x34f, 0x34f },
	{ 0x61c, 0x61c },
	{ 0x115f, 0x1160 },
	{ 0x17b4, 0x17b5 },
	{ 0x180b, 0x180f },
	{ 0x200b, 0x200f },	/* zero width, LRM, RLM */
	{ 0x2028, 0x202e },	/* line ends, embeddings, overrides */
	{ 0x2060, 0x206f },	/* isolates */
	{ 0x3164, 0x3164 },
	{ 0xfe00, 0xfe0f },
	{ 0xfeff, 0xfeff },
	{ 0xffa0, 0xffa0 },
	{ 0xfff0, 0xfffb },
	{ 0xfffe, 0xffff },
	{ 0x1bca0, 0x1bca3 },
	{ 0x1d173, 0x1d17a },
	{ 0xe0000, 0xe0fff },	/* tags: a whole hidden alphabet */
};

/* The length of the character at p and its code point; 0 when invalid. */
static size_t
utf8_next(const unsigned char *p, size_t len, uint32_t *cp)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t n;

	if (p[0] < 0x80) {
		*cp = p[0];
		return 1;
	}
	n = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
	if (p[0] < 0xc2 || p[0] > 0xf4 || n > len)
		return 0;
	*cp = p[0] & (0x7fu >> n);
	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		*cp = *cp << 6 | (p[i] & 0x3fu);
	}
	if (*cp < least[n] || *cp > 0x10ffff ||
	    (*cp >= 0xd800 && *cp <= 0xdfff))
		return 0;
	return n;
}

static bool
is_hidden(uint32_t cp)
{
	for (size_t i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++)
		if (cp >= hidden[i].first && cp <= hidden[i].last)
			return true;
	return false;
}

/* Writes what stands for the character at p; its length to *used. */
static size_t
safe_unit(char out[UNIT_MAX], const unsigned char *p, size_t len, size_t *used)
{
	uint32_t cp;
	size_t n = utf8_next(p, len, &cp);

	*used = n != 0 ? n : 1;
	if (n == 0 || cp < 0x20 || cp == 0x7f)
		return (size_t)snprintf(out, UNIT_MAX, "\\x%02x", p[0]);
	if (is_hidden(cp))
		return (size_t)snprintf(out, UNIT_MAX, "\\u{%X}", cp);
	memcpy(out, p, n);
	return n;
}

char *
text_safe(char *dst, size_t size, const void *src, size_t len)
{
	const unsigned char *p = src;
	char unit[UNIT_MAX];
	size_t at = 0, keep = 0, used, n, room, dots;

	if (size == 0)
		return dst;
	room = size - 1;
	dots = room < strlen(DOTS) ? room : strlen(DOTS);
	for (size_t i = 0; i < len; i += used) {
		n = safe_unit(unit, p + i, len - i, &used);
		if (n > room - at) {
			memcpy(dst + keep, DOTS, dots);
			at = keep + dots;
			break;
		}
		memcpy(dst + at, unit, n);
		at += n;
		if (room - at >= dots)
			keep = at;
	}
	dst[at] = '\0';
	return dst;
}

char *
text_safes(char *dst, size_t size, const char *src)
{
	return text_safe(dst, size, src, strlen(src));
}

bool
text_utf8(const void *p, size_t len)
{
	const unsigned char *s = p;
	uint32_t cp;

	for (size_t i = 0, n; i < len; i += n)
		if ((n = utf8_next(s + i, len - i, &cp)) == 0)
			return false;
	return true;
}

int
text_number(const char *s, int64_t min, int64_t max, int64_t *out)
{
	int64_t v = 0;

	if (*s == '\0')
		return -1;
	for (; *s != '\0'; s++) {
		if (*s < '0' || *s > '9')
			return -1;
		if (__builtin_mul_overflow(v, (int64_t)10, &v) ||
		    __builtin_add_overflow(v, (int64_t)(*s - '0'), &v))
			return -1;
	}
	if (v < min || v > max)
		return -1;
	*out = v;
	return 0;
}

void
text_hex(char *out, const unsigned char *p, size_t n)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < n; i++) {
		*out++ = digits[p[i] >> 4];
		*out++ = digits[p[i] & 0xf];
	}
	*out = '\0';
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

int
text_unhex(unsigned char *out, size_t n, const char *hex)
{
	int high, low;

	/* A digit is looked at only after the one before it was no NUL. */
	for (size_t i = 0; i < n; i++) {
		if ((high = hex_digit(hex[2 * i])) < 0 ||
		    (low = hex_digit(hex[2 * i + 1])) < 0)
			return -1;
		out[i] = (unsigned char)(high << 4 | low);
	}
	return hex[2 * n] == '\0' ? 0 : -1;
}
