/*
 * Whatever a container sends as a tar, a passwd or a group file: no crash,
 * and what is found keeps to its bounds. The first byte chooses; behind a
 * tar's every header the checksum is put right, or none would be read.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "archive.h"
#include "err.h"
#include "passwd.h"
#include "secret.h"

#define BLOCK 512

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
sum(unsigned char *h)
{
	unsigned n = 8 * ' ';

	for (int i = 0; i < BLOCK; i++)
		if (i < 148 || i >= 156)
			n += h[i];
	for (int i = 153; i >= 148; i--, n >>= 3)
		h[i] = (unsigned char)('0' + n % 8);
	h[154] = '\0';
	h[155] = ' ';
}

static void
tar(const uint8_t *p, size_t size, bool helped)
{
	struct secret *s = secret_copy(p, size);
	struct archive_found f;
	struct err e = ERR_INIT;

	if (s == NULL)
		abort();
	for (size_t at = 0; helped && at + BLOCK <= size; at += BLOCK) {
		unsigned char *h = secret_expose(s, NULL) + at;

		if (memcmp(h + 257, "ustar", 5) == 0)
			sum(h);
	}
	if (archive_find(&f, s, "auth.json", &e) == -1) {
		if (f.bytes != NULL || e.code == ERR_NONE)
			abort();
	} else if ((f.kind == ARCHIVE_FILE) != (f.bytes != NULL))
		abort();
	else if (f.bytes != NULL && secret_len(f.bytes) > ARCHIVE_FILE_MAX)
		abort();
	else if (f.kind != ARCHIVE_NONE && (f.uid < 0 || f.gid < 0 ||
	    f.uid > ARCHIVE_ID_MAX || f.gid > ARCHIVE_ID_MAX))
		abort();
	archive_found_clear(&f);
	secret_free(s);
}

static void
passwd(const uint8_t *p, size_t size)
{
	static const char *const users[] = { "", "app", "0", "1000:staff",
		"9:9" };
	struct passwd_text a, b;
	struct passwd_account who;
	struct err e = ERR_INIT;
	char *copy = malloc(size + 1);
	size_t half;

	if (copy == NULL || size == 0) {
		free(copy);
		return;
	}
	memcpy(copy, p, size);
	half = size / 2;
	a = (struct passwd_text){ copy, half };
	b = (struct passwd_text){ copy + half, size - half };
	for (size_t i = 0; i < sizeof(users) / sizeof(*users); i++) {
		if (passwd_find(&who, users[i], a, b, &e) == -1)
			continue;
		if (who.uid < 0 || who.gid < 0 || *who.home != '/' ||
		    memchr(who.home, '\0', sizeof(who.home)) == NULL)
			abort();
	}
	free(copy);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	if (data[0] & 1)
		passwd(data + 1, size - 1);
	else
		tar(data + 1, size - 1, (data[0] & 2) != 0);
	return 0;
}
