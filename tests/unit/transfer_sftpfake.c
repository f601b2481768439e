/*
 * SFTP servers that lie, fail at a chosen request, or speak nonsense.
 *
 * One small server in memory serves "/h/.codex/auth.json"; each case turns
 * one of its knobs. Real servers are in transfer_sftp.c.
 */
#include "unit/store_fixture.h"

#include <sys/stat.h>

#include "buf.h"
#include "json.h"
#include "sftp.h"
#include "sftpwire.h"
#include "target.h"

#define UID 7
#define KEY "{\"OPENAI_API_KEY\":\"sk-" CANARY "\"}"

struct fake {
	/* The knobs. */
	uint8_t	 fail;			/* the request that fails ... */
	unsigned int fail_at;		/* ... for the first time, or later */
	uint32_t status;
	const char *text;
	mode_t	 temp_mode;
	bool	 stubborn;		/* chmod says yes and does nothing */
	uint32_t temp_uid, attrs;
	bool	 link, short_write, lying;
	const char *extensions;		/* how many pairs: "rfs" */
	const char *leftover;
	uint64_t file_size;
	uint8_t	 deaf;			/* no answers from this request on */
	uint8_t	 mad;			/* nonsense from this request on */
	size_t	 piece;			/* bytes fed at a time */
	/* The state. */
	bool	 file, temp, dead;
	char	 body[256], file_body[256];
	size_t	 body_len, file_len;
	mode_t	 mode;
	unsigned int seen;		/* of the request that fails */
	char	 log[128];		/* a letter for each request */
	struct buf in, out;
	bool	 removed_other;
	/* The client. */
	struct sftp *s;
	struct job job;
	struct cred ours;
	struct result r;
	struct err e;
	bool	 was_committing;	/* when the rename had been sent */
};

static const char letters[] = "?ivocrwlfSgdDxmRpsn";

static void
log_add(struct fake *f, char c)
{
	size_t len = strlen(f->log);

	if (len < sizeof(f->log) - 1)
		f->log[len] = c;
}

static size_t
reply(struct fake *f, uint8_t type, uint32_t id)
{
	size_t at = sftpwire_begin(&f->out, type);

	sftpwire_put32(&f->out, id);
	return at;
}

static void
say(struct fake *f, uint32_t id, uint32_t status, const char *text)
{
	size_t at = reply(f, FXP_STATUS, id);

	sftpwire_put32(&f->out, status);
	sftpwire_puts(&f->out, text, strlen(text));
	sftpwire_puts(&f->out, "", 0);
	sftpwire_end(&f->out, at, 0);
}

static void
put_attrs(struct fake *f, uint64_t size, uint32_t uid, mode_t mode)
{
	uint32_t has = f->attrs;

	sftpwire_put32(&f->out, has);
	if (has & FXA_SIZE)
		sftpwire_put64(&f->out, size);
	if (has & FXA_UIDGID) {
		sftpwire_put32(&f->out, uid);
		sftpwire_put32(&f->out, 0);
	}
	if (has & FXA_MODE)
		sftpwire_put32(&f->out, mode);
	if (has & FXA_TIME) {
		sftpwire_put32(&f->out, 0);
		sftpwire_put32(&f->out, 1000000);
	}
}

static void
attrs(struct fake *f, uint32_t id, uint64_t size, uint32_t uid, mode_t mode)
{
	size_t at = reply(f, FXP_ATTRS, id);

	put_attrs(f, size, uid, mode);
	sftpwire_end(&f->out, at, 0);
}

static void
stat_path(struct fake *f, uint32_t id, uint8_t type, const char *path)
{
	uint64_t size = f->file_size != 0 ? f->file_size : f->file_len;

	if (strstr(path, ".cxp.sftp.") != NULL && f->temp)
		attrs(f, id, f->body_len, f->temp_uid, S_IFREG | f->temp_mode);
	else if (strstr(path, "auth.json") != NULL && f->link &&
	    type == FXP_LSTAT)
		attrs(f, id, 4, UID, S_IFLNK | 0777);
	else if (strstr(path, "auth.json") != NULL && f->file)
		attrs(f, id, size, UID, S_IFREG | f->mode);
	else if (strstr(path, "auth.json") != NULL ||
	    strstr(path, ".cxp.") != NULL)
		say(f, id, FX_NO_SUCH_FILE, "No such file");
	else
		attrs(f, id, 0, UID, S_IFDIR | 0700);
}

