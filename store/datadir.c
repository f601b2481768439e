/*
 * datadir - the folder that holds what this program keeps for itself.
 *
 * 1. What it makes MUST be ours alone from the first moment on (XDG Base
 *    Directory: 0700 for what is missing).
 * 2. A folder where others may put files MUST NOT be used: they could put a
 *    key or a store of theirs in the place of ours.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/stat.h>

#include "datadir.h"
#include "err.h"
#include "paths.h"

#define OURS	    "codex-provision"
#define SHARE	    ".local/share"
#define OTHERS_MODE 022

char *
datadir_path(const char *xdg_data_home, const char *home, struct err *e)
{
	char *above = NULL, *dir = NULL;

	if (xdg_data_home != NULL && xdg_data_home[0] == '/') {
		above = strdup(xdg_data_home);
	} else if (home == NULL || home[0] == '\0') {
		(void)err_set(e, ERR_NO_HOME, "cannot find the data folder: "
		    "neither XDG_DATA_HOME nor HOME is set");
		(void)err_hint(e, "set HOME");
		return NULL;
	} else {
		above = paths_join(home, SHARE);
	}
	if (above == NULL || (dir = paths_join(above, OURS)) == NULL)
		(void)err_sys(e, ERR_INTERNAL, ENOMEM,
		    "cannot find the data folder");
	free(above);
	return dir;
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
		if (mkdir(path, 0700) == -1 && errno != EEXIST) {
			int sys = errno;

			/* It may be there and its parent not be writable. */
			if (access(path, F_OK) == -1)
				return err_sys(e, sys == EROFS ?
				    ERR_READ_ONLY : sys == ENOSPC ?
				    ERR_DISK_FULL : ERR_PERMISSION_DENIED, sys,
				    "cannot make '%s'", path);
		}
		*p = c;
		if (c == '\0')
			return 0;
	}
}

int
datadir_make(const char *dir, struct err *e)
{
	char *path = strdup(dir);
	struct stat st;
	int rc;

	if (path == NULL)
		return err_sys(e, ERR_INTERNAL, ENOMEM, "cannot make '%s'",
		    dir);
	rc = make_all(path, e);
	free(path);
	if (rc == -1)
		return -1;
	if (stat(dir, &st) == -1)
		return err_sys(e, ERR_PERMISSION_DENIED, errno,
		    "cannot use '%s'", dir);
	if (!S_ISDIR(st.st_mode))
		return err_sys(e, ERR_UNSAFE_TARGET, ENOTDIR,
		    "cannot use '%s'", dir);
	if (st.st_uid != geteuid() || (st.st_mode & OTHERS_MODE) != 0) {
		(void)err_set(e, ERR_UNSAFE_TARGET, "cannot use '%s': %s", dir,
		    st.st_uid != geteuid() ? "it belongs to somebody else" :
		    "others can write to it");
		return err_hint(e, "make it yours alone: chmod 700 '%s'", dir);
	}
	return 0;
}
