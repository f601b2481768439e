/*
 * text - foreign text made safe to show, and checked numbers.
 *
 * Threat: whatever came from a target, an engine, an issuer or a file name
 * may hold terminal escapes, bidirectional overrides or megabytes.
 */
#ifndef TEXT_H
#define TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Writes src (len bytes) into dst (size bytes, always NUL-terminated) as
 * printable UTF-8 on one line: control characters, DEL, C1, invalid UTF-8,
 * bidirectional and zero-width format characters become \xHH or \u{HEX}; a
 * backslash stays. Cut at a character, with "..." where something was lost.
 * Idempotent. Returns dst.
 */
char	*text_safe(char *dst, size_t size, const void *src, size_t len);

/* The same for a C string. */
char	*text_safes(char *dst, size_t size, const char *src);

/* Whether len bytes are valid UTF-8 (RFC 3629: no surrogates, no overlongs). */
bool	 text_utf8(const void *p, size_t len);

/* Decimal digits only, whole string, min..max. 0 and *out, or -1. */
int	 text_number(const char *s, int64_t min, int64_t max, int64_t *out);

/* Lower-case hex of n bytes; out holds 2n + 1. */
void	 text_hex(char *out, const unsigned char *p, size_t n);

/* 2n hex digits, any case, exactly: 0 and n bytes at out, or -1. */
int	 text_unhex(unsigned char *out, size_t n, const char *hex);

#endif