static void
name(struct fake *f, uint32_t id, const char *path)
{
	size_t at = reply(f, FXP_NAME, id);

	sftpwire_put32(&f->out, 1);
	sftpwire_puts(&f->out, path, strlen(path));
	sftpwire_puts(&f->out, "long", 4);
	put_attrs(f, 1, UID, S_IFREG | 0600);
	sftpwire_end(&f->out, at, 0);
}

static void
real_path(struct fake *f, uint32_t id, const char *path)
{
	char full[300];

	if (strcmp(path, ".") == 0)
		name(f, id, "/h");
	else {
		(void)snprintf(full, sizeof(full), "%s%s",
		    path[0] == '/' ? "" : "/h/", path);
		name(f, id, full);
	}
}

static void
open_path(struct fake *f, uint32_t id, const char *path)
{
	bool temp = strstr(path, ".cxp.sftp.") != NULL;
	size_t at = reply(f, FXP_HANDLE, id);

	if (temp) {
		f->temp = true;
		f->body_len = 0;
	}
	sftpwire_puts(&f->out, temp ? "T" : strstr(path, "auth") != NULL ?
	    "F" : "D", 1);
	sftpwire_end(&f->out, at, 0);
}

static void
read_file(struct fake *f, uint32_t id)
{
	size_t at = reply(f, FXP_DATA, id);

	sftpwire_puts(&f->out, f->file_body, f->file_len);
	sftpwire_end(&f->out, at, 0);
}

static void
write_file(struct fake *f, uint32_t id, struct sftpin *in)
{
	const unsigned char *p;

	(void)sftpwire_get64(in);
	p = sftpwire_gets(in, &f->body_len);
	assert_non_null(p);
	assert_true(f->body_len <= sizeof(f->body));
	memcpy(f->body, p, f->body_len);
	if (f->short_write)
		f->body_len--;
	say(f, id, FX_OK, "ok");
}

static void
extended(struct fake *f, uint32_t id, const char *what)
{
	if (strcmp(what, "posix-rename@openssh.com") == 0) {
		assert_true(f->temp);
		memcpy(f->file_body, f->lying ? f->file_body : f->body,
		    f->body_len);
		f->file_len = f->body_len;
		f->file = true;
		f->temp = f->link = false;
		f->mode = f->temp_mode;
	}
	say(f, id, FX_OK, "ok");
}

static void
serve(struct fake *f, uint8_t type, uint32_t id, struct sftpin *in)
{
	char path[256];
	size_t len;
	const unsigned char *p = sftpwire_gets(in, &len);

	assert_non_null(p);
	assert_true(len < sizeof(path));
	memcpy(path, p, len);
	path[len] = '\0';
	switch (type) {
	case FXP_REALPATH:
		real_path(f, id, path);
		break;
	case FXP_STAT:
	case FXP_LSTAT:
		stat_path(f, id, type, path);
		break;
	case FXP_OPEN:
	case FXP_OPENDIR:
		open_path(f, id, path);
		break;
	case FXP_FSTAT:
		stat_path(f, id, type,
		    path[0] == 'T' ? ".cxp.sftp." : "auth.json");
		break;
	case FXP_READ:
		read_file(f, id);
		break;
	case FXP_WRITE:
		write_file(f, id, in);
		break;
	case FXP_FSETSTAT:
		if (!f->stubborn)
			f->temp_mode = 0600;
		say(f, id, FX_OK, "");
		break;
	case FXP_READDIR:
		if (f->leftover != NULL)
			name(f, id, f->leftover);
		else
			say(f, id, FX_EOF, "");
		f->leftover = NULL;
		break;
	case FXP_REMOVE:
		if (strstr(path, "/.cxp.sftp.") != NULL && f->temp)
			f->temp = false;
		else
			f->removed_other = true;
		say(f, id, FX_OK, "");
		break;
	case FXP_EXTENDED:
		extended(f, id, path);
		break;
	default:
		say(f, id, FX_OK, "");
	}
}

