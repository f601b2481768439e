/*
 * The store's format. Bytes as they are (the checksum stops nearly all); the
 * same with the checksum made good, as a thief would; and what follows an 'L'
 * as the decrypted list, which only a faulty version of ours could write.
 * What opens is written again and opens as the same.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "err.h"
#include "json.h"
#include "secret.h"
#include "vaultbox.h"
#include "vaultfmt.h"
#include "vaultimage.h"
#include "vaultindex.h"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
int	LLVMFuzzerInitialize(int *argc, char ***argv);

static void
check(bool ok)
{
	if (!ok)
		abort();
}

static struct secret *
key_new(void)
{
	struct secret *k = secret_new(crypto_kdf_KEYBYTES);

	check(k != NULL);
	return k;
}

static void
try_file(const uint8_t *data, size_t len)
{
	struct err e = ERR_INIT;
	struct vaultimage v = { 0 };
	struct vaultfmt f;

	if (vaultfmt_check(&f, data, len, &e) == 0 &&
	    vaultfmt_open(&v, &f, key_new(), &e) == 0)
		vaultimage_clear(&v);	/* nobody has found this key yet */
	else
		check((e.code == ERR_BAD_CREDENTIAL ||
		    e.code == ERR_BAD_PASSPHRASE) && v.key == NULL);
}

static void
try_summed(const uint8_t *data, size_t len)
{
	unsigned char body[32], front[VAULT_FRONT_LEN], *file = malloc(len);

	check(file != NULL);
	memcpy(file, data, len);
	crypto_generichash(body, 32, file + VAULT_FRONT_LEN,
	    len - VAULT_FRONT_LEN, NULL, 0);
	memcpy(front, file, 160);
	memcpy(front + 160, body, 32);
	crypto_generichash(file + 160, 32, front, sizeof(front), NULL, 0);
	try_file(file, len);
	free(file);
}

static void
try_list(const uint8_t *data, size_t len)
{
	struct vaultimage v = { .next_serial = UINT64_MAX };
	struct err e = ERR_INIT;
	unsigned char *again;

	if (vaultindex_decode(&v, data, len, &e) == 0) {
		check(vaultindex_encode(&v, NULL) == len);
		again = malloc(len);
		check(again != NULL);
		check(vaultindex_encode(&v, again) == len);
		check(memcmp(again, data, len) == 0);
		free(again);
	} else {
		check(e.code == ERR_BAD_CREDENTIAL && e.text[0] != '\0');
	}
	vaultimage_clear(&v);
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	json_init();
	return sodium_init() == -1 ? -1 : 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	if (len > 0 && data[0] == 'L') {
		try_list(data + 1, len - 1);
		return 0;
	}
	try_file(data, len);
	if (len >= VAULT_FRONT_LEN)
		try_summed(data, len);
	return 0;
}
