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
#include <unistd.h>

#include <sodium.h>
#include <sys/stat.h>

#include "atomicfile.h"
#include "datadir.h"
#include "err.h"
#include "recipient.h"
#include "recipientkey.h"
#include "secret.h"

#define FILE_NAME "recipient.key"
#define FILE_MAX  256	/* bytes; ours has 62 */

/* The folder, by path for errors. */
struct place {
	int		 fd;
	const char	*dir;
};

static int
failed(struct err *e, int sys, const char *what, const struct place *p)
{
	return err_sys(e, err_file(sys), sys, "cannot %s '%s/" FILE_NAME "'",
	    what, p->dir);
}

static int
no_key(struct err *e)
{
	(void)err_set(e, ERR_NO_CREDENTIAL,
	    "this machine has no key for sealed texts");
	return err_hint(e, "run 'codex-provision recipient' here and seal for "
	    "what it prints");
}

static int
check_file(int fd, const struct place *p, struct err *e)
{
	struct stat st;

	if (fstat(fd, &st) == -1)
		return failed(e, errno, "read", p);
	if (S_ISREG(st.st_mode) && st.st_uid == geteuid() &&
	    (st.st_mode & 077) == 0)
		return 0;
	(void)err_set(e, ERR_UNSAFE_TARGET, "cannot use '%s/" FILE_NAME
	    "': %s", p->dir, !S_ISREG(st.st_mode) ? "not a regular file" :
	    st.st_uid != geteuid() ? "it belongs to somebody else" :
	    "others can get at it");
	return err_hint(e, "remove it, and run 'codex-provision recipient' "
	    "for another key");
}

static struct secret *
read_key(int fd, const struct place *p, struct err *e)
{
	SECRET_AUTO *line = secret_new(FILE_MAX);
	struct secret *key;
	ssize_t n;

	if (line == NULL) {
		(void)failed(e, ENOMEM, "read", p);
		return NULL;
	}
	/* One read: the file is never there in part (rule 1). */
	if ((n = read(fd, secret_expose(line, NULL), FILE_MAX)) == -1) {
		(void)failed(e, errno, "read", p);
		return NULL;
	}
	secret_truncate(line, (size_t)n);
	if ((key = recipient_key_parse(line, e)) == NULL)
		(void)err_wrap(e, "cannot use '%s/" FILE_NAME "'", p->dir);
	return key;
}

static struct secret *
load(const struct place *p, struct err *e)
{
	struct secret *key = NULL;
	int fd;

	fd = openat(p->fd, FILE_NAME,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd != -1) {
		if (check_file(fd, p, e) == 0)
			key = read_key(fd, p, e);
		(void)close(fd);	/* only read from */
	} else if (errno == ENOENT) {
		(void)no_key(e);
	} else {
		(void)failed(e, errno, "read", p);
	}
	return key;
}

/* Gives the file its name, unless one has it by then (rule 2). */
static int
link_new(struct atomicfile *f, const struct place *p, struct err *e)
{
	if (linkat(p->fd, f->temp, p->fd, FILE_NAME, 0) == -1 &&
	    errno != EEXIST)
		return failed(e, errno, "make", p);
	if (!atomicfile_sync(p->fd))
		return failed(e, errno, "save", p);
	return 0;
}

static int
make(const struct place *p, struct err *e)
{
	SECRET_AUTO *key = secret_new(RECIPIENT_KEY_LEN);
	SECRET_AUTO *line = NULL;
	ATOMICFILE_AUTO f = { 0 };
	const unsigned char *bytes;
	size_t len;

	if (key == NULL)
		return failed(e, ENOMEM, "make", p);
	randombytes_buf(secret_expose(key, NULL), RECIPIENT_KEY_LEN);
	if ((line = recipient_key_line(key, e)) == NULL)
		return -1;
	bytes = secret_expose(line, &len);
	if (atomicfile_write(&f, p->fd, p->dir, bytes, len, e) == -1)
		return -1;
	return link_new(&f, p, e);
}

struct secret *
recipientkey_load(const char *dir, struct err *e)
{
	struct place p = { .fd = datadir_open(dir, e), .dir = dir };
	struct secret *key;

	if (p.fd == -1) {
		if (e->code == ERR_NO_HOME)
			(void)no_key(e);
		return NULL;
	}
	key = load(&p, e);
	(void)close(p.fd);	/* only looked at */
	return key;
}

struct secret *
recipientkey_make(const char *dir, struct err *e)
{
	struct place p = { .fd = -1, .dir = dir };
	struct secret *key;

	if (datadir_make(dir, e) == -1 || (p.fd = datadir_open(dir, e)) == -1)
		return NULL;
	key = load(&p, e);
	/* What is read back is the winner's, and proves that it was written. */
	if (key == NULL && e->code == ERR_NO_CREDENTIAL && make(&p, e) == 0 &&
	    (key = load(&p, e)) != NULL)
		*e = (struct err)ERR_INIT;
	atomicfile_sweep(p.fd);
	(void)close(p.fd);	/* its names are on the disk */
	return key;
}
