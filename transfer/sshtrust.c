#include "sshtrust.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "err.h"
#include "hostkey.h"
#include "keyblob.h"
#include "net.h"
#include "sshconfig.h"
#include "sshnet.h"

#define TRUST_BLOB_MAX	16384	/* bytes of a public key */
#define TRUST_TYPE_MAX	64

/* What libssh can verify, OpenSSH 9.2's order without certificates. */
static const char algorithms[] = "ssh-ed25519,ecdsa-sha2-nistp256,"
    "ecdsa-sha2-nistp384,ecdsa-sha2-nistp521,rsa-sha2-512,rsa-sha2-256";

struct hostkey {
	unsigned char	 blob[TRUST_BLOB_MAX];
	size_t		 len;
	char		 type[TRUST_TYPE_MAX];
	char		 fingerprint[HOSTKEY_FINGERPRINT_LEN];
};

/* The name a key is looked up by: the alias has no port (ssh_config(5)). */
static const char *
trust_name(const struct sshhost *h, int *port)
{
	*port = h->host_key_alias != NULL ? 0 : h->port;
	return h->host_key_alias != NULL ? h->host_key_alias : h->hostname;
}

int
sshtrust_order(struct sshnet *s, const struct sshhost *h,
    char order[SSHTRUST_ORDER_MAX], struct err *e)
{
	struct hostkeys *known = sshnet_hostkeys(s, h, e);
	const char *name;
	int port;

	if (known == NULL)
		return -1;
	name = trust_name(h, &port);
	if (hostkeys_order(known, name, port, algorithms, order,
	    SSHTRUST_ORDER_MAX) == -1)
		return err_set(e, ERR_INTERNAL, "too many host key types");
	return 0;
}

static int
hostkey_of(ssh_session session, struct hostkey *k)
{
	ssh_key key = NULL;
	char *base64 = NULL;
	int rc = -1;

	if (ssh_get_server_publickey(session, &key) == SSH_OK &&
	    ssh_pki_export_pubkey_base64(key, &base64) == SSH_OK &&
	    sodium_base642bin(k->blob, sizeof(k->blob), base64,
	    strlen(base64), NULL, &k->len, NULL,
	    sodium_base64_VARIANT_ORIGINAL) == 0) {
		keyblob_type(k->blob, k->len, k->type, sizeof(k->type));
		hostkey_fingerprint(k->blob, k->len, k->fingerprint);
		rc = 0;
	}
	ssh_string_free_char(base64);
	ssh_key_free(key);
	return rc;
}

static int
refuse_changed(const struct sshhost *h, const struct hostkey *k,
    const struct hostkey_answer *a, struct err *e)
{
	if (a->file == NULL)	/* a name that no line can have */
		return err_set(e, ERR_HOSTKEY_CHANGED, "'%s' is too long a "
		    "name to look for its host key", h->name);
	err_set(e, ERR_HOSTKEY_CHANGED, "the host key of '%s' has changed: it "
	    "shows %s %s, not the key in '%s' line %lu", h->name, k->type,
	    k->fingerprint, a->file, a->line);
	return err_hint(e, "somebody may be listening; ask its owner for the "
	    "fingerprint, and only if it is this one replace that line");
}

static int
refuse_revoked(const struct sshhost *h, const struct hostkey *k,
    const struct hostkey_answer *a, struct err *e)
{
	err_set(e, ERR_HOSTKEY_REVOKED, "the host key of '%s' (%s %s) is "
	    "revoked by '%s' line %lu", h->name, k->type, k->fingerprint,
	    a->file, a->line);
	return err_hint(e, "do not use this host until its owner has given it "
	    "a new key");
}

static int
refuse_unknown(const struct sshhost *h, const struct hostkey *k,
    const struct hostkey_answer *a, struct err *e)
{
	err_set(e, ERR_HOSTKEY_UNKNOWN, "the host key of '%s' is not known: "
	    "it shows %s %s", h->name, k->type, k->fingerprint);
	if (a->authority)
		return err_hint(e, "its @cert-authority line cannot be used: "
		    "libssh has no host certificates; record the key with "
		    "--accept-new or ssh-keyscan");
	return err_hint(e, "compare the fingerprint, then use --accept-new "
	    "(or 'ssh %s' once)", h->name);
}

/* Whether an unknown key is taken, and by whom. */
static bool
trust_unknown(struct net *n, const struct sshhost *h, const struct hostkey *k,
    const struct hostkey_answer *a)
{
	char where[300];
	int port;
	const char *name = trust_name(h, &port);
	struct io_hostkey q = { .host = where, .type = k->type,
		.fingerprint = k->fingerprint, .authority = a->authority };

	if (n->ssh->accept_new || h->strict == SSHSTRICT_ACCEPT_NEW)
		return true;
	if (h->strict == SSHSTRICT_YES)
		return false;
	(void)snprintf(where, sizeof(where), port == 0 || port == 22 ?
	    "%s" : "[%s]:%d", name, port);
	q.file = h->user_known_hosts != NULL ? h->user_known_hosts[0] : NULL;
	return net_confirm_hostkey(n, &q);
}

/* Like ssh: what can't be recorded is said, and trusted for this run. */
static void
trust_record(struct hostkeys *known, const struct sshhost *h,
    const struct hostkey *k, char **warning)
{
	struct err e = ERR_INIT;
	int port;
	const char *name = trust_name(h, &port);

	if (h->user_known_hosts == NULL || h->user_known_hosts[0] == NULL)
		err_set(&e, ERR_INTERNAL, "no UserKnownHostsFile is set");
	else if (hostkeys_learn(known, h->user_known_hosts[0], name, port,
	    h->hash_known_hosts, k->blob, k->len, &e) == 0)
		return;
	if (asprintf(warning, "the host key was accepted but not recorded: %s",
	    e.text) == -1)
		*warning = NULL;
}

int
sshtrust_check(struct net *n, struct sshnet *s, const struct sshhost *h,
    ssh_session session, char **warning, struct err *e)
{
	struct hostkeys *known = sshnet_hostkeys(s, h, e);
	struct hostkey_answer a;
	struct hostkey *k;
	const char *name;
	int port, rc = 0;

	if (known == NULL)
		return -1;
	if ((k = calloc(1, sizeof(*k))) == NULL || hostkey_of(session, k) ==
	    -1) {
		free(k);
		return err_set(e, ERR_HOSTKEY_UNKNOWN, "cannot read the host "
		    "key of '%s'", h->name);
	}
	name = trust_name(h, &port);
	hostkeys_check(known, name, port, k->blob, k->len, &a);
	switch (a.verdict) {
	case HOSTKEY_KNOWN:
		break;
	case HOSTKEY_CHANGED:
		rc = refuse_changed(h, k, &a, e);
		break;
	case HOSTKEY_REVOKED:
		rc = refuse_revoked(h, k, &a, e);
		break;
	default:
		if (trust_unknown(n, h, k, &a))
			trust_record(known, h, k, warning);
		else
			rc = refuse_unknown(h, k, &a, e);
	}
	free(k);
	return rc;
}
