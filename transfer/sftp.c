/*
 * The stream. What is asked, and in which order, is in sftplook.c and
 * sftpput.c.
 *
 * Threat model, as rules:
 *  1. The server is foreign. A packet's length MUST be checked before a byte
 *     of it is stored, and memory MUST grow with what came, not with what a
 *     length claims.
 *  2. An answer MUST name a request that was sent whole and has no answer
 *     yet, and be of the type that request can have; anything else ends it.
 *  3. File contents MUST NOT pass through a struct buf: those that arrive go
 *     straight into a secret, those that leave straight out of one.
 *  4. After the rename or remove may have begun, a broken session MUST end as
 *     unknown, never as failed.
 */
#include "sftp.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "secret.h"
#include "sftpask.h"
#include "sftplook.h"
#include "target.h"
#include "text.h"

#define SFTP_VERSION	3
#define PACKET_MAX	(256u * 1024)	/* as OpenSSH's own limit */
#define OUT_MAX		(256u * 1024)	/* one batch, contents not counted */
#define DATA_HEAD	13		/* length, type, id, length */

/* The stream */

const void *
sftp_pending(const struct sftp *s, size_t *len)
{
	const struct splice *p = &s->splices[s->splice_at];
	bool spliced = s->splice_at < s->nsplices;
	size_t end = spliced ? p->at : s->out.len;

	*len = 0;
	if (s->done)
		return NULL;
	if (s->out_at < end) {
		*len = end - s->out_at;
		return s->out.p + s->out_at;
	}
	if (!spliced)
		return NULL;
	*len = p->len;
	return secret_expose(p->from, NULL) + p->off;
}

void
sftp_sent(struct sftp *s, size_t len)
{
	struct splice *p;
	size_t part;

	while (len > 0 && sftp_pending(s, &part) != NULL) {
		p = &s->splices[s->splice_at];
		if (part > len)
			part = len;
		if (s->splice_at < s->nsplices && s->out_at == p->at) {
			p->off += part;
			p->len -= part;
			if (p->len == 0)
				s->splice_at++;
		} else
			s->out_at += part;
		s->sent += part;
		len -= part;
	}
}

static void
stream_reset(struct sftp *s)
{
	buf_drop(&s->out, s->out.len);
	s->out_at = 0;
	s->splice_at = s->nsplices = 0;
}

static void __attribute__((format(printf, 2, 3)))
broken(struct sftp *s, const char *fmt, ...)
{
	char what[160], safe[160];
	struct err e = ERR_INIT;
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(what, sizeof(what), fmt, ap);	/* cut is fine */
	va_end(ap);
	err_set(&e, ERR_PROTOCOL, "SFTP server %s",
	    text_safes(safe, sizeof(safe), what));
	sftp_break(s, &e);
}

/* Runs the next step when the batch is complete. */
static void
stream_turn(struct sftp *s)
{
	sftp_step then;

	while (!s->done && s->spoke && s->waiting == 0 && s->then != NULL) {
		then = s->then;
		s->then = NULL;
		stream_reset(s);
		then(s);
		if (s->out.failed)
			sftp_nomem(s);
	}
}

static struct answer *
answer_find(struct sftp *s, uint32_t id)
{
	struct answer *a;

	for (a = s->a; a < s->a + ASKS; a++) {
		if (a->waiting && a->id == id && a->end <= s->sent)
			return a;
	}
	broken(s, "answers a request that was not sent");
	return NULL;
}

static void
answer_done(struct sftp *s, struct answer *a)
{
	a->waiting = false;
	s->waiting--;
	stream_turn(s);
}

/* Packets */

static void
take_extension(struct sftp *s, const unsigned char *name, size_t len,
    const unsigned char *data, size_t data_len)
{
	const struct {
		const char *name, *revision;
		bool *flag;
	} known[] = {
		{ "posix-rename@openssh.com", "1", &s->can_rename },
		{ "fsync@openssh.com", "1", &s->can_fsync },
		{ "statvfs@openssh.com", "2", &s->can_statvfs },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
		if (len == strlen(known[i].name) && data_len == 1 &&
		    memcmp(name, known[i].name, len) == 0 &&
		    *data == (unsigned char)*known[i].revision)
			*known[i].flag = true;
	}
}