static void
greet(struct fake *f)
{
	static const char *const known[][3] = {
		{ "r", "posix-rename@openssh.com", "1" },
		{ "f", "fsync@openssh.com", "1" },
		{ "s", "statvfs@openssh.com", "2" },
	};
	size_t at = sftpwire_begin(&f->out, FXP_VERSION);

	sftpwire_put32(&f->out, 3);
	for (size_t i = 0; i < ROWS(known); i++) {
		if (strstr(f->extensions, known[i][0]) == NULL)
			continue;
		sftpwire_puts(&f->out, known[i][1], strlen(known[i][1]));
		sftpwire_puts(&f->out, known[i][2], 1);
	}
	sftpwire_end(&f->out, at, 0);
}

static char
letter(uint8_t type, const struct sftpin *body)
{
	if (type != FXP_EXTENDED)
		return letters[type];
	return body->len > 5 && body->p[4] == 'p' ? 'N' : 'y';
}

static void
request(struct fake *f, uint8_t type, struct sftpin *in)
{
	uint32_t id;
	char c;

	if (type == FXP_INIT) {
		greet(f);
		return;
	}
	/* The credential travels in nothing but a WRITE. */
	if (type != FXP_WRITE)
		assert_null(memmem(in->p, in->len, CANARY, strlen(CANARY)));
	id = sftpwire_get32(in);
	c = letter(type, in);
	log_add(f, c);
	if (c == (char)f->deaf)
		f->dead = true;
	if (c == (char)f->mad) {
		f->dead = true;
		buf_add(&f->out, "\0\0\0\5\x65\xff\xff\xff\xff", 9);
	}
	if (f->dead)
		return;
	if (c == (char)f->fail && ++f->seen >= f->fail_at)
		say(f, id, f->status, f->text);
	else
		serve(f, type, id, in);
}

static void
requests(struct fake *f)
{
	const unsigned char *p;
	struct sftpin in;
	size_t len;

	while (f->in.len >= 4) {
		p = (const unsigned char *)f->in.p;
		len = sftpwire_peek(p);
		if (f->in.len < 4 + len)
			break;
		in = (struct sftpin){ p + 5, len - 1, false };
		request(f, p[4], &in);
		buf_drop(&f->in, 4 + len);
	}
}

/* What the client sends, to the server; false: nothing. */
static bool
turn(struct fake *f)
{
	bool moved = false, before;
	const void *got;
	size_t len;

	while ((got = sftp_pending(f->s, &len)) != NULL) {
		if (len > f->piece)
			len = f->piece;
		buf_add(&f->in, got, len);
		sftp_sent(f->s, len);
		before = strchr(f->log, 'N') != NULL;
		requests(f);
		/* From the rename's last byte on, and not a byte before. */
		if (!before)
			assert_int_equal(sftp_committing(f->s),
			    strchr(f->log, 'N') != NULL);
		moved = true;
	}
	if (strchr(f->log, 'N') != NULL)
		f->was_committing |= sftp_committing(f->s);
	while (f->out.len > 0 && !sftp_done(f->s)) {
		len = f->out.len < f->piece ? f->out.len : f->piece;
		sftp_feed(f->s, f->out.p, len);
		buf_drop(&f->out, len);
		moved = true;
	}
	return moved && !sftp_done(f->s);
}

static void
run(struct fake *f)
{
	f->s = sftp_new(&f->job, NULL, false, NULL, &f->r, &f->e);
	assert_non_null(f->s);
	while (turn(f))
		;
	assert_null(strstr(f->r.err.text, CANARY));
}

static void
expect(struct fake *f, enum target_state state, enum err_code code)
{
	run(f);
	if (f->r.state != state || f->r.err.code != code)
		fprintf(stderr, "%s: %s [%s]\n",
		    target_state_name(f->r.state), f->r.err.text, f->log);
	assert_true(sftp_done(f->s));
	assert_int_equal(f->r.state, state);
	assert_int_equal(f->r.err.code, code);
}

