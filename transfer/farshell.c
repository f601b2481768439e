#include "farshell.h"

#include <string.h>

#include <sodium.h>

#include "buf.h"
#include "err.h"
#include "text.h"

#define SIGNALS_MAX 65

void
farshell_nonce(char nonce[FARSHELL_NONCE_LEN])
{
	unsigned char raw[(FARSHELL_NONCE_LEN - 1) / 2];

	randombytes_buf(raw, sizeof(raw));
	text_hex(nonce, raw, sizeof(raw));
}

void
farshell_line(struct buf *b, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		bool quoted = strpbrk(words[i], " \\\"") != NULL;

		(void)buf_addf(b, "%s%s", i > 0 ? " " : "", quoted ? "'" : "");
		(void)buf_adds(b, words[i]);
		(void)buf_adds(b, quoted ? "'" : "");
	}
}

int
farshell_folder(struct buf *b, const char *folder, struct err *e)
{
	if (folder == NULL)
		(void)buf_adds(b, "-");
	else if (*folder == '\0' || strchr(folder, '\n') != NULL)
		return err_set(e, ERR_USAGE, "cannot use the Codex home '%s': "
		    "it is empty or holds a newline", folder);
	for (; folder != NULL && *folder != '\0'; folder++)
		(void)buf_addf(b, "%03o",
		    (unsigned int)(unsigned char)*folder);
	return 0; /* the caller looks at b->failed */
}

char *
farshell_marked(const char *nonce, char *line, size_t len)
{
	static const char magic[] = "CXP1 ";
	const size_t m = sizeof(magic) - 1, n = FARSHELL_NONCE_LEN - 1;

	if (len < m + n + 1 || memcmp(line, magic, m) != 0 ||
	    memcmp(line + m, nonce, n) != 0 || line[m + n] != ' ')
		return NULL;
	return line + m + n + 1;
}

void
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

void
heard_quote(const struct heard *out, const struct heard *error, struct err *e)
{
	const struct heard *h = error->len > 0 ? error : out;
	char safe[FARSHELL_HEARD_MAX];
	struct err said = *e;

	if (h->len == 0)
		return;
	text_safe(safe, sizeof(safe), h->text, h->len);
	err_set(e, said.code, "%s: it said '%s'", said.text, safe);
	if (said.hint[0] != '\0')
		err_hint(e, "%s", said.hint);
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
	char s[FARSHELL_HEARD_MAX + 1];

	memcpy(s, h->text, h->len);
	s[h->len] = '\0';
	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
		if (strstr(s, signs[i]) != NULL)
			return true;
	}
	return false;
}

void
heard_silent(const struct heard *out, const struct heard *error, int status,
    struct err *e)
{
	if (status == FARSHELL_SILENT) {
		err_set(e, ERR_INTERFERENCE, "the far shell did not run our "
		    "script in time");
		err_hint(e, FARSHELL_NOISE_HINT);
	} else if (status == 127 || status == 126 || heard_no_shell(out) ||
	    heard_no_shell(error)) {
		err_set(e, ERR_NO_SHELL, "there is no shell that takes "
		    "commands (status %d)", status);
	} else if (status > 128 && status < 128 + SIGNALS_MAX) {
		/* 128 and the signal's number: as shells and engines do. */
		err_set(e, ERR_PROTOCOL, "the far shell was killed by signal "
		    "%d before it ran our script", status - 128);
	} else {
		err_set(e, ERR_INTERFERENCE, "the far shell ended with status "
		    "%d and did not run our script", status);
		err_hint(e, FARSHELL_NOISE_HINT);
	}
}

int
farshell_mode(const char *s)
{
	static const char set[] = "rwxrwxrwx";
	int mode = 0;

	if (strlen(s) < 10)
		return -1;
	for (size_t i = 0; i < 9; i++) {
		char c = s[i + 1];
		bool special = i % 3 == 2 && strchr("sStT", c) != NULL;

		if (c != '-' && c != set[i] && !special)
			return -1;
		if (c != '-' && c != 'S' && c != 'T')
			mode |= 0400 >> i;
		if (special)
			mode |= 04000 >> (i / 3);
	}
	return mode;
}
