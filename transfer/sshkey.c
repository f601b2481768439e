#include "sshkey.h"

#include <sys/stat.h>

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "net.h"
#include "secret.h"

#define KEY_PASSPHRASE_TRIES 3	/* ssh's NumberOfPasswordPrompts */
#define KEY_PATH_MAX	1024
#define KEY_BLOB_MAX	(64 * 1024)	/* bytes of a public key or certificate */

struct entry {
	struct sshkey	 key;
	struct entry	*next;
	char		 path[];
};

struct sshkeys {
	struct entry *first;
};

struct sshkeys *
sshkeys_new(void)
{
	return calloc(1, sizeof(struct sshkeys));
}

void
sshkeys_free(struct sshkeys *c)
{
	struct entry *e;

	while (c != NULL && (e = c->first) != NULL) {
		c->first = e->next;
		ssh_key_free(e->key.public);
		ssh_key_free(e->key.private);
		ssh_string_free_char(e->key.base64);
		free(e);
	}
	free(c);
}

/* Called by libssh only when the file wants a passphrase. */
static int
note_encrypted(const char *prompt, char *buf, size_t len, int echo,
    int verify, void *userdata)
{
	bool *encrypted = userdata;

	(void)prompt, (void)buf, (void)len, (void)echo, (void)verify;
	*encrypted = true;
	return -1;
}

/* ssh's rule: a file of ours that anybody else can reach is no secret. */
static bool
key_exposed(const struct stat *st)
{
	return st->st_uid == getuid() && (st->st_mode & 077) != 0;
}

/* The private half, if it is there and for us alone. */
static void
key_read_private(struct sshkey *k, const struct stat *st)
{
	bool encrypted = false;

	k->state = SSHKEY_UNUSABLE;
	if (ssh_pki_import_privkey_file(k->path, NULL, note_encrypted,
	    &encrypted, &k->private) == SSH_OK)
		k->state = SSHKEY_READY;
	else if (encrypted)
		k->state = SSHKEY_ENCRYPTED;
	if (k->state != SSHKEY_UNUSABLE && key_exposed(st)) {
		ssh_key_free(k->private);
		k->private = NULL;
		k->state = SSHKEY_UNUSABLE;
		k->exposed = true;
		k->why = "others can read it; chmod 600 it";
	} else if (k->state == SSHKEY_ENCRYPTED) {
		k->why = "it is encrypted; ssh-add it";
	} else if (k->state == SSHKEY_UNUSABLE) {
		k->why = "libssh cannot use it (a security key works from the "
		    "agent); ssh-add it";
	}
}

/*
 * The public half: of an OpenSSH file in the clear, of a .pub file named as
 * the identity or beside a missing one, to choose a key of the agent.
 */
static void
key_read_public(struct sshkey *k)
{
	char beside[KEY_PATH_MAX];
	int n;

	if (ssh_pki_import_pubkey_file(k->path, &k->public) == SSH_OK)
		return;
	k->public = NULL;
	if (k->private != NULL) {
		(void)ssh_pki_export_privkey_to_pubkey(k->private, &k->public);
		return;
	}
	n = snprintf(beside, sizeof(beside), "%s.pub", k->path);
	if (n < 0 || (size_t)n >= sizeof(beside) ||
	    ssh_pki_import_pubkey_file(beside, &k->public) != SSH_OK)
		k->public = NULL;
}

static void
key_read(struct sshkey *k)
{
	struct stat st;

	k->state = SSHKEY_ABSENT;
	if (stat(k->path, &st) == 0 && S_ISREG(st.st_mode))
		key_read_private(k, &st);
	key_read_public(k);
	if (k->public != NULL && ssh_pki_export_pubkey_base64(k->public,
	    &k->base64) != SSH_OK)
		k->base64 = NULL;
}

struct sshkey *
sshkeys_get(struct sshkeys *c, const char *path)
{
	size_t len = strlen(path) + 1;
	struct entry *e;

	for (e = c->first; e != NULL; e = e->next) {
		if (strcmp(e->path, path) == 0)
			return &e->key;
	}
	if ((e = calloc(1, sizeof(*e) + len)) == NULL)
		return NULL;
	memcpy(e->path, path, len);
	e->key.path = e->path;
	key_read(&e->key);
	e->next = c->first;
	c->first = e;
	return &e->key;
}

bool
sshkey_unlock(struct net *n, struct sshkey *k)
{
	char prompt[512];

	if (k->state != SSHKEY_ENCRYPTED || !net_can_ask(n))
		return k->state == SSHKEY_READY;
	(void)snprintf(prompt, sizeof(prompt),
	    "Enter passphrase for key '%s': ", k->path);
	for (int i = 0; i < KEY_PASSPHRASE_TRIES; i++) {
		SECRET_AUTO *answer = net_ask(n, prompt, false);

		if (answer == NULL || secret_len(answer) == 0)
			break;
		if (ssh_pki_import_privkey_file(k->path,
		    (const char *)secret_expose(answer, NULL), NULL, NULL,
		    &k->private) == SSH_OK) {
			k->state = SSHKEY_READY;
			return true;
		}
	}
	k->state = SSHKEY_UNUSABLE;
	k->why = "its passphrase was not given";
	return false;
}

/* The blob behind the first `skip` strings, of a base64 that libssh made. */
static const unsigned char *
blob_after(unsigned char *bin, size_t size, const char *base64, int skip,
    size_t *len)
{
	unsigned char *p = bin;
	size_t left;

	if (sodium_base642bin(bin, size, base64, strlen(base64), NULL, &left,
	    NULL, sodium_base64_VARIANT_ORIGINAL) != 0)
		return NULL;
	while (skip-- > 0) {
		size_t n;

		if (left < 4)
			return NULL;
		n = (size_t)p[0] << 24 | (size_t)p[1] << 16 |
		    (size_t)p[2] << 8 | p[3];
		if (n > left - 4)
			return NULL;
		p += 4 + n;
		left -= 4 + n;
	}
	*len = left;
	return p;
}

/*
 * A certificate is type, nonce, then the public key's own fields
 * (OpenSSH PROTOCOL.certkeys); a key is type, then the same fields.
 */
static bool
cert_is_of(const char *cert, const char *key)
{
	unsigned char *a = malloc(KEY_BLOB_MAX), *b = malloc(KEY_BLOB_MAX);
	const unsigned char *ca, *cb;
	size_t na, nb;
	bool same = false;

	if (a != NULL && b != NULL) {
		ca = blob_after(a, KEY_BLOB_MAX, cert, 2, &na);
		cb = blob_after(b, KEY_BLOB_MAX, key, 1, &nb);
		same = ca != NULL && cb != NULL && na >= nb &&
		    memcmp(ca, cb, nb) == 0;
	}
	free(a);
	free(b);
	return same;
}

ssh_key
sshkey_certified(const struct sshkey *k, const char *cert_path)
{
	ssh_key cert = NULL, both = NULL;
	char *base64 = NULL;

	if (k->base64 == NULL || k->private == NULL ||
	    ssh_pki_import_cert_file(cert_path, &cert) != SSH_OK)
		return NULL;
	if (ssh_pki_export_pubkey_base64(cert, &base64) == SSH_OK &&
	    cert_is_of(base64, k->base64) &&
	    (both = ssh_key_dup(k->private)) != NULL &&
	    ssh_pki_copy_cert_to_privkey(cert, both) != SSH_OK) {
		ssh_key_free(both);
		both = NULL;
	}
	ssh_string_free_char(base64);
	ssh_key_free(cert);
	return both;
}