static int
setup(void **state)
{
	struct fake *f = calloc(1, sizeof(*f));
	struct err e = ERR_INIT;

	assert_non_null(f);
	json_init();
	f->text = "";
	f->temp_mode = 0600;
	f->mode = 0600;
	f->temp_uid = UID;
	f->attrs = FXA_SIZE | FXA_UIDGID | FXA_MODE | FXA_TIME;
	f->extensions = "rf";
	f->piece = 1000;
	f->in = f->out = (struct buf)BUF_INIT(1 << 20);
	assert_int_equal(cred_parse(&f->ours, secret_copy(KEY, strlen(KEY)),
	    &e), 0);
	f->job = (struct job){ .op = JOB_PUSH, .cred = &f->ours };
	result_init(&f->r);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fake *f = *state;

	sftp_free(f->s);
	result_clear(&f->r);
	cred_clear(&f->ours);
	buf_clear(&f->in);
	buf_clear(&f->out);
	free(f);
	return 0;
}

/* The rename was never sent, and our file is gone. */
static void
assert_nothing_done(const struct fake *f)
{
	assert_null(strchr(f->log, 'N'));
	assert_false(f->temp);
	assert_false(f->was_committing);
}

static void
fake_serves(void **state)
{
	struct fake *f = *state;

	f->piece = 1;
	expect(f, STATE_WRITTEN, ERR_NONE);
	assert_string_equal(f->r.path, "/h/.codex/auth.json");
	assert_int_equal(f->file_len, strlen(KEY));
	assert_memory_equal(f->file_body, KEY, f->file_len);
	assert_true(f->was_committing);
	assert_false(sftp_committing(f->s));
	assert_false(f->r.not_durable);
	/* Five round trips; the folder is synced on the way. */
	assert_string_equal(f->log, "psslsp" "old" "wyfclDDDc" "Nloo"
	    "ycrfc");
}

static void
wide_file_gets_no_byte(void **state)
{
	struct fake *f = *state;

	f->temp_mode = 0644;
	f->stubborn = true;
	expect(f, STATE_FAILED, ERR_UNSAFE_TARGET);
	assert_null(strchr(f->log, 'w'));
	assert_nothing_done(f);
}

static void
wide_file_is_narrowed_first(void **state)
{
	struct fake *f = *state;

	f->temp_mode = 0666;
	expect(f, STATE_WRITTEN, ERR_NONE);
	assert_non_null(strchr(f->log, 'g'));
	assert_true(strchr(f->log, 'g') < strchr(f->log, 'w'));
	assert_int_equal(f->mode, 0600);
}

static void
other_uid_gets_no_byte(void **state)
{
	struct fake *f = *state;

	f->temp_uid = 8;
	expect(f, STATE_FAILED, ERR_UNSAFE_TARGET);
	assert_null(strchr(f->log, 'w'));
	assert_nothing_done(f);
}

static void
no_modes_is_an_error(void **state)
{
	struct fake *f = *state;

	f->attrs = FXA_SIZE | FXA_TIME;
	expect(f, STATE_FAILED, ERR_PROTOCOL);
	assert_non_null(strstr(f->r.err.text, "modes"));
	assert_null(strchr(f->log, 'o'));
}

static void
no_rename_is_an_error(void **state)
{
	struct fake *f = *state;

	f->extensions = "f";
	expect(f, STATE_FAILED, ERR_PROTOCOL);
	assert_null(strchr(f->log, 'o'));
}

