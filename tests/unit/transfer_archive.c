/* archive and passwd: what goes in comes out, and hostile tars do no harm. */
#include "store_fixture.h"

#include "archive.h"
#include "err.h"
#include "passwd.h"

#define BLOCK 512

/* A tar made by hand, so that libarchive isn't asked about itself. */
static struct {
	unsigned char	p[64 * BLOCK];
	size_t		len;
} tar;

static void
put_octal(unsigned char *p, size_t width, unsigned long n)
{
	snprintf((char *)p, width, "%0*lo", (int)width - 1, n);
}

static void
checksum(unsigned char *h)
{
	unsigned sum = 0;

	memset(h + 148, ' ', 8);
	for (int i = 0; i < BLOCK; i++)
		sum += h[i];
	snprintf((char *)h + 148, 8, "%06o", sum);
}

/* Appends one ustar header; returns it, to be made odd and summed again. */
static unsigned char *
header(const char *name, char type, unsigned long size)
{
	unsigned char *h = tar.p + tar.len;

	assert_true(tar.len + BLOCK <= sizeof(tar.p));
	memset(h, 0, BLOCK);
	snprintf((char *)h, 100, "%s", name);
	put_octal(h + 100, 8, 0640);
	put_octal(h + 108, 8, 1000);
	put_octal(h + 116, 8, 1001);
	put_octal(h + 124, 12, size);
	put_octal(h + 136, 12, 1700000000);
	h[156] = (unsigned char)type;
	memcpy(h + 257, "ustar\00000", 8);
	checksum(h);
	tar.len += BLOCK;
	return h;
}

static void
body(const char *p, size_t len)
{
	memset(tar.p + tar.len, 0, (len + BLOCK - 1) / BLOCK * BLOCK);
	memcpy(tar.p + tar.len, p, len);
	tar.len += (len + BLOCK - 1) / BLOCK * BLOCK;
}

static void
end(void)
{
	memset(tar.p + tar.len, 0, 2 * BLOCK);
	tar.len += 2 * BLOCK;
}

static struct archive_found found;
static struct err e;

static int
find(const char *name)
{
	SECRET_AUTO *s = fixture_secret(tar.p, tar.len);

	archive_found_clear(&found);
	tar.len = 0;
	memset(&e, 0, sizeof(e));
	return archive_find(&found, s, name, &e);
}

static void
there_and_back(void **state)
{
	static const long ids[] = { 0, 1000, 2097151, 2097152, ARCHIVE_ID_MAX };
	static const size_t sizes[] = { 0, 1, 511, 512, 513, 4096,
		ARCHIVE_FILE_MAX };
	SECRET_AUTO *got = NULL;

	(void)state;
	for (size_t i = 0; i < ROWS(ids) * ROWS(sizes) * 2; i++) {
		size_t len = sizes[i / 2 % ROWS(sizes)];
		long id = ids[i / 2 / ROWS(sizes)];
		struct archive_put put = { i % 2 ? ".codex" : NULL,
			"auth.json", id, id };
		struct secret *in = secret_new(len), *t;

		memset(secret_expose(in, NULL), 'x', len);
		t = archive_pack(&put, in, &e);
		assert_non_null(t);
		assert_int_equal(secret_len(t) % BLOCK, 0);
		assert_int_equal(archive_find(&found, t, "auth.json", &e), 0);
		assert_int_equal(found.kind, ARCHIVE_FILE);
		assert_int_equal(found.mode, 0600);
		assert_int_equal(found.uid, id);
		assert_int_equal(found.gid, id);
		assert_int_equal(secret_len(found.bytes), len);
		assert_memory_equal(secret_expose(found.bytes, NULL),
		    secret_expose(in, NULL), len);
		archive_found_clear(&found);
		assert_int_equal(archive_find(&found, t, ".codex", &e), 0);
		assert_int_equal(found.kind, i % 2 ? ARCHIVE_DIR :
		    ARCHIVE_NONE);
		if (i % 2 == 1)
			assert_int_equal(found.mode, 0700);
		archive_found_clear(&found);
		secret_free(t);
		secret_free(in);
	}
}

