#include "keepnote.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "atomicfile.h"
#include "buf.h"
#include "datadir.h"
#include "env.h"
#include "text.h"

#define MAGIC	   "codex-provision keep 1"
#define PREFIX	   "keep-"	/* and half of the path's digest */
#define HASH_BYTES 16
#define NAME_BYTES (sizeof(PREFIX) + 2 * (size_t)HASH_BYTES)
#define NOTE_BYTES 1024

/* The folder, or -1. */
static int
open_folder(bool make)
{
	struct err ignored = ERR_INIT;	/* keepnote.h: no failure */
	char *dir = env_statedir(&ignored);
	int fd = -1;

	if (dir != NULL && (!make || datadir_make(dir, &ignored) == 0))
		fd = datadir_open(dir, &ignored);
	free(dir);
	return fd;
}

static void
name_of(char name[NAME_BYTES], const char *path)
{
	unsigned char hash[crypto_hash_sha256_BYTES];

	crypto_hash_sha256(hash, (const unsigned char *)path, strlen(path));
	memcpy(name, PREFIX, sizeof(PREFIX) - 1);
	text_hex(name + sizeof(PREFIX) - 1, hash, HASH_BYTES);
}

/* err's texts have no newline. */
static void
form(struct buf *b, const struct keepnote *n)
{
	char digest[2 * CRED_DIGEST_LEN + 1];

	text_hex(digest, n->digest, sizeof(n->digest));
	(void)buf_addf(b, MAGIC "\n%s %d %" PRId64 " %s\n%s\n%s\n", digest,
	    (int)n->state, n->until, err_name(n->why.code), n->why.text,
	    n->why.hint);
}

void
keepnote_put(const char *path, const struct keepnote *n)
{
	BUF_AUTO b = BUF_INIT(NOTE_BYTES);
	struct err ignored = ERR_INIT;
	char name[NAME_BYTES];
	int fd = open_folder(true);
	bool durable;

	if (fd == -1)
		return;
	name_of(name, path);
	form(&b, n);
	atomicfile_sweep(fd);
	if (!b.failed)
		(void)atomicfile_replace(fd, "", name, buf_str(&b), b.len,
		    &durable, &ignored);
	(void)close(fd);	/* the file was synced */
}

static bool
code_of(const char *name, enum err_code *code)
{
	for (int i = 0; i < ERR_CODES; i++) {
		*code = (enum err_code)i;
		if (strcmp(err_name(*code), name) == 0)
			return true;
	}
	return false;
}

/* DIGEST STATE UNTIL CODE */
static bool
read_first(struct keepnote *n, char *line, enum err_code *code)
{
	char *save = NULL, *digest = strtok_r(line, " ", &save),
	    *state = strtok_r(NULL, " ", &save),
	    *until = strtok_r(NULL, " ", &save),
	    *why = strtok_r(NULL, " ", &save);
	int64_t number;

	if (why == NULL || strtok_r(NULL, " ", &save) != NULL ||
	    text_unhex(n->digest, sizeof(n->digest), digest) == -1 ||
	    text_number(state, KEEPREFRESH_REFUSED, KEEPREFRESH_ASIDE,
	    &number) == -1 ||
	    text_number(until, 0, INT64_MAX, &n->until) == -1)
		return false;
	n->state = (enum keeprefresh_state)number;
	return code_of(why, code);
}

static bool
read_note(struct keepnote *n, char *text)
{
	char *line[4], *end;
	enum err_code code;

	for (size_t i = 0; i < sizeof(line) / sizeof(*line); i++) {
		if ((end = strchr(text, '\n')) == NULL)
			return false;
		*end = '\0';
		line[i] = text;
		text = end + 1;
	}
	if (*text != '\0' || strcmp(line[0], MAGIC) != 0 ||
	    !read_first(n, line[1], &code) || code == ERR_NONE)
		return false;
	err_set(&n->why, code, "%s", line[2]);
	if (line[3][0] != '\0')
		err_hint(&n->why, "%s", line[3]);
	return true;
}

bool
keepnote_get(const char *path, struct keepnote *n)
{
	char name[NAME_BYTES], text[NOTE_BYTES + 1];
	int dirfd = open_folder(false), fd;
	ssize_t len;

	*n = (struct keepnote){ .why = ERR_INIT };
	if (dirfd == -1)
		return false;
	name_of(name, path);
	fd = openat(dirfd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK |
	    O_CLOEXEC);
	(void)close(dirfd);	/* only read */
	if (fd == -1)
		return false;
	len = read(fd, text, NOTE_BYTES);
	(void)close(fd);	/* only read */
	if (len <= 0)
		return false;
	text[len] = '\0';
	return read_note(n, text);
}

void
keepnote_drop(const char *path)
{
	char name[NAME_BYTES];
	int fd = open_folder(false);

	if (fd == -1)
		return;
	name_of(name, path);
	/* What a power cut brings back is of a login that is gone. */
	(void)unlinkat(fd, name, 0);
	(void)close(fd);
}