static void
take_version(struct sftp *s, struct sftpin *in)
{
	const unsigned char *name, *data;
	uint32_t version = sftpwire_get32(in);
	size_t name_len, data_len;

	if (s->spoke || in->bad) {
		broken(s, "sends a bad greeting");
		return;
	}
	s->spoke = true;
	if (version != SFTP_VERSION) {
		broken(s, "speaks version %u, not %u", version, SFTP_VERSION);
		return;
	}
	while (in->len > 0) {
		name = sftpwire_gets(in, &name_len);
		data = sftpwire_gets(in, &data_len);
		if (in->bad) {
			broken(s, "sends a bad greeting");
			return;
		}
		take_extension(s, name, name_len, data, data_len);
	}
	stream_turn(s);
}

static void
take_answer(struct sftp *s, uint8_t type, struct sftpin *in)
{
	struct answer *a = answer_find(s, sftpwire_get32(in));

	if (a == NULL)
		return;
	if (sftp_answer(s, a, type, in) == -1)
		broken(s, "sends a bad answer (type %u)", type);
	else if (!s->done)
		answer_done(s, a);
}

/* The head of a DATA packet is whole: what follows goes to the secret. */
static void
take_data(struct sftp *s, struct sftpin *in)
{
	struct answer *a = answer_find(s, sftpwire_get32(in));
	uint32_t n = sftpwire_get32(in);

	if (a == NULL)
		return;
	if (a->want != FXP_DATA || n == 0 || n > a->limit ||
	    sftpwire_peek((const unsigned char *)s->in.p) != n + 9) {
		broken(s, "sends data that was not asked for");
		return;
	}
	a->ok = true;
	a->got = n;
	s->sink_for = (enum ask)(a - s->a);
	s->sink_at = a->offset;
	s->sink_left = n;
}

/* How many bytes make the packet in s->in whole, as far as is known. */
static size_t
packet_size(const struct sftp *s)
{
	const unsigned char *p = (const unsigned char *)s->in.p;

	if (s->in.len < 5)
		return 5;
	return p[4] == FXP_DATA ? DATA_HEAD : 4 + (size_t)sftpwire_peek(p);
}

static void
packet_check(struct sftp *s)
{
	const unsigned char *p = (const unsigned char *)s->in.p;
	uint32_t len = sftpwire_peek(p);
	struct err e = ERR_INIT;

	if (!s->spoke && (isprint(p[0]) || isspace(p[0]))) {
		err_set(&e, ERR_INTERFERENCE,
		    "the SFTP server answers with text, not with SFTP");
		err_hint(&e, "let the start-up files of the far shell print "
		    "nothing when it is not interactive");
		sftp_break(s, &e);
	} else if (len < 1 || len > PACKET_MAX)
		broken(s, "sends a packet of %u bytes", len);
	else if (!s->spoke && p[4] != FXP_VERSION)
		broken(s, "does not greet");
}

static void
packet_take(struct sftp *s)
{
	struct sftpin in = { (const unsigned char *)s->in.p + 5,
		s->in.len - 5, false };
	uint8_t type = (uint8_t)s->in.p[4];

	if (type == FXP_VERSION)
		take_version(s, &in);
	else if (type == FXP_DATA)
		take_data(s, &in);
	else
		take_answer(s, type, &in);
	buf_drop(&s->in, s->in.len);
}

static size_t
feed_packet(struct sftp *s, const unsigned char *p, size_t len)
{
	size_t need = packet_size(s) - s->in.len;

	if (len > need)
		len = need;
	if (buf_add(&s->in, p, len) == -1) {
		sftp_nomem(s);
		return len;
	}
	if (len == need && s->in.len == 5)
		packet_check(s);
	if (!s->done && s->in.len == packet_size(s))
		packet_take(s);
	return len;
}

