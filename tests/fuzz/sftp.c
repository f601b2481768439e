/*
 * Whatever an SFTP server sends, in whatever pieces: no crash, no verdict
 * but one, and nothing handed out after it.
 *
 * The first byte chooses job and mode. In the raw mode the rest is what the
 * server says, cut by its own bytes. In the other the rest is records: each
 * is framed and given the id that is due, and some hold an answer that makes
 * sense, so that the fuzzer gets beyond the greeting.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "err.h"
#include "json.h"
#include "secret.h"
#include "sftp.h"
#include "sftpwire.h"
#include "target.h"

#define KEY "{\"OPENAI_API_KEY\":\"sk-fuzz\"}"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
drain(struct sftp *s)
{
	volatile unsigned char sink;
	const unsigned char *p;
	size_t len;

	while ((p = sftp_pending(s, &len)) != NULL) {
		if (len == 0 || sftp_done(s))
			abort();
		for (size_t i = 0; i < len; i++)
			sink = p[i];
		(void)sink;
		sftp_sent(s, len > 7 ? len / 2 : len);
	}
}

static void
feed(struct sftp *s, struct result *r, const void *p, size_t len)
{
	bool done = sftp_done(s);
	enum target_state was = r->state;

	drain(s);
	sftp_feed(s, p, len);
	if (done && (r->state != was || !sftp_done(s)))
		abort();
	if (sftp_done(s) && r->state == STATE_NONE)
		abort();
	/* A verdict may come while leftovers are swept, but never changes. */
	if (was != STATE_NONE && r->state != was)
		abort();
}

static void
raw(struct sftp *s, struct result *r, const uint8_t *p, size_t size)
{
	size_t n;

	for (; size > 0; p += n, size -= n) {
		n = 1 + *p % 61;
		if (n > size)
			n = size;
		feed(s, r, p, n);
	}
}

/* An answer that a server could give; which one, arg says. */
static void
sensible(struct buf *b, uint8_t type, uint8_t arg)
{
	static const uint32_t modes[] = { 0040700, 0100600, 0120777, 0100644,
		0010600, 0040777, 0100400, 0 };
	static const char *const names[] = { "/", ".cxp.sftp.0123",
		"/h/.codex/auth.json", "/h/to/creds", "/h", "auth.json",
		"rel", "/h/" };

	switch (type) {
	case FXP_STATUS:
		sftpwire_put32(b, arg % 9);
		sftpwire_puts(b, "No space", arg & 0x80 ? 8 : 0);
		break;
	case FXP_HANDLE:
		sftpwire_puts(b, "h", 1);
		break;
	case FXP_DATA:
		sftpwire_puts(b, KEY, arg % sizeof(KEY));
		break;
	case FXP_NAME:
		sftpwire_put32(b, 1);
		sftpwire_puts(b, names[arg % 8], strlen(names[arg % 8]));
		sftpwire_puts(b, "", 0);
		/* FALLTHROUGH */
	case FXP_ATTRS:
		sftpwire_put32(b, FXA_SIZE | FXA_UIDGID | FXA_MODE | FXA_TIME);
		sftpwire_put64(b, arg & 0x08 ? sizeof(KEY) - 1 :
		    arg & 0x10 ? 65536 : 0);
		sftpwire_put32(b, arg & 0x20 ? 8 : 7);
		sftpwire_put32(b, 7);
		sftpwire_put32(b, modes[arg % 8]);
		sftpwire_put64(b, arg & 0x40 ? 1000 : 1);
		break;
	default:
		for (int i = 0; i < 11; i++)
			sftpwire_put64(b, arg >> (i % 8) & 1);
	}
}

