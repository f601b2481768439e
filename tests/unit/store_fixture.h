/*
 * store_fixture - what the tests of the floor share: tokens that look like
 * the real ones, and a secret made from a string.
 */
#ifndef STORE_FIXTURE_H
#define STORE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <sodium.h>

#include "secret.h"

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

/* No byte of these may ever come into an error. */
#define CANARY "cAnArY-0f-a-t0ken"

/* Makes dir below TMPDIR, and goes there. */
static inline int
fixture_enter(char *dir, size_t size)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(dir, size, "%s/store.XXXXXX", tmp != NULL ? tmp : "/tmp");
	return mkdtemp(dir) == NULL ? -1 : chdir(dir);
}

/* "header.payload.signature" with this payload; the caller frees. */
static inline char *
fixture_jwt(const char *payload)
{
	static const char head[] = "eyJhbGciOiJSUzI1NiJ9", sig[] = "c2ln";
	int variant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;
	size_t len = strlen(payload), room;
	char *jwt, *at;

	room = sodium_base64_encoded_len(len, variant);
	jwt = malloc(sizeof(head) + 1 + room + 1 + sizeof(sig));
	assert_non_null(jwt);
	memcpy(jwt, head, sizeof(head) - 1);
	at = jwt + sizeof(head) - 1;
	*at++ = '.';
	sodium_bin2base64(at, room, (const unsigned char *)payload, len,
	    variant);
	at += strlen(at);
	*at++ = '.';
	memcpy(at, sig, sizeof(sig));
	return jwt;
}

/*
 * Whether memory that was let go still holds text: new blocks of the same
 * size are most likely the old ones, so they are looked through. malloc's own
 * links overwrite their first 16 bytes. Where malloc is not glibc's this sees
 * nothing, and valgrind would rightly complain of reading what is not set.
 */
static inline bool
fixture_heap_holds(size_t size, const char *text)
{
	const char *preload = getenv("LD_PRELOAD");
	char *blocks[16];
	bool found = false;

	if (preload != NULL && strstr(preload, "vgpreload") != NULL)
		return false;
	for (size_t i = 0; i < ROWS(blocks); i++) {
		blocks[i] = malloc(size);
		assert_non_null(blocks[i]);
		__asm__ volatile("" : : "r"(blocks[i]) : "memory");
		for (size_t at = 0; at + 8 <= size; at++)
			found |= memcmp(blocks[i] + at, text + strlen(text) -
			    8, 8) == 0;
	}
	for (size_t i = 0; i < ROWS(blocks); i++)
		free(blocks[i]);
	return found;
}

/* A secret of len times the same byte: the keys of known answers. */
static inline struct secret *
fixture_filled(unsigned char byte, size_t len)
{
	struct secret *s = secret_new(len);

	assert_non_null(s);
	memset(secret_expose(s, NULL), byte, len);
	return s;
}

static inline struct secret *
fixture_secret(const void *p, size_t len)
{
	struct secret *s = secret_copy(p, len);

	assert_non_null(s);
	return s;
}

#endif
