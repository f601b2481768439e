/* text_safe: valid UTF-8, nothing that moves a terminal, fits, idempotent. */
#include <stdlib.h>
#include <string.h>

#include "text.h"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
check(bool ok)
{
	if (!ok)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	size_t size;
	char *out, *again;

	/* The first byte chooses how much room there is. */
	if (len == 0)
		return 0;
	size = (size_t)data[0] + 1;
	out = malloc(size);
	again = malloc(size);
	check(out != NULL && again != NULL);
	check(text_safe(out, size, data + 1, len - 1) == out);
	check(memchr(out, '\0', size) != NULL);
	check(text_utf8(out, strlen(out)));
	for (const unsigned char *p = (unsigned char *)out; *p != '\0'; p++) {
		check(*p >= 0x20 && *p != 0x7f);
		/* C1, line and paragraph ends, bidi, byte order mark */
		check(p[0] != 0xc2 || p[1] >= 0xa0);
		check(p[0] != 0xe2 || p[1] != 0x80 ||
		    ((p[2] < 0x8b || p[2] > 0x8f) &&
		    (p[2] < 0xa8 || p[2] > 0xae)));
		check(p[0] != 0xef || p[1] != 0xbb || p[2] != 0xbf);
	}
	text_safes(again, size, out);
	check(strcmp(out, again) == 0);
	free(out);
	free(again);
	return 0;
}
