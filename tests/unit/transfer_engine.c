/* What engines say: streams, containers, places, text for requests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "buf.h"
#include "container.h"
#include "dockplace.h"
#include "enginestream.h"
#include "err.h"
#include "jsontext.h"

#define HEAD101 "HTTP/1.1 101 UPGRADED\r\nUpgrade: tcp\r\n\r\n"

static struct buf said[3];

static void
hear(void *ctx, int type, const void *p, size_t len)
{
	(void)ctx;
	assert_in_range(type, 1, 2);
	assert_int_equal(buf_add(&said[type], p, len), 0);
}

static void
silence(void)
{
	for (size_t i = 0; i < 3; i++) {
		buf_clear(&said[i]);
		said[i].max = 1 << 20;
	}
}

/* Feeds it in pieces of each size from 1 on: the outcome is the same. */
static int
feed(struct enginestream *s, const char *p, size_t len, size_t piece)
{
	struct err e = ERR_INIT;

	silence();
	enginestream_init(s, hear, NULL);
	for (size_t at = 0; at < len; at += piece) {
		size_t n = len - at < piece ? len - at : piece;

		if (enginestream_feed(s, p + at, n, &e) == -1) {
			assert_int_equal(e.code, ERR_PROTOCOL);
			return -1;
		}
	}
	return 0;
}

static void
takes_frames_apart(void **state)
{
	static const char wire[] = HEAD101
	    "\1\0\0\0\0\0\0\5hello\2\0\0\0\0\0\0\3oh\n"
	    "\1\0\0\0\0\0\0\0\1\0\0\0\0\0\0\1!";
	struct enginestream s;

	(void)state;
	for (size_t piece = 1; piece < sizeof(wire); piece++) {
		assert_int_equal(feed(&s, wire, sizeof(wire) - 1, piece), 0);
		assert_string_equal(buf_str(&said[1]), "hello!");
		assert_string_equal(buf_str(&said[2]), "oh\n");
		assert_int_equal(s.phase, ENGINESTREAM_FRAMES);
	}
	silence();
}

static void
refuses_what_is_no_stream(void **state)
{
	static const struct { const char *p; size_t len; } bad[] = {
#define BAD(s) { s, sizeof(s) - 1 }
		BAD("SSH-2.0-x\r\n"), BAD("HTTP/1.1\r\n"),
		BAD("HTTP/1.1 20\r\n"), BAD("HTTP/2 101 x\r\n"),
		BAD("HTTP/1.1 1010 x\r\n"), BAD("\r\n"), BAD("HTTP/1.\n"),
		BAD(HEAD101 "\0\0\0\0\0\0\0\1x"),
		BAD(HEAD101 "\3\0\0\0\0\0\0\1x"),
		BAD(HEAD101 "\1\1\0\0\0\0\0\1x"),
		BAD(HEAD101 "hello, no frames"),
	};
	struct enginestream s;
	struct err e = ERR_INIT;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		assert_int_equal(feed(&s, bad[i].p, bad[i].len, 3), -1);
		assert_int_equal(enginestream_feed(&s, "x", 1, &e), -1);
	}
	silence();
}

static void
ends_what_does_not_end(void **state)
{
	static const char huge[] = HEAD101 "\1\0\0\0\xff\xff\xff\xff";
	char more[65536];
	struct enginestream s;
	struct err e = ERR_INIT;
	int n = 0;

	(void)state;
	memset(more, 'a', sizeof(more));
	enginestream_init(&s, hear, NULL);
	while (enginestream_feed(&s, more, 1000, &e) == 0)
		assert_in_range(++n, 0, 20);	/* a head of 16 KB */
	silence();
	assert_int_equal(feed(&s, huge, sizeof(huge) - 1, 100), 0);
	for (n = 0; enginestream_feed(&s, more, sizeof(more), &e) == 0; n++) {
		silence();
		assert_in_range(n, 0, ENGINESTREAM_MAX / sizeof(more));
	}
	silence();
}

static void
keeps_a_refusal(void **state)
{
	static const char wire[] = "HTTP/1.1 409 Conflict\r\n"
	    "Content-Type: application/json\r\n\r\n{\"message\":\"no\"}";
	struct enginestream s;

	(void)state;
	assert_int_equal(feed(&s, wire, sizeof(wire) - 1, 5), 0);
	assert_int_equal(s.phase, ENGINESTREAM_REFUSED);
	assert_int_equal(s.status, 409);
	assert_string_equal(s.line, "{\"message\":\"no\"}");
}

