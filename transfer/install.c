#include "install.h"

#include <stdlib.h>
#include <string.h>

#include "farshell.h"
#include "installtalk.h"
#include "secret.h"
#include "target.h"
#include "text.h"

#define LINE_MAX_BYTES (66 * 1024)  /* one claim may be a whole file */
#define ANSWER_MAX     (256 * 1024) /* bytes from the first marker on */
#define SECONDS_DEF    30

/* C11 promises 4,095 bytes only; the script is larger, compilers don't mind. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Woverlength-strings"
static const char recipe[] =
#include "recipe.inc"
    ;
#pragma GCC diagnostic pop

static const char *
command_op(const struct job *job)
{
	switch (job->op) {
	case JOB_PUSH:
		return "put";
	case JOB_REMOVE:
		return "del";
	case JOB_PULL:
		return "get";
	case JOB_STATUS:
		break;
	}
	return "look";
}

/*
 * The words, each ended by NUL. The nonce in front of the script is the tag
 * by which a later run finds this one among the processes.
 */
static int
install_words(struct install *in, const char *home, const char *after,
    struct err *e)
{
	const struct job *job = in->job;
	struct buf *b = &in->words;
	char hex[2 * CRED_DIGEST_LEN + 1] = "-";
	size_t len = 0, at = 0;

	if (job->op == JOB_PUSH) {
		text_hex(hex, job->cred->digest, CRED_DIGEST_LEN);
		len = secret_len(job->cred->bytes);
	}
	(void)buf_addf(b, "sh%c-c%c: %s; ", 0, 0, in->nonce);
	(void)buf_adds(b, recipe);
	(void)buf_addf(b, "%ccxp%c%s%c%s%c\\\\%c\"%c", 0, 0, command_op(job), 0,
	    in->nonce, 0, 0, 0);
	if (farshell_folder(b, home, e) != 0)
		return -1;
	(void)buf_addf(b, "%c%zu%c%s%c%d%c%s%c%s", 0, len, 0, hex, 0,
	    job->timeout > 0 ? job->timeout : SECONDS_DEF, 0,
	    job->backup ? "b" : "-", 0, after == NULL ? "-" : after);
	for (size_t i = 0; i < INSTALL_WORDS && !b->failed; i++) {
		in->argv[i] = b->p + at;
		at += strlen(in->argv[i]) + 1;
	}
	return b->failed ? err_memory(e) : 0;
}

static int
install_line(struct install *in, struct err *e)
{
	farshell_line(&in->command, in->argv, INSTALL_WORDS);
	return in->command.failed ?
	    err_memory(e) : 0;
}

struct install *
install_new(const struct job *job, const char *codex_home, const char *after,
    const struct err *why, struct result *r, struct err *e)
{
	struct install *in;

	if ((in = calloc(1, sizeof(*in))) == NULL) {
		err_memory(e);
		return NULL;
	}
	in->job = job;
	in->r = r;
	in->recover = after != NULL;
	if (why != NULL)
		in->why = *why;
	in->command = (struct buf)BUF_INIT(64 * 1024);
	in->words = (struct buf)BUF_INIT(64 * 1024);
	in->line = (struct buf)BUF_INIT(LINE_MAX_BYTES);
	look_init(&in->look);
	farshell_nonce(in->nonce);
	memcpy(in->go, "go ", 3);
	memcpy(in->go + 3, in->nonce, FARSHELL_NONCE_LEN - 1);
	in->go[3 + FARSHELL_NONCE_LEN - 1] = '\n';
	in->go_on = (struct buf)BUF_INIT(64 * 1024);
	if (install_words(in, codex_home, after, e) != 0 ||
	    install_line(in, e) != 0) {
		install_free(in);
		return NULL;
	}
	return in;
}

void
install_free(struct install *in)
{
	if (in == NULL)
		return;
	for (size_t i = 0; i < CLAIMS; i++)
		free(in->claims[i]);
	look_clear(&in->look);
	buf_clear(&in->line);
	buf_clear(&in->command);
	buf_clear(&in->words);
	buf_clear(&in->go_on);
	free(in->lacks);
	free(in);
}

const char *
install_command(const struct install *in)
{
	return buf_str(&in->command);
}

const char *const *
install_argv(const struct install *in)
{
	return in->argv;
}

const char *
install_lacks(const struct install *in, const char **who)
{
	*who = in->lacks_who;
	return in->phase == INSTALL_DONE ? in->lacks : NULL;
}

const char *
install_nonce(const struct install *in)
{
	return in->nonce;
}

enum install_phase
install_phase(const struct install *in)
{
	return in->phase;
}

/* A whole line: a marker of this run, or noise. */
static void
install_take(struct install *in, char *s, size_t len)
{
	char *word = farshell_marked(in->nonce, s, len);

	if (word == NULL) {
		heard_add(&in->out, s, len);
		heard_add(&in->out, "\n", 1);
		return;
	}
	if (in->phase == INSTALL_WAIT)
		in->phase = INSTALL_LOOKING;
	if (memchr(s, '\0', len) != NULL)
		*word = '\0'; /* an unknown one */
	installtalk_line(in, word);
}

