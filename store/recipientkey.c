/*
 * recipientkey - this machine's key for sealed texts, in a file of its own.
 *
 * 1. It MUST be whole, 0600 and on the disk before its public half is shown:
 *    what is sealed for a key that was lost can never be opened.
 * 2. A key that is there MUST NOT be replaced, not even by a second first
 *    use at the same moment: so link(2), which refuses, and not rename(2).
 * 3. A file that others could have written or can read MUST NOT be used.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>
#include <sys/stat.h>

#include "datadir.h"
#include "err.h"
#include "paths.h"
#include "recipient.h"
#include "recipientkey.h"
#include "secret.h"

#define FILE_NAME "recipient.key"
#define FILE_MAX  256	/* bytes; ours has 62 */

static int
failed(struct err *e, const char *what, const char *path)
{
	int sys = errno;

	return err_sys(e, sys == ENOSPC || sys == EDQUOT ? ERR_DISK_FULL :
	    sys == EROFS ? ERR_READ_ONLY : sys == ENOMEM ? ERR_INTERNAL :
	    ERR_PERMISSION_DENIED, sys, "cannot %s '%s'", what, path);
}

static int
check_file(int fd, const char *path, struct err *e)
{
	struct stat st;

	if (fstat(fd, &st) == -1)
		return failed(e, "read", path);
	if (S_ISREG(st.st_mode) && st.st_uid == geteuid() &&
	    (st.st_mode & 077) == 0)
		return 0;
	(void)err_set(e, ERR_UNSAFE_TARGET, "cannot use '%s': %s", path,
	    !S_ISREG(st.st_mode) ? "not a regular file" :
	    st.st_uid != geteuid() ? "it belongs to somebody else" :
	    "others can get at it");
	return err_hint(e, "if nobody has read it: chmod 600 '%s'; else "
	    "remove it and run 'codex-provision recipient' again", path);
}

/* What fd holds, a short file. */
static struct secret *
read_line(int fd, const char *path, struct err *e)
{
	struct secret *line = secret_new(FILE_MAX);
	ssize_t n = -1;

	/* One read: the file is never there in part (rule 1). */
	if (line != NULL)
		n = read(fd, secret_expose(line, NULL), FILE_MAX);
	if (n == -1) {
		(void)failed(e, "read", path);
		secret_free(line);
		return NULL;
	}
	secret_truncate(line, (size_t)n);
	return line;
}

static struct secret *
load(const char *path, struct err *e)
{
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	SECRET_AUTO *line = NULL;
	struct secret *key = NULL;

	if (fd == -1 && errno == ENOENT) {
		(void)err_sys(e, ERR_NO_CREDENTIAL, ENOENT, "cannot read '%s'",
		    path);
		(void)err_hint(e, "run 'codex-provision recipient' and seal "
		    "for what it prints");
		return NULL;
	}
	if (fd == -1) {
		if (errno == ELOOP)
			(void)err_set(e, ERR_UNSAFE_TARGET,
			    "cannot use '%s': a symbolic link", path);
		else
			(void)failed(e, "read", path);
		return NULL;
	}
	if (check_file(fd, path, e) == 0 &&
	    (line = read_line(fd, path, e)) != NULL &&
	    (key = recipient_key_parse(line, e)) == NULL)
		(void)err_wrap(e, "cannot use '%s'", path);
	(void)close(fd);	/* only read from */
	return key;
}

/* A new key's line in the new file that fd is open on, down to the disk. */
static int
write_key(int fd, const char *path, struct err *e)
{
	SECRET_AUTO *key = secret_new(RECIPIENT_KEY_LEN);
	SECRET_AUTO *line = NULL;
	size_t len;
	const unsigned char *p;
	ssize_t n;

	if (key == NULL) {
		errno = ENOMEM;
		return failed(e, "write", path);
	}
	randombytes_buf(secret_expose(key, NULL), RECIPIENT_KEY_LEN);
	if ((line = recipient_key_line(key, e)) == NULL)
		return -1;
	p = secret_expose(line, &len);
	n = write(fd, p, len);
	if (n != (ssize_t)len && n != -1)
		errno = ENOSPC;
	if (n != (ssize_t)len || fsync(fd) == -1)
		return failed(e, "write", path);
	return 0;
}

static int
sync_dir(const char *dir, struct err *e)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc;

	rc = fd == -1 || fsync(fd) == -1 ? failed(e, "write to", dir) : 0;
	if (fd != -1)
		(void)close(fd);
	return rc;
}

/* Puts a new key at path unless one is there by then. */
static int
make(const char *dir, const char *path, struct err *e)
{
	char *temp = NULL;
	int fd, rc = -1;

	if (asprintf(&temp, "%s.XXXXXX", path) == -1) {
		errno = ENOMEM;
		return failed(e, "make", path);
	}
	if ((fd = mkostemp(temp, O_CLOEXEC)) == -1) {
		(void)failed(e, "make a file in", dir);
		free(temp);
		return -1;
	}
	if (write_key(fd, temp, e) == 0) {
		if (link(temp, path) == -1 && errno != EEXIST)
			(void)failed(e, "make", path);
		else
			rc = sync_dir(dir, e);
	}
	(void)close(fd);	/* synced, or not used */
	(void)unlink(temp);	/* a second name, or not used */
	free(temp);
	return rc;
}

struct secret *
recipientkey_load(const char *dir, struct err *e)
{
	char *path = paths_join(dir, FILE_NAME);
	struct secret *key;

	if (path == NULL) {
		errno = ENOMEM;
		(void)failed(e, "use", dir);
		return NULL;
	}
	key = load(path, e);
	free(path);
	return key;
}

struct secret *
recipientkey_make(const char *dir, struct err *e)
{
	struct secret *key;
	char *path;
	int rc;

	if (datadir_make(dir, e) == -1)
		return NULL;
	key = recipientkey_load(dir, e);
	if (key != NULL || e->code != ERR_NO_CREDENTIAL)
		return key;
	if ((path = paths_join(dir, FILE_NAME)) == NULL) {
		errno = ENOMEM;
		(void)failed(e, "use", dir);
		return NULL;
	}
	rc = make(dir, path, e);
	/* What is read back is the winner's, and proves that it was written. */
	if (rc == 0 && (key = load(path, e)) != NULL)
		*e = (struct err)ERR_INIT;
	free(path);
	return key;
}
