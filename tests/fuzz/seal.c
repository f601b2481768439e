/*
 * seal_open: foreign bytes end in an error and nothing else; a text of ours
 * that was changed anywhere (the input says where, and to what) is refused.
 * Recipients' words and private lines are read the same way.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "buf.h"
#include "err.h"
#include "seal.h"
#include "secret.h"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
int	LLVMFuzzerInitialize(int *argc, char ***argv);

static struct secret *key;
static struct recipient me;

static void
check(bool ok)
{
	if (!ok)
		abort();
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc, (void)argv;
	check((key = secret_new(RECIPIENT_KEY_LEN)) != NULL);
	memset(secret_expose(key, NULL), 7, RECIPIENT_KEY_LEN);
	recipient_of(&me, key);
	return 0;
}

/* Our own text with the input laid over it from its first byte's place on. */
static void
open_changed(const uint8_t *data, size_t len)
{
	SECRET_AUTO *what = secret_copy("a credential", 12);
	BUF_AUTO b = BUF_INIT(SEAL_BYTES_MAX);
	struct err e = ERR_INIT;
	struct seal about;
	struct secret *back;
	bool changed = false;

	check(what != NULL && seal_close(&b, what, &me, 1, 1, &e) == 0);
	for (size_t i = 1; i < len; i++) {
		char *c = &b.p[(data[0] + i) % b.len];

		changed |= *c != (char)data[i];
		*c = (char)data[i];
	}
	back = seal_open(&about, b.p, b.len, key, &e);
	check((back == NULL) == changed && (e.code != ERR_NONE) == changed);
	secret_free(back);
}

static void
words(const uint8_t *data, size_t len)
{
	SECRET_AUTO *line = secret_copy(data, len);
	char text[RECIPIENT_TEXT_LEN], *copy = calloc(1, len + 1);
	struct err e = ERR_INIT;
	struct recipient r;

	check(line != NULL && copy != NULL);
	memcpy(copy, data, len);
	if (recipient_parse(&r, copy, &e) == 0) {
		recipient_text(text, &r);
		check(strcmp(text, copy) == 0);
	}
	free(copy);
	secret_free(recipient_key_parse(line, &e));
	if (len >= RECIPIENT_KEY_LEN)
		(void)recipient_ed25519(&r, data, &e);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct err e = ERR_INIT;
	struct seal about;

	if (len == 0)
		return 0;
	check(seal_open(&about, data, len, key, &e) == NULL);
	check(e.code == ERR_BAD_CREDENTIAL && e.text[0] != '\0');
	if (len < 64)
		open_changed(data, len);
	words(data, len);
	return 0;
}
