/*
 * buf - a growing string with a limit.
 *
 * Buffers hold far output that may quote a secret back at us: memory that is
 * let go, by growing too, MUST be wiped first.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "buf.h"

#define BUF_FIRST 256	/* the first allocation; doubled from there */

/* Makes room for len more bytes and the NUL. realloc would leave copies. */
static int
buf_room(struct buf *b, size_t len)
{
	size_t cap;
	char *p;

	if (b->failed || len > b->max - b->len)
		goto fail;
	if (b->p != NULL && len < b->cap - b->len)
		return 0;
	cap = b->cap != 0 ? b->cap : BUF_FIRST;
	while (cap - b->len <= len)
		if (__builtin_mul_overflow(cap, (size_t)2, &cap))
			goto fail;
	if ((p = malloc(cap)) == NULL)
		goto fail;
	if (b->p != NULL) {
		memcpy(p, b->p, b->len);
		sodium_memzero(b->p, b->cap);
		free(b->p);
	}
	b->p = p;
	b->cap = cap;
	b->p[b->len] = '\0';
	return 0;
fail:
	b->failed = true;
	return -1;
}

int
buf_add(struct buf *b, const void *p, size_t len)
{
	if (buf_room(b, len) == -1)
		return -1;
	if (len != 0)
		memcpy(b->p + b->len, p, len);
	b->len += len;
	b->p[b->len] = '\0';
	return 0;
}

int
buf_adds(struct buf *b, const char *s)
{
	return buf_add(b, s, strlen(s));
}

int
buf_addf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0)
		b->failed = true;
	if (n < 0 || buf_room(b, (size_t)n) == -1)
		return -1;
	va_start(ap, fmt);
	(void)vsnprintf(b->p + b->len, (size_t)n + 1, fmt, ap);
	va_end(ap);
	b->len += (size_t)n;
	return 0;
}

void
buf_drop(struct buf *b, size_t n)
{
	size_t left;

	if (b->p == NULL)
		return;
	if (n > b->len)
		n = b->len;
	left = b->len - n;
	memmove(b->p, b->p + n, left);
	sodium_memzero(b->p + left, n);	/* the old tail, and the NUL */
	b->len = left;
}

const char *
buf_str(const struct buf *b)
{
	return b->p != NULL ? b->p : "";
}

char *
buf_take(struct buf *b)
{
	char *p = NULL;

	if (buf_room(b, 0) == 0) {
		p = b->p;
		b->p = NULL;	/* transferred */
	}
	buf_clear(b);
	return p;
}

void
buf_clear(struct buf *b)
{
	if (b->p != NULL)
		sodium_memzero(b->p, b->cap);
	free(b->p);
	*b = (struct buf)BUF_INIT(b->max);
}
