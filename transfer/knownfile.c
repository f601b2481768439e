#include "knownfile.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/uio.h>
#include <unistd.h>

#include "err.h"

#define LOCK_TRIES 100
#define LOCK_PAUSE 20000000 /* ns between two tries */

static void
stamp_set(struct knownstamp *s, const struct stat *st)
{
	*s = (struct knownstamp){ st->st_dev, st->st_ino, st->st_size,
		st->st_mtim };
}

bool
knownstamp_same(const struct knownstamp *a, const struct knownstamp *b)
{
	return a->dev == b->dev && a->ino == b->ino && a->size == b->size &&
	    a->mtime.tv_sec == b->mtime.tv_sec &&
	    a->mtime.tv_nsec == b->mtime.tv_nsec;
}

/* Reads to the end; -1 with errno set. */
static int
read_all(int fd, size_t guess, char **text, size_t *len)
{
	size_t cap = guess + 4096;
	ssize_t n;
	char *p;

	*len = 0;
	*text = NULL;
	for (;;) {
		if ((p = realloc(*text, cap + 1)) == NULL)
			return -1;
		*text = p;
		while (*len < cap &&
		    (n = read(fd, p + *len, cap - *len)) != 0) {
			if (n == -1 && errno == EINTR)
				continue;
			if (n == -1)
				return -1;
			*len += (size_t)n;
		}
		if (*len < cap)
			break;
		if (cap > KNOWNFILE_MAX) {
			errno = EFBIG;
			return -1;
		}
		cap *= 2;
	}
	p[*len] = '\0';
	return 0;
}

int
knownfile_read(const char *path, char **text, size_t *len,
    struct knownstamp *stamp, struct err *e)
{
	/* O_NONBLOCK: a FIFO must not hang us. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat st;
	int sys = 0;

	*text = NULL;
	*len = 0;
	*stamp = (struct knownstamp){ 0 };
	if (fd == -1 && (errno == ENOENT || errno == ENOTDIR))
		return 0;
	if (fd == -1 || fstat(fd, &st) == -1)
		sys = errno;
	else if (S_ISREG(st.st_mode) && st.st_size > KNOWNFILE_MAX)
		sys = EFBIG;
	else if (read_all(fd, S_ISREG(st.st_mode) ? (size_t)st.st_size : 0,
	    text, len) == -1)
		sys = errno;
	if (fd != -1)
		(void)close(fd); /* was only read */
	if (sys != 0) {
		free(*text);
		*text = NULL;
		return err_sys(e, ERR_HOSTKEY_UNKNOWN, sys,
		    "cannot read '%s'", path);
	}
	stamp_set(stamp, &st);
	return 0;
}

static int
lock_wait(int fd)
{
	const struct timespec pause = { 0, LOCK_PAUSE };

	for (int i = 0; i < LOCK_TRIES; i++) {
		if (flock(fd, LOCK_EX | LOCK_NB) == 0)
			return 0;
		if (errno != EWOULDBLOCK && errno != EINTR)
			return -1;
		(void)nanosleep(&pause, NULL); /* shorter does no harm */
	}
	errno = EWOULDBLOCK;
	return -1;
}

static int
open_append(const char *path)
{
	int flags = O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY |
	    O_NONBLOCK;
	int fd = open(path, flags, 0600);
	char *copy;

	if (fd != -1 || errno != ENOENT)
		return fd;
	if ((copy = strdup(path)) == NULL)
		return -1;
	if (mkdir(dirname(copy), 0700) == 0 || errno == EEXIST)
		fd = open(path, flags, 0600);
	free(copy);
	return fd;
}

/* Opens and locks; *st is what was locked. A descriptor, or -1 with errno. */
static int
lock_open(const char *path, struct stat *st)
{
	struct stat now;
	int fd, sys = 0;

	for (int i = 0; i < LOCK_TRIES; i++) {
		if ((fd = open_append(path)) == -1)
			return -1;
		if (lock_wait(fd) == -1 || fstat(fd, st) == -1)
			sys = errno;
		else if (!S_ISREG(st->st_mode) && !S_ISCHR(st->st_mode))
			sys = EINVAL;
		/* Replaced while we waited (ssh-keygen -R): take the new. */
		else if (stat(path, &now) == 0 && st->st_dev == now.st_dev &&
		    st->st_ino == now.st_ino)
			return fd;
		(void)close(fd); /* nothing was written */
		errno = sys != 0 ? sys : EWOULDBLOCK;
		if (sys != 0)
			return -1;
	}
	return -1;
}

int
knownfile_lock(const char *path, struct knownstamp *stamp, struct err *e)
{
	struct stat st;
	int fd = lock_open(path, &st);

	if (fd == -1) {
		return err_sys(e, ERR_HOSTKEY_UNKNOWN, errno,
		    "cannot open '%s' to add a line", path);
	}
	stamp_set(stamp, &st);
	return fd;
}

/* Takes back half a line, unless somebody has gone on from it. */
static void
append_undo(int fd, const struct knownstamp *stamp, ssize_t written)
{
	struct stat st;

	if (written <= 0 || fstat(fd, &st) == -1 ||
	    st.st_size != stamp->size + written)
		return;
	if (ftruncate(fd, stamp->size) == -1)
		return; /* it stays, as one line that can't be read */
}

int
knownfile_append(int fd, const char *path, const char *line,
    struct knownstamp *stamp, struct err *e)
{
	struct iovec v[2] = { { (void *)(uintptr_t)"\n", 1 },
		{ (void *)(uintptr_t)line, strlen(line) } };
	struct stat st;
	char last = '\n';
	int first;
	ssize_t n;

	if (fstat(fd, &st) == -1 || (S_ISREG(st.st_mode) && st.st_size > 0 &&
	    pread(fd, &last, 1, st.st_size - 1) == -1))
		return err_sys(e, ERR_HOSTKEY_UNKNOWN, errno,
		    "cannot read '%s'", path);
	stamp_set(stamp, &st);
	first = last == '\n' ? 1 : 0;
	n = writev(fd, v + first, 2 - first);
	if (n != (ssize_t)(v[1].iov_len + (first == 0))) {
		int sys = n == -1 ? errno : ENOSPC;

		append_undo(fd, stamp, n);
		return err_sys(e, ERR_HOSTKEY_UNKNOWN, sys,
		    "cannot write '%s'", path);
	}
	if (fstat(fd, &st) == 0)
		stamp_set(stamp, &st);
	return 0;
}
