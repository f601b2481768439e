/*
 * toml_walk and codexconfig_add: an end, bounded strings, no value when it is
 * refused at once, and nothing of the text in an error.
 */
#include <stdlib.h>
#include <string.h>

#include "codexconfig.h"
#include "err.h"
#include "text.h"
#include "toml.h"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
check(bool ok)
{
	if (!ok)
		abort();
}

static int
each(void *ctx, const struct toml_value *v, struct err *e)
{
	size_t *room = ctx;

	(void)e;
	check(strlen(v->path) < TOML_PATH_MAX && v->path[0] != '\0');
	check(strlen(v->text) < TOML_STRING_MAX);
	check(v->type == TOML_STRING || v->text[0] == '\0');
	check(v->array >= 0);
	/* Each value has a byte of its own. */
	check((*room)-- > 0);
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const char *p = (const char *)data;
	struct codexconfig c = { 0 };
	struct err e = ERR_INIT;
	size_t room = len;
	int r;

	r = toml_walk(p, len, each, &room, ERR_BAD_CREDENTIAL, &e);
	check((r == 0) == (e.code == ERR_NONE));
	e = (struct err)ERR_INIT;
	if (codexconfig_add(&c, CODEXCONFIG_USER, p, len, &e) == -1)
		check(c.refused || c.unknown);
	else
		check(r == 0 && !c.refused && !c.unknown);
	check(c.nids <= CODEXCONFIG_IDS && c.store <= CODEXCONFIG_EPHEMERAL);
	return 0;
}
