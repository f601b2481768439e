#include "hostkey.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "buf.h"
#include "err.h"
#include "hostlines.h"
#include "keyblob.h"
#include "knownfile.h"

#define LINE_LIMIT (KNOWN_NAME_MAX + 2 * KEYBLOB_MAX)

struct hostkeys {
	struct hostlines *lines;
};

struct blob {
	const unsigned char *p;
	size_t len;
};

struct hostkeys *
hostkeys_load(const char *const *files, const char *const *revoked,
    struct err *e)
{
	struct hostkeys *k = calloc(1, sizeof(*k));

	if (k == NULL) {
		(void)err_memory(e);
		return NULL;
	}
	if ((k->lines = hostlines_load(files, revoked, e)) == NULL) {
		free(k);
		return NULL;
	}
	return k;
}

void
hostkeys_free(struct hostkeys *k)
{
	if (k == NULL)
		return;
	hostlines_free(k->lines);
	free(k);
}

static void
decide(struct hostkey_answer *a, enum hostkey_verdict v,
    const struct hostline *l)
{
	a->verdict = v;
	a->file = l->path;
	a->line = l->number;
}

/*
 * ssh's check_hostkeys_by_key_or_type: equal is known, any other readable key
 * is changed, whatever its type, and revoked beats both.
 */
static void
check_name(const struct hostkeys *k, const char *name, struct blob key,
    struct hostkey_answer *a)
{
	const struct hostline *const *l = hostlines_find(k->lines, name);
	unsigned char blob[KEYBLOB_MAX];
	size_t len;
	bool same;

	if (l == NULL) {
		a->verdict = HOSTKEY_CHANGED; /* fail closed */
		return;
	}
	for (; *l != NULL && a->verdict != HOSTKEY_REVOKED; l++) {
		if (keyblob_read((*l)->known.key, blob, &len) == -1)
			continue;
		same = len == key.len && memcmp(blob, key.p, len) == 0;
		switch ((*l)->known.mark) {
		case KNOWNMARK_AUTHORITY:
			a->authority = true;
			break;
		case KNOWNMARK_REVOKED:
			if (same)
				decide(a, HOSTKEY_REVOKED, *l);
			break;
		case KNOWNMARK_NONE:
			if (a->verdict != HOSTKEY_KNOWN)
				decide(a, same ? HOSTKEY_KNOWN :
				    HOSTKEY_CHANGED, *l);
			break;
		}
	}
}

/*
 * The plain name speaks for another port only if nothing is known for the
 * port itself, and then only for a known key (ssh's own way) or against a
 * revoked one: ssh warns of that one but could still learn it, we don't.
 */
static void
check_plain(const struct hostkeys *k, const char *name, struct blob key,
    struct hostkey_answer *a)
{
	struct hostkey_answer plain = { .verdict = HOSTKEY_UNKNOWN };
	char full[KNOWN_NAME_MAX];

	if (knownname(full, name, 0) == -1)
		return;
	check_name(k, full, key, &plain);
	if (plain.verdict == HOSTKEY_KNOWN || plain.verdict == HOSTKEY_REVOKED)
		*a = plain;
	else
		a->authority |= plain.authority;
}

static void
check_revoked(const struct hostkeys *k, struct blob key,
    struct hostkey_answer *a)
{
	unsigned char blob[KEYBLOB_MAX];
	size_t n, len;
	const struct hostline *l = hostlines_revoked(k->lines, &n);

	for (; n > 0; l++, n--)
		if (keyblob_read(l->known.key, blob, &len) == -1 ||
		    (len == key.len && memcmp(blob, key.p, len) == 0))
			decide(a, HOSTKEY_REVOKED, l);
}

