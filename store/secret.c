/*
 * secret - bytes that must not leave memory by accident.
 *
 * 1. The bytes MUST lie between guard pages, out of core files (sodium_malloc
 *    sees to both) and out of swap where the limits allow it.
 * 2. They MUST be wiped before the memory goes back.
 * 3. That they could not be locked MUST be known: sodium_malloc hides it.
 */
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <sys/mman.h>

#include <sodium.h>

#include "secret.h"

struct secret {
	unsigned char	*p;	/* sodium_malloc'ed: len bytes, then NUL */
	size_t		 len;
	size_t		 size;	/* as allocated */
};

/*
 * The one mutable global: whether locking ever failed is a fact about the
 * process (its RLIMIT_MEMLOCK), not about any object, and the warning is
 * wanted once, whichever thread met it first.
 */
static atomic_bool lock_failed;

struct secret *
secret_new(size_t len)
{
	struct secret *s;

	/* Guards and canary work only after it; cheap when done before. */
	if (len == SIZE_MAX || sodium_init() == -1)
		return NULL;
	if ((s = calloc(1, sizeof(*s))) == NULL)
		return NULL;
	s->size = len + 1;
	s->len = len;
	if ((s->p = sodium_malloc(s->size)) == NULL) {
		free(s);
		return NULL;
	}
	/*
	 * sodium_malloc succeeds when its mlock did not (1.0.18). Locks do
	 * not nest, so a second one changes nothing and tells; sodium_free
	 * undoes both.
	 */
	if (mlock(s->p, s->size) == -1)
		atomic_store(&lock_failed, true);
	sodium_memzero(s->p, s->size);
	return s;
}

struct secret *
secret_copy(const void *p, size_t len)
{
	struct secret *s = secret_new(len);

	if (s != NULL && len != 0)
		memcpy(s->p, p, len);
	return s;
}

struct secret *
secret_dup(const struct secret *s)
{
	return secret_copy(s->p, s->len);
}

void
secret_truncate(struct secret *s, size_t len)
{
	if (len >= s->len)
		return;
	sodium_memzero(s->p + len, s->len - len);
	s->len = len;
}

void
secret_free(struct secret *s)
{
	if (s == NULL)
		return;
	sodium_free(s->p);	/* wipes */
	free(s);
}

size_t
secret_len(const struct secret *s)
{
	return s->len;
}

unsigned char *
secret_expose(const struct secret *s, size_t *len)
{
	if (len != NULL)
		*len = s->len;
	return s->p;
}

bool
secret_equal(const struct secret *a, const struct secret *b)
{
	return a->len == b->len && sodium_memcmp(a->p, b->p, a->len) == 0;
}

bool
secret_locked(void)
{
	return !atomic_load(&lock_failed);
}
