/*
 * store_vaultfixture - what the tests of the encrypted store share.
 */
#ifndef STORE_VAULTFIXTURE_H
#define STORE_VAULTFIXTURE_H

#include "unit/store_fixture.h"

#include "cred.h"
#include "err.h"
#include "json.h"
#include "vaultbox.h"
#include "vaultimage.h"

/* As little as libsodium allows: no test here is about Argon2id itself. */
static const struct vault_kdf fixture_kdf = { 1, 8192, "fifteen letters" };

static inline struct secret *
fixture_key(const struct vault_kdf *kdf, const char *passphrase)
{
	SECRET_AUTO *p = fixture_secret(passphrase, strlen(passphrase));
	struct err e = ERR_INIT;
	struct secret *k = vaultbox_key(kdf, p, &e);

	assert_non_null(k);
	return k;
}

/* Puts what text says under name. */
static inline void
fixture_put(struct vaultimage *v, const char *name, const char *text,
    int64_t now)
{
	struct err e = ERR_INIT;
	struct cred c;

	assert_int_equal(cred_parse(&c, fixture_secret(text, strlen(text)),
	    &e), 0);
	assert_int_equal(vaultimage_put(v, name, &c, now, &e), 0);
	assert_non_null(c.bytes);
	cred_clear(&c);
}

#endif
