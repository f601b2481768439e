/*
 * farurl on what a hostile codex may print. What is taken for a login's URL
 * is printable, at the issuer, and leads to loopback; nothing else gets out.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "farurl.h"
#include "secret.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
check(bool ok)
{
	if (!ok)
		abort();
}

static void
one_url(const char *line, const struct farurl_want *want)
{
	struct err e = ERR_INIT;
	struct farurl u;

	if (farurl_parse(&u, line, want, &e) == 0) {
		check(strncmp(u.text, "https://issuer.example/oauth/authorize?",
		    39) == 0);
		check(u.text[strspn(u.text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
		    "abcdefghijklmnopqrstuvwxyz0123456789-._~%+&=:,/?")] ==
		    '\0');
		check(u.port == 1455 || u.port == 1457);
		check(u.path[0] == '/' && strcmp(u.path, "/cancel") != 0);
		check(secret_len(u.state) >= 16);
		farurl_clear(&u);
	} else {
		check(e.code != ERR_NONE && u.text == NULL && u.state == NULL);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const struct farurl_want want = {
		.issuer = "https://issuer.example", .client_id = "app_1" };
	struct farcode c = { "", "" };
	struct err e = ERR_INIT;
	char *s = malloc(len + 1), *line = s, *next;

	check(s != NULL);
	memcpy(s, data, len);
	s[len] = '\0';
	(void)farurl_is(s);
	one_url(s, &want);
	for (; line != NULL; line = next) {
		if ((next = strchr(line, '\n')) != NULL)
			*next++ = '\0';
		if (farcode_line(&c, line, &want, &e) == -1)
			check(e.code == ERR_PROTOCOL);
	}
	check(c.url[0] == '\0' ||
	    strcmp(c.url, "https://issuer.example/codex/device") == 0);
	check(strspn(c.code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") ==
	    strlen(c.code));
	free(s);
	return 0;
}
