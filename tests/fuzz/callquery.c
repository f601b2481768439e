/* The callback's query: accepted means one state, a code or an error, and
 * nothing twice. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "callquery.h"
#include "callrequest.h"
#include "err.h"
#include "secret.h"
#include "text.h"

int	LLVMFuzzerInitialize(int *argc, char ***argv);
int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
check(bool ok)
{
	if (!ok)
		abort();
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	check(sodium_init() >= 0);
	return 0;
}

static void
check_secret(const struct secret *s)
{
	size_t len;
	const unsigned char *p = secret_expose(s, &len);

	check(len > 0);
	for (size_t i = 0; i < len; i++)
		check(p[i] >= ' ' && p[i] <= '~');
}

/* Once more the same, and it is refused. */
static void
check_once(const char *query, const char *more)
{
	size_t len = strlen(query);
	char *twice = malloc(len + strlen(more) + 2);
	struct callquery q;

	check(twice != NULL);
	memcpy(twice, query, len);
	twice[len] = '&';
	strcpy(twice + len + 1, more);
	check(!callquery_read(&q, twice));
	check(q.state == NULL && q.code == NULL);
	free(twice);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct err e = ERR_INIT;
	struct callquery q;
	const char *query;
	char *s = malloc(len + 1);

	check(s != NULL);
	memcpy(s, data, len);
	s[len] = '\0';
	(void)callrequest_place(s, "/auth/callback", &query);
	if (callquery_read(&q, s)) {
		check_secret(q.state);
		check((q.code != NULL) != (q.error[0] != '\0'));
		if (q.code != NULL)
			check_secret(q.code);
		check(text_utf8(q.error, strlen(q.error)));
		check(text_utf8(q.description, strlen(q.description)));
		check((callquery_judge(&q, NULL, &e) == 0) == (q.code != NULL));
		check_once(s, "state=x");
		check_once(s, q.code != NULL ? "%63ode=x" : "error=x");
		check_once(s, q.code != NULL ? "error=x" : "code=x");
	} else {
		check(q.state == NULL && q.code == NULL);
	}
	callquery_clear(&q);
	free(s);
	return 0;
}
