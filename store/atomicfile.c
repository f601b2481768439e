/*
 * atomicfile - puts a file in the place of another.
 *
 * 1. What is not wholly on the disk MUST NOT get the name: write, fsync and
 *    close are checked before the rename (an fsync that failed once proves
 *    nothing when it is tried again).
 * 2. The temp file MUST be ours alone from its first byte: a random name in
 *    the same folder, made anew (O_EXCL), 0600; no link is followed.
 * 3. It MUST go on every failure. A signal would leave it, so signals wait;
 *    what SIGKILL or a power cut leaves, the next run sweeps.
 * Everything is relative to the folder's descriptor, so that nobody can put
 * another folder in its place meanwhile (threat L3).
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <sys/stat.h>

#include <sodium.h>

#include "atomicfile.h"
#include "err.h"
#include "text.h"

#define PREFIX	   ".cxp-"	/* and RANDOM_LEN bytes in hex */
#define RANDOM_LEN 8
#define STALE_S	   60		/* no writer holds a temp file this long */

static int
failed(struct err *e, int sys, const char *what, const char *where)
{
	return err_sys(e, err_file(sys), sys, "cannot %s '%s'", what, where);
}

/* 0, or -1 with errno. */
static int
write_all(int fd, const unsigned char *p, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, p, len);

		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0) {
			errno = n == 0 ? EIO : errno;
			return -1;
		}
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

/* Some file systems can't, and say that the argument is invalid. */
static int
sync_fd(int fd)
{
	int r;

	do
		r = fsync(fd);
	while (r == -1 && errno == EINTR);
	return r == -1 && errno != EINVAL ? -1 : 0;
}

bool
atomicfile_sync(int fd)
{
	return sync_fd(fd) == 0;
}

int
atomicfile_mkdir(int at, const char *dir)
{
	int fd, above, sys = 0;

	if (mkdirat(at, dir, 0700) == -1)
		return -1;
	if ((fd = openat(at, dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1)
		return -1;
	above = openat(fd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (above == -1 ? errno != EACCES : sync_fd(above) == -1)
		sys = errno;
	if (above != -1)
		(void)close(above);	/* nothing was written */
	(void)close(fd);
	errno = sys;
	return sys == 0 ? 0 : -1;
}

/* What is in fd is on the disk, and fd is closed either way. */
static int
settle(int fd, const unsigned char *p, size_t len)
{
	int sys = 0;

	if (write_all(fd, p, len) == -1 || sync_fd(fd) == -1)
		sys = errno;
	/* Linux has closed it even where a signal cut that short. */
	if (close(fd) == -1 && errno != EINTR && sys == 0)
		sys = errno;
	errno = sys;
	return sys == 0 ? 0 : -1;
}

static void
temp_name(char name[ATOMICFILE_NAME])
{
	unsigned char random[RANDOM_LEN];
	char hex[2 * RANDOM_LEN + 1];

	randombytes_buf(random, sizeof(random));
	text_hex(hex, random, sizeof(random));
	(void)snprintf(name, ATOMICFILE_NAME, PREFIX "%s", hex);
}

int
atomicfile_write(struct atomicfile *f, int dirfd, const char *dir,
    const void *p, size_t len, struct err *e)
{
	char name[ATOMICFILE_NAME];
	sigset_t all;
	int fd, sys;

	*f = (struct atomicfile){ .dirfd = dirfd, .dir = dir };
	temp_name(name);
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_BLOCK, &all, &f->before);
	do
		fd = openat(dirfd, name, O_WRONLY | O_CREAT | O_EXCL |
		    O_NOFOLLOW | O_CLOEXEC, 0600);
	while (fd == -1 && errno == EINTR);
	if (fd == -1) {
		sys = errno;
		(void)pthread_sigmask(SIG_SETMASK, &f->before, NULL);
		return failed(e, sys, "make a file in", dir);
	}
	memcpy(f->temp, name, sizeof(name));
	if (settle(fd, p, len) == 0)
		return 0;
	sys = errno;
	atomicfile_drop(f);
	return failed(e, sys, "write in", dir);
}

int
atomicfile_rename(struct atomicfile *f, const char *name, bool *durable,
    struct err *e)
{
	if (renameat(f->dirfd, f->temp, f->dirfd, name) == -1)
		return err_sys(e, err_file(errno), errno,
		    "cannot replace '%s' in '%s'", name, f->dir);
	f->temp[0] = '\0';
	*durable = atomicfile_sync(f->dirfd);
	(void)pthread_sigmask(SIG_SETMASK, &f->before, NULL);
	return 0;
}

void
atomicfile_drop(struct atomicfile *f)
{
	if (f->temp[0] == '\0')
		return;
	/* Should this fail there is one more try, by the next run. */
	(void)unlinkat(f->dirfd, f->temp, 0);
	f->temp[0] = '\0';
	(void)pthread_sigmask(SIG_SETMASK, &f->before, NULL);
}

int
atomicfile_replace(int dirfd, const char *dir, const char *name,
    const void *p, size_t len, bool *durable, struct err *e)
{
	ATOMICFILE_AUTO f = { 0 };

	if (atomicfile_write(&f, dirfd, dir, p, len, e) == -1)
		return -1;
	return atomicfile_rename(&f, name, durable, e);
}

static bool
is_temp(const char *name)
{
	size_t n = sizeof(PREFIX) - 1;

	return strncmp(name, PREFIX, n) == 0 &&
	    strlen(name + n) == (size_t)2 * RANDOM_LEN &&
	    strspn(name + n, "0123456789abcdef") == (size_t)2 * RANDOM_LEN;
}

static bool
is_stale(int dirfd, const char *name)
{
	struct stat st;

	return fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISREG(st.st_mode) && st.st_uid == geteuid() &&
	    time(NULL) - st.st_mtime > STALE_S;
}

void
atomicfile_sweep(int dirfd)
{
	/* Of its own: a directory stream keeps its place in the descriptor. */
	int fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd != -1 ? fdopendir(fd) : NULL;
	struct dirent *entry;

	if (d == NULL) {
		if (fd != -1)
			(void)close(fd);	/* only read */
		return;
	}
	while ((entry = readdir(d)) != NULL)
		if (is_temp(entry->d_name) && is_stale(dirfd, entry->d_name))
			(void)unlinkat(dirfd, entry->d_name, 0);
	(void)closedir(d);	/* only read */
}
