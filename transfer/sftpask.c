#include "sftpask.h"

#include <stdlib.h>
#include <string.h>

#include "sftpleft.h"
#include "text.h"

static size_t
ask_begin(struct sftp *s, enum ask a, uint8_t type, uint8_t want)
{
	size_t at = sftpwire_begin(&s->out, type);

	free(s->a[a].name);
	s->a[a] = (struct answer){ .id = ++s->last_id, .want = want,
		.waiting = true, .asked = true };
	s->waiting++;
	sftpwire_put32(&s->out, s->last_id);
	return at;
}

static void
ask_end(struct sftp *s, enum ask a, size_t at, size_t more)
{
	sftpwire_end(&s->out, at, more);
	s->queued += s->out.len - at + more;
	s->a[a].end = s->queued;
}

static void
put_handle(struct sftp *s, enum ask opened)
{
	const struct answer *o = &s->a[opened];

	sftpwire_puts(&s->out, o->handle, o->handle_len);
}

void
sftp_ask_path(struct sftp *s, enum ask a, uint8_t type, const char *path)
{
	uint8_t want = type == FXP_REALPATH ? FXP_NAME :
	    type == FXP_OPENDIR ? FXP_HANDLE :
	    type == FXP_STAT || type == FXP_LSTAT ? FXP_ATTRS : FXP_STATUS;
	size_t at = ask_begin(s, a, type, want);

	sftpwire_puts(&s->out, path, strlen(path));
	ask_end(s, a, at, 0);
}

void
sftp_ask_handle(struct sftp *s, enum ask a, uint8_t type, enum ask opened)
{
	uint8_t want = type == FXP_FSTAT ? FXP_ATTRS :
	    type == FXP_READDIR ? FXP_NAME : FXP_STATUS;
	size_t at = ask_begin(s, a, type, want);

	put_handle(s, opened);
	ask_end(s, a, at, 0);
}

void
sftp_ask_open(struct sftp *s, enum ask a, const char *path, uint32_t flags)
{
	size_t at = ask_begin(s, a, FXP_OPEN, FXP_HANDLE);

	sftpwire_puts(&s->out, path, strlen(path));
	sftpwire_put32(&s->out, flags);
	if (flags & FXF_CREAT)
		sftpwire_putmode(&s->out, 0600);
	else
		sftpwire_put32(&s->out, 0);
	ask_end(s, a, at, 0);
}

void
sftp_ask_mkdir(struct sftp *s, enum ask a, const char *path)
{
	size_t at = ask_begin(s, a, FXP_MKDIR, FXP_STATUS);

	sftpwire_puts(&s->out, path, strlen(path));
	sftpwire_putmode(&s->out, 0700);
	ask_end(s, a, at, 0);
}

void
sftp_ask_chmod(struct sftp *s, enum ask a, enum ask opened)
{
	size_t at = ask_begin(s, a, FXP_FSETSTAT, FXP_STATUS);

	put_handle(s, opened);
	sftpwire_putmode(&s->out, 0600);
	ask_end(s, a, at, 0);
}

void
sftp_ask_read(struct sftp *s, enum ask a, enum ask opened, uint32_t offset,
    uint32_t len)
{
	size_t at = ask_begin(s, a, FXP_READ, FXP_DATA);

	s->a[a].offset = offset;
	s->a[a].limit = len;
	put_handle(s, opened);
	sftpwire_put64(&s->out, offset);
	sftpwire_put32(&s->out, len);
	ask_end(s, a, at, 0);
}

void
sftp_ask_write(struct sftp *s, enum ask a, enum ask opened,
    const struct secret *from, uint32_t offset, uint32_t len)
{
	size_t at = ask_begin(s, a, FXP_WRITE, FXP_STATUS);

	put_handle(s, opened);
	sftpwire_put64(&s->out, offset);
	sftpwire_put32(&s->out, len);
	s->splices[s->nsplices++] = (struct splice){ .at = s->out.len,
		.from = from, .off = offset, .len = len };
	ask_end(s, a, at, len);
}

static size_t
extended_begin(struct sftp *s, enum ask a, const char *name, uint8_t want)
{
	size_t at = ask_begin(s, a, FXP_EXTENDED, want);

	sftpwire_puts(&s->out, name, strlen(name));
	return at;
}

