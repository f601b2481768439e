/* What --to takes, what it refuses, and what --expires means. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>
#include <unistd.h>

#include "duration.h"
#include "err.h"
#include "recipients.h"

#define WORD "cxp1_y7kVgHsG2cxDHeQQEWFrmlzMe7hwfjPJBlzHB__PmuOX2V8"
/* ssh-keygen's */
#define ED25519 "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAwILxRdGbXk04BPB8rbFO2y" \
    "4RK5wsTQdHYX6QU+V1ae"
#define ECDSA "ecdsa-sha2-nistp256 " \
    "AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBCFjivmPAUvl" \
    "Tnx/aLCaHSu5vVnedeksGXuC1WQRRijSQaHIKx4CJqcE9hINxcNArCIdmsLdiPud" \
    "1sNeGN5YEDY="

#define PRIVATE "cxp-private1-REREREREREREREREREREREREREREREREREREREREREQG7gbs"

/* A file with this text: its path, of the caller's to remove. */
static const char *
file_of(const char *text, char path[64])
{
	int fd;

	snprintf(path, 64, "/tmp/recipients.XXXXXX");
	fd = mkstemp(path);
	assert_int_not_equal(fd, -1);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	return path;
}

static int
add_text(struct recipients *r, const char *text, struct err *e)
{
	char path[64];
	int rc;

	*e = (struct err)ERR_INIT;
	rc = recipients_add(r, file_of(text, path), e);
	unlink(path);
	return rc;
}

static void
words_and_key_lines_are_taken(void **state)
{
	struct recipients r = { .n = 0 };
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(recipients_add(&r, WORD, &e), 0);
	assert_int_equal(r.n, 1);
	assert_int_equal(r.v[0].key[0], 0xff);
	assert_int_equal(recipients_add(&r, ED25519 " me@here", &e), 0);
	assert_int_equal(r.n, 2);
	assert_int_equal(recipients_add(&r, ED25519, &e), 0);
	assert_int_equal(r.n, 2);
	assert_memory_not_equal(r.v[0].key, r.v[1].key, 32);
}

static void
files_hold_many(void **state)
{
	struct recipients r = { .n = 0 };
	struct err e;

	(void)state;
	assert_int_equal(add_text(&r, "# mine\n\n" ED25519 "\r\n" ECDSA
	    " x y\n" WORD, &e), 0);
	assert_int_equal(r.n, 2);
	assert_int_equal(r.passed, 1);
	assert_int_equal(add_text(&r, ED25519 "\n", &e), 0);
	assert_int_equal(r.n, 2);
}

/* sshd(8), "AUTHORIZED_KEYS FILE FORMAT", its examples among them. */
static void
options_before_a_key_are_passed_over(void **state)
{
	static const char *const options[] = { "restrict ", "no-pty\t",
		"from=\"*.sales.example.net,!pc.sales.example.net\" ",
		"command=\"dump /home\",no-pty,no-port-forwarding ",
		"permitopen=\"192.0.2.1:80\",permitopen=\"192.0.2.2:25\"  ",
		"command=\"echo \\\"a b\\\" # c\",environment=\"X=y z\" ",
		"command=\"x cert-authority,y\" ", "tunnel=\"0\",command=\"\" " };
	struct recipients plain = { .n = 0 };
	char line[512];
	struct err e;

	(void)state;
	assert_int_equal(recipients_add(&plain, ED25519, &e), 0);
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		struct recipients r = { .n = 0 }, given = { .n = 0 };

		snprintf(line, sizeof(line), "%s" ED25519 " me@here",
		    options[i]);
		assert_int_equal(add_text(&r, line, &e), 0);
		assert_int_equal(recipients_add(&given, line, &e), 0);
		assert_int_equal(r.n, 1);
		assert_memory_equal(r.v, plain.v, sizeof(r.v[0]));
		assert_memory_equal(given.v, plain.v, sizeof(r.v[0]));
	}
	struct recipients r = { .n = 0 };
	assert_int_equal(add_text(&r, "no-pty,Cert-Authority,principals=\"a\" "
	    ED25519 "\n" WORD "\n", &e), 0);
	assert_int_equal(r.n, 1);
	assert_int_equal(r.passed, 1);
}

static void
what_is_no_key_is_refused(void **state)
{
	static const struct {
		const char *text, *why;
	} rows[] = {
		{ ECDSA "\n", "no ssh-ed25519 key among its 1" },
		{ "", "no ssh-ed25519 key among its 0" },
		{ WORD "\nssh-ed25519 AAAA\n", ":2: not a public key" },
		{ "from=\"x " ED25519, ":1: not a recipient" },
		{ "from=\"x\"", ":1: not a recipient" },
		{ "no-pty ssh-ed25519 AAAA", ":1: not a public key" },
		{ "cert-authority " ED25519, "no ssh-ed25519 key among its 1" },
		{ "<html>404\n", ":1: not a recipient" },
		{ "-----BEGIN OPENSSH PRIVATE KEY-----\n", ":1: not a public" },
		{ PRIVATE "\n", ":1: not a recipient" },
	};
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct recipients r = { .n = 0 };

		assert_int_equal(add_text(&r, rows[i].text, &e), -1);
		assert_int_equal(e.code, ERR_USAGE);
		assert_non_null(strstr(e.text, rows[i].why));
		assert_true(e.hint[0] != '\0');
		assert_null(strstr(e.text, "RERERE"));
	}
	struct recipients r = { .n = 0 };
	assert_int_equal(recipients_add(&r, WORD "x", &e), -1);
	assert_int_equal(recipients_add(&r, "/nonexistent", &e), -1);
	assert_int_equal(recipients_add(&r, ECDSA, &e), -1);
	assert_int_equal(r.n, 0);
}

static void
durations_have_a_unit_and_an_end(void **state)
{
	static const struct {
		const char *text;
		int64_t seconds;
	} good[] = { { "1s", 1 }, { "90s", 90 }, { "10m", 600 },
		{ "2h", 7200 }, { "30d", DURATION_MAX },
		{ "2592000s", DURATION_MAX }, { "007m", 420 } };
	static const char *const bad[] = { "", "s", "0s", "10", "10 m", "-1m",
		"1.5h", "31d", "2592001s", "10M", "1w", "+1m",
		"99999999999999999999d", "1m1s" };
	int64_t seconds;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_true(duration_parse(good[i].text, &seconds));
		assert_int_equal(seconds, good[i].seconds);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(duration_parse(bad[i], NULL));
}

static int
start(void **state)
{
	(void)state;
	return sodium_init() == -1 ? -1 : 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_and_key_lines_are_taken),
		cmocka_unit_test(files_hold_many),
		cmocka_unit_test(options_before_a_key_are_passed_over),
		cmocka_unit_test(what_is_no_key_is_refused),
		cmocka_unit_test(durations_have_a_unit_and_an_end),
	};

	return cmocka_run_group_tests_name("recipients", tests, start, NULL);
}