void
hostkeys_check(const struct hostkeys *k, const char *name, int port,
    const unsigned char *blob, size_t len, struct hostkey_answer *a)
{
	struct blob key = { blob, len };
	char full[KNOWN_NAME_MAX];

	*a = (struct hostkey_answer){ .verdict = HOSTKEY_UNKNOWN };
	if (knownname(full, name, port) == -1) {
		a->verdict = HOSTKEY_CHANGED; /* no such name: fail closed */
		return;
	}
	check_name(k, full, key, a);
	if (a->verdict == HOSTKEY_UNKNOWN && full[0] == '[')
		check_plain(k, name, key, a);
	check_revoked(k, key, a);
}

/*
 * Whether a key of that type could be found known under the name; *any tells
 * whether any key is listed at all.
 */
static bool
type_known(const struct hostkeys *k, const char *name, int port,
    const char *type, bool *any)
{
	char full[KNOWN_NAME_MAX], have[KEYBLOB_TYPE_MAX];
	const struct hostline *const *l;
	unsigned char blob[KEYBLOB_MAX];
	struct hostkey_answer a;
	size_t len;

	*any = false;
	if (knownname(full, name, port) == -1 ||
	    (l = hostlines_find(k->lines, full)) == NULL)
		return false;
	for (; *l != NULL; l++) {
		if ((*l)->known.mark != KNOWNMARK_NONE ||
		    keyblob_read((*l)->known.key, blob, &len) == -1)
			continue;
		*any = true;
		keyblob_type(blob, len, have, sizeof(have));
		if (strcmp(have, type) != 0)
			continue;
		hostkeys_check(k, name, port, blob, len, &a);
		if (a.verdict == HOSTKEY_KNOWN)
			return true;
	}
	return false;
}

static int
order_pass(const struct hostkeys *k, const char *name, int port,
    const char *all, bool want, struct buf *out)
{
	char alg[KEYBLOB_TYPE_MAX];
	const char *type;
	bool any, known;

	for (const char *p = all; *p != '\0'; p += *p == ',') {
		size_t n = strcspn(p, ",");

		if (n >= sizeof(alg))
			return -1;
		memcpy(alg, p, n);
		alg[n] = '\0';
		p += n;
		if (n == 0)
			continue;
		type = keyblob_algorithm_type(alg);
		known = type_known(k, name, port, type, &any);
		if (!any && port != 0)
			known = type_known(k, name, 0, type, &any);
		if (known == want && buf_addf(out, "%s%s",
		    out->len > 0 ? "," : "", alg) == -1)
			return -1;
	}
	return 0;
}

int
hostkeys_order(const struct hostkeys *k, const char *name, int port,
    const char *all, char *out, size_t size)
{
	BUF_AUTO b = BUF_INIT(size);

	if (order_pass(k, name, port, all, true, &b) == -1 ||
	    order_pass(k, name, port, all, false, &b) == -1 || b.len >= size)
		return -1;
	memcpy(out, buf_str(&b), b.len + 1);
	return 0;
}

/* What is to be learnt, and where. */
struct learning {
	struct hostlines *lines;
	const char	 *file, *name;
	int		  port;
	struct blob	  key;
};

/* Names that would mean something else in the file than themselves. */
static bool
name_recordable(const char *name)
{
	if (*name == '\0' || *name == '!')
		return false;
	for (; *name != '\0'; name++)
		if ((unsigned char)*name <= ' ' || *name == 0x7f ||
		    strchr("@?*#[]|'\"\\,", *name) != NULL)
			return false;
	return true;
}

static int
learn_line(const struct learning *w, bool hash, struct buf *line)
{
	char full[KNOWN_NAME_MAX], hashed[KNOWN_NAME_MAX];
	char type[KEYBLOB_TYPE_MAX], b64[2 * KEYBLOB_MAX];

	keyblob_type(w->key.p, w->key.len, type, sizeof(type));
	if (type[0] == '\0' || w->key.len > KEYBLOB_MAX ||
	    !name_recordable(w->name) ||
	    knownname(full, w->name, w->port) == -1)
		return -1;
	if (hash && knownname_hash(hostlines_hmac(w->lines), full, hashed,
	    sizeof(hashed)) == -1)
		return -1;
	sodium_bin2base64(b64, sizeof(b64), w->key.p, w->key.len,
	    sodium_base64_VARIANT_ORIGINAL);
	return buf_addf(line, "%s %s %s\n", hash ? hashed : full, type, b64);
}

