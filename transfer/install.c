#include "install.h"

#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "installtalk.h"
#include "secret.h"
#include "target.h"
#include "text.h"

#define NOISE_MAX      (64 * 1024)  /* bytes before the first marker */
#define LINE_MAX_BYTES (66 * 1024)  /* one claim may be a whole file */
#define ANSWER_MAX     (256 * 1024) /* bytes from the first marker on */
#define SECONDS_DEF    30
#define NOISE_HINT                                                    \
	"a start-up file there (as ~/.bashrc) must print little and " \
	"return early where the shell is not interactive"

/* C11 promises 4,095 bytes only; the script is larger, compilers don't mind. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Woverlength-strings"
static const char recipe[] =
#include "recipe.inc"
    ;
#pragma GCC diagnostic pop

/* A folder's name as digits: no shell can see anything in them. */
static int
words_home(struct buf *b, const char *home, struct err *e)
{
	if (home == NULL)
		return buf_adds(b, "-");
	if (*home == '\0' || strchr(home, '\n') != NULL)
		return err_set(e, ERR_USAGE,
		    "cannot use the Codex home '%s': "
		    "it is empty or holds a newline",
		    home);
	for (; *home != '\0'; home++)
		(void)buf_addf(b, "%03o", (unsigned int)(unsigned char)*home);
	return 0; /* the caller looks at b->failed */
}

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
	if (words_home(b, home, e) != 0)
		return -1;
	(void)buf_addf(b, "%c%zu%c%s%c%d%c%s%c%s", 0, len, 0, hex, 0,
	    job->timeout > 0 ? job->timeout : SECONDS_DEF, 0,
	    job->backup ? "b" : "-", 0, after == NULL ? "-" : after);
	for (size_t i = 0; i < INSTALL_WORDS && !b->failed; i++) {
		in->argv[i] = b->p + at;
		at += strlen(in->argv[i]) + 1;
	}
	return b->failed ? err_set(e, ERR_INTERNAL, "out of memory") : 0;
}

/*
 * A word in single quotes is the same to every shell but for the backslashes,
 * which recipe.sh untangles.
 */
static int
install_line(struct install *in, struct err *e)
{
	struct buf *b = &in->command;

	for (size_t i = 0; i < INSTALL_WORDS; i++) {
		bool quoted = strpbrk(in->argv[i], " \\\"") != NULL;

		(void)buf_addf(b, "%s%s", i > 0 ? " " : "", quoted ? "'" : "");
		(void)buf_adds(b, in->argv[i]);
		(void)buf_adds(b, quoted ? "'" : "");
	}
	return b->failed ? err_set(e, ERR_INTERNAL, "out of memory") : 0;
}

