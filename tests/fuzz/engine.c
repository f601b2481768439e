/*
 * Whatever an engine answers: the stream of an exec, a container, the header
 * of a path, a refusal. The first byte chooses. No crash; what is believed
 * keeps to its promises; and a stream is the same in whatever pieces it comes.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "container.h"
#include "dockplace.h"
#include "engine.h"
#include "engineconfig.h"
#include "enginestream.h"
#include "err.h"
#include "http.h"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(bool ok)
{
	if (!ok)
		abort();
}

/* Streams */

static const char upgraded[] = "HTTP/1.1 101 UPGRADED\r\n\r\n";

/* What was heard, told apart by the stream it came from. */
struct heard {
	size_t	 len[3];
	uint32_t sum[3];
};

static void
hear(void *ctx, int type, const void *p, size_t len)
{
	struct heard *h = ctx;
	const unsigned char *c = p;

	check((type == 1 || type == 2) && len > 0);
	h->len[type] += len;
	for (size_t i = 0; i < len; i++)
		h->sum[type] = h->sum[type] * 31 + c[i];
}

static int
stream_in(struct heard *h, const uint8_t *p, size_t size, size_t piece,
    enum enginestream_phase *phase)
{
	struct enginestream s;
	struct err e = ERR_INIT;
	int rc = 0;

	memset(h, 0, sizeof(*h));
	enginestream_init(&s, hear, h);
	for (size_t at = 0; rc == 0 && at < size; at += piece) {
		size_t n = size - at < piece ? size - at : piece;

		rc = enginestream_feed(&s, p + at, n, &e);
	}
	check((rc == -1) == (s.phase == ENGINESTREAM_BAD));
	check(rc == 0 || (e.code == ERR_PROTOCOL &&
	    enginestream_feed(&s, "x", 1, &e) == -1));
	check(memchr(s.line, '\0', sizeof(s.line)) != NULL);
	check(h->len[1] + h->len[2] <= size);
	*phase = s.phase;
	return rc;
}

static void
stream(const uint8_t *p, size_t size, size_t piece)
{
	struct heard a, b;
	enum enginestream_phase pa, pb;
	int rc = stream_in(&a, p, size, size + 1, &pa);

	check(stream_in(&b, p, size, piece, &pb) == rc && pa == pb);
	check(memcmp(&a, &b, sizeof(a)) == 0);
}

/* Behind a head that no fuzzer has to guess. */
static void
frames(const uint8_t *p, size_t size, size_t piece)
{
	size_t head = sizeof(upgraded) - 1;
	uint8_t *all = malloc(head + size);

	check(all != NULL);
	memcpy(all, upgraded, head);
	memcpy(all + head, p, size);
	stream(all, head + size, piece);
	free(all);
}

/* Containers */

static void
container_check(const char *text, size_t size)
{
	static const char *const homes[] = { NULL, "/", "/srv/x", "rel" };
	struct container c;
	struct err e = ERR_INIT;

	if (container_parse(&c, text, size, &e) == -1) {
		check(e.code == ERR_PROTOCOL && c.id == NULL);
		return;
	}
	check(container_name_ok(c.id) && c.name != NULL && c.user != NULL);
	for (size_t i = 0; i < c.nmounts; i++)
		check(c.mounts[i].where[0] == '/');
	check(container_usable(&c, &e) == 0 || e.code == ERR_NOT_RUNNING);
	for (size_t i = 0; i < sizeof(homes) / sizeof(*homes); i++) {
		BUF_AUTO file = BUF_INIT(4096);

		if (dockplace_find(&file, &c, homes[i], "/home/a", &e) == 0)
			check(buf_str(&file)[0] == '/' &&
			    strstr(buf_str(&file), "/../") == NULL);
		(void)dockplace_hidden(buf_str(&file), &c, &e);
		dockplace_stays(buf_str(&file), &c, &e);
		check(e.code == ERR_NO_SHELL || e.code == ERR_NOT_RUNNING);
	}
	container_clear(&c);
}

/* Also where it has got as far as the environment already. */
static void
container(const char *text, size_t size)
{
	BUF_AUTO b = BUF_INIT(1 << 20);

	container_check(text, size);
	(void)buf_adds(&b, "{\"Id\":\"ab\",\"State\":{\"Running\":true},"
	    "\"Config\":{\"Env\":[");
	(void)buf_add(&b, text, size);
	container_check(buf_str(&b), b.len);
}

/* Answers */

static void
refusal(const char *text, size_t size)
{
	struct http_answer a = { .status = 500, .body = text, .len = size,
		.wanted = "" };
	struct err e = ERR_INIT;

	engine_refusal(&a, "cannot", &e);
	check(e.code != ERR_NONE);
	for (const char *s = e.text; *s != '\0'; s++)
		check((unsigned char)*s >= ' ' && *s != '\177');
}

static void
header(const char *text, enum dockplace what)
{
	BUF_AUTO to = BUF_INIT(4096);
	int mode = 0;

	(void)dockplace_judge(text, what);
	if (dockplace_large(text, 65536, &mode))
		check((mode & ~0777) == 0);
	if (dockplace_leads(&to, text) == 0)
		check(buf_str(&to)[0] == '/' &&
		    strstr(buf_str(&to), "/../") == NULL);
}

static void
host(const char *text)
{
	struct engineconfig c;
	struct err e = ERR_INIT;

	if (engineconfig_parse(&c, text, &e) == -1) {
		check(e.code != ERR_NONE && c.name == NULL);
		return;
	}
	check(c.kind == ENGINE_UNIX ? c.path[0] == '/' : c.host[0] != '-');
	engineconfig_clear(&c);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t piece;
	char *text;

	if (size < 2)
		return 0;
	piece = 1 + data[1] % 32u;
	/* Exactly as long as it is: what lies behind it must not be read. */
	if ((text = malloc(size - 1)) == NULL)
		abort();
	memcpy(text, data + 2, size - 2);
	text[size - 2] = '\0';
	switch (data[0] % 6) {
	case 0:
		stream(data + 2, size - 2, piece);
		break;
	case 1:
		frames(data + 2, size - 2, piece);
		break;
	case 2:
		container(text, size - 2);
		break;
	case 3:
		header(text, piece % 3);
		break;
	case 4:
		refusal(text, size - 2);
		break;
	default:
		host(text);
	}
	free(text);
	return 0;
}
