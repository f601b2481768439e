/*
 * datadir - the folders that hold what this program keeps for itself.
 *
 * 1. What it makes MUST be ours alone from the first moment on (XDG Base
 *    Directory: 0700 for what is missing).
 * 2. A folder where others may put files MUST NOT be used: they could put a
 *    key or a store of theirs in the place of ours.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/stat.h>

#include "atomicfile.h"
#include "datadir.h"
#include "err.h"
#include "paths.h"

#define OURS	    "codex-provision"
#define OTHERS_MODE 022

static char *
path_of(const char *variable, const char *value, const char *home,
    const char *below, struct err *e)
{
	char *above = NULL, *dir = NULL;

	if (value != NULL && value[0] == '/') {
		above = strdup(value);
	} else if (home == NULL || home[0] == '\0') {
		(void)err_set(e, ERR_NO_HOME, "cannot find the data folder: "
		    "neither %s nor HOME is set", variable);
		(void)err_hint(e, "set HOME");
		return NULL;
	} else {
		above = paths_join(home, below);
	}
	if (above == NULL || (dir = paths_join(above, OURS)) == NULL)
		(void)err_sys(e, ERR_INTERNAL, ENOMEM,
		    "cannot find the data folder");
	free(above);
	return dir;
}

char *
datadir_path(const char *xdg_data_home, const char *home, struct err *e)
{
	return path_of("XDG_DATA_HOME", xdg_data_home, home, ".local/share",
	    e);
}

char *
datadir_state(const char *xdg_state_home, const char *home, struct err *e)
{
	return path_of("XDG_STATE_HOME", xdg_state_home, home,
	    ".local/state", e);
}

/* Every folder on the way; what is there already is another's to judge. */
static int
make_all(char *path, struct err *e)
{
	for (char *p = path + 1;; p++) {
		char c = *p;

		if (c != '/' && c != '\0')
			continue;
		*p = '\0';
		/* What is there need not have a parent that we may change. */
		if (access(path, F_OK) == -1 &&
		    atomicfile_mkdir(AT_FDCWD, path) == -1 && errno != EEXIST)
			return err_sys(e, err_file(errno), errno,
			    "cannot make '%s'", path);
		*p = c;
		if (c == '\0')
			return 0;
	}
}

/* By the descriptor: what is judged is what will be used. */
static int
judge(int fd, const char *dir, struct err *e)
{
	struct stat st;

	if (fstat(fd, &st) == -1)
		return err_sys(e, ERR_PERMISSION_DENIED, errno,
		    "cannot use '%s'", dir);
	if (st.st_uid == geteuid() && (st.st_mode & OTHERS_MODE) == 0)
		return 0;
	(void)err_set(e, ERR_UNSAFE_TARGET, "cannot use '%s': %s", dir,
	    st.st_uid != geteuid() ? "it belongs to somebody else" :
	    "others can write to it");
	if (st.st_uid != geteuid())
		return err_hint(e, "move it away, or have it given to you");
	return err_hint(e, "make it yours alone: chmod 700 '%s'", dir);
}

int
datadir_open(const char *dir, struct err *e)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd == -1)
		return err_sys(e, errno == ENOENT ? ERR_NO_HOME :
		    err_file(errno), errno, "cannot use '%s'", dir);
	if (judge(fd, dir, e) == 0)
		return fd;
	(void)close(fd);	/* nothing was written */
	return -1;
}

int
datadir_make(const char *dir, struct err *e)
{
	char *path = strdup(dir);
	int fd, rc;

	if (path == NULL)
		return err_sys(e, ERR_INTERNAL, ENOMEM, "cannot make '%s'",
		    dir);
	rc = make_all(path, e);
	free(path);
	if (rc == -1 || (fd = datadir_open(dir, e)) == -1)
		return -1;
	(void)close(fd);	/* nothing was written */
	return 0;
}