/* What the Engine will read, byte by byte: no libarchive in between. */
static void
is_plain_ustar(void **state)
{
	struct archive_put put = { ".codex", "auth.json", 1000, 1001 };
	SECRET_AUTO *in = fixture_secret("secret", 6);
	SECRET_AUTO *t = archive_pack(&put, in, &e);
	const char *p;

	(void)state;
	assert_non_null(t);
	p = (const char *)secret_expose(t, NULL);
	assert_int_equal(secret_len(t), 5 * BLOCK);
	assert_string_equal(p, ".codex/");
	assert_string_equal(p + 100, "000700 ");
	assert_int_equal(p[156], '5');
	assert_string_equal(p + BLOCK, ".codex/auth.json");
	assert_string_equal(p + BLOCK + 100, "000600 ");
	assert_string_equal(p + BLOCK + 108, "001750 ");
	assert_string_equal(p + BLOCK + 116, "001751 ");
	assert_int_equal(p[BLOCK + 156], '0');
	assert_string_equal(p + BLOCK + 265, "");	/* no user name */
	assert_string_equal(p + BLOCK + 297, "");
	assert_memory_equal(p + 2 * BLOCK, "secret\0", 7);
}

static void
pack_refuses(void **state)
{
	static const struct archive_put bad[] = {
		{ NULL, "", 0, 0 }, { NULL, "a/b", 0, 0 }, { NULL, "..", 0, 0 },
		{ "/etc", "a", 0, 0 }, { "..", "a", 0, 0 }, { "", "a", 0, 0 },
		{ NULL, "a", -1, 0 }, { NULL, "a", 0, ARCHIVE_ID_MAX + 1 },
	};
	SECRET_AUTO *in = fixture_secret("x", 1), *big = NULL;
	struct archive_put put = { NULL, "a", 0, 0 };

	(void)state;
	for (size_t i = 0; i < ROWS(bad); i++) {
		assert_null(archive_pack(&bad[i], in, &e));
		assert_int_equal(e.code, ERR_INTERNAL);
	}
	big = secret_new(ARCHIVE_FILE_MAX + 1);
	assert_null(archive_pack(&put, big, &e));
}

static void
no_copy_in_the_heap(void **state)
{
	struct archive_put put = { ".codex", "auth.json", 0, 0 };
	char text[2049];
	SECRET_AUTO *in = NULL;
	struct secret *t;

	(void)state;
	memset(text, 'A', sizeof(text));
	memcpy(text + 2040, CANARY + 8, 8);
	in = fixture_secret(text, 2048);
	t = archive_pack(&put, in, &e);
	assert_int_equal(archive_find(&found, t, "auth.json", &e), 0);
	archive_found_clear(&found);
	secret_free(t);
	text[2048] = '\0';
	for (size_t size = 64; size <= 65536; size *= 2)
		assert_false(fixture_heap_holds(size, text));
}

static void
found_by_base_name(void **state)
{
	(void)state;
	header("./", '5', 0);
	header("other", '0', 3);
	body("abc", 3);
	header("./x/auth.json", '0', 5);
	body("hello", 5);
	header("auth.json", '0', 3);
	body("two", 3);
	end();
	assert_int_equal(find("auth.json"), 0);
	assert_int_equal(found.kind, ARCHIVE_FILE);
	assert_int_equal(secret_len(found.bytes), 5);
	assert_memory_equal(secret_expose(found.bytes, NULL), "hello", 5);
	assert_int_equal(found.mode, 0640);
	assert_int_equal(found.uid, 1000);
	assert_int_equal(found.gid, 1001);
	header("xauth.json", '0', 0);
	header("auth.jsonx", '0', 0);
	header("auth.json/x", '0', 0);
	end();
	assert_int_equal(find("auth.json"), 0);
	assert_int_equal(found.kind, ARCHIVE_NONE);
	end();
	assert_int_equal(find("auth.json"), 0);
	assert_int_equal(found.kind, ARCHIVE_NONE);
}

static void
kinds(void **state)
{
	static const struct {
		char type;
		enum archive_kind kind;
	} rows[] = {
		{ '2', ARCHIVE_LINK }, { '1', ARCHIVE_LINK },
		{ '5', ARCHIVE_DIR }, { '6', ARCHIVE_OTHER },
		{ '3', ARCHIVE_OTHER }, { '4', ARCHIVE_OTHER },
		{ '0', ARCHIVE_FILE }, { '\0', ARCHIVE_FILE },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		unsigned char *h = header("auth.json", rows[i].type, 0);

		if (rows[i].kind == ARCHIVE_LINK)
			memcpy(h + 157, "/etc/shadow", 12);
		checksum(h);
		end();
		assert_int_equal(find("auth.json"), 0);
		assert_int_equal(found.kind, rows[i].kind);
		assert_int_equal(found.bytes != NULL,
		    rows[i].kind == ARCHIVE_FILE);
	}
}

