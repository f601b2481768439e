#include "recipients.h"

#include <stdbool.h>
#include <string.h>

#include "err.h"
#include "keyblob.h"
#include "lines.h"

#define ED25519_LEN 32	/* the last field of the blob (RFC 8709 4) */

static int
add(struct recipients *r, const struct recipient *one, struct err *e)
{
	r->used++;
	for (size_t i = 0; i < r->n; i++) {
		if (memcmp(r->v[i].key, one->key, sizeof(one->key)) == 0)
			return 0;
	}
	if (r->n == SEAL_RECIPIENTS_MAX)
		return err_set(e, ERR_USAGE, "more than %d recipients",
		    SEAL_RECIPIENTS_MAX);
	r->v[r->n++] = *one;
	return 0;
}

static bool
is_word(const char *s)
{
	return strncmp(s, "cxp1", strlen("cxp1")) == 0 &&
	    strpbrk(s, "/. ") == NULL;
}

/* A key line begins with its type, and a path with that name has no blank. */
static bool
is_key_line(const char *s)
{
	return (strncmp(s, "ssh-", 4) == 0 || strncmp(s, "ecdsa-", 6) == 0 ||
	    strncmp(s, "sk-", 3) == 0) && strpbrk(s, " \t") != NULL;
}

/*
 * The key of such a line, with options before it or none; NULL: it has no
 * key. What sshd lets the key do is nothing to us.
 */
static const char *
key_of(const char *line, bool *authority)
{
	const char *key;

	*authority = false;
	if (is_key_line(line))
		return line;
	key = keyblob_behind_options(line, authority);
	return key != NULL && is_key_line(key) ? key : NULL;
}

static int
add_key_line(struct recipients *r, const char *line, struct err *e)
{
	unsigned char blob[KEYBLOB_MAX];
	char type[KEYBLOB_TYPE_MAX];
	struct recipient one;
	size_t len;

	if (keyblob_read(line, blob, &len) == -1)
		return err_set(e, ERR_USAGE,
		    "not a public key that ssh would read");
	keyblob_type(blob, len, type, sizeof(type));
	if (strcmp(type, "ssh-ed25519") != 0) {
		r->passed++;
		return 0;
	}
	if (recipient_ed25519(&one, blob + len - ED25519_LEN, e) == -1)
		return -1;
	return add(r, &one, e);
}

static int
add_line(void *ctx, const char *line, struct err *e)
{
	struct recipients *r = ctx;
	struct recipient one;
	bool authority;
	const char *key = key_of(line, &authority);

	if (strncmp(line, "-----BEGIN", strlen("-----BEGIN")) == 0) {
		(void)err_set(e, ERR_USAGE, "not a public key");
		return err_hint(e, "name its public half, which ends in .pub");
	}
	if (authority && key != NULL) {
		r->passed++;	/* who has it logs in with another */
		return 0;
	}
	if (key != NULL)
		return add_key_line(r, key, e);
	if (recipient_parse(&one, line, e) == -1)
		return -1;
	return add(r, &one, e);
}

int
recipients_add(struct recipients *r, const char *to, struct err *e)
{
	size_t used = r->used, passed = r->passed;
	bool authority;
	int rc;

	if (is_word(to) || key_of(to, &authority) != NULL)
		rc = add_line(r, to, e);
	else
		rc = lines_read(to, &(struct lines_take){ add_line, r }, e);
	if (rc == 0 && r->used > used)
		return 0;
	if (rc == 0)
		(void)err_set(e, ERR_USAGE, "cannot seal for '%.60s': no "
		    "ssh-ed25519 key among its %zu", to, r->passed - passed);
	if (e->hint[0] == '\0')
		(void)err_hint(e, "seal for what 'codex-provision recipient' "
		    "prints there, an ssh-ed25519 public key, or a file of "
		    "these");
	return -1;
}
