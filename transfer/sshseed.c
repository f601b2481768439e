#include "sshseed.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include <sodium.h>

#include "agentwire.h"
#include "err.h"
#include "net.h"
#include "secret.h"
#include "sshkey.h"

/* PROTOCOL.key of OpenSSH; what libssh writes in the clear has 266 bytes. */
#define MAGIC	   "openssh-key-v1"	/* and its NUL */
#define BEGIN	   "-----BEGIN OPENSSH PRIVATE KEY-----\n"
#define FILE_MAX   1024
#define PAIR_LEN   64	/* the seed, then the public key */

struct cursor {
	const unsigned char *p;
	size_t left;
};

static bool
cursor_skip(struct cursor *c, size_t n)
{
	if (n > c->left)
		return false;
	c->p += n;
	c->left -= n;
	return true;
}

/* Cuts a string off the front; inside may be NULL. */
static bool
cursor_string(struct cursor *c, struct cursor *inside)
{
	const unsigned char *p = c->p;
	size_t n;

	if (!cursor_skip(c, 4))
		return false;
	n = agentwire_get32(p);
	if (inside != NULL)
		*inside = (struct cursor){ c->p, n };
	return cursor_skip(c, n);
}

/*
 * Cipher, its options and its salt; how many keys, the public one; then the
 * private list: two check numbers, type, public key, pair.
 */
static struct secret *
seed_in(struct cursor file)
{
	struct cursor list, pair;

	if (file.left < sizeof(MAGIC) ||
	    memcmp(file.p, MAGIC, sizeof(MAGIC)) != 0 ||
	    !cursor_skip(&file, sizeof(MAGIC)) ||
	    !cursor_string(&file, NULL) || !cursor_string(&file, NULL) ||
	    !cursor_string(&file, NULL) || !cursor_skip(&file, 4) ||
	    !cursor_string(&file, NULL) || !cursor_string(&file, &list) ||
	    !cursor_skip(&list, 8) || !cursor_string(&list, NULL) ||
	    !cursor_string(&list, NULL) || !cursor_string(&list, &pair) ||
	    pair.left != PAIR_LEN)
		return NULL;
	return secret_copy(pair.p, SSHSEED_LEN);
}

/* libssh gives a private key away as a file in the clear only. */
static struct secret *
seed_of(ssh_key key)
{
	SECRET_AUTO *file = secret_new(FILE_MAX);
	struct secret *seed = NULL;
	char *text = NULL;
	size_t len;

	if (file == NULL || ssh_pki_export_privkey_base64(key, NULL, NULL,
	    NULL, &text) != SSH_OK)
		return NULL;
	if (strncmp(text, BEGIN, strlen(BEGIN)) == 0 &&
	    sodium_base642bin(secret_expose(file, NULL), FILE_MAX,
		text + strlen(BEGIN), strcspn(text + strlen(BEGIN), "-"),
		"\n", &len, NULL, sodium_base64_VARIANT_ORIGINAL) == 0)
		seed = seed_in((struct cursor){ secret_expose(file, NULL),
		    len });
	sodium_memzero(text, strlen(text));
	ssh_string_free_char(text);
	return seed;
}

/* Whether it may become ready at all. */
static int
usable(const struct sshkey *k, struct err *e)
{
	enum ssh_keytypes_e type = k->public == NULL ? SSH_KEYTYPE_UNKNOWN :
	    ssh_key_type(k->public);

	if (k->state == SSHKEY_ABSENT)
		return err_sys(e, ERR_NO_CREDENTIAL, ENOENT,
		    "cannot read '%s'", k->path);
	if (k->exposed) {
		(void)err_set(e, ERR_UNSAFE_TARGET, "cannot use '%s': others "
		    "can read it", k->path);
		return err_hint(e, "chmod 600 '%s'", k->path);
	}
	if (type == SSH_KEYTYPE_ED25519 && k->state != SSHKEY_UNUSABLE)
		return 0;
	if (type == SSH_KEYTYPE_UNKNOWN || type == SSH_KEYTYPE_ED25519)
		(void)err_set(e, ERR_BAD_CREDENTIAL, "cannot use '%s': no "
		    "private key in OpenSSH's format", k->path);
	else
		(void)err_set(e, ERR_BAD_CREDENTIAL, "cannot open anything "
		    "with '%s': an %s key", k->path,
		    ssh_key_type_to_char(type));
	return err_hint(e, "only ssh-ed25519 keys open sealed texts; without "
	    "one seal for what 'codex-provision recipient' prints");
}

static int
unlock(struct net *n, struct sshkey *k, struct err *e)
{
	if (k->state == SSHKEY_ENCRYPTED && !net_can_ask(n)) {
		(void)err_set(e, ERR_BAD_PASSPHRASE, "cannot use '%s': it has "
		    "a passphrase and nobody is there to ask", k->path);
		return err_hint(e, "run it on a terminal, without --no-input");
	}
	if (!sshkey_unlock(n, k))
		return err_set(e, ERR_BAD_PASSPHRASE, "cannot use '%s': %s",
		    k->path, k->why);
	return 0;
}

struct secret *
sshseed_read(struct net *n, const char *path, struct err *e)
{
	struct sshkeys *keys = sshkeys_new();
	struct sshkey *k = keys == NULL ? NULL : sshkeys_get(keys, path);
	struct secret *seed = NULL;

	if (k == NULL)
		(void)err_sys(e, ERR_INTERNAL, ENOMEM, "cannot use '%s'",
		    path);
	else if (usable(k, e) == 0 && unlock(n, k, e) == 0 &&
	    (seed = seed_of(k->private)) == NULL)
		(void)err_set(e, ERR_INTERNAL, "cannot use '%s': libssh does "
		    "not hand its key over", path);
	sshkeys_free(keys);
	return seed;
}
