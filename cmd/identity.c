#include "identity.h"

#include <stdlib.h>

#include "args.h"
#include "armor.h"
#include "env.h"
#include "err.h"
#include "loop.h"
#include "net.h"
#include "prompt.h"
#include "recipient.h"
#include "recipientkey.h"
#include "seal.h"
#include "secret.h"
#include "signals.h"
#include "sshseed.h"

static struct secret *
key_of_machine(struct err *e)
{
	char *dir = env_datadir(e);
	struct secret *key;

	if (dir == NULL)
		return NULL;
	key = recipientkey_load(dir, e);
	free(dir);
	return key;
}

/* The key in the SSH key file; its passphrase is asked for in between. */
static struct secret *
key_of_file(struct ui *ui, const struct args *a, const char *path,
    struct err *e)
{
	struct loop *loop = loop_new();
	SECRET_AUTO *seed = NULL;
	struct prompt prompt;
	struct net net = { .loop = loop, .io = &prompt.io };

	if (loop == NULL) {
		(void)err_memory(e);
	} else if (signals_open(e) == 0) {
		prompt_open(&prompt, ui, a->no_input);
		seed = sshseed_read(&net, path, e);
		prompt_close(&prompt);
		if (seed == NULL && signals_first() != 0)
			(void)err_set(e, ERR_INTERRUPTED, "interrupted");
	}
	loop_free(loop);
	if (seed == NULL)
		return NULL;
	return recipient_key_ed25519(seed, e);
}

static struct secret *
open_with(const struct secret *key, const struct armor *text,
    struct seal *about, struct err *e)
{
	struct secret *what;

	if (key == NULL)
		return NULL;
	what = seal_open(about, text->out.p, text->out.len, key, e);
	if (what == NULL)
		(void)err_wrap(e, "cannot open the sealed text");
	return what;
}

struct secret *
identity_open(struct ui *ui, const struct args *a, const struct armor *text,
    struct seal *about, struct err *e)
{
	struct secret *what = NULL;

	if (a->ssh_identities.n == 0) {
		SECRET_AUTO *key = key_of_machine(e);

		what = open_with(key, text, about, e);
		if (what == NULL && (e->code == ERR_NO_CREDENTIAL ||
		    e->hint[0] == '\0'))
			(void)err_hint(e, "sealed for an SSH key? use "
			    "--identity FILE; else have it sealed for what "
			    "'codex-provision recipient' prints here");
	}
	for (size_t i = 0; i < a->ssh_identities.n && what == NULL; i++) {
		SECRET_AUTO *key = key_of_file(ui, a, a->ssh_identities.v[i],
		    e);

		what = open_with(key, text, about, e);
	}
	return what;
}