void
sftp_ask_rename(struct sftp *s, enum ask a, const char *from, const char *to)
{
	size_t at = extended_begin(s, a, "posix-rename@openssh.com",
	    FXP_STATUS);

	sftpwire_puts(&s->out, from, strlen(from));
	sftpwire_puts(&s->out, to, strlen(to));
	ask_end(s, a, at, 0);
}

void
sftp_ask_fsync(struct sftp *s, enum ask a, enum ask opened)
{
	size_t at = extended_begin(s, a, "fsync@openssh.com", FXP_STATUS);

	put_handle(s, opened);
	ask_end(s, a, at, 0);
}

void
sftp_ask_statvfs(struct sftp *s, enum ask a, const char *path)
{
	size_t at = extended_begin(s, a, "statvfs@openssh.com",
	    FXP_EXTENDED_REPLY);

	sftpwire_puts(&s->out, path, strlen(path));
	ask_end(s, a, at, 0);
}

void
sftp_commit(struct sftp *s)
{
	s->commit_end = s->queued;
}

void
sftp_then(struct sftp *s, sftp_step then)
{
	s->then = then;
}

/* Answers */

static void
answer_status(struct answer *a, struct sftpin *in)
{
	const unsigned char *text;
	size_t len;

	a->status = sftpwire_get32(in);
	if (in->len == 0)
		return;		/* some servers leave the text out */
	text = sftpwire_gets(in, &len);
	if (text != NULL)
		text_safe(a->text, sizeof(a->text), text, len);
}

static void
answer_handle(struct answer *a, struct sftpin *in)
{
	const unsigned char *p = sftpwire_gets(in, &a->handle_len);

	if (p == NULL || a->handle_len > sizeof(a->handle)) {
		a->handle_len = 0;
		in->bad = true;
		return;
	}
	memcpy(a->handle, p, a->handle_len);
}

/* REALPATH has one name, and it is kept; READDIR has many. */
static void
answer_names(struct sftp *s, struct answer *a, struct sftpin *in)
{
	bool listing = a >= &s->a[ASK_NAMES] && a <= &s->a[ASK_NAMES_END];
	uint32_t count = sftpwire_get32(in);
	const unsigned char *name;
	struct sftpattrs attrs;
	size_t len, long_len;

	if (!listing && count != 1)
		in->bad = true;
	for (; count > 0 && !in->bad; count--) {
		name = sftpwire_gets(in, &len);
		(void)sftpwire_gets(in, &long_len);
		sftpwire_attrs(in, &attrs);
		if (in->bad)
			break;
		if (listing) {
			sftpleft_entry(s, name, len, &attrs);
			continue;
		}
		if (len == 0 || len >= SFTP_PATH_MAX ||
		    memchr(name, '\0', len) != NULL)
			in->bad = true;
		else if ((a->name = strndup((const char *)name, len)) == NULL)
			sftp_nomem(s);
	}
}

/* statvfs@openssh.com, PROTOCOL 4.5: eleven numbers. */
static void
answer_statvfs(struct answer *a, struct sftpin *in)
{
	uint64_t n[11];

	for (size_t i = 0; i < sizeof(n) / sizeof(*n); i++)
		n[i] = sftpwire_get64(in);
	a->full = n[4] == 0 || (n[5] != 0 && n[7] == 0);
	a->read_only = (n[9] & 1) != 0;
}

int
sftp_answer(struct sftp *s, struct answer *a, uint8_t type, struct sftpin *in)
{
	if (type == FXP_STATUS) {
		answer_status(a, in);
		/* "OK" in place of what was asked for is no answer. */
		if (a->want != FXP_STATUS && a->status == FX_OK)
			return -1;
	} else if (type != a->want)
		return -1;
	else if (type == FXP_HANDLE)
		answer_handle(a, in);
	else if (type == FXP_NAME)
		answer_names(s, a, in);
	else if (type == FXP_ATTRS)
		sftpwire_attrs(in, &a->attrs);
	else
		answer_statvfs(a, in);
	a->ok = type != FXP_STATUS || a->status == FX_OK ||
	    (a->want == FXP_DATA && a->status == FX_EOF);
	return in->bad ? -1 : 0;
}