static size_t
feed_sink(struct sftp *s, const unsigned char *p, size_t len)
{
	if (len > s->sink_left)
		len = s->sink_left;
	memcpy(secret_expose(s->bytes, NULL) + s->sink_at, p, len);
	s->sink_at += len;
	s->sink_left -= len;
	if (s->sink_left == 0)
		answer_done(s, &s->a[s->sink_for]);
	return len;
}

void
sftp_feed(struct sftp *s, const void *p, size_t len)
{
	const unsigned char *c = p;
	size_t n;

	while (len > 0 && !s->done) {
		n = s->sink_left > 0 ? feed_sink(s, c, len) :
		    feed_packet(s, c, len);
		c += n;
		len -= n;
	}
}

/* Beginning and end */

void
sftp_digest(const struct secret *from, unsigned char out[CRED_DIGEST_LEN])
{
	size_t len;
	const unsigned char *p = secret_expose(from, &len);

	crypto_hash_sha256(out, p, len);
}

void
sftp_break(struct sftp *s, const struct err *e)
{
	bool unknown = sftp_committing(s);

	if (s->done)
		return;
	s->done = true;
	/* While a failure is being cleaned up, that failure is the news. */
	if (s->failure.code != ERR_NONE)
		e = &s->failure;
	if (result_end(s->r, unknown ? STATE_UNKNOWN : STATE_FAILED))
		s->r->err = *e;
}

void
sftp_nomem(struct sftp *s)
{
	struct err e = ERR_INIT;

	err_memory(&e);
	sftp_break(s, &e);
}

static int
home_check(const char *home, struct err *e)
{
	if (home == NULL)
		return 0;
	if (home[0] != '/' || strchr(home, '\n') != NULL)
		return err_set(e, ERR_USAGE,
		    "cannot use folder '%s': it is not an absolute path", home);
	if (strlen(home) > SFTP_PATH_MAX / 2)
		return err_set(e, ERR_USAGE,
		    "cannot use folder '%s': its name is too long", home);
	return 0;
}

struct sftp *
sftp_new(const struct job *job, const char *codex_home, bool look_only,
    const struct err *why, struct result *r, struct err *e)
{
	unsigned char random[16];
	struct sftp *s;
	size_t at;

	if (home_check(codex_home, e) == -1)
		return NULL;
	if ((s = calloc(1, sizeof(*s))) == NULL)
		goto nomem;
	s->job = job;
	s->r = r;
	s->look_only = look_only;
	if (why != NULL)
		s->why = *why;
	s->in = (struct buf)BUF_INIT(PACKET_MAX + 4);
	s->out = (struct buf)BUF_INIT(OUT_MAX);
	look_init(&s->look);
	randombytes_buf(random, sizeof(random));
	text_hex(s->nonce, random, sizeof(random));
	s->base = strdup(codex_home != NULL ? codex_home : ".codex");
	if (s->base == NULL ||
	    (s->named = sftplook_join(s->base, "auth.json")) == NULL)
		goto nomem;
	at = sftpwire_begin(&s->out, FXP_INIT);
	sftpwire_put32(&s->out, SFTP_VERSION);
	sftpwire_end(&s->out, at, 0);
	s->queued = s->out.len;
	sftplook_start(s);
	if (!s->out.failed)
		return s;
nomem:
	sftp_free(s);
	err_memory(e);
	return NULL;
}

void
sftp_free(struct sftp *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < ASKS; i++)
		free(s->a[i].name);
	buf_clear(&s->in);
	buf_clear(&s->out);
	look_clear(&s->look);
	secret_free(s->bytes);
	secret_free(s->old);
	free(s->base);
	free(s->named);
	free(s->dir);
	free(s->file);
	free(s->real);
	free(s->rdir);
	free(s->temp);
	free(s);
}

bool
sftp_done(const struct sftp *s)
{
	return s->done;
}

bool
sftp_committing(const struct sftp *s)
{
	return !s->done && s->commit_end != 0 && s->sent >= s->commit_end;
}

bool
sftp_spoke(const struct sftp *s)
{
	return s->spoke;
}
