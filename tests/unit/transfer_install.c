/*
 * The near half of install alone: what a hostile, broken or noisy far side
 * says, and what follows.
 */
#include "store_fixture.h"

#include "buf.h"
#include "install.h"
#include "secret.h"
#include "survey.h"
#include "target.h"
#include "text.h"

static struct cred ours;

struct near {
	struct job job;
	struct result r;
	struct install *in;
};

static void
near_open(struct near *n, enum job_op op, const char *after)
{
	static struct err why = { .code = ERR_UNREACHABLE, .text = "lost" };
	struct err e = ERR_INIT;

	*n = (struct near){ .job = { .op = op, .cred = &ours, .timeout = 30 } };
	result_init(&n->r);
	n->in = install_new(&n->job, NULL, after, &why, &n->r, &e);
	assert_non_null(n->in);
}

static void
near_close(struct near *n)
{
	install_free(n->in);
	result_clear(&n->r);
}

/* Feeds text in pieces of `step`; '@' stands for the marker, '#' for the
 * digest of what we send. */
static void
say(struct near *n, const char *text, size_t step)
{
	BUF_AUTO b = BUF_INIT(1 << 20);
	char hex[2 * CRED_DIGEST_LEN + 1];

	text_hex(hex, ours.digest, CRED_DIGEST_LEN);
	for (; *text != '\0'; text++) {
		if (*text == '@')
			buf_addf(&b, "CXP1 %s ", install_nonce(n->in));
		else if (*text == '#')
			buf_adds(&b, hex);
		else
			buf_add(&b, text, 1);
	}
	for (size_t i = 0; i < b.len; i += step)
		install_feed(
		    n->in, b.p + i, b.len - i < step ? b.len - i : step);
}

/* Takes everything that is pending, in pieces; what it was is in b. */
static void
drain(struct near *n, struct buf *b)
{
	const void *p;
	size_t len;

	while ((p = install_pending(n->in, &len)) != NULL) {
		assert_true(len > 0);
		len = len > 77 ? 77 : len;
		buf_add(b, p, len);
		install_sent(n->in, len);
	}
}

static void
expect_state(const struct near *n, enum target_state state, enum err_code code)
{
	assert_int_equal(INSTALL_DONE, install_phase(n->in));
	if (n->r.state != state || n->r.err.code != code)
		fail_msg("%s, %s: %s", target_state_name(n->r.state),
		    err_name(n->r.err.code), n->r.err.text);
}

#define NONE "\n@at /h/.codex/auth.json\n@look none - - - 7 - -\n@ready\n"
#define BACK "@at /h/.codex/auth.json\n@look file -rw------- 1 7 7 99 #\n"

static void
test_command(void **state)
{
	struct near n;
	struct err e = ERR_INIT;
	struct install *in;
	const char *s, *p;

	(void)state;
	near_open(&n, JOB_PUSH, NULL);
	s = install_command(n.in);
	assert_int_equal(0, strncmp(s, "sh -c ': ", 9));
	assert_null(strpbrk(s, "\n!"));
	assert_non_null(p = strstr(s, "' cxp put "));
	assert_null(memchr(s + 7, '\'', (size_t)(p - s - 7)));
	assert_null(memchr(s, '\\', (size_t)(p - s)));
	/* dropbear: 9,000 with a folder's name of 250 bytes. */
	assert_true(strlen(s) < 9000 - 750);
	assert_int_equal(32, strlen(install_nonce(n.in)));
	assert_null(strstr(s, CANARY));

	in = install_new(&n.job, "/a b\xff", NULL, NULL, &n.r, &e);
	assert_non_null(strstr(install_command(in), " 057141040142377 "));
	assert_string_not_equal(install_nonce(in), install_nonce(n.in));
	install_free(in);
	assert_null(install_new(&n.job, "/a\nb", NULL, NULL, &n.r, &e));
	assert_int_equal(ERR_USAGE, e.code);
	near_close(&n);
}

