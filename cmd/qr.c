#include "qr.h"

#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <qrencode.h>

#include "buf.h"
#include "env.h"
#include "err.h"
#include "library.h"

#define COLUMNS_MIN 60	/* version 5 has 37 modules, 45 with the quiet zone */
#define QUIET	    4	/* modules of light around it */
#define MARGIN	    "    "
#define DARK_WHITE  "\033[30;107m"
#define PLAIN	    "\033[m"

struct qrapi {
	__typeof__(QRcode_encodeString)	*encode;
	__typeof__(QRcode_free)		*free;
};

static bool
locale_is_utf8(void)
{
	static const char *const names[] = { "LC_ALL", "LC_CTYPE", "LANG" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		const char *value = env_get(names[i]);

		if (value != NULL)
			return strcasestr(value, "utf-8") != NULL ||
			    strcasestr(value, "utf8") != NULL;
	}
	return false;
}

bool
qr_fits(FILE *f)
{
	const char *term = env_get("TERM");
	struct winsize w;

	if (isatty(fileno(f)) != 1 || term == NULL ||
	    strcmp(term, "dumb") == 0 || !locale_is_utf8())
		return false;
	if (ioctl(fileno(f), TIOCGWINSZ, &w) == -1 || w.ws_col == 0)
		return true;	/* 80 by custom */
	return w.ws_col >= COLUMNS_MIN;
}

static bool
dark(const QRcode *q, int x, int y)
{
	return x >= 0 && y >= 0 && x < q->width && y < q->width &&
	    (q->data[y * q->width + x] & 1) != 0;
}

/* Modules (x, y) and the one below it, as the upper and lower half. */
static void
cell(struct buf *b, const QRcode *q, int x, int y, bool color)
{
	static const char *const blocks[] = { " ", "\u2584", "\u2580",
		"\u2588" };
	bool up = dark(q, x, y), down = dark(q, x, y + 1);

	if (!color) {
		up = !up;
		down = !down;
	}
	(void)buf_adds(b, blocks[(up ? 2 : 0) + (down ? 1 : 0)]);
}

static void
draw(struct buf *b, const QRcode *q, bool color)
{
	for (int y = -QUIET; y < q->width + QUIET; y += 2) {
		(void)buf_addf(b, MARGIN "%s", color ? DARK_WHITE : "");
		for (int x = -QUIET; x < q->width + QUIET; x++)
			cell(b, q, x, y, color);
		(void)buf_addf(b, "%s\n", color ? PLAIN : "");
	}
	(void)buf_adds(b, "\n");
}

bool
qr_draw(struct buf *b, const char *text, bool color)
{
	static const struct library_symbol symbols[] = {
		{ "QRcode_encodeString", offsetof(struct qrapi, encode) },
		{ "QRcode_free", offsetof(struct qrapi, free) },
	};
	struct err ignored = ERR_INIT;
	struct qrapi api;
	QRcode *q;

	if (library_load(&api, "libqrencode.so.4", "libqrencode4", symbols, 2,
	    &ignored) == -1)
		return false;
	q = api.encode(text, 0, QR_ECLEVEL_L, QR_MODE_8, 1);
	if (q == NULL)
		return false;
	draw(b, q, color);
	api.free(q);
	return true;
}
