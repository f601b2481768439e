/*
 * enginestream - what an engine sends on the connection of an exec: one HTTP
 * head, then frames (Docker Engine API, "Attach to a container", stream
 * format).
 *
 * Pure: no descriptor, no allocation. Threat: every byte is hostile. A head
 * that is too long, a stream type that does not exist, and more than
 * ENGINESTREAM_MAX in all end it; a length is never believed, only counted.
 */
#ifndef ENGINESTREAM_H
#define ENGINESTREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct err;

#define ENGINESTREAM_HEAD 8		/* bytes before each frame's payload */
#define ENGINESTREAM_LINE 1024		/* of the status and the refusal */
#define ENGINESTREAM_MAX  (4 * 1024 * 1024)	/* bytes in all */

enum enginestream_phase {
	ENGINESTREAM_HEADERS,
	ENGINESTREAM_FRAMES,	/* upgraded: standard input is open there */
	ENGINESTREAM_REFUSED,	/* status and text say why; until the end */
	ENGINESTREAM_BAD	/* e was set */
};

/* type 1 is standard output, 2 standard error. */
typedef void (*enginestream_fn)(void *ctx, int type, const void *p,
    size_t len);

struct enginestream {
	enum enginestream_phase phase;
	int		 status;	/* of HTTP; 0 until it was read */
	enginestream_fn	 fn;
	void		*ctx;
	char		 line[ENGINESTREAM_LINE];	/* head line, refusal */
	size_t		 nline, nhead;
	unsigned char	 frame[ENGINESTREAM_HEAD];
	size_t		 nframe;
	uint32_t	 left;		/* payload of this frame */
	size_t		 all;
	bool		 first;		/* the status line was read */
};

void	enginestream_init(struct enginestream *s, enginestream_fn fn,
	    void *ctx);

/* Takes what arrived; 0, or -1 with ERR_PROTOCOL (then and ever after). */
int	enginestream_feed(struct enginestream *s, const void *p, size_t len,
	    struct err *e);

#endif