/* A whole push, as sensible() answers it. */
static const struct {
	uint8_t	type, arg;
} push[] = {
	{ FXP_NAME, 4 }, { FXP_ATTRS, 0 }, { FXP_ATTRS, 0 },
	{ FXP_STATUS, 2 }, { FXP_STATUS, 2 }, { FXP_NAME, 2 },
	{ FXP_HANDLE, 0 }, { FXP_ATTRS, 1 }, { FXP_HANDLE, 0 },
	{ FXP_STATUS, 0 }, { FXP_STATUS, 0 }, { FXP_ATTRS, 9 },
	{ FXP_STATUS, 0 }, { FXP_STATUS, 2 }, { FXP_NAME, 1 },
	{ FXP_STATUS, 1 }, { FXP_STATUS, 1 }, { FXP_STATUS, 0 },
	{ FXP_STATUS, 0 }, { FXP_ATTRS, 9 }, { FXP_HANDLE, 0 },
	{ FXP_DATA, sizeof(KEY) - 1 }, { FXP_ATTRS, 9 }, { FXP_STATUS, 0 },
};
#define PUSH (sizeof(push) / sizeof(*push))

static void
framed(struct sftp *s, struct result *r, const uint8_t *p, size_t size)
{
	static const char hello[] = "\0\0\0\x5c\2\0\0\0\3"
	    "\0\0\0\x18posix-rename@openssh.com\0\0\0\1" "1"
	    "\0\0\0\x13statvfs@openssh.com\0\0\0\1" "2"
	    "\0\0\0\x11" "fsync@openssh.com\0\0\0\1" "1";
	static const uint8_t types[] = { FXP_STATUS, FXP_HANDLE, FXP_DATA,
		FXP_NAME, FXP_ATTRS, FXP_EXTENDED_REPLY };
	struct buf b = BUF_INIT(1024);
	uint32_t id = 0;
	size_t at, n, good;

	feed(s, r, hello, sizeof(hello) - 1);
	if (sftp_done(s))
		abort();
	/* The first byte: after how many good answers it gets odd. */
	if (size == 0)
		return;
	good = *p++ % (PUSH + 1);
	size--;
	for (size_t i = 0; i < good; i++) {
		at = sftpwire_begin(&b, push[i].type);
		sftpwire_put32(&b, ++id);
		sensible(&b, push[i].type, push[i].arg);
		sftpwire_end(&b, at, 0);
		feed(s, r, b.p, b.len);
		buf_drop(&b, b.len);
	}
	for (; size >= 2; p += n, size -= n) {
		at = sftpwire_begin(&b, types[(p[0] & 0x7f) % sizeof(types)]);
		sftpwire_put32(&b, ++id);
		n = 2;
		if (p[0] & 0x80) {
			n += p[1];
			n = n > size ? size : n;
			(void)buf_add(&b, p + 2, n - 2);
		} else
			sensible(&b, types[p[0] % sizeof(types)], p[1]);
		sftpwire_end(&b, at, 0);
		feed(s, r, b.p, b.len);
		buf_drop(&b, b.len);
	}
	buf_clear(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct cred ours;
	struct err e = ERR_INIT;
	struct result r;
	struct sftp *s;
	struct job job;

	if (size == 0)
		return 0;
	if (ours.bytes == NULL) {
		json_init();
		if (cred_parse(&ours, secret_copy(KEY, strlen(KEY)), &e) == -1)
			abort();
	}
	job = (struct job){ .op = data[0] % 3, .cred = &ours,
		.dry_run = (data[0] & 0x08) != 0,
		.force = (data[0] & 0x10) != 0,
		.backup = (data[0] & 0x20) != 0 };
	result_init(&r);
	err_set(&e, ERR_UNREACHABLE, "lost");
	s = sftp_new(&job, NULL, (data[0] & 0x40) != 0, &e, &r, &e);
	if (s == NULL)
		abort();
	if (data[0] & 0x80)
		raw(s, &r, data + 1, size - 1);
	else
		framed(s, &r, data + 1, size - 1);
	drain(s);
	sftp_free(s);
	result_clear(&r);
	return 0;
}
