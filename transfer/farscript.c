#include "farscript.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "fartalk.h"
#include "secret.h"

#define FARSCRIPT_LINE	(16 * 1024)	/* bytes of one line */
#define FARSCRIPT_ALL	(4 * 1024 * 1024)	/* bytes that a stream may bring */
#define FARSCRIPT_LIFE_MAX 86400

/* As in install.c: C11 promises 4,095 bytes only. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Woverlength-strings"
static const char script[] =
#include "farlogin.inc"
    ;
#pragma GCC diagnostic pop

static int
script_words(struct farscript *s, const char *op, struct err *e)
{
	struct buf *b = &s->words;
	size_t at = 0;

	buf_clear(b);
	buf_clear(&s->command);
	(void)buf_addf(b, "sh%c-c%c: %s; ", 0, 0, s->nonce);
	(void)buf_adds(b, script);
	(void)buf_addf(b, "%ccxp%c%s%c\\\\%c%s%c", 0, 0, s->nonce, 0, 0, op,
	    0);
	if (farshell_folder(b, s->codex_home, e) != 0)
		return -1;
	(void)buf_addf(b, "%c%d%c%d", 0,
	    s->a.linger > 0 ? s->a.linger : FARSCRIPT_LINGER, 0,
	    s->a.life < FARSCRIPT_LIFE_MAX ? s->a.life : FARSCRIPT_LIFE_MAX);
	for (size_t i = 0; i < FARTALK_WORDS && !b->failed; i++) {
		s->argv[i] = b->p + at;
		at += strlen(s->argv[i]) + 1;
	}
	if (!b->failed)
		farshell_line(&s->command, s->argv, FARTALK_WORDS);
	return b->failed || s->command.failed ?
	    err_memory(e) : 0;
}

struct farscript *
farscript_new(const struct farscript_ask *ask, struct err *e)
{
	struct farscript *s = calloc(1, sizeof(*s));

	err_memory(e);
	if (s == NULL)
		return NULL;
	s->a = *ask;
	s->words = s->command = (struct buf)BUF_INIT(64 * 1024);
	s->line = (struct buf)BUF_INIT(FARSCRIPT_LINE);
	farshell_nonce(s->nonce);
	if ((ask->codex_home == NULL ||
	    (s->codex_home = strdup(ask->codex_home)) != NULL) &&
	    script_words(s, ask->device ? "device" : "login", e) == 0)
		return s;
	farscript_free(s);
	return NULL;
}

void
farscript_free(struct farscript *s)
{
	if (s == NULL)
		return;
	secret_free(s->file);
	buf_clear(&s->line);
	buf_clear(&s->words);
	buf_clear(&s->command);
	free(s->codex_home);
	free(s->home);
	free(s->store);
	free(s->codex);
	free(s);
}

int
farscript_join(struct farscript *s, struct err *e)
{
	secret_free(s->file);
	s->file = NULL;
	buf_clear(&s->line);
	s->all = s->nask = s->sent = 0;
	s->spoke = s->ready = s->over = s->gone = false;
	s->asked = ASKED_NOTHING;
	s->out.len = s->error.len = 0;
	return script_words(s, "join", e);
}

const char *
farscript_command(const struct farscript *s)
{
	return buf_str(&s->command);
}

const char *const *
farscript_argv(const struct farscript *s)
{
	return s->argv;
}

/* The streams */

static void
script_take(struct farscript *s, char *line, size_t len)
{
	char *word = farshell_marked(s->nonce, line, len);

	if (word == NULL) {
		heard_add(&s->out, line, len);
		heard_add(&s->out, "\n", 1);
		return;
	}
	s->spoke = true;
	fartalk_line(s, word);
}

/* Counts n bytes; false beyond the caps, which ends it. */
static bool
script_bear(struct farscript *s, size_t n)
{
	struct err e = ERR_INIT;

	s->all += n;
	if (!s->spoke && s->all > FARSHELL_NOISE_MAX) {
		err_set(&e, ERR_INTERFERENCE, "the far shell printed more "
		    "than %d bytes and did not run our script",
		    FARSHELL_NOISE_MAX);
		err_hint(&e, FARSHELL_NOISE_HINT);
		fartalk_fail(s, &e);
	} else if (s->line.failed || s->all > FARSCRIPT_ALL) {
		fartalk_protocol(s, "said more than it does");
	}
	return !s->over;
}

