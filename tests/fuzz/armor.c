/*
 * armor: any text in pieces of any size ends in bytes or in a fault, never
 * over the limit; and what is armored and then handled roughly is either read
 * back as it was or refused. The first byte is the size of the pieces; an
 * input that begins with 'A' is bytes to be armored, its tail says where a
 * character is changed.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "armor.h"

#define MAX 70000

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
check(bool ok)
{
	if (!ok)
		abort();
}

/* Reads it; the bytes in out, or false. */
static bool
readable(struct buf *out, const char *text, size_t len, size_t step)
{
	struct err e = ERR_INIT;
	struct armor a;
	bool ok;

	armor_begin(&a, MAX);
	for (size_t i = 0; i < len; i += step)
		armor_feed(&a, text + i, len - i < step ? len - i : step);
	ok = armor_end(&a, &e) == 0;
	check(ok == (e.code == ERR_NONE) && ok == (e.text[0] == '\0'));
	check(a.out.len <= MAX);
	if (ok)
		(void)buf_add(out, a.out.p, a.out.len);
	armor_clear(&a);
	return ok;
}

static void
there_and_back(const uint8_t *data, size_t len)
{
	BUF_AUTO text = BUF_INIT(2 * MAX), back = BUF_INIT(MAX);
	size_t at;

	check(armor_write(&text, data, len) == 0);
	check(readable(&back, text.p, text.len, 512));
	check(back.len == len && memcmp(back.p, data, len) == 0);
	buf_clear(&back);
	at = (data[0] << 8 | data[len - 1]) % text.len;
	text.p[at] = (char)data[len / 2];
	if (readable(&back, text.p, text.len, 512))
		check(back.len == len && memcmp(back.p, data, len) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	BUF_AUTO out = BUF_INIT(MAX);

	if (len < 2)
		return 0;
	if (data[0] == 'A')
		there_and_back(data + 1, len - 1);
	else
		(void)readable(&out, (const char *)data + 1, len - 1,
		    (size_t)data[0] + 1);
	return 0;
}
