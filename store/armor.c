/*
 * armor - bytes as lines of text that survive being pasted.
 *
 * A line is base64 (RFC 4648 4) of up to 42 bytes, "=", and the check: the
 * first 3 bytes, in base64, of BLAKE2b-256(place, 4 bytes big-endian | 1 for
 * the last line, else 0 | the characters before "="). It finds accidents; who
 * changes a text on purpose meets the seal inside.
 */
#include <ctype.h>
#include <string.h>

#include <sodium.h>

#include "armor.h"

#define LINE_BYTES  42	/* of content in a line */
#define LINE_CHARS  56	/* the same in base64 */
#define CHECK_BYTES 3
#define CHECK_CHARS 4
#define VARIANT	    sodium_base64_VARIANT_ORIGINAL_NO_PADDING
#define LOST_MAX    64	/* lines that may be missing in one place */
#define FAULTS_MAX  64	/* after these no line is looked for elsewhere */

static const char begin_words[] = "BEGIN SEALED CODEX LOGIN";
static const char end_words[] = "END SEALED CODEX LOGIN";

static void
check_of(char out[CHECK_CHARS + 1], unsigned int place, bool last,
    const char *chars, size_t n)
{
	unsigned char digest[crypto_generichash_BYTES];
	const unsigned char where[] = { (unsigned char)(place >> 24),
		(unsigned char)(place >> 16), (unsigned char)(place >> 8),
		(unsigned char)place, last };
	crypto_generichash_state h;

	/* These fail only for lengths that can't be. */
	(void)crypto_generichash_init(&h, NULL, 0, sizeof(digest));
	(void)crypto_generichash_update(&h, where, sizeof(where));
	(void)crypto_generichash_update(&h, (const unsigned char *)chars, n);
	(void)crypto_generichash_final(&h, digest, sizeof(digest));
	(void)sodium_bin2base64(out, CHECK_CHARS + 1, digest, CHECK_BYTES,
	    VARIANT);
}

int
armor_write(struct buf *out, const void *p, size_t len)
{
	const unsigned char *b = p;
	char chars[LINE_CHARS + 1], check[CHECK_CHARS + 1];

	(void)buf_addf(out, "-----%s-----\n", begin_words);
	for (unsigned int place = 1; len > 0; place++) {
		size_t n = len < LINE_BYTES ? len : LINE_BYTES;

		(void)sodium_bin2base64(chars, sizeof(chars), b, n, VARIANT);
		check_of(check, place, n == len, chars, strlen(chars));
		(void)buf_addf(out, "%s=%s\n", chars, check);
		b += n;
		len -= n;
	}
	return buf_addf(out, "-----%s-----\n", end_words);
}

void
armor_begin(struct armor *a, size_t max)
{
	*a = (struct armor){ .out = BUF_INIT(max), .fault = ERR_INIT };
}

void
armor_clear(struct armor *a)
{
	buf_clear(&a->out);
}

static void
fault(struct armor *a, unsigned int place, const char *what)
{
	if (a->faults++ > 0)
		return;
	(void)err_set(&a->fault, ERR_BAD_CREDENTIAL, "line %u %s", place,
	    what);
	(void)err_hint(&a->fault, "lines are counted from the one after "
	    "BEGIN; copy the text again, whole");
}

static bool
is_base64(char c)
{
	return isalnum((unsigned char)c) || c == '+' || c == '/';
}

/* The line without what isn't of the alphabet at either end. */
static char *
undecorated(char *line, size_t *len)
{
	for (; *len > 0 && !is_base64(*line); --*len)
		line++;
	while (*len > 0 && !is_base64(line[*len - 1]))
		--*len;
	return line;
}

static bool
line_is(const char *line, size_t len, const char *words)
{
	return len == strlen(words) && memcmp(line, words, len) == 0;
}

