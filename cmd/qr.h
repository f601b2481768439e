/*
 * qr - a URL as a QR code in text, for a phone's camera.
 *
 * libqrencode makes the code; it is loaded on first use, and where it is
 * missing there is just no picture.
 */
#ifndef QR_H
#define QR_H

#include <stdbool.h>
#include <stdio.h>

struct buf;

/*
 * Whether f is a terminal that shows block characters (a UTF-8 locale) and
 * is wide enough for the code of a URL.
 */
bool	qr_fits(FILE *f);

/*
 * Adds the code, two modules a character, with its quiet zone. In colour it
 * is black on white, as the standard wants (ISO/IEC 18004 6.3.8); without,
 * the light modules are drawn, which is right on a dark terminal. False, and
 * nothing added, where it can't be made.
 */
bool	qr_draw(struct buf *b, const char *text, bool color);

#endif