static void
test_put(void **state)
{
	static const size_t steps[] = { 1, 2, 7, 100000 };
	size_t len;
	struct near n;

	(void)state;
	for (size_t i = 0; i < ROWS(steps); i++) {
		BUF_AUTO b = BUF_INIT(1 << 17);

		near_open(&n, JOB_PUSH, NULL);
		say(&n,
		    "motd\n\x1b]0;x\n CXP1 0 ready\nCXP1 "
		    "00000000000000000000000000000000 ready\n",
		    steps[i]);
		assert_int_equal(INSTALL_WAIT, install_phase(n.in));
		assert_null(install_pending(n.in, &len));
		say(&n, NONE, steps[i]);
		assert_int_equal(INSTALL_SENDING, install_phase(n.in));
		drain(&n, &b);
		assert_int_equal(INSTALL_COMMITTING, install_phase(n.in));
		assert_int_equal(36 + secret_len(ours.bytes), b.len);
		assert_memory_equal("go ", b.p, 3);
		assert_memory_equal(install_nonce(n.in), b.p + 3, 32);
		assert_int_equal('\n', b.p[35]);
		assert_memory_equal(
		    secret_expose(ours.bytes, NULL), b.p + 36, b.len - 36);
		assert_false(install_end(n.in, -1));
		say(&n,
		    "noise between\n" BACK "@done renamed\n@err protocol "
		    "too late\n",
		    steps[i]);
		expect_state(&n, STATE_WRITTEN, ERR_NONE);
		assert_string_equal("/h/.codex/auth.json", n.r.path);
		assert_int_equal(7, n.r.owner);
		assert_int_equal(0600, n.r.mode);
		assert_int_equal(0, n.r.nwarnings);
		assert_true(install_end(n.in, 0));
		near_close(&n);
	}
}

/* Up to the survey of a Codex that is there; config speaks against the file. */
#define PUT_ITS "@done renamed\n@fact codex /c\n@fact config =" \
	"forced_login_method = \"%s\"\n@surveyed\n"

static void
probe_until(struct near *n, const char *look, const char *method,
    struct buf *answer)
{
	BUF_AUTO b = BUF_INIT(1 << 17);
	char text[200];

	near_open(n, JOB_PUSH, NULL);
	n->job.probe = true;
	say(n, NONE, 100);
	drain(n, &b);
	assert_memory_equal(secret_expose(ours.bytes, NULL),
	    strchr(b.p, '\n') + 1, secret_len(ours.bytes));
	assert_int_equal(INSTALL_COMMITTING, install_phase(n->in));
	(void)snprintf(text, sizeof(text), PUT_ITS, method);
	say(n, look, 100);
	say(n, text, 100);
	drain(n, answer);
	assert_int_equal(INSTALL_RECEIVING, install_phase(n->in));
	assert_int_equal(38, answer->len);
}

static void
test_probe(void **state)
{
	static const struct {
		const char *method, *says;
		enum target_state state;
		enum err_code code;
	} rows[] = {
		{ "api", "@kept\n", STATE_WRITTEN, ERR_NONE },
		{ "api", "@back\n", STATE_WRITTEN, ERR_NONE },
		{ "api", "", STATE_WRITTEN, ERR_NONE },
		{ "chatgpt", "@back\n", STATE_FAILED, ERR_PERMISSION_DENIED },
		{ "chatgpt", "@kept changed\n", STATE_FAILED,
		    ERR_PERMISSION_DENIED },
		{ "chatgpt", "@err disk_full no room\n", STATE_UNKNOWN,
		    ERR_PERMISSION_DENIED },
		{ "chatgpt", "", STATE_UNKNOWN, ERR_PERMISSION_DENIED },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		BUF_AUTO b = BUF_INIT(100);
		struct near n;

		probe_until(&n, BACK, rows[i].method, &b);
		assert_memory_equal(strcmp(rows[i].method, "chatgpt") == 0 ?
		    "back " : "keep ", b.p, 5);
		assert_memory_equal(install_nonce(n.in), b.p + 5, 32);
		say(&n, rows[i].says, 3);
		assert_true(install_end(n.in, -1));
		expect_state(&n, rows[i].state, rows[i].code);
		assert_int_equal(i == 0 || i == 3 ? 0 : 1, n.r.nwarnings);
		near_close(&n);
	}
}

