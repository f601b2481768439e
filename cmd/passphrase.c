#include "passphrase.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "args.h"
#include "env.h"
#include "err.h"
#include "passcommand.h"
#include "prompt.h"
#include "secret.h"
#include "signals.h"
#include "ui.h"

#define TRIES	   3
#define LENGTH_MIN 15	/* NIST SP 800-63B-4, 3.1.1.2: what stands alone */
#define VARIETY_MIN 6	/* different characters in it */

/* ---- from a file or a command: the first line ---- */

/* Cuts to the first line, which may not be empty. Frees s on failure. */
static struct secret *
first_line(struct secret *s, const char *where, struct err *e)
{
	size_t len, line;
	const unsigned char *p = secret_expose(s, &len);
	const unsigned char *end = memchr(p, '\n', len);

	line = end != NULL ? (size_t)(end - p) : len;
	if (line > 0 && p[line - 1] == '\r')
		line--;
	secret_truncate(s, line);
	if (line > 0)
		return s;
	secret_free(s);
	(void)err_set(e, ERR_BAD_PASSPHRASE,
	    "no passphrase in the first line of %s", where);
	return NULL;
}

static int
read_fd(int fd, struct secret *s, const char *name, struct err *e)
{
	size_t at = 0, size;
	unsigned char *p = secret_expose(s, &size);
	ssize_t n = 1;

	while (n != 0 && memchr(p, '\n', at) == NULL) {
		if (at == size)
			return err_set(e, ERR_BAD_PASSPHRASE,
			    "the first line of '%s' has more than %d bytes",
			    name, PASSPHRASE_BYTES - 1);
		n = read(fd, p + at, size - at);
		if (n == -1 && errno == EINTR && signals_first() == 0)
			n = 1;		/* nothing ended it */
		else if (n == -1)
			return err_sys(e, signals_first() != 0 ?
			    ERR_INTERRUPTED : ERR_BAD_PASSPHRASE, errno,
			    "cannot read '%s'", name);
		else
			at += (size_t)n;
	}
	secret_truncate(s, at);
	return 0;
}

/* What a file is for whose mode lets others read it. */
static void
warn_open(struct ui *ui, int fd, const char *name)
{
	struct stat st;

	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    (st.st_mode & 077) != 0)
		ui_warn(ui, "others can get at the passphrase in '%s': "
		    "chmod 600 it", name);
}

/* Only what reads it as a prompt turns the echo off. */
static int
check_tty(int fd, const char *name, struct err *e)
{
	if (isatty(fd) != 1)
		return 0;
	err_set(e, ERR_USAGE, "a passphrase typed into '%s' would be shown",
	    name);
	return err_hint(e, "leave the file out, and it is asked for");
}

static struct secret *
from_file(struct ui *ui, const char *file, struct err *e)
{
	bool is_stdin = strcmp(file, "-") == 0;
	const char *name = is_stdin ? "standard input" : file;
	struct secret *s = secret_new(PASSPHRASE_BYTES);
	int fd = STDIN_FILENO, rc;

	if (s == NULL) {
		(void)err_memory(e);
		return NULL;
	}
	if (!is_stdin && (fd = open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY)) ==
	    -1) {
		(void)err_sys(e, errno == EINTR ? ERR_INTERRUPTED :
		    ERR_BAD_PASSPHRASE, errno, "cannot open '%s'", file);
		secret_free(s);
		return NULL;
	}
	warn_open(ui, fd, name);
	rc = check_tty(fd, name, e) == 0 ? read_fd(fd, s, name, e) : -1;
	if (!is_stdin)
		(void)close(fd);	/* only read from */
	if (rc == 0)
		return first_line(s, name, e);
	secret_free(s);
	return NULL;
}

static struct secret *
from_command(const char *command, struct err *e)
{
	struct secret *s = passcommand_run(command, e);

	return s == NULL ? NULL :
	    first_line(s, "what the command wrote", e);
}

/* ---- from the terminal ---- */

static int
nobody(const struct args *a, bool asked, struct err *e)
{
	if (signals_first() != 0)
		return err_set(e, ERR_INTERRUPTED,
		    "interrupted; nothing was changed");
	if (asked)
		err_set(e, ERR_BAD_PASSPHRASE, "no passphrase was typed");
	else
		err_set(e, ERR_BAD_PASSPHRASE, "cannot ask for the passphrase:"
		    " %s", a->no_input ? "--no-input forbids it" :
		    "there is no terminal");
	return err_hint(e, "use --passphrase-file FILE, or set "
	    PASSPHRASE_VARIABLE);
}

