#include "enginestream.h"

#include <string.h>

#include "err.h"

#define HEAD_MAX 16384	/* bytes of the HTTP head */

enum { TYPE_OUT = 1, TYPE_ERROR = 2 };

void
enginestream_init(struct enginestream *s, enginestream_fn fn, void *ctx)
{
	memset(s, 0, sizeof(*s));
	s->fn = fn;
	s->ctx = ctx;
}

static int
stream_bad(struct enginestream *s, struct err *e, const char *what)
{
	s->phase = ENGINESTREAM_BAD;
	return err_set(e, ERR_PROTOCOL, "the engine's stream %s", what);
}

/* "HTTP/1.1 101 UPGRADED": RFC 9112 4. */
static int
status_read(const char *line)
{
	static const char version[] = "HTTP/1.";
	const char *p = line + sizeof(version);

	if (strncmp(line, version, sizeof(version) - 1) != 0 ||
	    p[-1] == '\0' || *p++ != ' ')
		return -1;
	for (int i = 0; i < 3; i++) {
		if (p[i] < '0' || p[i] > '9')
			return -1;
	}
	if (p[3] != ' ' && p[3] != '\0')
		return -1;
	return (p[0] - '0') * 100 + (p[1] - '0') * 10 + p[2] - '0';
}

/* One line of the head, without its end. Empty: the head is over. */
static int
head_line(struct enginestream *s, struct err *e)
{
	s->line[s->nline] = '\0';
	if (s->nline > 0 && s->line[s->nline - 1] == '\r')
		s->line[--s->nline] = '\0';
	if (!s->first) {
		s->first = true;
		if ((s->status = status_read(s->line)) == -1)
			return stream_bad(s, e, "does not begin with HTTP");
	} else if (s->nline == 0) {
		/* Engines answer 101; without the upgrade, or old ones, 200. */
		s->phase = s->status == 101 || s->status == 200 ?
		    ENGINESTREAM_FRAMES : ENGINESTREAM_REFUSED;
	}
	s->nline = 0;
	s->line[0] = '\0';
	return 0;
}

/* A line may be longer than what is kept of it. */
static int
head_byte(struct enginestream *s, char c, struct err *e)
{
	if (++s->nhead > HEAD_MAX)
		return stream_bad(s, e, "has too long a head");
	if (c == '\n')
		return head_line(s, e);
	if (s->nline < sizeof(s->line) - 1)
		s->line[s->nline++] = c;
	return 0;
}

/* {type, 0, 0, 0, length as 4 bytes, the highest first} */
static int
frame_head(struct enginestream *s, struct err *e)
{
	const unsigned char *f = s->frame;

	if ((f[0] != TYPE_OUT && f[0] != TYPE_ERROR) ||
	    (f[1] | f[2] | f[3]) != 0)
		return stream_bad(s, e, "has a frame of no known kind");
	s->left = (uint32_t)f[4] << 24 | (uint32_t)f[5] << 16 |
	    (uint32_t)f[6] << 8 | f[7];
	if (s->left == 0)
		s->nframe = 0;
	return 0;
}

static void
refusal_add(struct enginestream *s, const char *p, size_t len)
{
	size_t room = sizeof(s->line) - 1 - s->nline;

	if (len > room)
		len = room;
	memcpy(s->line + s->nline, p, len);
	s->nline += len;
	s->line[s->nline] = '\0';
}

/* How much of p was used: at least one byte. -1 with e set. */
static int
stream_step(struct enginestream *s, const char *p, size_t len, size_t *used,
    struct err *e)
{
	*used = 1;
	switch (s->phase) {
	case ENGINESTREAM_HEADERS:
		return head_byte(s, *p, e);
	case ENGINESTREAM_REFUSED:
		refusal_add(s, p, len);
		*used = len;
		return 0;
	case ENGINESTREAM_BAD:
		return stream_bad(s, e, "is broken");
	case ENGINESTREAM_FRAMES:
		break;
	}
	if (s->nframe < ENGINESTREAM_HEAD) {
		s->frame[s->nframe++] = (unsigned char)*p;
		return s->nframe == ENGINESTREAM_HEAD ? frame_head(s, e) : 0;
	}
	*used = len < s->left ? len : s->left;
	s->left -= (uint32_t)*used;
	if (s->left == 0)
		s->nframe = 0;
	s->fn(s->ctx, s->frame[0], p, *used);
	return 0;
}

int
enginestream_feed(struct enginestream *s, const void *p, size_t len,
    struct err *e)
{
	const char *c = p;
	size_t used;

	if (len > ENGINESTREAM_MAX - s->all)
		return stream_bad(s, e, "says more than our script does");
	s->all += len;
	for (; len > 0; c += used, len -= used) {
		if (stream_step(s, c, len, &used, e) == -1)
			return -1;
	}
	return 0;
}