static void
test_remove(void **state)
{
	BUF_AUTO b = BUF_INIT(1 << 17);
	struct near n;

	(void)state;
	near_open(&n, JOB_REMOVE, NULL);
	say(&n, BACK "@claim auth_mode chatgpt\n@ready\n", 9);
	drain(&n, &b);
	/* "go NONCE", and what is to be said of what stays. */
	assert_memory_equal(install_nonce(n.in), b.p + 3, 32);
	assert_int_equal(' ', b.p[35]);
	assert_ptr_equal(strchr(b.p, '\n'), b.p + b.len - 1);
	assert_int_equal(INSTALL_COMMITTING, install_phase(n.in));
	say(&n, "@warn linkleft /real\x1b[2J\n@gone\n", 9);
	expect_state(&n, STATE_REMOVED, ERR_NONE);
	assert_int_equal(1, n.r.nwarnings);
	assert_null(strchr(n.r.warnings[0], '\x1b'));
	near_close(&n);
}

/* What stays is told all the same, and a link that is lost changes nothing. */
static void
test_remove_absent(void **state)
{
	static const char *const rows[] = { "@surveyed\n", "", "@gone\n" };

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		BUF_AUTO b = BUF_INIT(1 << 17);
		struct near n;

		near_open(&n, JOB_REMOVE, NULL);
		say(&n, NONE, 9);
		drain(&n, &b);
		assert_int_equal(INSTALL_RECEIVING, install_phase(n.in));
		say(&n, "@warn stays Codex runs there (1)\n", 9);
		say(&n, rows[i], 9);
		assert_true(install_end(n.in, -1));
		expect_state(&n, STATE_ABSENT, ERR_NONE);
		assert_int_equal(i == 0 ? 1 : 2, n.r.nwarnings);
		near_close(&n);
	}
}

/* The file there, as it is: cut anywhere, and only if it is what was looked at. */
static void
test_pull(void **state)
{
	static const size_t steps[] = { 1, 7, 4096 };
	const char *file;
	size_t size;
	struct near n;

	(void)state;
	file = (const char *)secret_expose(ours.bytes, &size);
	for (size_t i = 0; i < 2 * ROWS(steps); i++) {
		BUF_AUTO go = BUF_INIT(100), bytes = BUF_INIT(1 << 17);
		bool changed = i >= ROWS(steps);
		size_t step = steps[i % ROWS(steps)];

		near_open(&n, JOB_PULL, NULL);
		n.job.cred = NULL;
		say(&n, BACK "@ready\n", step);
		drain(&n, &go);
		assert_int_equal(36, go.len);
		assert_int_equal(INSTALL_RECEIVING, install_phase(n.in));
		buf_add(&bytes, file, size);
		if (changed)
			bytes.p[size / 2] ^= 1;
		(void)snprintf(go.p, go.len, "@bytes %zu\n", size);
		say(&n, go.p, step);
		for (size_t at = 0; at < size; at += step)
			install_feed(n.in, bytes.p + at,
			    size - at < step ? size - at : step);
		if (changed) {
			assert_int_equal(INSTALL_AGAIN, install_phase(n.in));
			assert_int_equal(STATE_NONE, n.r.state);
		} else {
			expect_state(&n, STATE_PRESENT, ERR_NONE);
			assert_memory_equal(file,
			    secret_expose(n.r.there.bytes, NULL), size);
		}
		near_close(&n);
	}
}

static void
test_pull_refuses(void **state)
{
	static const char *const rows[] = {
		"@bytes 0\n", "@bytes 65537\n", "@bytes -1\n", "@bytes\n",
		"@bytes 5x\n", "@gone\n", "@done renamed\n",
	};
	struct near n;

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		BUF_AUTO go = BUF_INIT(100);

		near_open(&n, JOB_PULL, NULL);
		n.job.cred = NULL;
		say(&n, BACK "@ready\n", 100);
		drain(&n, &go);
		say(&n, rows[i], 100);
		expect_state(&n, STATE_FAILED, ERR_PROTOCOL);
		near_close(&n);
	}
	/* Unasked for, and a link that is lost midway: nothing is unknown. */
	near_open(&n, JOB_PULL, NULL);
	say(&n, BACK "@bytes 5\n", 100);
	expect_state(&n, STATE_FAILED, ERR_PROTOCOL);
	near_close(&n);
	near_open(&n, JOB_PULL, NULL);
	n.job.cred = NULL;
	say(&n, BACK "@ready\n", 100);
	install_sent(n.in, 36);
	say(&n, "@bytes 500\nabc", 100);
	assert_true(install_end(n.in, -1));
	expect_state(&n, STATE_FAILED, ERR_UNREACHABLE);
	near_close(&n);
}