static struct secret *
ask(struct prompt *p, const struct args *a, const char *text, struct err *e)
{
	struct secret *s = NULL;

	if (p->io.ask != NULL)
		s = p->io.ask(p->io.ctx, text, false);
	if (s == NULL)
		(void)nobody(a, p->io.ask != NULL, e);
	return s;
}

static struct secret *
ask_once(struct ui *ui, const struct args *a, struct err *e)
{
	struct prompt p;
	struct secret *s;

	prompt_open(&p, ui, a->no_input);
	s = ask(&p, a, "Passphrase of the store: ", e);
	prompt_close(&p);
	return s;
}

/* One round: NULL with no error in e where the two differ. */
static struct secret *
ask_round(struct prompt *p, const struct args *a, const char *text,
    struct err *e)
{
	struct secret *s = ask(p, a, text, e);
	SECRET_AUTO *again = NULL;

	if (s != NULL)
		again = ask(p, a, "The same again: ", e);
	if (again != NULL && secret_equal(s, again))
		return s;
	secret_free(s);
	return NULL;
}

static struct secret *
ask_twice(struct ui *ui, const struct args *a, const char *text,
    struct err *e)
{
	struct secret *s = NULL;
	struct prompt p;

	prompt_open(&p, ui, a->no_input);
	for (int i = 0; i < TRIES && s == NULL && e->code == ERR_NONE; i++) {
		s = ask_round(&p, a, text, e);
		if (s == NULL && e->code == ERR_NONE)
			ui_text(ui, "They differ.\n");
	}
	prompt_close(&p);
	if (s == NULL && e->code == ERR_NONE)
		(void)err_set(e, ERR_BAD_PASSPHRASE,
		    "the passphrase was not typed the same twice");
	return s;
}

/* ---- which of them ---- */

int
passphrase_check(const struct args *a, struct err *e)
{
	bool first = a->passphrase_file != NULL &&
	    strcmp(a->passphrase_file, "-") == 0;
	bool next = a->new_passphrase_file != NULL &&
	    strcmp(a->new_passphrase_file, "-") == 0;
	bool other = a->from != NULL && strcmp(a->from, "-") == 0;

	for (size_t i = 0; i < a->hosts.n; i++)
		other |= strcmp(a->hosts.v[i], "-") == 0;
	if (first + next + other > 1 && (first || next))
		return err_set(e, ERR_USAGE, "standard input cannot be the "
		    "passphrase and something else");
	return signals_open(e);
}

static unsigned
variety(const unsigned char *p, size_t len)
{
	bool seen[UINT8_MAX + 1] = { false };
	unsigned n = 0;

	for (size_t i = 0; i < len; i++) {
		n += !seen[p[i]];
		seen[p[i]] = true;
	}
	return n;
}

/* Said, not enforced. NULL and e set: there is none, or an empty one. */
static struct secret *
judge(struct ui *ui, struct secret *s, struct err *e)
{
	const unsigned char *p;
	size_t len;

	if (s == NULL)
		return NULL;
	p = secret_expose(s, &len);
	if (len == 0) {
		secret_free(s);
		(void)err_set(e, ERR_BAD_PASSPHRASE,
		    "an empty passphrase protects nothing");
		return NULL;
	}
	if (len < LENGTH_MIN || variety(p, len) < VARIETY_MIN)
		ui_warn(ui, "this passphrase can be guessed by whoever gets "
		    "the store's file: take five random words or more "
		    "('codex-provision store passphrase' changes it)");
	return s;
}

struct secret *
passphrase_get(struct ui *ui, const struct args *a, bool *asked,
    struct err *e)
{
	const char *command = env_get(PASSPHRASE_VARIABLE);

	*asked = false;
	if (passphrase_check(a, e) == -1)
		return NULL;
	if (a->passphrase_file != NULL)
		return from_file(ui, a->passphrase_file, e);
	if (command != NULL)
		return from_command(command, e);
	*asked = true;
	return ask_once(ui, a, e);
}

struct secret *
passphrase_new(struct ui *ui, const struct args *a, struct err *e)
{
	const char *command = env_get(PASSPHRASE_VARIABLE);

	if (passphrase_check(a, e) == -1)
		return NULL;
	return judge(ui, a->passphrase_file != NULL ?
	    from_file(ui, a->passphrase_file, e) : command != NULL ?
	    from_command(command, e) :
	    ask_twice(ui, a, "Passphrase for the new store: ", e), e);
}

struct secret *
passphrase_next(struct ui *ui, const struct args *a, struct err *e)
{
	if (passphrase_check(a, e) == -1)
		return NULL;
	return judge(ui, a->new_passphrase_file != NULL ?
	    from_file(ui, a->new_passphrase_file, e) :
	    ask_twice(ui, a, "New passphrase of the store: ", e), e);
}