static bool
fits(const char *line, size_t n, unsigned int place, bool *last)
{
	char check[CHECK_CHARS + 1];

	for (int i = 0; i < 2; i++) {
		check_of(check, place, i == 1, line, n);
		if (memcmp(check, line + n + 1, CHECK_CHARS) == 0) {
			*last = i == 1;
			return true;
		}
	}
	return false;
}

/*
 * Which place the line was made for: the one we are at, else one behind it
 * (lines are missing) or before it (it comes again). 0: damaged.
 */
static unsigned int
place_of(const struct armor *a, const char *line, size_t n, bool *last)
{
	unsigned int far = a->faults < FAULTS_MAX ? LOST_MAX : 0;

	for (unsigned int i = 0; i <= far; i++) {
		if (fits(line, n, a->place + i, last))
			return a->place + i;
	}
	for (unsigned int i = 1; i <= far && i < a->place; i++) {
		if (fits(line, n, a->place - i, last))
			return a->place - i;
	}
	return 0;
}

/* Decodes n characters; false where they are none of ours. */
static bool
content(struct armor *a, const char *line, size_t n)
{
	unsigned char bytes[LINE_BYTES];
	size_t len;

	if (sodium_base642bin(bytes, sizeof(bytes), line, n, NULL, &len, NULL,
	    VARIANT) != 0)
		return false;
	(void)buf_add(&a->out, bytes, len);	/* armor_end looks at it */
	return true;
}

static void
take_content(struct armor *a, const char *line, size_t len)
{
	size_t n = len - CHECK_CHARS - 1;
	unsigned int place = 0;
	bool last = false;

	if (a->last) {
		fault(a, a->place, "comes after the last one");
		return;
	}
	if (len > CHECK_CHARS + 1 && n <= LINE_CHARS && line[n] == '=')
		place = place_of(a, line, n, &last);
	if (place == 0 || !content(a, line, n)) {
		fault(a, a->place, "is damaged");
		a->place++;
	} else if (place < a->place) {
		fault(a, place, "comes again, or too late");
	} else {
		if (place > a->place)
			fault(a, a->place, "is missing");
		a->place = place + 1;
		a->last = last;
	}
}

/* One whole line; a text that begins again replaces what came before. */
static void
take_line(struct armor *a)
{
	size_t max = a->out.max, taken = a->taken, len = a->len;
	char *line = undecorated(a->line, &len);

	if (line_is(line, len, begin_words)) {
		armor_clear(a);
		armor_begin(a, max);
		a->taken = taken;
		a->begun = true;
		a->place = 1;
	} else if (line_is(line, len, end_words)) {
		a->done = a->begun;
	} else if (a->begun && len > 0) {
		take_content(a, line, len);
	}
	a->len = 0;
}

void
armor_feed(struct armor *a, const char *p, size_t n)
{
	for (; n > 0 && !a->done; n--, p++) {
		if (*p == '\n' || *p == '\r')
			take_line(a);
		else if (a->len < sizeof(a->line))
			a->line[a->len++] = *p;
		if (++a->taken == ARMOR_INPUT_MAX)
			a->done = true;
	}
}

int
armor_end(struct armor *a, struct err *e)
{
	if (!a->done)
		take_line(a);	/* END need not have a newline */
	if (!a->begun) {
		(void)err_set(e, ERR_BAD_CREDENTIAL, "there is no line "
		    "'-----%s-----'", begin_words);
		return err_hint(e, "pipe or paste what 'codex-provision seal' "
		    "printed");
	}
	if (!a->last)
		fault(a, a->place, "and what follows is missing");
	if (a->faults == 0 && a->out.failed)
		return err_set(e, ERR_BAD_CREDENTIAL, "larger than anything "
		    "that 'codex-provision seal' prints");
	*e = a->fault;
	if (a->faults > 1)
		(void)err_wrap(e, "%u faults, the first", a->faults);
	return a->faults > 0 ? -1 : 0;
}
