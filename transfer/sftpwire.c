#include "sftpwire.h"

#include <string.h>

#include "buf.h"

uint32_t
sftpwire_peek(const unsigned char p[4])
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	    (uint32_t)p[2] << 8 | p[3];
}

/* The next n bytes, or NULL where the packet holds fewer. */
static const unsigned char *
in_take(struct sftpin *in, size_t n)
{
	const unsigned char *p = in->p;

	if (in->bad || n > in->len) {
		in->bad = true;
		return NULL;
	}
	in->p += n;
	in->len -= n;
	return p;
}

uint32_t
sftpwire_get32(struct sftpin *in)
{
	const unsigned char *p = in_take(in, 4);

	return p != NULL ? sftpwire_peek(p) : 0;
}

uint64_t
sftpwire_get64(struct sftpin *in)
{
	uint64_t high = sftpwire_get32(in);

	return high << 32 | sftpwire_get32(in);
}

const unsigned char *
sftpwire_gets(struct sftpin *in, size_t *len)
{
	const unsigned char *p;

	*len = sftpwire_get32(in);
	if ((p = in_take(in, *len)) == NULL)
		*len = 0;
	return p;
}

void
sftpwire_attrs(struct sftpin *in, struct sftpattrs *a)
{
	uint32_t pairs;
	size_t len;

	*a = (struct sftpattrs){ .flags = sftpwire_get32(in) };
	if (a->flags & FXA_SIZE)
		a->size = sftpwire_get64(in);
	if (a->flags & FXA_UIDGID) {
		a->uid = sftpwire_get32(in);
		(void)sftpwire_get32(in);	/* gid: nothing depends on it */
	}
	if (a->flags & FXA_MODE)
		a->mode = sftpwire_get32(in);
	if (a->flags & FXA_TIME) {
		(void)sftpwire_get32(in);	/* atime */
		a->mtime = sftpwire_get32(in);
	}
	if (!(a->flags & FXA_EXTENDED))
		return;
	/* A pair takes 8 bytes at least: a huge count ends at once. */
	for (pairs = sftpwire_get32(in); pairs > 0 && !in->bad; pairs--) {
		(void)sftpwire_gets(in, &len);
		(void)sftpwire_gets(in, &len);
	}
}

void
sftpwire_put32(struct buf *b, uint32_t n)
{
	unsigned char p[4] = { (unsigned char)(n >> 24),
		(unsigned char)(n >> 16), (unsigned char)(n >> 8),
		(unsigned char)n };

	(void)buf_add(b, p, sizeof(p));
}

void
sftpwire_put64(struct buf *b, uint64_t n)
{
	sftpwire_put32(b, (uint32_t)(n >> 32));
	sftpwire_put32(b, (uint32_t)n);
}

void
sftpwire_puts(struct buf *b, const void *p, size_t len)
{
	sftpwire_put32(b, (uint32_t)len);
	(void)buf_add(b, p, len);
}

void
sftpwire_putmode(struct buf *b, uint32_t mode)
{
	sftpwire_put32(b, FXA_MODE);
	sftpwire_put32(b, mode);
}

size_t
sftpwire_begin(struct buf *b, uint8_t type)
{
	size_t at = b->len;

	sftpwire_put32(b, 0);
	(void)buf_add(b, &type, 1);
	return at;
}

void
sftpwire_end(struct buf *b, size_t at, size_t more)
{
	size_t len;

	if (b->failed)
		return;
	len = b->len - at - 4 + more;
	for (size_t i = 0; i < 4; i++)
		b->p[at + i] = (char)(unsigned char)(len >> (24 - 8 * i));
}