/* What is said before our bytes were asked for, and its verdict. */
static void
test_before_go(void **state)
{
	static const struct {
		const char *text;
		enum target_state state;
		enum err_code code;
	} rows[] = {
		{ BACK "@ready\n", STATE_UNCHANGED, 0 },
		{ "@err disk_full it is\n", STATE_FAILED, ERR_DISK_FULL },
		{ "@err hostkey_changed no\n", STATE_FAILED, ERR_PROTOCOL },
		{ "@err x\n", STATE_FAILED, ERR_PROTOCOL },
		{ "@err\n", STATE_FAILED, ERR_PROTOCOL },
		{ "@ready\n", STATE_FAILED, ERR_PROTOCOL },
		{ "@look none - - - 7 - -\n", STATE_FAILED, ERR_PROTOCOL },
		{ "@at relative\n", STATE_FAILED, ERR_PROTOCOL },
		{ "@at /a\n@at /b\n", STATE_FAILED, ERR_PROTOCOL },
		{ "@at /a\n@ready\n", STATE_FAILED, ERR_PROTOCOL },
		{ "@at /a\n@look some - - - 7 - -\n", STATE_FAILED,
		    ERR_PROTOCOL },
		{ "@at /a\n@look none - - - 7 -\n", STATE_FAILED,
		    ERR_PROTOCOL },
		{ "@at /a\n@look none - - - 7 - - -\n", STATE_FAILED,
		    ERR_PROTOCOL },
		{ "@at /a\n@look none - - - -7 - -\n", STATE_FAILED,
		    ERR_PROTOCOL },
		{ "@at /a\n@look file -rwxrwxrw 1 7 7 9 #\n", STATE_FAILED,
		    ERR_PROTOCOL },
		{ "@at /a\n@look file -rwzrwxrwx 1 7 7 9 #\n", STATE_FAILED,
		    ERR_PROTOCOL },
		{ "@at /a\n@look file -rw------- 1 7 7 9 12\n", STATE_FAILED,
		    ERR_PROTOCOL },
		{ "@at /a\n@look file -rw------- 1 7 7 9 0#\n", STATE_FAILED,
		    ERR_PROTOCOL },
		{ "@at /a\n@look opaque -rw------- 1 0 7 9 -\n@ready\n",
		    STATE_FAILED, ERR_UNSAFE_TARGET },
		{ BACK "@claim x\n", STATE_FAILED, ERR_PROTOCOL },
		{ BACK "@done renamed\n", STATE_FAILED, ERR_PROTOCOL },
		{ BACK "@gone\n", STATE_FAILED, ERR_PROTOCOL },
		{ BACK "@changed\n", STATE_FAILED, ERR_PROTOCOL },
		{ NONE BACK, STATE_FAILED, ERR_PROTOCOL },
		{ NONE "@done renamed\n", STATE_FAILED, ERR_PROTOCOL },
		{ NONE "@ready\n", STATE_FAILED, ERR_PROTOCOL },
		{ NONE "@claim auth_mode apikey\n", STATE_FAILED,
		    ERR_PROTOCOL },
		{ "@\n", STATE_FAILED, ERR_PROTOCOL },
		{ "@hello\n", STATE_FAILED, ERR_PROTOCOL },
	};
	struct near n;
	size_t len;

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		near_open(&n, JOB_PUSH, NULL);
		say(&n, rows[i].text, 1000);
		if (install_phase(n.in) != INSTALL_DONE)
			fail_msg("row %zu: no verdict", i);
		expect_state(&n, rows[i].state, rows[i].code);
		assert_null(install_pending(n.in, &len));
		near_close(&n);
	}
}

