/*
 * vaultfile - reads the file that holds the store.
 *
 * What is judged MUST be what is read: owner and mode of the open descriptor,
 * no link followed, nothing waited for, and no more than a store can have.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <sys/stat.h>

#include "err.h"
#include "vaultfile.h"
#include "vaultfmt.h"

static int
failed(struct err *e, const char *dir, int sys)
{
	return err_sys(e, err_file(sys), sys, "cannot read the store '%s/"
	    VAULTFILE_NAME "'", dir);
}

int
vaultfile_useless(struct err *e, const char *dir)
{
	return err_wrap(e, "cannot open the store '%s/" VAULTFILE_NAME "'",
	    dir);
}

static int
unsafe(struct err *e, const char *dir, const char *why)
{
	return err_set(e, ERR_UNSAFE_TARGET, "cannot use the store '%s/"
	    VAULTFILE_NAME "': %s", dir, why);
}

static int
judge(int fd, const char *dir, struct stat *st, struct err *e)
{
	if (fstat(fd, st) == -1)
		return failed(e, dir, errno);
	if (!S_ISREG(st->st_mode))
		return unsafe(e, dir, "not a regular file");
	if (st->st_uid != geteuid())
		return unsafe(e, dir, "it belongs to somebody else");
	if ((st->st_mode & 077) != 0) {
		unsafe(e, dir, "others can get at it");
		return err_hint(e, "chmod 600 '%s/" VAULTFILE_NAME "'", dir);
	}
	if (st->st_size > (off_t)VAULT_FILE_MAX) {
		err_set(e, ERR_BAD_CREDENTIAL, "larger than %u MB",
		    VAULT_FILE_MAX >> 20);
		return vaultfile_useless(e, dir);
	}
	return 0;
}

/* Up to f->len bytes; f->len becomes how many there are. */
static int
read_all(struct vaultfile *f, int fd)
{
	size_t at = 0;

	while (at < f->len) {
		ssize_t n = read(fd, f->p + at, f->len - at);

		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return -1;
		if (n == 0)
			break;
		at += (size_t)n;
	}
	f->len = at;
	return 0;
}

static int
read_fd(struct vaultfile *f, int fd, const char *dir, struct err *e)
{
	struct stat st;

	if (judge(fd, dir, &st, e) == -1)
		return -1;
	f->len = (size_t)st.st_size;
	if ((f->p = malloc(f->len + 1)) == NULL)
		return failed(e, dir, ENOMEM);
	if (read_all(f, fd) == 0)
		return 0;
	failed(e, dir, errno);
	vaultfile_clear(f);
	return -1;
}

int
vaultfile_read(struct vaultfile *f, int dirfd, const char *dir,
    struct err *e)
{
	int fd, rc;

	*f = (struct vaultfile){ NULL, 0 };
	do
		fd = openat(dirfd, VAULTFILE_NAME, O_RDONLY | O_NOFOLLOW |
		    O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	while (fd == -1 && errno == EINTR);
	if (fd == -1 && errno == ENOENT)
		return 0;
	if (fd == -1 && errno == ELOOP)
		return unsafe(e, dir, "a symbolic link");
	if (fd == -1)
		return failed(e, dir, errno);
	rc = read_fd(f, fd, dir, e);
	(void)close(fd);	/* only read from */
	return rc;
}

void
vaultfile_clear(struct vaultfile *f)
{
	free(f->p);
	*f = (struct vaultfile){ NULL, 0 };
}
