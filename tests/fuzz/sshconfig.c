/* What `ssh -G` prints, tokens, and the scanner of ssh_config files. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "err.h"
#include "sshclass.h"
#include "sshhost.h"
#include "sshtoken.h"

int	LLVMFuzzerTestOneInput(const uint8_t *p, size_t len);

static void
print(const char *text)
{
	char home[] = "HOME=/h";
	char *const envp[] = { home, NULL };
	const struct sshtokens t = { .home = "/h", .local_user = "u",
		.local_host = "l.example", .uid = "1", .name = "n",
		.hostname = "h", .envp = envp };
	struct err e = ERR_INIT;
	struct sshhost *raw = sshhost_parse(text, &e), *h;

	if (raw == NULL) {
		if (e.code == ERR_NONE)
			abort();
		return;
	}
	h = sshhost_expand(raw, &t, "/agent", &e);
	if ((h == NULL) == (e.code == ERR_NONE))
		abort();
	if (h != NULL && (h->port < 1 || h->port > 65535 ||
	    h->identity_files == NULL || h->user_known_hosts == NULL))
		abort();
	sshhost_free(h);
	sshhost_free(raw);
}

static void
scan(const char *text)
{
	BUF_AUTO a = BUF_INIT(65536), b = BUF_INIT(65536);
	struct sshclass *c = sshclass_new("none", "/nonexistent", NULL, NULL);

	if (c == NULL)
		abort();
	sshclass_text(c, text);
	if (sshclass_key(c, "web1", &a) != sshclass_key(c, "web1", &b) ||
	    strcmp(buf_str(&a), buf_str(&b)) != 0)
		abort();
	sshclass_free(c);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t len)
{
	char *text = malloc(len + 1);

	if (text == NULL)
		abort();
	memcpy(text, p, len);
	text[len] = '\0';
	print(text);
	/* The file system is no part of the input. */
	if (strcasestr(text, "include") == NULL)
		scan(text);
	free(text);
	return 0;
}
