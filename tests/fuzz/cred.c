/*
 * cred_parse: what is accepted is accepted again, its bytes are unchanged and
 * hashed, its fields are safe to show; what is refused leaves nothing. An
 * input that begins with 'J' is the payload of the tokens of a good file, for
 * base64 is nothing that a fuzzer finds by chance.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "buf.h"
#include "cred.h"
#include "err.h"
#include "json.h"
#include "secret.h"
#include "text.h"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
int	LLVMFuzzerInitialize(int *argc, char ***argv);

static void
check(bool ok)
{
	if (!ok)
		abort();
}

static void
check_field(const char *s)
{
	char again[CRED_FIELD_MAX];

	check(memchr(s, '\0', CRED_FIELD_MAX) != NULL);
	check(strcmp(text_safes(again, sizeof(again), s), s) == 0);
}

static void
check_accepted(const struct cred *c, const uint8_t *data, size_t len)
{
	unsigned char digest[CRED_DIGEST_LEN];
	struct err e = ERR_INIT;
	struct secret *copy;
	struct cred again;
	size_t kept;

	check(c->mode > CRED_NONE && c->mode < CRED_MODES);
	check(memcmp(secret_expose(c->bytes, &kept), data, len) == 0);
	check(kept == len && len <= CRED_SIZE_MAX);
	(void)crypto_hash_sha256(digest, data, len);
	check(memcmp(digest, c->digest, sizeof(digest)) == 0);
	check_field(c->account);
	check_field(c->user);
	check_field(c->email);
	check_field(c->plan);
	check_field(c->last_refresh);
	check(c->expires >= 0);

	copy = secret_copy(secret_expose(c->bytes, NULL), kept);
	check(copy != NULL && cred_parse(&again, copy, &e) == 0);
	check(again.mode == c->mode && strcmp(again.user, c->user) == 0);
	check(!cred_other_account(&again, c) && !cred_newer(&again, c));
	cred_clear(&again);
}

static void
try(const uint8_t *data, size_t len)
{
	struct err e = ERR_INIT;
	struct secret *s = secret_copy(data, len);
	struct cred c;

	check(s != NULL);
	if (cred_parse(&c, s, &e) == 0) {
		check_accepted(&c, data, len);
		check(e.text[0] == '\0');
	} else {
		check(sodium_is_zero((unsigned char *)&c, sizeof(c)));
		check(e.code == ERR_BAD_CREDENTIAL && e.text[0] != '\0');
	}
	cred_clear(&c);
}

static void
try_payload(const uint8_t *data, size_t len)
{
	int variant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;
	size_t room = sodium_base64_encoded_len(len, variant);
	struct cred_claims cl = { .has_tokens = true };
	BUF_AUTO b = BUF_INIT(4 * CRED_SIZE_MAX);
	BUF_AUTO jwt = BUF_INIT(4 * CRED_SIZE_MAX);
	char *text = malloc(room);
	struct cred c;

	check(text != NULL);
	(void)sodium_bin2base64(text, room, data, len, variant);
	(void)buf_addf(&jwt, "e30.%s", text);
	free(text);
	(void)buf_addf(&b, "{\"tokens\":{\"id_token\":\"%s.x\","
	    "\"access_token\":\"%s.x\",\"refresh_token\":\"\"}}",
	    buf_str(&jwt), buf_str(&jwt));
	check(!b.failed);
	try((const uint8_t *)b.p, b.len);

	cl.id_token = cl.access_token = buf_str(&jwt);
	cred_from_claims(&c, &cl);
	check_field(c.account);
	check_field(c.email);
	cred_clear(&c);
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
	if (len > 0 && data[0] == 'J' && len <= CRED_SIZE_MAX)
		try_payload(data + 1, len - 1);
	else
		try(data, len);
	return 0;
}