/* After our bytes: lies, changes, errors. */
static void
test_after_go(void **state)
{
	static const struct {
		const char *text;
		enum target_state state;
		enum err_code code;
	} rows[] = {
		{ BACK "@done inplace\n", STATE_WRITTEN, 0 },
		{ "@done renamed\n", STATE_FAILED, ERR_PROTOCOL },
		{ "@gone\n", STATE_FAILED, ERR_PROTOCOL },
		{ BACK "@done\n", STATE_FAILED, ERR_PROTOCOL },
		{ "@at /a\n@look none - - - 7 - -\n@done renamed\n",
		    STATE_FAILED, ERR_PROTOCOL },
		{ "@at /a\n@look file -rw-r--r-- 1 7 7 9 #\n@done renamed\n",
		    STATE_FAILED, ERR_PROTOCOL },
		{ "@at /a\n@look file -rw------- 1 8 7 9 #\n@done renamed\n",
		    STATE_FAILED, ERR_PROTOCOL },
		{ "@at /a\n@look file -rw------- 1 7 7 9 0000000000000000000000"
		  "000000000000000000000000000000000000000000\n"
		  "@done renamed\n",
		    STATE_FAILED, ERR_PROTOCOL },
		{ "@err locked somebody has it\n", STATE_FAILED, ERR_LOCKED },
		{ "@warn durability x\n" BACK "@done renamed\n", STATE_WRITTEN,
		    0 },
	};
	struct near n;

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		BUF_AUTO b = BUF_INIT(1 << 17);

		near_open(&n, JOB_PUSH, NULL);
		say(&n, NONE, 1000);
		drain(&n, &b);
		say(&n, rows[i].text, 3);
		expect_state(&n, rows[i].state, rows[i].code);
		near_close(&n);
	}
	near_open(&n, JOB_PUSH, NULL);
	say(&n, NONE "@changed\n", 1000);
	assert_int_equal(INSTALL_AGAIN, install_phase(n.in));
	assert_int_equal(STATE_NONE, n.r.state);
	assert_true(install_end(n.in, 0));
	near_close(&n);
}

/* What was seen stays the verdict, whatever is said after it. */
static void
test_survey(void **state)
{
	static const unsigned char key[32];
	static const char *const rows[] = { "@changed\n", "@bytes 9\n",
		"@gone\n", "@ready\n", "@err disk_full x\n", "@fact x\n" };

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		BUF_AUTO b = BUF_INIT(1 << 17);
		struct near n;

		near_open(&n, JOB_STATUS, NULL);
		n.job.survey = key;
		say(&n, NONE, 1000);
		drain(&n, &b);
		assert_int_equal(INSTALL_RECEIVING, install_phase(n.in));
		say(&n, rows[i], 3);
		assert_int_equal(INSTALL_DONE, install_phase(n.in));
		assert_int_equal(STATE_ABSENT, n.r.state);
		assert_false(n.r.survey->whole);
		assert_int_equal(1, n.r.nwarnings);
		near_close(&n);
	}
}

static void
test_caps(void **state)
{
	static char much[300 * 1024];
	struct near n;

	(void)state;
	memset(much, 'x', sizeof(much));
	near_open(&n, JOB_PUSH, NULL);
	install_feed(n.in, much, 64 * 1024);
	assert_int_equal(INSTALL_WAIT, install_phase(n.in));
	install_feed(n.in, "\n", 1);
	expect_state(&n, STATE_FAILED, ERR_INTERFERENCE);
	near_close(&n);

	near_open(&n, JOB_PUSH, NULL);
	say(&n, "@at /", 9);
	install_feed(n.in, much, 67 * 1024);
	expect_state(&n, STATE_FAILED, ERR_INTERFERENCE);
	near_close(&n);

	near_open(&n, JOB_PUSH, NULL);
	say(&n, BACK "@claim id_token ", 9);
	install_feed(n.in, much, 65 * 1024);
	assert_int_equal(INSTALL_LOOKING, install_phase(n.in));
	install_feed(n.in, much, 2 * 1024);
	expect_state(&n, STATE_FAILED, ERR_PROTOCOL);
	near_close(&n);

	near_open(&n, JOB_PUSH, NULL);
	say(&n, BACK, 9);
	for (size_t i = 0; i < sizeof(much); i += 1000)
		much[i] = '\n';
	install_feed(n.in, much, sizeof(much));
	expect_state(&n, STATE_FAILED, ERR_PROTOCOL);
	install_feed_error(n.in, much, sizeof(much));
	near_close(&n);

	near_open(&n, JOB_PUSH, NULL);
	say(&n, "@at /a", 9);
	install_feed(n.in, "\0b\n", 3);
	expect_state(&n, STATE_FAILED, ERR_PROTOCOL);
	near_close(&n);
}

