/*
 * vaultlogin - which of a store's entries is the login that is in use.
 *
 * 1. The newest tokens of a login MUST NOT be lost: what is in use gets into
 *    its entry before it is replaced.
 * 2. Tokens of one login MUST NOT get into another's entry: both would be
 *    lost. Where it can't be told which it is, nothing is changed.
 */
#include <string.h>

#include <sodium.h>

#include "cred.h"
#include "err.h"
#include "vaultlogin.h"

static bool
known_and_same(const char *a, const char *b)
{
	return a[0] != '\0' && strcmp(a, b) == 0;
}

static bool
same_bytes(const struct cred *a, const struct cred *b)
{
	return sodium_memcmp(a->digest, b->digest, sizeof(a->digest)) == 0;
}

static bool
is_chatgpt(const struct cred *c)
{
	return c->mode == CRED_CHATGPT || c->mode == CRED_LEASE;
}

/*
 * Whether two credentials come from one login: the same login_owner_id (Codex
 * writes one since 0.166 and keeps it over refreshes). Where one of them has
 * none they may be, if account and user are known and the same. A key is the
 * same login only as the same bytes.
 */
enum same { SAME_NO, SAME_MAYBE, SAME_YES };

static enum same
same_login(const struct cred *a, const struct cred *b)
{
	if (same_bytes(a, b))
		return SAME_YES;
	if (!is_chatgpt(a) || !is_chatgpt(b) || cred_other_account(a, b))
		return SAME_NO;
	if (a->login[0] != '\0' && b->login[0] != '\0')
		return strcmp(a->login, b->login) == 0 ? SAME_YES : SAME_NO;
	return known_and_same(a->account, b->account) &&
	    known_and_same(a->user, b->user) ? SAME_MAYBE : SAME_NO;
}

/* Whether the entry has nothing to learn from it. */
static bool
has_it(const struct cred *entry, const struct cred *here)
{
	return same_bytes(entry, here) || cred_newer(entry, here) ||
	    cred_loses_token(entry, here);
}

/* How many entries are that much the same; *first is one of them. */
static size_t
count(const struct vaultimage *v, const struct cred *here,
    enum same same, size_t *first)
{
	size_t n = 0;

	for (size_t i = 0; i < v->n; i++) {
		if (same_login(&v->entries[i].says, here) != same)
			continue;
		if (n++ == 0)
			*first = i;
	}
	return n;
}

static int
learn(struct vaultimage *v, size_t i, const struct cred *here, int64_t now,
    struct vaultlearnt *learnt, struct err *e)
{
	const struct vault_entry *en = &v->entries[i];
	char name[VAULT_NAME_MAX + 1];

	memcpy(name, en->name, sizeof(name));
	if (has_it(&en->says, here)) {
		if (learnt->name[0] == '\0')
			memcpy(learnt->name, name, sizeof(name));
		return 0;
	}
	if (vaultimage_put(v, name, here, now, e) == -1)
		return -1;
	learnt->what = VAULTLOGIN_LEARNT;
	memcpy(learnt->name, name, sizeof(name));
	return 0;
}

int
vaultlogin_learn(struct vaultimage *v, const struct cred *here, int64_t now,
    struct vaultlearnt *learnt, struct err *e)
{
	size_t first = 0, sure, maybe;

	*learnt = (struct vaultlearnt){ .what = VAULTLOGIN_KEPT };
	sure = count(v, here, SAME_YES, &first);
	if (sure == 0) {
		maybe = count(v, here, SAME_MAYBE, &first);
		if (maybe == 1)
			return learn(v, first, here, now, learnt, e);
		learnt->what = maybe == 0 ? VAULTLOGIN_UNKNOWN :
		    VAULTLOGIN_UNSURE;
		return 0;
	}
	/* More than one: copies of one login, and only the latest works. */
	for (size_t i = 0; i < v->n; i++) {
		if (same_login(&v->entries[i].says, here) ==
		    SAME_YES && learn(v, i, here, now, learnt, e) == -1)
			return -1;
	}
	return 0;
}
