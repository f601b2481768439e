/*
 * install as the near side of a hostile far one. The input is a script: a
 * byte says how long the next piece is and to what stream it goes, "@" at
 * its start becomes the marker that a fuzzer cannot guess. Nothing may be
 * pending before "ready" was said with our nonce, there is at most one
 * verdict, and it never changes.
 */
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "install.h"
#include "secret.h"
#include "survey.h"
#include "target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
check(bool ok)
{
	if (!ok)
		abort();
}

static const struct cred *
ours(void)
{
	static const char key[] = "{\"auth_mode\":\"apikey\","
				  "\"OPENAI_API_KEY\":\"sk-0123456789\"}";
	static struct cred c;
	struct err e = ERR_INIT;

	if (c.bytes == NULL)
		check(
		    cred_parse(&c, secret_copy(key, sizeof(key) - 1), &e) == 0);
	return &c;
}

static const char *
marker(struct install *in, char out[64])
{
	memcpy(out, "CXP1 ", 5);
	memcpy(out + 5, install_nonce(in), 32);
	out[37] = ' ';
	out[38] = '\0';
	return out;
}

/* One piece; `ready` learns whether the marker was ever followed by it. */
static void
piece(struct install *in, const uint8_t *p, size_t len, bool error, bool *ready)
{
	char mark[64];

	if (len > 0 && *p == '@' && !error) {
		install_feed(in, marker(in, mark), 38);
		p++;
		len--;
		/* It may come in several pieces: the start is enough. */
		*ready |= memcmp(p, "ready", len < 5 ? len : 5) == 0;
	}
	if (error)
		install_feed_error(in, p, len);
	else
		install_feed(in, p, len);
}

static void
send_some(struct install *in, bool ready, size_t most)
{
	size_t len;
	const void *p = install_pending(in, &len);

	check((p == NULL) == (len == 0));
	check(p == NULL || ready);
	if (p != NULL)
		install_sent(in, len < most ? len : most);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const unsigned char key[SURVEY_KEY_LEN];
	struct err why = { .code = ERR_UNREACHABLE }, e = ERR_INIT;
	struct job job = { .cred = ours(), .timeout = 9 };
	enum target_state first = STATE_NONE;
	struct install *in;
	struct result r;
	bool ready = false;
	size_t n;

	if (len < 1)
		return 0;
	job.op = (enum job_op)(data[0] % 4);
	job.force = data[0] & 4;
	job.dry_run = data[0] & 8;
	job.survey = data[0] & 64 ? key : NULL;
	result_init(&r);
	in = install_new(&job, data[0] & 16 ? "/x" : NULL,
	    data[0] & 32 ? "00112233445566778899aabbccddeeff" : NULL, &why, &r,
	    &e);
	check(in != NULL);
	for (data++, len--; len > 1; data += n, len -= n) {
		uint8_t how = *data++;

		len--;
		n = how & 63;
		n = n > len ? len : n;
		piece(in, data, n, (how & 192) == 192, &ready);
		if (how & 64)
			send_some(in, ready, how & 128 ? 1000 : 20);
		if (first == STATE_NONE)
			first = r.state;
		check(r.state == first);
		/* A survey goes on when the verdict is there. */
		check(install_phase(in) != INSTALL_DONE ||
		      r.state != STATE_NONE);
		check(r.state == STATE_NONE || r.survey != NULL ||
		      install_phase(in) == INSTALL_DONE);
	}
	if (install_end(in, (int)(len % 3) - 1))
		check(install_phase(in) >= INSTALL_AGAIN);
	check(first == STATE_NONE || r.state == first);
	install_free(in);
	result_clear(&r);
	return 0;
}