#define INSPECT(state, more) "{\"Id\":\"abc123\",\"Name\":\"/web\"," \
	"\"State\":{" state "},\"Config\":{\"User\":\"app\",\"Env\":[" \
	"\"HOME=/first\",\"HOME=/home/app\",\"CODEX_HOME=\",\"X=1\"]}," \
	"\"Mounts\":[{\"Type\":\"volume\",\"Destination\":\"/srv/\"}," \
	"{\"Type\":\"tmpfs\",\"Destination\":\"/srv/t\"}]," \
	"\"HostConfig\":{\"Tmpfs\":{\"/run\":\"rw\"}}" more "}"

static void
reads_what_an_engine_says_of_a_container(void **state)
{
	static const char text[] = INSPECT("\"Status\":\"running\","
	    "\"Running\":true", "");
	struct container c;
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(container_parse(&c, text, sizeof(text) - 1, &e), 0);
	assert_string_equal(c.id, "abc123");
	assert_string_equal(c.name, "web");
	assert_string_equal(c.user, "app");
	assert_string_equal(c.home, "/home/app");
	assert_null(c.codex_home);
	assert_int_equal(c.state, CONTAINER_RUNNING);
	assert_null(container_mount_of(&c, "/home/app/.codex/auth.json"));
	assert_null(container_mount_of(&c, "/srvx/auth.json"));
	assert_false(container_mount_of(&c, "/srv/a/auth.json")->tmpfs);
	assert_true(container_mount_of(&c, "/srv/t/auth.json")->tmpfs);
	assert_true(container_mount_of(&c, "/run")->tmpfs);
	/* Which no engine lists: every container has one. */
	assert_true(container_mount_of(&c, "/dev/shm/auth.json")->tmpfs);
	assert_false(c.env_api_key);
	container_clear(&c);
}

static void
knows_what_beats_the_file(void **state)
{
	static const char text[] = "{\"Id\":\"ab\",\"State\":{},\"Config\":{"
	    "\"Env\":[\"CODEX_API_KEY=x\",\"CODEX_ACCESS_TOKEN=x\","
	    "\"CODEX_ACCESS_TOKEN=\"]}}";
	struct container c;
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(container_parse(&c, text, sizeof(text) - 1, &e), 0);
	assert_true(c.env_api_key);
	assert_false(c.env_access_token);
	container_clear(&c);
}

static void
shows_no_name_that_is_a_command(void **state)
{
	static const char *const bad[] = { "/x; reboot", "/", "", "/$(x)",
		"/-rf", "/a\\nb" };
	char text[256];
	struct container c;
	struct err e = ERR_INIT;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		(void)snprintf(text, sizeof(text), "{\"Id\":\"abc\",\"Name\":"
		    "\"%s\",\"State\":{\"Paused\":true},\"Config\":{}}",
		    bad[i]);
		assert_int_equal(container_parse(&c, text, strlen(text), &e),
		    0);
		assert_int_equal(container_usable(&c, &e), -1);
		assert_string_equal(e.hint, "docker unpause abc");
		container_clear(&c);
	}
}

static void
tells_states_apart(void **state)
{
	static const struct { const char *text; int is; } cases[] = {
		{ INSPECT("\"Running\":true,\"Paused\":true", ""),
		    CONTAINER_PAUSED },
		{ INSPECT("\"Running\":true,\"Restarting\":true", ""),
		    CONTAINER_RESTARTING },
		{ INSPECT("\"Running\":false,\"Status\":\"created\"", ""),
		    CONTAINER_STOPPED },
		{ INSPECT("\"Dead\":true", ""), CONTAINER_GONE },
		{ INSPECT("\"Status\":\"removing\"", ""), CONTAINER_GONE },
	};
	struct container c;
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		assert_int_equal(container_parse(&c, cases[i].text,
		    strlen(cases[i].text), &e), 0);
		assert_int_equal(c.state, cases[i].is);
		assert_int_equal(container_usable(&c, &e),
		    cases[i].is == CONTAINER_STOPPED ? 0 : -1);
		container_clear(&c);
	}
}