static void
refused(const char *what)
{
	if (find("auth.json") != -1)
		fail_msg("taken: %s", what);
	assert_int_equal(e.code, ERR_PROTOCOL);
	assert_null(found.bytes);
	assert_int_equal(found.kind, ARCHIVE_NONE);
}

static void
hostile(void **state)
{
	unsigned char *h;

	(void)state;
	memcpy(tar.p, "HTTP/1.1 500 no\r\n\r\n", 19);
	tar.len = 19;
	refused("no tar");
	memset(tar.p, 'x', tar.len = 4 * BLOCK);
	refused("rubbish");
	refused("empty");
	header("auth.json", '0', 700);
	body("abc", 3);
	refused("cut in the body");
	header("auth.json", '0', ARCHIVE_FILE_MAX + 1);
	end();
	refused("too large");
	h = header("auth.json", '0', 0);
	memset(h + 124, 0xff, 12);	/* base-256: -1 */
	checksum(h);
	end();
	refused("negative size");
	h = header("auth.json", '0', 0);
	memset(h + 124, 0x7f, 12);
	h[124] = 0x80;			/* base-256: huge */
	checksum(h);
	end();
	refused("huge size");
	h = header("auth.json", '0', 1);
	memcpy(h + 108, "\x80\0\0\0\x80\0\0\0", 8);	/* uid 2^31 */
	checksum(h);
	body("x", 1);
	end();
	refused("uid");
	for (int i = 0; i < 17; i++)
		header("other", '0', 0);
	header("auth.json", '0', 0);
	end();
	refused("too many entries");
}

/* GNU's old sparse format: a hole of 60,000 bytes around one block. */
static void
sparse(void **state)
{
	unsigned char *h = header("auth.json", 'S', BLOCK);

	(void)state;
	memcpy(h + 257, "ustar  ", 8);
	put_octal(h + 386, 12, 30000 / BLOCK * BLOCK);
	put_octal(h + 398, 12, BLOCK);
	put_octal(h + 483, 12, 60000);
	checksum(h);
	body("x", 1);
	end();
	refused("sparse");
}

