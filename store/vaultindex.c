/*
 * vaultindex - the list of a store's entries as bytes.
 *
 * The bytes were authenticated before they get here; still, what a newer or
 * a faulty version wrote MUST be refused and never read past.
 */
#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "vaultbox.h"
#include "vaultimage.h"
#include "vaultindex.h"

/* What each entry begins with, as it lies in the file. */
struct fixed {
	uint64_t	serial, added, changed, expires;
	uint32_t	size;
	uint8_t		mode, refreshable, zero[2];
	unsigned char	digest[CRED_DIGEST_LEN];
};
_Static_assert(sizeof(struct fixed) == 72, "no holes");

/* The format's numbers of modes; they never change. */
static const enum cred_mode modes[] = {
	[1] = CRED_CHATGPT,
	[2] = CRED_LEASE,
	[3] = CRED_APIKEY,
	[4] = CRED_PAT,
	[5] = CRED_AGENT_IDENTITY,
	[6] = CRED_BEDROCK,
};
#define MODES (sizeof(modes) / sizeof(modes[0]))
_Static_assert(MODES == CRED_MODES, "every mode has its number");

static const struct text {
	size_t	at, size;	/* in struct vault_entry, the NUL included */
} texts[] = {
#define TEXT(f) { offsetof(struct vault_entry, f), \
	sizeof(((struct vault_entry *)0)->f) }
	TEXT(name), TEXT(says.account), TEXT(says.workspace),
	TEXT(says.user), TEXT(says.login), TEXT(says.email),
	TEXT(says.plan), TEXT(says.last_refresh),
#undef TEXT
};
#define TEXTS (sizeof(texts) / sizeof(texts[0]))

static uint8_t
mode_number(enum cred_mode mode)
{
	uint8_t i = 0;

	while (i < MODES && modes[i] != mode)
		i++;
	return i;
}

/* Adds to what is at out[*at], or only counts. */
static void
add(unsigned char *out, size_t *at, const void *p, size_t len)
{
	if (out != NULL)
		memcpy(out + *at, p, len);
	*at += len;
}

static void
entry_encode(const struct vault_entry *en, unsigned char *out, size_t *at)
{
	struct fixed f = {
		.serial = htole64(en->serial),
		.added = htole64((uint64_t)en->added),
		.changed = htole64((uint64_t)en->changed),
		.expires = htole64((uint64_t)en->says.expires),
		.size = htole32((uint32_t)en->size),
		.mode = mode_number(en->says.mode),
		.refreshable = en->says.refreshable,
	};

	memcpy(f.digest, en->says.digest, sizeof(f.digest));
	add(out, at, &f, sizeof(f));
	for (size_t i = 0; i < TEXTS; i++) {
		const char *s = (const char *)en + texts[i].at;
		uint16_t len = htole16((uint16_t)strlen(s));

		add(out, at, &len, sizeof(len));
		add(out, at, s, strlen(s));
	}
}

size_t
vaultindex_encode(const struct vaultimage *v, unsigned char *out)
{
	uint32_t count = htole32((uint32_t)v->n);
	size_t at = 0;

	add(out, &at, &count, sizeof(count));
	for (size_t i = 0; i < v->n; i++)
		entry_encode(&v->entries[i], out, &at);
	return at;
}

/* What is left to read. */
struct rest {
	const unsigned char *p;
	size_t	 len;
};

static bool
take(struct rest *r, void *out, size_t len)
{
	if (len > r->len)
		return false;
	memcpy(out, r->p, len);
	r->p += len;
	r->len -= len;
	return true;
}

static bool
text_decode(struct rest *r, char *out, size_t size)
{
	uint16_t len;

	if (!take(r, &len, sizeof(len)) || (len = le16toh(len)) >= size ||
	    !take(r, out, len) || memchr(out, '\0', len) != NULL)
		return false;
	out[len] = '\0';
	return true;
}

static bool
entry_decode(struct rest *r, struct vault_entry *en)
{
	struct cred *says = &en->says;
	struct fixed f;

	if (!take(r, &f, sizeof(f)) || f.mode == 0 || f.mode >= MODES ||
	    f.refreshable > 1 || f.zero[0] != 0 || f.zero[1] != 0)
		return false;
	en->serial = le64toh(f.serial);
	en->added = (int64_t)le64toh(f.added);
	en->changed = (int64_t)le64toh(f.changed);
	en->size = le32toh(f.size);
	en->box_len = vaultbox_len(en->size);
	says->expires = (int64_t)le64toh(f.expires);
	says->mode = modes[f.mode];
	says->refreshable = f.refreshable != 0;
	memcpy(says->digest, f.digest, sizeof(f.digest));
	for (size_t i = 0; i < TEXTS; i++) {
		if (!text_decode(r, (char *)en + texts[i].at, texts[i].size))
			return false;
	}
	says->has_refreshed = says->last_refresh[0] != '\0';
	return vaultimage_name_ok(en->name) && en->size <= CRED_SIZE_MAX &&
	    (!says->has_refreshed ||
	    cred_time(says->last_refresh, &says->refreshed) == 0);
}

/* Names in order, each once; serials that were given out. */
static bool
order_ok(const struct vaultimage *v, size_t i)
{
	const struct vault_entry *en = &v->entries[i];

	return en->serial < v->next_serial &&
	    (i == 0 || strcmp(en[-1].name, en->name) < 0);
}

int
vaultindex_decode(struct vaultimage *v, const unsigned char *p, size_t len,
    struct err *e)
{
	struct rest r = { p, len };
	uint32_t count;

	if (!take(&r, &count, sizeof(count)) ||
	    (count = le32toh(count)) > VAULT_ENTRIES_MAX)
		return err_set(e, ERR_BAD_CREDENTIAL,
		    "its list has no count that can be");
	v->entries = calloc((size_t)count + 1, sizeof(*v->entries));
	if (v->entries == NULL)
		return err_memory(e);
	for (; v->n < count; v->n++) {
		if (!entry_decode(&r, &v->entries[v->n]) ||
		    !order_ok(v, v->n))
			return err_set(e, ERR_BAD_CREDENTIAL,
			    "entry %zu of its list is none", v->n + 1);
	}
	if (r.len != 0)
		return err_set(e, ERR_BAD_CREDENTIAL,
		    "%zu bytes follow its list", r.len);
	return 0;
}
