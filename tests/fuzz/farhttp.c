/*
 * farhttp on what a hostile listener may answer, in pieces of any size: the
 * verdict is the same, comes once, and "moved" is to his own /success alone.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "farhttp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
check(bool ok)
{
	if (!ok)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	enum farhttp_verdict first = FARHTTP_WAITS;
	struct farhttp whole, pieces;
	size_t n;

	if (len < 1)
		return 0;
	farhttp_init(&whole, 1455);
	farhttp_init(&pieces, 1455);
	farhttp_feed(&whole, data + 1, len - 1);
	for (size_t at = 1; at < len; at += n) {
		n = 1 + data[0] % 64;
		n = n > len - at ? len - at : n;
		farhttp_feed(&pieces, data + at, n);
		if (first == FARHTTP_WAITS)
			first = pieces.verdict;
		check(pieces.verdict == first);
	}
	check(whole.verdict == pieces.verdict);
	farhttp_end(&whole);
	check(whole.verdict != FARHTTP_WAITS);
	if (whole.verdict == FARHTTP_MOVED)
		check(memmem(data, len, ":1455/success", 13) != NULL &&
		    whole.status / 100 == 3);
	return 0;
}