static void
refuses_an_answer_about_nothing(void **state)
{
	static const char *const bad[] = { "", "{}", "[]", "{\"Id\":\"\"}",
		"{\"Id\":\"../x\",\"State\":{},\"Config\":{}}",
		"{\"Id\":5,\"State\":{},\"Config\":{}}",
		"{\"Id\":\"abc\",\"State\":null,\"Config\":{}}" };
	struct container c;
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		assert_int_equal(container_parse(&c, bad[i], strlen(bad[i]),
		    &e), -1);
		assert_int_equal(e.code, ERR_PROTOCOL);
		assert_null(c.id);
	}
}

static void
knows_names(void **state)
{
	static const char *const good[] = { "a", "web-1", "A_b.c", "0123",
		"0x7f" };
	static const char *const bad[] = { "", "-a", ".a", "_a", "a/b", "a b",
		"a%2f", "a\n", "a?x", "\xc3\xa4", "../x" };

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
		assert_true(container_name_ok(good[i]));
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_false(container_name_ok(bad[i]));
}

static void
finds_the_place(void **state)
{
	struct container c = { .home = NULL };
	struct container_mount tmpfs = { .where = (char[]){ "/t" },
		.tmpfs = true };
	struct err e = ERR_INIT;
	static const char *const bad[] = { "relative", "/a/../b", "/a//b",
		"/a\nb", "/a/./b" };
	BUF_AUTO b = BUF_INIT(4096);

	(void)state;
	assert_int_equal(dockplace_find(&b, &c, NULL, "/home/a", &e), 0);
	assert_string_equal(buf_str(&b), "/home/a/.codex/auth.json");
	buf_clear(&b);
	assert_int_equal(dockplace_find(&b, &c, NULL, "/", &e), 0);
	assert_string_equal(buf_str(&b), "/.codex/auth.json");
	buf_clear(&b);
	c.codex_home = (char[]){ "/srv/codex/" };
	assert_int_equal(dockplace_find(&b, &c, NULL, "/home/a", &e), 0);
	assert_string_equal(buf_str(&b), "/srv/codex/auth.json");
	buf_clear(&b);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		assert_int_equal(dockplace_find(&b, &c, bad[i], "/", &e), -1);
		assert_int_equal(e.code, ERR_NO_HOME);
		buf_clear(&b);
	}
	c.mounts = &tmpfs;
	c.nmounts = 1;
	assert_false(dockplace_hidden("/home/a/.codex/auth.json", &c, &e));
	assert_true(dockplace_hidden("/t/x/auth.json", &c, &e));
	assert_int_equal(e.code, ERR_NO_SHELL);
	c.state = CONTAINER_STOPPED;
	c.name = (char[]){ "web" };
	assert_true(dockplace_hidden("/t/x/auth.json", &c, &e));
	assert_int_equal(e.code, ERR_NOT_RUNNING);
	assert_string_equal(e.hint, "docker start web");
}

/* What a remove from outside can't do, the hint does; or it says nothing. */
static void
hints_at_what_removes_it(void **state)
{
	struct container_mount mounts[] = {
		{ .where = (char[]){ "/v" }, .volume = (char[]){ "vol" },
		    .source = (char[]){ "/var/lib/x" } },
		{ .where = (char[]){ "/b" }, .source = (char[]){ "/srv/b" } },
		{ .where = (char[]){ "/e" }, .source = (char[]){ "/x;reboot" } },
	};
	static const struct { const char *file, *hint; } cases[] = {
		{ "/home/a/auth.json",
		    "it goes with the container: docker rm -f web" },
		{ "/v/.codex/auth.json", "docker run --rm -v vol:/v busybox "
		    "rm /v/.codex/auth.json" },
		{ "/v/$(x)/auth.json", "remove it where '/v' comes from" },
		{ "/b/auth.json", "on the engine's host: rm /srv/b/auth.json" },
		{ "/e/auth.json", "remove it where '/e' comes from" },
	};
	struct container c = { .name = (char[]){ "web" }, .mounts = mounts,
		.nmounts = 3 };
	struct err e = ERR_INIT;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		dockplace_stays(cases[i].file, &c, &e);
		assert_int_equal(e.code, ERR_NO_SHELL);
		assert_string_equal(e.hint, cases[i].hint);
	}
	c.state = CONTAINER_STOPPED;
	dockplace_stays("/v/auth.json", &c, &e);
	assert_int_equal(e.code, ERR_NOT_RUNNING);
	assert_string_equal(e.hint, "docker start web");
}

