/*
 * codexfiles - reads this machine's configuration of Codex.
 *
 * It may hold secrets of other programs: memory is wiped, and no byte of it
 * comes into an error.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <sys/stat.h>

#include "buf.h"
#include "codexconfig.h"
#include "codexfiles.h"
#include "err.h"
#include "paths.h"

#define CHUNK 4096

/* All of the regular file that fd is; 0, or -1 with errno. */
static int
read_all(int fd, struct buf *b)
{
	unsigned char chunk[CHUNK];
	struct stat st;
	ssize_t n;

	if (fstat(fd, &st) == -1)
		return -1;
	if (!S_ISREG(st.st_mode)) {
		errno = S_ISDIR(st.st_mode) ? EISDIR : EINVAL;
		return -1;
	}
	while ((n = read(fd, chunk, sizeof(chunk))) != 0) {
		if (n == -1 && errno != EINTR)
			return -1;
		if (n > 0 && buf_add(b, chunk, (size_t)n) == -1) {
			errno = EFBIG;
			return -1;
		}
	}
	return 0;
}

static int
file_add(struct codexconfig *c, enum codexconfig_file file, const char *path,
    struct err *e)
{
	BUF_AUTO b = BUF_INIT(CODEXCONFIG_SIZE_MAX);
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	int sys = errno, r;

	if (fd == -1 && (sys == ENOENT || sys == ENOTDIR))
		return 0;
	r = fd == -1 ? -1 : read_all(fd, &b);
	if (fd != -1) {
		sys = errno;
		(void)close(fd);	/* only read */
	}
	if (r == 0)
		return codexconfig_add(c, file, buf_str(&b), b.len, e);
	c->unknown = true;
	return err_sys(e, ERR_BAD_CREDENTIAL, sys, "cannot read '%s'", path);
}

int
codexfiles_read(struct codexconfig *c, const char *home, struct err *e)
{
	char *user = paths_join(home, codexconfig_name(CODEXCONFIG_USER));
	struct err first = ERR_INIT;

	*c = (struct codexconfig){ .store = CODEXCONFIG_FILE };
	if (user == NULL) {
		c->unknown = true;
		return err_sys(e, ERR_INTERNAL, ENOMEM, "cannot read '%s'",
		    home);
	}
	for (int i = 0; i < CODEXCONFIG_FILES; i++) {
		enum codexconfig_file file = (enum codexconfig_file)i;

		if (file_add(c, file, file == CODEXCONFIG_USER ? user :
		    codexconfig_name(file), e) == -1 &&
		    first.code == ERR_NONE)
			first = *e;
	}
	free(user);
	*e = first;
	return first.code == ERR_NONE ? 0 : -1;
}
