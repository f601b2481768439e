/*
 * secret - bytes that must not leave memory by accident.
 *
 * Held in sodium_malloc memory: guard pages, locked where the limits allow,
 * wiped by secret_free. The struct is opaque so that no "%s" can reach it;
 * secret_expose is the only reader and may be named only in the files that
 * scripts/walls lists.
 */
#ifndef SECRET_H
#define SECRET_H

#include <stdbool.h>
#include <stddef.h>

struct secret;

/* A zeroed secret of len bytes; NULL when memory is short. Owned by caller. */
struct secret	*secret_new(size_t len);

/* A copy of len bytes at p (which the caller still has to wipe), or NULL. */
struct secret	*secret_copy(const void *p, size_t len);

/* A second one with the same bytes, or NULL. */
struct secret	*secret_dup(const struct secret *s);

/* Cuts the length to len <= its present length; the tail is wiped. */
void		 secret_truncate(struct secret *s, size_t len);

/* Wipes and frees; NULL is fine. */
void		 secret_free(struct secret *s);

size_t		 secret_len(const struct secret *s);

/*
 * The bytes, with their count in *len (len may be NULL). One byte past the
 * end is always NUL. Borrowed: for the length of one call, never stored.
 */
unsigned char	*secret_expose(const struct secret *s, size_t *len);

/* Whether they are the same bytes, in a time that their length alone tells. */
bool		 secret_equal(const struct secret *a, const struct secret *b);

/* Whether every secret so far could be locked against swapping. */
bool		 secret_locked(void);

static inline void
secret_free_auto(struct secret **s)
{
	secret_free(*s);
}
#define SECRET_AUTO __attribute__((cleanup(secret_free_auto))) struct secret

#endif
