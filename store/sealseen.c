/*
 * sealseen - which sealed texts this machine has opened already.
 *
 * 1. A text that was opened MUST NOT be opened again, for as long as it could
 *    be: two at once neither. So one lock is held from the question until the
 *    answer is on the disk.
 * 2. A credential MUST NOT be lost between the two: it is remembered after it
 *    was installed. Who is killed in between can open the text once more, and
 *    finds the very bytes that are there.
 * 3. What can't be read MUST NOT be taken for "nothing was opened".
 *
 * The file: a line "opened 1", then "ID EXPIRES" for each, the id in hex and
 * Unix seconds. It is no secret, and it keeps nobody from opening a text who
 * has the key and means to (seal.c, rule 5).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/stat.h>

#include "atomicfile.h"
#include "buf.h"
#include "datadir.h"
#include "err.h"
#include "lockfile.h"
#include "seal.h"
#include "sealseen.h"
#include "text.h"

#define FILE_NAME "opened"
#define LOCK_NAME "opened.lock"
#define LOCK_MS	  10000
#define HEAD	  "opened 1\n"
#define SEEN_MAX  4096	/* texts opened within their expiry */
#define HEX_LEN	  (2 * SEAL_ID_LEN)
#define ENTRY_MAX (HEX_LEN + 22)	/* of an entry, newline included */
#define FILE_MAX  (sizeof(HEAD) + SEEN_MAX * ENTRY_MAX)
#define KEEP_S	  86400		/* a clock that was put back by this much */

struct sealseen {
	int		  fd;	/* of the folder */
	char		 *dir;
	struct lockfile	  lock;
	struct seal	 *v;	/* what was opened */
	size_t		  n;
};

static int
failed(struct err *e, int sys, const char *what, const struct sealseen *s)
{
	return err_sys(e, err_file(sys), sys, "cannot %s '%s/" FILE_NAME "'",
	    what, s->dir);
}

/* All of the file; one that is not there is a head without entries. */
static int
read_file(const struct sealseen *s, struct buf *text, struct err *e)
{
	int fd = openat(s->fd, FILE_NAME,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	char part[4096];
	ssize_t n;

	if (fd == -1 && errno == ENOENT)
		return buf_adds(text, HEAD) == 0 ? 0 :
		    failed(e, ENOMEM, "read", s);
	if (fd == -1)
		return failed(e, errno, "read", s);
	while ((n = read(fd, part, sizeof(part))) > 0 &&
	    buf_add(text, part, (size_t)n) == 0)
		;
	if (n == -1)
		(void)failed(e, errno, "read", s);
	(void)close(fd);	/* only read from */
	return n == -1 ? -1 : 0;
}

/* One "ID EXPIRES\n" at p: what follows it, or NULL. */
static const char *
read_entry(const char *p, struct seal *entry)
{
	char line[ENTRY_MAX];
	size_t n = strcspn(p, "\n");

	if (p[n] != '\n' || n >= sizeof(line) || n < HEX_LEN + 2)
		return NULL;
	memcpy(line, p, n);
	line[n] = '\0';
	if (line[HEX_LEN] != ' ')
		return NULL;
	line[HEX_LEN] = '\0';
	if (text_unhex(entry->id, SEAL_ID_LEN, line) == -1 ||
	    text_number(line + HEX_LEN + 1, 0, INT64_MAX,
		&entry->expires) == -1)
		return NULL;
	return p + n + 1;
}

/* False where anything of it is not as we write it. */
static bool
read_entries(struct sealseen *s, const struct buf *text)
{
	const char *p = buf_str(text);

	if (text->failed || strlen(p) != text->len ||
	    strncmp(p, HEAD, strlen(HEAD)) != 0)
		return false;
	for (p += strlen(HEAD); *p != '\0'; s->n++) {
		if (s->n == SEEN_MAX || (p = read_entry(p, &s->v[s->n])) == NULL)
			return false;
	}
	return true;
}

static int
load(struct sealseen *s, struct err *e)
{
	BUF_AUTO text = BUF_INIT(FILE_MAX);

	if ((s->v = calloc(SEEN_MAX, sizeof(*s->v))) == NULL)
		return failed(e, ENOMEM, "read", s);
	if (lockfile_take(&s->lock, s->fd, LOCK_NAME,
	    lockfile_now() + LOCK_MS, e) == -1 || read_file(s, &text, e) == -1)
		return -1;
	atomicfile_sweep(s->fd);
	if (read_entries(s, &text))
		return 0;
	(void)err_set(e, ERR_BAD_CREDENTIAL, "'%s/" FILE_NAME "', the ids of "
	    "the texts opened here, is damaged", s->dir);
	return err_hint(e, "remove it when every text sealed for this machine "
	    "has expired");
}

struct sealseen *
sealseen_open(const char *dir, struct err *e)
{
	struct sealseen *s = calloc(1, sizeof(*s));

	if (s == NULL || (s->dir = strdup(dir)) == NULL) {
		(void)err_sys(e, ERR_INTERNAL, ENOMEM, "cannot use '%s'", dir);
		free(s);
		return NULL;
	}
	s->lock = (struct lockfile)LOCKFILE_INIT;
	s->fd = -1;
	if (datadir_make(dir, e) == 0 &&
	    (s->fd = datadir_open(dir, e)) != -1 && load(s, e) == 0)
		return s;
	sealseen_close(s);
	return NULL;
}

void
sealseen_close(struct sealseen *s)
{
	if (s == NULL)
		return;
	lockfile_release(&s->lock);
	if (s->fd != -1)
		(void)close(s->fd);	/* its names are on the disk */
	free(s->v);
	free(s->dir);
	free(s);
}

bool
sealseen_has(const struct sealseen *s, const struct seal *about)
{
	for (size_t i = 0; i < s->n; i++) {
		if (memcmp(s->v[i].id, about->id, SEAL_ID_LEN) == 0)
			return true;
	}
	return false;
}

static void
add_entry(struct buf *text, const struct seal *entry)
{
	char hex[HEX_LEN + 1];

	text_hex(hex, entry->id, SEAL_ID_LEN);
	(void)buf_addf(text, "%s %lld\n", hex, (long long)entry->expires);
}

int
sealseen_add(struct sealseen *s, const struct seal *about, int64_t now,
    struct err *e)
{
	BUF_AUTO text = BUF_INIT(FILE_MAX);
	size_t kept = 0;
	bool durable;

	(void)buf_adds(&text, HEAD);
	for (size_t i = 0; i < s->n; i++) {
		if (s->v[i].expires < now - KEEP_S)
			continue;
		add_entry(&text, &s->v[i]);
		kept++;
	}
	add_entry(&text, about);
	if (kept == SEEN_MAX)
		return err_set(e, ERR_INTERNAL, "%d texts were opened here "
		    "that have not expired yet", SEEN_MAX);
	if (text.failed)
		return failed(e, ENOMEM, "write", s);
	if (atomicfile_replace(s->fd, s->dir, FILE_NAME, text.p, text.len,
	    &durable, e) == -1)
		return -1;
	return durable ? 0 : failed(e, EIO, "save", s);
}
