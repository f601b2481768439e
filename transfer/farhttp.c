#include "farhttp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "buf.h"
#include "callquery.h"
#include "secret.h"

#define REQUEST_MAX (32 * 1024)	/* code and state are 8 KB at most */

/* The buffer as a secret; it is wiped. NULL without memory. */
static struct secret *
secret_from(struct buf *b)
{
	struct secret *s = b->failed ? NULL : secret_copy(b->p, b->len);

	buf_clear(b);
	return s;
}

static void
request_end(struct buf *b, int port)
{
	(void)buf_addf(b, " HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n"
	    "Connection: close\r\n\r\n", port);
}

struct secret *
farhttp_get(int port, const char *path)
{
	struct buf b = BUF_INIT(REQUEST_MAX);

	(void)buf_addf(&b, "GET %s", path);
	request_end(&b, port);
	return secret_from(&b);
}

/* All but the unreserved (RFC 3986 2.3) as %XX. */
static void
add_encoded(struct buf *b, const struct secret *s)
{
	size_t len;
	const unsigned char *p = secret_expose(s, &len);

	for (size_t i = 0; i < len; i++) {
		if (strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuv"
		    "wxyz0123456789-._~", p[i]) != NULL && p[i] != '\0')
			(void)buf_add(b, p + i, 1);
		else
			(void)buf_addf(b, "%%%02X", p[i]);
	}
}

struct secret *
farhttp_callback(int port, const char *path, const struct callquery *q)
{
	struct buf b = BUF_INIT(REQUEST_MAX);

	(void)buf_addf(&b, "GET %s?code=", path);
	add_encoded(&b, q->code);
	(void)buf_adds(&b, "&state=");
	add_encoded(&b, q->state);
	request_end(&b, port);
	return secret_from(&b);
}

void
farhttp_init(struct farhttp *h, int port)
{
	memset(h, 0, sizeof(*h));
	h->port = port;
}

/* "HTTP/1.1 302 Found" */
static bool
status_read(struct farhttp *h)
{
	const char *s = h->line;

	if (strncmp(s, "HTTP/1.", 7) != 0 || strspn(s + 7, "01") != 1 ||
	    s[8] != ' ' || strspn(s + 9, "0123456789") != 3)
		return false;
	h->status = (s[9] - '0') * 100 + (s[10] - '0') * 10 + (s[11] - '0');
	return true;
}

/* The only place a codex redirects to; with the tokens behind the '?', which
 * are not kept. */
static void
location_read(struct farhttp *h, const char *value)
{
	static const char *const hosts[] = { "127.0.0.1", "localhost" };
	char own[FARHTTP_LINE];

	value += strspn(value, " \t");
	for (size_t i = 0; i < sizeof(hosts) / sizeof(*hosts); i++) {
		int n = snprintf(own, sizeof(own), "http://%s:%d/success",
		    hosts[i], h->port);

		if (strncmp(value, own, (size_t)n) == 0 &&
		    strchr("?", value[n]) != NULL && !h->moved) {
			h->moved = true;
			return;
		}
	}
	h->elsewhere = true;
}

static void
head_judge(struct farhttp *h)
{
	bool redirect = h->status >= 300 && h->status <= 399;

	if (redirect && h->moved && !h->elsewhere)
		h->verdict = FARHTTP_MOVED;
	else if (redirect)
		h->verdict = FARHTTP_BAD;
	else if (h->status == 200)
		h->verdict = FARHTTP_SHOWN;
	else if (h->status == 404)
		h->verdict = FARHTTP_NOTHING;
	else
		h->verdict = FARHTTP_REFUSED;
}

static void
line_end(struct farhttp *h)
{
	h->line[h->nline] = '\0';
	if (h->nline > 0 && h->line[h->nline - 1] == '\r')
		h->line[--h->nline] = '\0';
	if (h->status == 0) {
		if (!status_read(h))
			h->verdict = FARHTTP_BAD;
	} else if (h->nline == 0) {
		head_judge(h);
	} else if (strncasecmp(h->line, "Location:", 9) == 0) {
		location_read(h, h->line + 9);
	}
	h->nline = 0;
}

void
farhttp_feed(struct farhttp *h, const void *p, size_t len)
{
	const char *s = p;

	for (; len > 0 && h->verdict == FARHTTP_WAITS; s++, len--) {
		if (++h->all > FARHTTP_MAX)
			h->verdict = FARHTTP_BAD;
		else if (*s == '\n')
			line_end(h);
		else if (h->nline + 1 < sizeof(h->line))
			h->line[h->nline++] = *s;
	}
}

void
farhttp_end(struct farhttp *h)
{
	if (h->verdict == FARHTTP_WAITS)
		h->verdict = FARHTTP_BAD;
	memset(h->line, 0, sizeof(h->line));
}