/* Counts n bytes against the caps; false (with the verdict) beyond them. */
static bool
install_bear(struct install *in, size_t n)
{
	struct err e = ERR_INIT;

	if (in->phase == INSTALL_WAIT && (in->noise += n) > FARSHELL_NOISE_MAX) {
		err_set(&e, ERR_INTERFERENCE,
		    "the far shell printed more than "
		    "%d bytes and did not run our script",
		    FARSHELL_NOISE_MAX);
		err_hint(&e, FARSHELL_NOISE_HINT);
	} else if (in->phase != INSTALL_WAIT &&
		   ((in->answer += n) > ANSWER_MAX || in->line.failed)) {
		err_set(&e, ERR_PROTOCOL,
		    "the far side said more than our "
		    "script does");
	}
	if (e.code == ERR_NONE)
		return true;
	installtalk_fail(in, &e);
	return false;
}

/* What belongs to a file that is being fetched; returns how much that was. */
static size_t
install_fetch(struct install *in, const void *p, size_t len)
{
	size_t want = in->fetching - in->fetched;

	if (len > want)
		len = want;
	memcpy(secret_expose(in->look.bytes, NULL) + in->fetched, p, len);
	in->fetched += len;
	if (in->fetched == in->fetching)
		in->phase = look_fetched(&in->look, in->r) ? INSTALL_DONE :
		    INSTALL_AGAIN;
	return len;
}

void
install_feed(struct install *in, const void *p, size_t len)
{
	const char *s = p, *end;
	char *line;
	size_t n;

	while (len > 0 && in->phase < INSTALL_AGAIN) {
		if (in->fetched < in->fetching) {
			n = install_fetch(in, s, len);
			s += n;
			len -= n;
			continue;
		}
		end = memchr(s, '\n', len);
		n = end == NULL ? len : (size_t)(end - s) + 1;
		(void)buf_add(&in->line, s, n); /* install_bear looks */
		if (!install_bear(in, n))
			return;
		s += n;
		len -= n;
		if (end == NULL)
			continue;
		n = in->line.len - 1;
		if ((line = buf_take(&in->line)) == NULL) {
			in->line.failed = true;
			(void)install_bear(in, 0);
			return;
		}
		line[n] = '\0';
		install_take(in, line, n);
		free(line);
	}
}

void
install_feed_error(struct install *in, const void *p, size_t len)
{
	heard_add(&in->error, p, len);
}

/* "go NONCE" and the newline, unless more follows on that line. */
static size_t
go_len(const struct install *in)
{
	return strlen(in->go) - (in->go_on.len > 0 ? 1 : 0);
}

/* What follows those lines. */
static size_t
body_len(const struct install *in)
{
	return in->job->op == JOB_PUSH && in->r->state == STATE_NONE ?
	    secret_len(in->job->cred->bytes) : 0;
}

const void *
install_pending(const struct install *in, size_t *len)
{
	const size_t go = go_len(in), lines = go + in->go_on.len;
	const unsigned char *bytes;

	*len = 0;
	if (in->phase != INSTALL_SENDING)
		return NULL;
	if (in->sent < go) {
		*len = go - in->sent;
		return in->go + in->sent;
	}
	if (in->sent < lines) {
		*len = lines - in->sent;
		return in->go_on.p + (in->sent - go);
	}
	if (body_len(in) == 0)
		return NULL;
	bytes = secret_expose(in->job->cred->bytes, len);
	*len -= in->sent - lines;
	return bytes + (in->sent - lines);
}

void
install_sent(struct install *in, size_t len)
{
	size_t all = go_len(in) + in->go_on.len + body_len(in);
	bool commits = in->r->state == STATE_NONE &&
	    (in->job->op == JOB_PUSH || in->job->op == JOB_REMOVE);

	if (in->phase != INSTALL_SENDING)
		return;
	in->sent += len;
	if (in->sent >= all)
		in->phase = commits ? INSTALL_COMMITTING : INSTALL_RECEIVING;
}

bool
install_end(struct install *in, int status)
{
	struct err e = ERR_INIT;

	if (in->phase >= INSTALL_AGAIN)
		return true;
	if (in->phase == INSTALL_COMMITTING)
		return false;
	if (status == FARSHELL_SILENT ||
	    (in->phase == INSTALL_WAIT && status >= 0))
		heard_silent(&in->out, &in->error, status, &e);
	else if (status < 0)
		err_set(&e, ERR_UNREACHABLE,
		    "the link was lost before the "
		    "file was sent");
	else
		err_set(&e, ERR_PROTOCOL,
		    "the far script ended early with "
		    "status %d",
		    status);
	heard_quote(&in->out, &in->error, &e);
	installtalk_fail(in, &e);
	return true;
}