/* What the file says by now: *known, or -1 if it speaks against the key. */
static int
learn_check(const struct learning *w, bool *known, struct err *e)
{
	const char *const files[] = { w->file, NULL };
	struct hostkeys *k = hostkeys_load(files, NULL, e);
	struct hostkey_answer a;

	if (k == NULL)
		return -1;
	hostkeys_check(k, w->name, w->port, w->key.p, w->key.len, &a);
	hostkeys_free(k);
	*known = a.verdict == HOSTKEY_KNOWN;
	if (a.verdict == HOSTKEY_CHANGED)
		return err_set(e, ERR_HOSTKEY_CHANGED, "another host key of "
		    "'%s' was added to '%s' just now", w->name, w->file);
	if (a.verdict == HOSTKEY_REVOKED)
		return err_set(e, ERR_HOSTKEY_REVOKED, "the host key of '%s' "
		    "was revoked in '%s' just now", w->name, w->file);
	return 0;
}

/* With the file locked: fd, in the state now. */
static int
learn_locked(const struct learning *w, int fd, struct knownstamp now,
    const char *line, struct err *e)
{
	struct knownstamp *seen = hostlines_stamp(w->lines, w->file);
	bool known = false, same;

	if (seen == NULL)
		return err_memory(e);
	/* Only what is in memory counts as seen: others may have written. */
	same = knownstamp_same(seen, &now) || (seen->ino == 0 && now.size == 0);
	if (!same && learn_check(w, &known, e) == -1)
		return -1;
	if (!known && knownfile_append(fd, w->file, line, &now, e) == -1)
		return -1;
	if (same)
		*seen = now;
	if (hostlines_add(w->lines, w->file, line) == -1)
		return err_memory(e);
	return 0;
}

int
hostkeys_learn(struct hostkeys *k, const char *file, const char *name,
    int port, bool hash, const unsigned char *blob, size_t len, struct err *e)
{
	const struct learning w = { k->lines, file, name, port,
		{ blob, len } };
	BUF_AUTO line = BUF_INIT(LINE_LIMIT);
	struct hostkey_answer a;
	struct knownstamp now;
	int fd, rc;

	hostkeys_check(k, name, port, blob, len, &a);
	if (a.verdict == HOSTKEY_KNOWN)
		return 0;
	if (a.verdict != HOSTKEY_UNKNOWN)
		return err_set(e, a.verdict == HOSTKEY_CHANGED ?
		    ERR_HOSTKEY_CHANGED : ERR_HOSTKEY_REVOKED,
		    "cannot record a host key of '%s' that is refused", name);
	if (learn_line(&w, hash, &line) == -1)
		return err_set(e, ERR_HOSTKEY_UNKNOWN,
		    "cannot record the host key of '%s'", name);
	if ((fd = knownfile_lock(file, &now, e)) == -1)
		return -1;
	rc = learn_locked(&w, fd, now, buf_str(&line), e);
	if (close(fd) == -1 && rc == 0)
		rc = err_set(e, ERR_HOSTKEY_UNKNOWN, "cannot write '%s'",
		    file);
	return rc;
}

void
hostkey_fingerprint(const unsigned char *blob, size_t len,
    char out[HOSTKEY_FINGERPRINT_LEN])
{
	unsigned char hash[crypto_hash_sha256_BYTES];
	char b64[HOSTKEY_FINGERPRINT_LEN - sizeof("SHA256:") + 1];

	crypto_hash_sha256(hash, blob, len);
	sodium_bin2base64(b64, sizeof(b64), hash, sizeof(hash),
	    sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
	(void)snprintf(out, HOSTKEY_FINGERPRINT_LEN, "SHA256:%s", b64);
}