/* {"size":65537,"mode":420}, {"size":65536,"mode":420}, {"linkTarget":..} */
static void
reads_more_of_what_is_there(void **state)
{
	static const char large[] = "eyJzaXplIjo2NTUzNywibW9kZSI6NDIwfQ==";
	static const char fits[] = "eyJzaXplIjo2NTUzNiwibW9kZSI6NDIwfQ==";
	static const char leads[] = "eyJsaW5rVGFyZ2V0IjoiL25peC9wdyJ9";
	static const char climbs[] = "eyJsaW5rVGFyZ2V0IjoiLy4uL3B3In0=";
	BUF_AUTO b = BUF_INIT(4096);
	int mode = -1;

	(void)state;
	assert_false(dockplace_large(fits, 65536, &mode));
	assert_false(dockplace_large("e30=", 65536, &mode));
	assert_true(dockplace_large(large, 65536, &mode));
	assert_int_equal(mode, 0644);
	assert_int_equal(dockplace_leads(&b, climbs), -1);
	assert_int_equal(dockplace_leads(&b, "e30="), -1);
	assert_int_equal(dockplace_leads(&b, leads), 0);
	assert_string_equal(buf_str(&b), "/nix/pw");
}

/* base64 of {"mode":N} */
static void
judges_the_way(void **state)
{
	static const char file[] = "eyJtb2RlIjozODR9";	/* 0600 */
	static const char dir[] = "eyJtb2RlIjoyMTQ3NDg0MDk2fQ==";
	static const char open[] = "eyJtb2RlIjoyMTQ3NDg0MTU5fQ==";
	static const char link[] = "eyJtb2RlIjoxMzQyMTgyMzl9";

	(void)state;
	assert_null(dockplace_judge(file, DOCKPLACE_FILE));
	assert_non_null(dockplace_judge(file, DOCKPLACE_WAY));
	assert_null(dockplace_judge(dir, DOCKPLACE_WAY));
	assert_null(dockplace_judge(dir, DOCKPLACE_HOME));
	assert_non_null(dockplace_judge(dir, DOCKPLACE_FILE));
	assert_null(dockplace_judge(open, DOCKPLACE_WAY));
	assert_non_null(dockplace_judge(open, DOCKPLACE_HOME));
	assert_non_null(dockplace_judge(link, DOCKPLACE_WAY));
	assert_non_null(dockplace_judge(link, DOCKPLACE_FILE));
	assert_non_null(dockplace_judge("", DOCKPLACE_FILE));
	assert_non_null(dockplace_judge("e30=", DOCKPLACE_FILE));
	assert_non_null(dockplace_judge("!!!!", DOCKPLACE_FILE));
}

static void
writes_requests(void **state)
{
	BUF_AUTO b = BUF_INIT(4096);

	(void)state;
	jsontext_string(&b, "a\"b\\c\n\x01 \xc3\xa4");
	assert_string_equal(buf_str(&b),
	    "\"a\\\"b\\\\c\\u000a\\u0001 \xc3\xa4\"");
	buf_clear(&b);
	jsontext_query(&b, "/a b/\xc3?&=%.~");
	assert_string_equal(buf_str(&b), "%2Fa%20b%2F%C3%3F%26%3D%25.~");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_frames_apart),
		cmocka_unit_test(refuses_what_is_no_stream),
		cmocka_unit_test(ends_what_does_not_end),
		cmocka_unit_test(keeps_a_refusal),
		cmocka_unit_test(reads_what_an_engine_says_of_a_container),
		cmocka_unit_test(shows_no_name_that_is_a_command),
		cmocka_unit_test(tells_states_apart),
		cmocka_unit_test(refuses_an_answer_about_nothing),
		cmocka_unit_test(knows_names),
		cmocka_unit_test(finds_the_place),
		cmocka_unit_test(knows_what_beats_the_file),
		cmocka_unit_test(hints_at_what_removes_it),
		cmocka_unit_test(reads_more_of_what_is_there),
		cmocka_unit_test(judges_the_way),
		cmocka_unit_test(writes_requests),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
