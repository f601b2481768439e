/* Which engine is meant: docker's own order, contexts, TLS. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>
#include <sodium.h>

#include "engineconfig.h"
#include "err.h"
#include "text.h"

static char home[] = "/tmp/cxp-engineconfig.XXXXXX";

static void
put(const char *name, const char *text)
{
	char path[512];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s", home, name);
	for (char *p = path + 1; (p = strchr(p, '/')) != NULL; *p++ = '/') {
		*p = '\0';
		(void)mkdir(path, 0700);
	}
	assert_non_null(f = fopen(path, "w"));
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static void
put_context(const char *name, const char *meta, bool certs)
{
	unsigned char digest[crypto_hash_sha256_BYTES];
	char hex[2 * crypto_hash_sha256_BYTES + 1], path[256];

	crypto_hash_sha256(digest, (const unsigned char *)name, strlen(name));
	text_hex(hex, digest, sizeof(digest));
	(void)snprintf(path, sizeof(path),
	    ".docker/contexts/meta/%s/meta.json", hex);
	put(path, meta);
	if (!certs)
		return;
	(void)snprintf(path, sizeof(path),
	    ".docker/contexts/tls/%s/docker/ca.pem", hex);
	put(path, "x");
}

static int
make_home(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(home));
	put_context("plain", "{\"Endpoints\":{\"docker\":{\"Host\":"
	    "\"unix:///run/plain.sock\",\"SkipTLSVerify\":false}}}", false);
	put_context("tls", "{\"Endpoints\":{\"docker\":{\"Host\":"
	    "\"tcp://far\",\"SkipTLSVerify\":false}}}", true);
	put_context("skip", "{\"Endpoints\":{\"docker\":{\"Host\":"
	    "\"tcp://far:99\",\"SkipTLSVerify\":true}}}", false);
	put_context("bad", "{\"Endpoints\":{}}", false);
	put_context("broken", "{", false);
	return 0;
}

static int
remove_home(void **state)
{
	char line[64];

	(void)state;
	(void)snprintf(line, sizeof(line), "rm -rf %s", home);
	return system(line);
}

static void
follows_dockers_order(void **state)
{
	static const struct {
		const char *host, *context, *env_host, *env_context, *want;
	} cases[] = {
		{ "unix:///a", NULL, "unix:///b", "plain", "unix:///a" },
		{ NULL, "plain", "unix:///b", NULL, "unix:///run/plain.sock" },
		{ NULL, NULL, "unix:///b", "plain", "unix:///b" },
		{ NULL, NULL, NULL, "plain", "unix:///run/plain.sock" },
		{ NULL, "default", "unix:///b", NULL, "unix:///b" },
		{ NULL, NULL, NULL, NULL, "tcp://far:99" },	/* current */
		{ NULL, "missing", "unix:///b", NULL, NULL },
		{ NULL, NULL, NULL, "missing", NULL },
		{ NULL, "bad", NULL, NULL, NULL },
		{ NULL, "broken", NULL, NULL, NULL },
		{ "unix:///a", "plain", NULL, NULL, NULL },
	};

	(void)state;
	put(".docker/config.json", "{\"currentContext\":\"skip\"}");
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct dockopts o = { .host = cases[i].host,
			.context = cases[i].context,
			.env_host = cases[i].env_host,
			.env_context = cases[i].env_context, .home = home };
		struct engineconfig c;
		struct err e = ERR_INIT;

		assert_int_equal(engineconfig_find(&c, &o, &e),
		    cases[i].want != NULL ? 0 : -1);
		if (cases[i].want != NULL)
			assert_string_equal(c.name, cases[i].want);
		else
			assert_int_equal(e.code, ERR_USAGE);
		engineconfig_clear(&c);
	}
}

static void
takes_tls_from_where_docker_does(void **state)
{
	struct dockopts o = { .context = "tls", .home = home };
	struct engineconfig c;
	struct err e;

	(void)state;
	assert_int_equal(engineconfig_find(&c, &o, &e), 0);
	assert_true(c.tls && c.verify && c.port == 2376 && c.ca != NULL);
	engineconfig_clear(&c);
	o.context = "skip";
	assert_int_equal(engineconfig_find(&c, &o, &e), 0);
	assert_true(c.tls && !c.verify && c.port == 99 && c.ca == NULL);
	engineconfig_clear(&c);
	put(".docker/ca.pem", "x");
	o = (struct dockopts){ .host = "tcp://h", .env_verify = true,
		.home = home };
	assert_int_equal(engineconfig_find(&c, &o, &e), 0);
	assert_true(c.tls && c.verify && c.port == 2376 && c.ca != NULL);
	engineconfig_clear(&c);
	o.env_verify = false;
	assert_int_equal(engineconfig_find(&c, &o, &e), 0);
	assert_true(!c.tls && c.port == 2375);
	engineconfig_clear(&c);
}

static void
reads_urls(void **state)
{
	static const struct {
		const char *url;
		enum engine_kind kind;
		const char *host, *path;
		int port;
	} good[] = {
		{ "unix:///x/y", ENGINE_UNIX, NULL, "/x/y", 0 },
		{ "unix://", ENGINE_UNIX, NULL, "/var/run/docker.sock", 0 },
		{ "tcp://h:1", ENGINE_TCP, "h", NULL, 1 },
		{ "h:1", ENGINE_TCP, "h", NULL, 1 },
		{ "tcp://[::1]:1", ENGINE_TCP, "::1", NULL, 1 },
		{ "ssh://u@h:22", ENGINE_SSH, "h", NULL, 22 },
		{ "ssh://h/run/x.sock", ENGINE_SSH, "h", "/run/x.sock", 0 },
	};
	static const char *const bad[] = { "unix://x", "npipe:////./pipe/d",
		"http://h", "tcp://u@h", "ssh://", "ssh://-oProxyCommand=x",
		"tcp://h?x", "ssh://u:p@h", "tcp://h:0", "://", "fd://" };
	struct engineconfig c;
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		assert_int_equal(engineconfig_parse(&c, good[i].url, &e), 0);
		assert_int_equal(c.kind, good[i].kind);
		assert_int_equal(c.port, good[i].port);
		if (good[i].host != NULL)
			assert_string_equal(c.host, good[i].host);
		if (good[i].path != NULL)
			assert_string_equal(c.path, good[i].path);
		engineconfig_clear(&c);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		assert_int_equal(engineconfig_parse(&c, bad[i], &e), -1);
		assert_int_equal(e.code, ERR_USAGE);
		assert_null(c.name);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(follows_dockers_order),
		cmocka_unit_test(takes_tls_from_where_docker_does),
		cmocka_unit_test(reads_urls),
	};

	return cmocka_run_group_tests(tests, make_home, remove_home);
}
