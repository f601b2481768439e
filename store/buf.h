/*
 * buf - a growing string with a limit.
 *
 * Always NUL-terminated once anything was added. Adding past the limit or
 * out of memory sets the sticky flag `failed` and adds nothing more, so a
 * caller may add many times and check once.
 */
#ifndef BUF_H
#define BUF_H

#include <stdbool.h>
#include <stddef.h>

struct buf {
	char	*p;		/* NULL while empty */
	size_t	 len, cap;
	size_t	 max;		/* bytes; set by BUF_INIT */
	bool	 failed;
};

#define BUF_INIT(limit) { NULL, 0, 0, (limit), false }

/* Each returns 0, or -1 with b->failed set. */
int	buf_add(struct buf *b, const void *p, size_t len);
int	buf_adds(struct buf *b, const char *s);
int	buf_addf(struct buf *b, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));

/* Drops the first n <= len bytes. */
void	buf_drop(struct buf *b, size_t n);

/* The string, never NULL ("" while empty). Borrowed. */
const char	*buf_str(const struct buf *b);

/* The string as malloc'ed memory, NULL if the buffer failed; b is empty then. */
char	*buf_take(struct buf *b);

/* Wipes and frees; b is empty and usable again. */
void	buf_clear(struct buf *b);

static inline void
buf_clear_auto(struct buf *b)
{
	buf_clear(b);
}
#define BUF_AUTO __attribute__((cleanup(buf_clear_auto))) struct buf

#endif