/* Bytes of the file; how many were. */
static size_t
script_file(struct farscript *s, const char *p, size_t len)
{
	struct secret *whole = s->file;
	size_t all;
	unsigned char *to = secret_expose(whole, &all);

	if (len > all - s->got)
		len = all - s->got;
	memcpy(to + s->got, p, len);
	s->got += len;
	if (s->got < all)
		return len;
	s->file = NULL;
	s->asked = ASKED_NOTHING;
	s->a.events.file(s->a.events.ctx, whole);	/* transferred */
	return len;
}

static size_t
script_line(struct farscript *s, const char *p, size_t len)
{
	const char *end = memchr(p, '\n', len);
	size_t n = end == NULL ? len : (size_t)(end - p) + 1;
	char *line;

	(void)buf_add(&s->line, p, n);	/* script_bear looks */
	if (!script_bear(s, n) || end == NULL)
		return n;
	len = s->line.len - 1;
	if ((line = buf_take(&s->line)) == NULL) {
		s->line.failed = true;
		(void)script_bear(s, 0);
		return n;
	}
	line[len] = '\0';
	script_take(s, line, strlen(line));
	free(line);
	return n;
}

void
farscript_feed(struct farscript *s, const void *p, size_t len)
{
	const char *at = p;
	size_t n;

	for (; len > 0 && !s->over; at += n, len -= n)
		n = s->file != NULL ? script_file(s, at, len) :
		    script_line(s, at, len);
}

void
farscript_feed_error(struct farscript *s, const void *p, size_t len)
{
	heard_add(&s->error, p, len);
}

const void *
farscript_pending(const struct farscript *s, size_t *len)
{
	*len = s->nask - s->sent;
	return *len > 0 ? s->ask + s->sent : NULL;
}

void
farscript_sent(struct farscript *s, size_t len)
{
	s->sent += len;
}

void
farscript_end(struct farscript *s, int status)
{
	struct err e = ERR_INIT;

	if (s->over)
		return;
	if (status == FARSHELL_SILENT || (!s->spoke && status >= 0))
		heard_silent(&s->out, &s->error, status, &e);
	else if (status < 0)
		err_set(&e, ERR_UNREACHABLE, "the link was lost");
	else
		err_set(&e, ERR_PROTOCOL, "the far script ended early with "
		    "status %d", status);
	heard_quote(&s->out, &s->error, &e);
	fartalk_fail(s, &e);
}

/* Questions */

static void
script_say(struct farscript *s, enum asked asked, const char *line)
{
	s->asked = asked;
	s->sent = 0;
	s->nask = strlen(line);
	memcpy(s->ask, line, s->nask + 1);
}

static bool
script_ask(struct farscript *s, enum asked asked, const char *line)
{
	if (!farscript_idle(s))
		return false;
	script_say(s, asked, line);
	return true;
}

bool
farscript_ask_said(struct farscript *s)
{
	return script_ask(s, ASKED_SAID, "said\n");
}

bool
farscript_ask_owner(struct farscript *s, int port)
{
	char line[FARTALK_ASK];

	(void)snprintf(line, sizeof(line), "owner %d\n", port);
	return script_ask(s, ASKED_OWNER, line);
}

bool
farscript_ask_file(struct farscript *s)
{
	return script_ask(s, ASKED_FILE, "file\n");
}

/* It reads its input once it is ready: this may lie there before. */
bool
farscript_ask_end(struct farscript *s)
{
	if (s->over || s->asked != ASKED_NOTHING)
		return false;
	script_say(s, ASKED_END, "end\n");
	return true;
}

bool
farscript_idle(const struct farscript *s)
{
	return s->ready && !s->over && s->asked == ASKED_NOTHING;
}

bool
farscript_over(const struct farscript *s)
{
	return s->over;
}

bool
farscript_gone(const struct farscript *s)
{
	return s->gone;
}

const char *
farscript_home(const struct farscript *s)
{
	return s->home;
}

const char *
farscript_store(const struct farscript *s)
{
	return s->store;
}

const char *
farscript_codex(const struct farscript *s)
{
	return s->codex;
}
