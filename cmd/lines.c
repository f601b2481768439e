#include "lines.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "buf.h"
#include "err.h"

#define LINES_MAX  (1024 * 1024)	/* bytes of a file */
#define READ_BYTES 16384

static bool
blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* Cuts what surrounds the words; "" for a line without any. A '#' inside a
 * word, or between double quotes, is part of it. */
static char *
trim(char *line)
{
	char *end = line;
	bool quoted = false;

	for (; *end != '\0'; end++) {
		if (*end == '"' && (end == line || end[-1] != '\\'))
			quoted = !quoted;
		else if (*end == '#' && !quoted &&
		    (end == line || blank(end[-1])))
			break;
	}
	while (end > line && blank(end[-1]))
		end--;
	*end = '\0';
	while (blank(*line))
		line++;
	return line;
}

static int
each(char *text, size_t len, const char *name, const struct lines_take *take,
    struct err *e)
{
	char *end = text + len;

	for (size_t number = 1; text < end; number++) {
		char *stop = memchr(text, '\n', (size_t)(end - text)), *word;
		int rc = 0;

		if (stop == NULL)
			stop = end;	/* where buf keeps its NUL */
		*stop = '\0';
		if (strlen(text) != (size_t)(stop - text))
			rc = err_set(e, ERR_USAGE, "a NUL byte");
		else if (*(word = trim(text)) != '\0')
			rc = take->line(take->ctx, word, e);
		if (rc == -1)
			return err_wrap(e, "%s:%zu", name, number);
		text = stop + 1;
	}
	return 0;
}

static int
read_all(struct buf *b, int fd, const char *name, struct err *e)
{
	char piece[READ_BYTES];
	ssize_t n;

	while ((n = read(fd, piece, sizeof(piece))) != 0) {
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return err_sys(e, ERR_USAGE, errno,
			    "cannot read '%s'", name);
		if (buf_add(b, piece, (size_t)n) == -1)
			return err_set(e, ERR_USAGE, "'%s' is larger than "
			    "%d bytes", name, LINES_MAX);
	}
	return 0;
}

int
lines_read(const char *file, const struct lines_take *take, struct err *e)
{
	BUF_AUTO b = BUF_INIT(LINES_MAX);
	bool stdin_wanted = strcmp(file, "-") == 0;
	const char *name = stdin_wanted ? "standard input" : file;
	int fd = STDIN_FILENO, rc;

	if (!stdin_wanted &&
	    (fd = open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY)) == -1)
		return err_sys(e, ERR_USAGE, errno, "cannot open '%s'", name);
	rc = read_all(&b, fd, name, e);
	if (b.len >= 3 && memcmp(b.p, "\xef\xbb\xbf", 3) == 0)
		buf_drop(&b, 3);	/* some editors put it there */
	if (!stdin_wanted)
		(void)close(fd);	/* only read from */
	if (rc == -1 || b.len == 0)
		return rc;
	return each(b.p, b.len, name, take, e);
}
