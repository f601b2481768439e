/*
 * authjson - reads this machine's auth.json.
 *
 * 1. A file that is being written MUST NOT be taken half: Codex up to 0.166
 *    truncates in place, and no lock tells readers.
 * 2. What is no regular file MUST NOT be waited for or read without end.
 * 3. The bytes MUST be in secret memory from the first read on.
 * A symbolic link is followed, as Codex does.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <sys/stat.h>

#include "authjson.h"
#include "err.h"
#include "secret.h"

#define SETTLE_MS 1000	/* how long a writer is given */
#define STEP_MS	  20

enum verdict {
	READ_DONE,
	READ_FAILED,	/* for good */
	READ_UNSETTLED	/* failed, while somebody may be writing */
};

static int64_t
ms_of(const struct timespec *t)
{
	return (int64_t)t->tv_sec * 1000 + t->tv_nsec / 1000000;
}

static int64_t
clock_ms(clockid_t id)
{
	struct timespec t;

	(void)clock_gettime(id, &t);	/* can't fail for the two we ask */
	return ms_of(&t);
}

static bool
same_time(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

static bool
same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino &&
	    a->st_size == b->st_size && same_time(&a->st_mtim, &b->st_mtim) &&
	    same_time(&a->st_ctim, &b->st_ctim);
}

static bool
just_written(const struct stat *st)
{
	int64_t age = clock_ms(CLOCK_REALTIME) - ms_of(&st->st_mtim);

	/* A file server's clock may be a little ahead of ours. */
	return age < SETTLE_MS && age > -SETTLE_MS;
}

struct secret *
authjson_bytes(int fd, bool patient, const char *name, struct err *e)
{
	SECRET_AUTO *s = secret_new(CRED_SIZE_MAX + 1);
	struct secret *done = s;
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	size_t at = 0;
	ssize_t n = 1;

	if (s == NULL) {
		(void)err_sys(e, ERR_INTERNAL, ENOMEM, "cannot read '%s'",
		    name);
		return NULL;
	}
	while (n != 0 && at < CRED_SIZE_MAX + 1) {
		n = read(fd, secret_expose(s, NULL) + at,
		    CRED_SIZE_MAX + 1 - at);
		if (n > 0)
			at += (size_t)n;
		if (n >= 0 || (errno == EINTR && !patient))
			continue;
		if (errno == EAGAIN && patient && poll(&pfd, 1, -1) != -1)
			continue;
		/* At a terminal the signal is the user's answer. */
		(void)err_sys(e, errno == EINTR ? ERR_INTERRUPTED :
		    ERR_BAD_CREDENTIAL, errno, "cannot read '%s'", name);
		return NULL;
	}
	if (at > CRED_SIZE_MAX) {
		(void)err_set(e, ERR_BAD_CREDENTIAL,
		    "cannot use '%s': larger than %d bytes", name,
		    CRED_SIZE_MAX);
		return NULL;
	}
	secret_truncate(s, at);
	s = NULL;	/* transferred */
	return done;
}

static enum verdict
open_failed(const char *path, int sys, struct err *e)
{
	if (sys != ENOENT && sys != ENOTDIR) {
		(void)err_sys(e, ERR_BAD_CREDENTIAL, sys, "cannot read '%s'",
		    path);
		return READ_FAILED;
	}
	(void)err_sys(e, ERR_NO_CREDENTIAL, sys, "cannot read '%s'", path);
	(void)err_hint(e, "run 'codex-provision login', or "
	    "name a file with --from");
	return READ_FAILED;
}

/* Reads the regular file that fd is open on, if it holds still meanwhile. */
static enum verdict
read_open(struct secret **s, struct stat *st, int fd, const char *path,
    struct err *e)
{
	struct stat now;

	if (fstat(fd, st) == -1) {
		(void)err_sys(e, ERR_BAD_CREDENTIAL, errno, "cannot read '%s'",
		    path);
		return READ_FAILED;
	}
	if (!S_ISREG(st->st_mode)) {
		(void)err_set(e, ERR_BAD_CREDENTIAL, "cannot use '%s': %s",
		    path, S_ISDIR(st->st_mode) ? "is a directory" :
		    "not a regular file");
		return READ_FAILED;
	}
	if ((*s = authjson_bytes(fd, false, path, e)) == NULL)
		return READ_FAILED;
	/* By path: that fd is unchanged says nothing of a rename over it. */
	if (stat(path, &now) == 0 && same_file(st, &now) &&
	    secret_len(*s) == (size_t)st->st_size)
		return READ_DONE;
	secret_free(*s);
	(void)err_set(e, ERR_BAD_CREDENTIAL,
	    "cannot read '%s': it kept changing", path);
	return READ_UNSETTLED;
}

static enum verdict
read_once(struct cred *c, const char *path, bool first, struct err *e)
{
	struct secret *s;
	struct stat st;
	enum verdict v;
	int fd;

	/* Without O_NONBLOCK the open of a FIFO waits for its writer. */
	fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	if (fd == -1)
		return open_failed(path, errno, e);
	v = read_open(&s, &st, fd, path, e);
	(void)close(fd);	/* only read: nothing can be lost */
	if (v != READ_DONE)
		return v;
	if (cred_parse(c, s, e) == 0)
		return READ_DONE;
	(void)err_wrap(e, "cannot use '%s'", path);
	/*
	 * What fails at first sight is looked at twice: ext4 shows the size of
	 * a truncated file a moment before its new mtime (seen on Linux 6.18).
	 */
	return first || just_written(&st) ? READ_UNSETTLED : READ_FAILED;
}

int
authjson_read(struct cred *c, const char *path, struct err *e)
{
	const struct timespec step = { .tv_nsec = STEP_MS * 1000000L };
	int64_t deadline = clock_ms(CLOCK_MONOTONIC) + SETTLE_MS;
	enum verdict v;

	*c = (struct cred){ .mode = CRED_NONE };
	v = read_once(c, path, true, e);
	while (v == READ_UNSETTLED && clock_ms(CLOCK_MONOTONIC) < deadline) {
		/* There is no event for "the writer has finished". */
		(void)nanosleep(&step, NULL);	/* cut short is fine */
		v = read_once(c, path, false, e);
	}
	if (v != READ_DONE)
		return -1;
	*e = (struct err)ERR_INIT;	/* of an earlier round */
	return 0;
}

int
authjson_read_fd(struct cred *c, int fd, const char *name, struct err *e)
{
	struct secret *s = authjson_bytes(fd, true, name, e);

	*c = (struct cred){ .mode = CRED_NONE };
	if (s == NULL)
		return -1;
	if (cred_parse(c, s, e) == -1)
		return err_wrap(e, "cannot use '%s'", name);
	return 0;
}