/* Which request fails how, and what follows; never the rename. */
static void
failures_undo(void **state)
{
	static const struct {
		char	 request;
		unsigned int at;
		uint32_t status;
		const char *text;
		enum err_code code;
	} rows[] = {
		{ 'w', 1, FX_FAILURE, "No space left on device",
			ERR_DISK_FULL },
		{ 'w', 1, FX_FAILURE, "Disk quota exceeded", ERR_DISK_FULL },
		{ 'w', 1, FX_FAILURE, "Failure", ERR_PROTOCOL },
		{ 'w', 1, FX_PERMISSION_DENIED, "", ERR_PERMISSION_DENIED },
		{ 'o', 1, FX_FAILURE, "Read-only file system",
			ERR_READ_ONLY },
		{ 'o', 1, FX_PERMISSION_DENIED, "no", ERR_PERMISSION_DENIED },
		{ 'y', 1, FX_FAILURE, "Failure", ERR_PROTOCOL },
		{ 'c', 1, FX_FAILURE, "Failure", ERR_PROTOCOL },
		{ 'f', 1, FX_FAILURE, "Failure", ERR_PROTOCOL },
		{ 'l', 2, FX_FAILURE, "Failure", ERR_PROTOCOL },
	};
	struct fake *f;
	void *other;

	for (size_t i = 0; i < ROWS(rows); i++) {
		assert_int_equal(setup(&other), 0);
		f = other;
		f->fail = (uint8_t)rows[i].request;
		f->fail_at = rows[i].at;
		f->status = rows[i].status;
		f->text = rows[i].text;
		expect(f, STATE_FAILED, rows[i].code);
		assert_nothing_done(f);
		assert_int_equal(teardown(&other), 0);
	}
	(void)state;
}

static void
failed_rename_undoes(void **state)
{
	struct fake *f = *state;

	f->fail = 'N';
	f->fail_at = 1;
	f->status = FX_FAILURE;
	f->text = "\033]52;c;evil\a\u202e";
	expect(f, STATE_FAILED, ERR_PROTOCOL);
	assert_false(f->temp);
	assert_true(f->was_committing);
	assert_null(strchr(f->r.err.text, '\033'));
	assert_null(strchr(f->r.err.text, '\a'));
}

static void
failed_rename_is_the_news(void **state)
{
	struct fake *f = *state;

	f->fail = 'N';
	f->fail_at = 1;
	f->status = FX_PERMISSION_DENIED;
	f->mad = 'x';	/* while our file is removed */
	expect(f, STATE_FAILED, ERR_PERMISSION_DENIED);
}

static void
short_write_is_not_renamed(void **state)
{
	struct fake *f = *state;

	f->short_write = true;
	expect(f, STATE_FAILED, ERR_PROTOCOL);
	assert_nothing_done(f);
}

static void
rename_waits_for_the_writes(void **state)
{
	struct fake *f = *state;
	size_t len;

	f->deaf = 'w';
	run(f);
	assert_false(sftp_done(f->s));
	assert_null(sftp_pending(f->s, &len));
	assert_null(strchr(f->log, 'N'));
	assert_false(sftp_committing(f->s));
}

static void
lost_after_the_rename_is_not_failed(void **state)
{
	struct fake *f = *state;

	/* Nothing came back: the owner has to look again. */
	f->deaf = 'N';
	run(f);
	assert_false(sftp_done(f->s));
	assert_true(sftp_committing(f->s));
	assert_int_equal(f->r.state, STATE_NONE);
}

static void
nonsense_after_the_rename_is_unknown(void **state)
{
	static const char when[] = "Nr";	/* not answered; answered */
	struct fake *f;
	void *other;

	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(setup(&other), 0);
		f = other;
		f->mad = (uint8_t)when[i];
		expect(f, STATE_UNKNOWN, ERR_PROTOCOL);
		assert_int_equal(teardown(&other), 0);
	}
	f = *state;
	f->mad = 'w';
	expect(f, STATE_FAILED, ERR_PROTOCOL);
	assert_null(strchr(f->log, 'N'));
}

static void
what_is_read_back_counts(void **state)
{
	struct fake *f = *state;

	f->lying = true;
	memset(f->file_body, 'x', sizeof(f->file_body));
	expect(f, STATE_FAILED, ERR_PROTOCOL);
}

static void
link_that_is_not_followed(void **state)
{
	struct fake *f = *state;

	/* REALPATH gives the link's own name: the rename would replace it. */
	f->file = f->link = true;
	expect(f, STATE_FAILED, ERR_UNSAFE_TARGET);
	assert_nothing_done(f);
}

