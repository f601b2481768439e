/* What issuers answer: nothing unsafe is kept, no byte of it in an error. */
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "issuersaid.h"
#include "json.h"
#include "secret.h"
#include "text.h"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
int	LLVMFuzzerInitialize(int *argc, char ***argv);

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	json_init();
	return 0;
}

static void
check(bool ok)
{
	if (!ok)
		abort();
}

static void
check_token(const struct secret *s)
{
	if (s != NULL)
		check(token_ok((const char *)secret_expose(s, NULL)) &&
		    strlen((const char *)secret_expose(s, NULL)) ==
		    secret_len(s));
}

static void
check_shown(const char *s)
{
	check(text_utf8(s, strlen(s)));
	for (; *s != '\0'; s++)
		check((unsigned char)*s >= ' ' && *s != 0x7f);
}

static void
check_taken(enum issuer_what what, const struct issuer_answer *a)
{
	check_token(a->tokens.id);
	check_token(a->tokens.access);
	check_token(a->tokens.refresh);
	check_token(a->key);
	check_shown(a->who.email);
	check_shown(a->who.plan);
	if (what == ISSUER_USERCODE) {
		check(strlen(a->device.user_code) >= 4);
		check(strspn(a->device.user_code,
		    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") ==
		    strlen(a->device.user_code));
		check(a->device.interval >= 1 && a->device.interval <= 60);
	}
	if (what == ISSUER_EXCHANGE)
		check(a->tokens.id != NULL && a->tokens.access != NULL &&
		    a->tokens.refresh != NULL);
	if (what == ISSUER_DEVICEPOLL)
		check(a->code != NULL && a->verifier != NULL);
}

/* The first byte chooses who is answered. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct issuer_answer a = { .outcome = ISSUER_DONE };
	struct err e = ERR_INIT;
	struct issuersaid said;
	enum issuer_what what;
	char *body;

	if (len == 0)
		return 0;
	what = (enum issuer_what)(data[0] % ISSUER_WHATS);
	body = malloc(len);	/* exactly: what is read past it is seen */
	check(body != NULL);
	memcpy(body, data + 1, len - 1);
	if (issuersaid_read(what, body, len - 1, &a, &e) == 0)
		check_taken(what, &a);
	else
		check(e.code == ERR_PROTOCOL && a.tokens.id == NULL &&
		    a.device.id == NULL && a.code == NULL);
	issuersaid_clear(&a);
	issuersaid_refusal(body, len - 1, "", &said);
	check_shown(said.code);
	check_shown(said.text);
	free(body);
	return 0;
}