static void
long_names(void **state)
{
	char name[2000];

	(void)state;
	memset(name, 'a', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	header("././@LongLink", 'L', sizeof(name));
	body(name, sizeof(name));
	header("aaa", '0', 0);
	end();
	assert_int_equal(find("auth.json"), 0);
	assert_int_equal(found.kind, ARCHIVE_NONE);
	header("././@LongLink", 'L', 1UL << 30);
	body(name, sizeof(name));
	refused("a name of a gigabyte");
	/* A pax header that says its record is longer than it is. */
	header("p", 'x', 20);
	body("999999 path=auth.json\n", 20);
	header("aaa", '0', 0);
	end();
	if (find("auth.json") == 0)
		assert_int_equal(found.kind, ARCHIVE_NONE);
}

static void
too_long(void **state)
{
	SECRET_AUTO *s = secret_new(ARCHIVE_TAR_MAX + 1);

	(void)state;
	assert_int_equal(archive_find(&found, s, "auth.json", &e), -1);
	assert_int_equal(e.code, ERR_PROTOCOL);
}

/* Every cut, every flipped byte: an answer or a refusal, never more. */
static void
cut_and_flipped(void **state)
{
	struct archive_put put = { ".codex", "auth.json", 1000, 3000000 };
	SECRET_AUTO *in = fixture_secret("0123456789", 10);
	SECRET_AUTO *t = archive_pack(&put, in, &e);
	size_t len = secret_len(t);

	(void)state;
	for (size_t i = 0; i < 2 * len; i++) {
		SECRET_AUTO *s = fixture_secret(secret_expose(t, NULL),
		    i < len ? i : len);

		if (i >= len)
			secret_expose(s, NULL)[i - len] ^= 0x55;
		if (archive_find(&found, s, "auth.json", &e) == -1)
			assert_null(found.bytes);
		else if (found.kind == ARCHIVE_FILE)
			assert_true(secret_len(found.bytes) <=
			    ARCHIVE_FILE_MAX);
		archive_found_clear(&found);
	}
}

#define PASSWD \
	"root:x:0:0:root:/root:/bin/sh\n" \
	"broken line\n" \
	":x:7:7::/nobody:/bin/sh\n" \
	"neg:x:-1:7::/nobody:/bin/sh\n" \
	"app:x:1000:1000:An App:/home/app:/bin/sh\n" \
	"app:x:1:1::/second:/bin/sh\n" \
	"rel:x:1001:1001::home/rel:/bin/sh\n" \
	"esc:x:1002:1002::/home/\033[2J:/bin/sh\n" \
	"nohome:x:1003:1003::\n" \
	"4242:x:1005:1005::/number:/bin/sh\n" \
	"last:x:1006:1006::/home/last"
#define GROUP "root:x:0:\nstaff:x:50:app\nrubbish\n"

static void
accounts(void **state)
{
	static const struct {
		const char *user;
		long uid, gid;		/* uid -1: refused */
		const char *home;
	} rows[] = {
		{ "", 0, 0, "/root" },
		{ "root", 0, 0, "/root" },
		{ "0", 0, 0, "/root" },
		{ "app", 1000, 1000, "/home/app" },
		{ "1000", 1000, 1000, "/home/app" },
		{ "app:", 1000, 1000, "/home/app" },
		{ "app:staff", 1000, 50, "/home/app" },
		{ "app:50", 1000, 50, "/home/app" },
		{ "app:1234", 1000, 1234, "/home/app" },
		{ "1000:1000", 1000, 1000, "/home/app" },
		{ ":staff", 0, 50, "/root" },
		{ "77777", 77777, 0, "/" },
		{ "77777:88", 77777, 88, "/" },
		{ "2147483647", 2147483647, 0, "/" },
		{ "4242", 1005, 1005, "/number" },
		{ "rel", 1001, 1001, "/" },
		{ "esc", 1002, 1002, "/" },
		{ "nohome", 1003, 1003, "/" },
		{ "last", 1006, 1006, "/home/last" },
		{ "gone", -1, 0, NULL },
		{ "app:gone", -1, 0, NULL },
		{ "neg", -1, 0, NULL },
		{ "2147483648", -1, 0, NULL },
		{ "-1", -1, 0, NULL },
		{ "ap", -1, 0, NULL },
		{ "broken line", -1, 0, NULL },
	};
	struct passwd_text p = { PASSWD, strlen(PASSWD) };
	struct passwd_text g = { GROUP, strlen(GROUP) }, none = { NULL, 0 };
	struct passwd_account a;

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		int rc = passwd_find(&a, rows[i].user, p, g, &e);

		if ((rc == -1) != (rows[i].uid == -1))
			fail_msg("'%s': %d", rows[i].user, rc);
		if (rc == -1) {
			assert_int_equal(e.code, ERR_NO_HOME);
			continue;
		}
		assert_int_equal(a.uid, rows[i].uid);
		assert_int_equal(a.gid, rows[i].gid);
		assert_string_equal(a.home, rows[i].home);
	}
	/* A distroless image may have neither file. */
	assert_int_equal(passwd_find(&a, "", none, none, &e), 0);
	assert_int_equal(a.uid, 0);
	assert_string_equal(a.home, "/");
	assert_int_equal(passwd_find(&a, "12:34", none, none, &e), 0);
	assert_int_equal(a.uid, 12);
	assert_int_equal(a.gid, 34);
	assert_int_equal(passwd_find(&a, "app", none, none, &e), -1);
}

/* Nothing is read past a text's end, with or without its last newline. */
static void
bounded(void **state)
{
	struct passwd_text none = { NULL, 0 };
	struct passwd_account a;

	(void)state;
	for (size_t len = 0; len <= strlen(PASSWD); len++) {
		char *p = malloc(len + !len);
		struct passwd_text t = { p, len };

		memcpy(p, PASSWD, len);
		(void)passwd_find(&a, "last", t, none, &e);
		assert_true(strlen(a.home) < sizeof(a.home));
		free(p);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(there_and_back),
		cmocka_unit_test(is_plain_ustar),
		cmocka_unit_test(pack_refuses),
		cmocka_unit_test(no_copy_in_the_heap),
		cmocka_unit_test(found_by_base_name),
		cmocka_unit_test(kinds),
		cmocka_unit_test(hostile),
		cmocka_unit_test(sparse),
		cmocka_unit_test(long_names),
		cmocka_unit_test(too_long),
		cmocka_unit_test(cut_and_flipped),
		cmocka_unit_test(accounts),
		cmocka_unit_test(bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