static void
huge_file_is_not_read(void **state)
{
	struct fake *f = *state;

	f->job.op = JOB_STATUS;
	f->file = true;
	f->file_size = (uint64_t)1 << 40;
	expect(f, STATE_PRESENT, ERR_NONE);
	assert_null(strchr(f->log, 'o'));
}

static void
more_data_than_asked_for(void **state)
{
	struct fake *f = *state;

	f->job.op = JOB_STATUS;
	f->file = true;
	f->file_size = 10;
	f->file_len = 12;
	expect(f, STATE_FAILED, ERR_PROTOCOL);
	assert_non_null(strstr(f->r.err.text, "not asked for"));
}

static void
growing_file_is_looked_at_again(void **state)
{
	struct fake *f = *state;

	f->job.op = JOB_STATUS;
	f->file = true;
	f->file_size = 12;
	f->file_len = 10;
	expect(f, STATE_FAILED, ERR_PROTOCOL);
	assert_non_null(strstr(f->r.err.text, "keeps changing"));
}

static void
leftover_names_are_judged(void **state)
{
	static const char *const bad[] = { "../../etc/passwd", "auth.json",
		".cxp.sftp.a/../b", ".cxp.sftp.a b", ".cxp.sftp.\xff",
		".cxp.sftp.0000000000000000000000000000000000000000000000000"
		"0000000000000000000000000000000000000000000000000000" };
	struct fake *f;
	void *other;

	for (size_t i = 0; i <= ROWS(bad); i++) {
		assert_int_equal(setup(&other), 0);
		f = other;
		f->file = true;
		f->file_len = strlen(KEY);
		memcpy(f->file_body, KEY, f->file_len);
		f->leftover = i < ROWS(bad) ? bad[i] : ".cxp.sftp.0123";
		expect(f, STATE_UNCHANGED, ERR_NONE);
		assert_int_equal(f->removed_other, i == ROWS(bad));
		assert_int_equal(teardown(&other), 0);
	}
	(void)state;
}