struct install *
install_new(const struct job *job, const char *codex_home, const char *after,
    const struct err *why, struct result *r, struct err *e)
{
	unsigned char raw[INSTALL_NONCE_LEN];
	struct install *in;

	if ((in = calloc(1, sizeof(*in))) == NULL) {
		err_set(e, ERR_INTERNAL, "out of memory");
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
	randombytes_buf(raw, sizeof(raw));
	text_hex(in->nonce, raw, sizeof(raw));
	memcpy(in->go, "go ", 3);
	memcpy(in->go + 3, in->nonce, 2 * INSTALL_NONCE_LEN);
	in->go[3 + 2 * INSTALL_NONCE_LEN] = '\n';
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

/* What the far side said that was no marker, for an error text. */
static void
heard_add(struct heard *h, const char *p, size_t len)
{
	for (; len > 0; p++, len--) {
		if (*p == '\n' || *p == '\r') {
			h->ended = true;
			continue;
		}
		if (h->ended)
			h->len = 0;
		h->ended = false;
		if (h->len < sizeof(h->text))
			h->text[h->len++] = *p;
	}
}

/* A whole line: a marker of this run, or noise. */
static void
install_take(struct install *in, char *s, size_t len)
{
	static const char magic[] = "CXP1 ";
	const size_t m = sizeof(magic) - 1, n = strlen(in->nonce);

	if (len < m + n + 1 || memcmp(s, magic, m) != 0 ||
	    memcmp(s + m, in->nonce, n) != 0 || s[m + n] != ' ') {
		heard_add(&in->out, s, len);
		heard_add(&in->out, "\n", 1);
		return;
	}
	if (in->phase == INSTALL_WAIT)
		in->phase = INSTALL_LOOKING;
	if (memchr(s, '\0', len) != NULL)
		s[m + n + 1] = '\0'; /* an unknown word */
	installtalk_line(in, s + m + n + 1);
}

/* Counts n bytes against the caps; false (with the verdict) beyond them. */
static bool
install_bear(struct install *in, size_t n)
{
	struct err e = ERR_INIT;

	if (in->phase == INSTALL_WAIT && (in->noise += n) > NOISE_MAX) {
		err_set(&e, ERR_INTERFERENCE,
		    "the far shell printed more than "
		    "%d bytes and did not run our script",
		    NOISE_MAX);
		err_hint(&e, NOISE_HINT);
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

const void *
install_pending(const struct install *in, size_t *len)
{
	const size_t go = go_len(in);
	const unsigned char *bytes;

	*len = 0;
	if (in->phase != INSTALL_SENDING)
		return NULL;
	if (in->sent < go) {
		*len = go - in->sent;
		return in->go + in->sent;
	}
	if (in->go_on.len > 0) {
		*len = in->go_on.len - (in->sent - go);
		return in->go_on.p + (in->sent - go);
	}
	bytes = secret_expose(in->job->cred->bytes, len);
	*len -= in->sent - go;
	return bytes + (in->sent - go);
}

void
install_sent(struct install *in, size_t len)
{
	size_t all = go_len(in) + in->go_on.len;

	if (in->phase != INSTALL_SENDING)
		return;
	if (in->job->op == JOB_PUSH)
		all += secret_len(in->job->cred->bytes);
	in->sent += len;
	if (in->sent >= all)
		in->phase = in->job->op == JOB_PULL || in->go_on.len > 0 ?
		    INSTALL_RECEIVING : INSTALL_COMMITTING;
}

/* Whether what was heard is how a host says that it gives no shell. */
static bool
heard_no_shell(const struct heard *h)
{
	static const char *const signs[] = {
		"not available", /* nologin(8) */
		"nologin",
		"sftp",		  /* ForceCommand internal-sftp */
		"not recognized", /* cmd.exe */
		"not found",
		"unrecognized command", /* git-shell */
		"shell access",
	};
	char s[INSTALL_HEARD_MAX + 1];

	memcpy(s, h->text, h->len);
	s[h->len] = '\0';
	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
		if (strstr(s, signs[i]) != NULL)
			return true;
	}
	return false;
}

/* The far side ended without a marker. */
static void
end_silent(struct install *in, int status, struct err *e)
{
	if (status == 127 || status == 126 || heard_no_shell(&in->out) ||
	    heard_no_shell(&in->error)) {
		err_set(e, ERR_NO_SHELL,
		    "there is no shell that takes "
		    "commands (status %d)",
		    status);
		return;
	}
	err_set(e, ERR_INTERFERENCE,
	    "the far shell ended with status %d and "
	    "did not run our script",
	    status);
	err_hint(e, NOISE_HINT);
}

/* Adds the last thing the far side said, if anything. */
static void
end_quote(const struct install *in, struct err *e)
{
	const struct heard *h = in->error.len > 0 ? &in->error : &in->out;
	char safe[INSTALL_HEARD_MAX];
	struct err said = *e;

	if (h->len == 0)
		return;
	text_safe(safe, sizeof(safe), h->text, h->len);
	err_set(e, said.code, "%s: it said '%s'", said.text, safe);
	if (said.hint[0] != '\0')
		err_hint(e, "%s", said.hint);
}

bool
install_end(struct install *in, int status)
{
	struct err e = ERR_INIT;

	if (in->phase >= INSTALL_AGAIN)
		return true;
	if (in->phase == INSTALL_COMMITTING)
		return false;
	if (status == INSTALL_SILENT) {
		err_set(&e, ERR_INTERFERENCE, "the far shell did not run our "
		    "script in time");
		err_hint(&e, NOISE_HINT);
	} else if (status < 0)
		err_set(&e, ERR_UNREACHABLE,
		    "the link was lost before the "
		    "file was sent");
	else if (in->phase == INSTALL_WAIT)
		end_silent(in, status, &e);
	else
		err_set(&e, ERR_PROTOCOL,
		    "the far script ended early with "
		    "status %d",
		    status);
	end_quote(in, &e);
	installtalk_fail(in, &e);
	return true;
}