static void
test_end(void **state)
{
	static const struct {
		const char *out, *error;
		int status;
		enum err_code code;
		const char *quoted;
	} rows[] = {
		{ "", "", 0, ERR_INTERFERENCE, "status 0" },
		{ "", "", 127, ERR_NO_SHELL, "" },
		{ "", "", 137, ERR_PROTOCOL, "by signal 9" },
		{ "", "", 255, ERR_INTERFERENCE, "status 255" },
		{ "", "bash: sh: \x1b[1mrestricted\n", 126, ERR_NO_SHELL,
		    "\\x1b[1mrestricted" },
		{ "This account is currently not available.\n", "", 1,
		    ERR_NO_SHELL, "currently" },
		{ "", "This service allows sftp connections only.\n", 1,
		    ERR_NO_SHELL, "" },
		{ "a\nlast", "x\nwhy\n\n", 1, ERR_INTERFERENCE, "'why'" },
		{ "", "", -1, ERR_UNREACHABLE, "" },
		{ BACK, "", 1, ERR_PROTOCOL, "" },
		{ BACK, "", -1, ERR_UNREACHABLE, "" },
		{ NONE, "", -1, ERR_UNREACHABLE, "" },
		{ NONE, "killed\n", 137, ERR_PROTOCOL, "killed" },
	};
	struct near n;

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		near_open(&n, JOB_PUSH, NULL);
		say(&n, rows[i].out, 5);
		install_feed_error(n.in, rows[i].error, strlen(rows[i].error));
		assert_true(install_end(n.in, rows[i].status));
		expect_state(&n, STATE_FAILED, rows[i].code);
		if (strstr(n.r.err.text, rows[i].quoted) == NULL)
			fail_msg("row %zu: %s", i, n.r.err.text);
		near_close(&n);
	}
}

/* Looking again after a lost link: never "failed" unless it was seen. */
static void
test_recover(void **state)
{
	static const struct {
		const char *text;
		enum target_state state;
		enum err_code code;
	} rows[] = {
		{ BACK "@ready\n", STATE_WRITTEN, 0 },
		{ NONE, STATE_FAILED, ERR_UNREACHABLE },
		{ "@at /a\n@look file -rw-r--r-- 1 7 7 9 #\n@ready\n",
		    STATE_FAILED, ERR_UNREACHABLE },
		{ "@err unsafe_target x\n", STATE_UNKNOWN, ERR_UNSAFE_TARGET },
		{ "@hello\n", STATE_UNKNOWN, ERR_PROTOCOL },
		{ BACK, STATE_UNKNOWN, ERR_PROTOCOL },
		{ "", STATE_UNKNOWN, ERR_INTERFERENCE },
	};
	static const char after[] = "00112233445566778899aabbccddeeff";
	struct near n;
	size_t len;

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		near_open(&n, JOB_PUSH, after);
		assert_non_null(strstr(install_command(n.in), after));
		say(&n, rows[i].text, 50);
		assert_null(install_pending(n.in, &len));
		assert_true(install_end(n.in, 0));
		expect_state(&n, rows[i].state, rows[i].code);
		near_close(&n);
	}
	near_open(&n, JOB_REMOVE, after);
	say(&n, NONE, 50);
	expect_state(&n, STATE_REMOVED, ERR_NONE);
	near_close(&n);
}

static int
setup(void **state)
{
	static const char key[] = "{\"auth_mode\":\"apikey\","
				  "\"OPENAI_API_KEY\":\"" CANARY "\"}";
	struct err e = ERR_INIT;

	(void)state;
	return cred_parse(&ours, fixture_secret(key, sizeof(key) - 1), &e);
}

static int
teardown(void **state)
{
	(void)state;
	cred_clear(&ours);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_command),
		cmocka_unit_test(test_put),
		cmocka_unit_test(test_probe),
		cmocka_unit_test(test_remove),
		cmocka_unit_test(test_remove_absent),
		cmocka_unit_test(test_pull),
		cmocka_unit_test(test_pull_refuses),
		cmocka_unit_test(test_before_go),
		cmocka_unit_test(test_after_go),
		cmocka_unit_test(test_survey),
		cmocka_unit_test(test_caps),
		cmocka_unit_test(test_end),
		cmocka_unit_test(test_recover),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