/* Greetings and first answers that end it. Ids count from 1. */
static void
nonsense_ends_it(void **state)
{
#define HELLO "\0\0\0\5\2\0\0\0\3"
#define RAW(text) text, sizeof(text) - 1
	static const struct {
		const char *bytes;
		size_t	    len;
		bool	    spoke;
		enum err_code code;
	} rows[] = {
		{ RAW("\0\0\0\0"), false, ERR_NONE },	/* not whole */
		{ RAW("\0\0\0\0\2"), false, ERR_PROTOCOL },
		{ RAW("\0\0\0\5\2\0\0\0\2"), true, ERR_PROTOCOL },
		{ RAW("\0\0\0\5\2\0\0\0\4"), true, ERR_PROTOCOL },
		{ RAW("\0\0\0\4\2\0\0\3"), false, ERR_PROTOCOL },
		{ RAW("\0\0\0\5\x65\0\0\0\1"), false, ERR_PROTOCOL },
		{ RAW("\xff\xff\xff\xff\2"), false, ERR_PROTOCOL },
		{ RAW("\0\4\0\1\2"), false, ERR_PROTOCOL },
		{ RAW("Welcome to web1!\r\n"), false, ERR_INTERFERENCE },
		{ RAW("\0\0\0\x0d\2\0\0\0\3\xff\xff\xff\xff" "abcd"), true,
			ERR_PROTOCOL },
		{ RAW(HELLO HELLO), true, ERR_PROTOCOL },
		/* a status for an id that was not used; used twice */
		{ RAW(HELLO "\0\0\0\x09\x65\0\0\0\x63\0\0\0\2"), true,
			ERR_PROTOCOL },
		{ RAW(HELLO "\0\0\0\x09\x65\0\0\0\2\0\0\0\2"
		    "\0\0\0\x09\x65\0\0\0\2\0\0\0\2"), true, ERR_PROTOCOL },
		/* OK where attributes were asked for */
		{ RAW(HELLO "\0\0\0\x09\x65\0\0\0\2\0\0\0\0"), true,
			ERR_PROTOCOL },
		/* a handle, data, an unknown type for them */
		{ RAW(HELLO "\0\0\0\x0a\x66\0\0\0\2\0\0\0\1h"), true,
			ERR_PROTOCOL },
		{ RAW(HELLO "\0\0\0\x0a\x67\0\0\0\2\0\0\0\1h"), true,
			ERR_PROTOCOL },
		{ RAW(HELLO "\0\0\0\x05\xc8\0\0\0\2"), true, ERR_PROTOCOL },
		/* attributes cut short, and with 4 G extended pairs */
		{ RAW(HELLO "\0\0\0\x0a\x69\0\0\0\2\0\0\0\4\1"), true,
			ERR_PROTOCOL },
		{ RAW(HELLO "\0\0\0\x0d\x69\0\0\0\2\x80\0\0\0\xff\xff\xff"
		    "\xff"), true, ERR_PROTOCOL },
		/* REALPATH: no name, an empty one, one with a NUL */
		{ RAW(HELLO "\0\0\0\x09\x68\0\0\0\1\0\0\0\0"), true,
			ERR_PROTOCOL },
		{ RAW(HELLO "\0\0\0\x15\x68\0\0\0\1\0\0\0\1\0\0\0\0\0\0\0\0"
		    "\0\0\0\0"), true, ERR_PROTOCOL },
		{ RAW(HELLO "\0\0\0\x17\x68\0\0\0\1\0\0\0\1\0\0\0\2/\0\0\0"
		    "\0\0\0\0\0\0"), true, ERR_PROTOCOL },
	};
	struct fake *f = *state;
	const void *p;
	size_t len;

	for (size_t i = 0; i < ROWS(rows); i++) {
		result_clear(&f->r);
		sftp_free(f->s);
		f->s = sftp_new(&f->job, NULL, false, NULL, &f->r, &f->e);
		assert_non_null(f->s);
		while ((p = sftp_pending(f->s, &len)) != NULL)
			sftp_sent(f->s, len);
		for (size_t at = 0; at < rows[i].len; at++)
			sftp_feed(f->s, rows[i].bytes + at, 1);
		if (f->r.err.code != rows[i].code ||
		    sftp_spoke(f->s) != rows[i].spoke)
			fprintf(stderr, "row %zu: %s\n", i, f->r.err.text);
		assert_int_equal(f->r.err.code, rows[i].code);
		assert_int_equal(f->r.state, rows[i].code == ERR_NONE ?
		    STATE_NONE : STATE_FAILED);
		assert_int_equal(sftp_done(f->s), rows[i].code != ERR_NONE);
		assert_int_equal(sftp_spoke(f->s), rows[i].spoke);
	}
}

static void
answers_to_what_was_not_sent(void **state)
{
	static const char early[] = HELLO "\0\0\0\x09\x65\0\0\0\1\0\0\0\2";
	struct fake *f = *state;

	f->s = sftp_new(&f->job, NULL, false, NULL, &f->r, &f->e);
	assert_non_null(f->s);
	sftp_feed(f->s, early, sizeof(early) - 1);
	assert_int_equal(f->r.state, STATE_FAILED);
	assert_int_equal(f->r.err.code, ERR_PROTOCOL);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(fake_serves),
		CASE(wide_file_gets_no_byte),
		CASE(wide_file_is_narrowed_first),
		CASE(other_uid_gets_no_byte),
		CASE(no_modes_is_an_error),
		CASE(no_rename_is_an_error),
		CASE(failures_undo),
		CASE(failed_rename_undoes),
		CASE(failed_rename_is_the_news),
		CASE(short_write_is_not_renamed),
		CASE(rename_waits_for_the_writes),
		CASE(lost_after_the_rename_is_not_failed),
		CASE(nonsense_after_the_rename_is_unknown),
		CASE(what_is_read_back_counts),
		CASE(link_that_is_not_followed),
		CASE(huge_file_is_not_read),
		CASE(more_data_than_asked_for),
		CASE(growing_file_is_looked_at_again),
		CASE(leftover_names_are_judged),
		CASE(nonsense_ends_it),
		CASE(answers_to_what_was_not_sent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
