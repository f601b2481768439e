/*
 * paths - where Codex keeps its files on this machine.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <sys/stat.h>

#include "err.h"
#include "paths.h"

#define CODEX_DIR ".codex"

/* What Codex does with a set CODEX_HOME: canonical, existing, a directory. */
static char *
home_named(const char *dir, struct err *e)
{
	struct stat st;
	char *path = realpath(dir, NULL);

	if (path == NULL) {
		(void)err_sys(e, ERR_NO_CREDENTIAL, errno,
		    "cannot use CODEX_HOME '%s'", dir);
		(void)err_hint(e, "make the directory, or unset CODEX_HOME");
		return NULL;
	}
	if (stat(path, &st) == -1) {
		(void)err_sys(e, ERR_NO_CREDENTIAL, errno,
		    "cannot use CODEX_HOME '%s'", dir);
	} else if (!S_ISDIR(st.st_mode)) {
		(void)err_sys(e, ERR_NO_CREDENTIAL, ENOTDIR,
		    "cannot use CODEX_HOME '%s'", dir);
		(void)err_hint(e, "set CODEX_HOME to a directory, or unset it");
	} else {
		return path;
	}
	free(path);
	return NULL;
}

char *
paths_codex_home(const char *codex_home, const char *home, struct err *e)
{
	char *path;

	if (codex_home != NULL && codex_home[0] != '\0')
		return home_named(codex_home, e);
	if (home == NULL || home[0] == '\0') {
		(void)err_set(e, ERR_NO_CREDENTIAL,
		    "cannot find the Codex home: neither CODEX_HOME nor HOME "
		    "is set");
		(void)err_hint(e, "set HOME, or name a file with --from");
		return NULL;
	}
	if ((path = paths_join(home, CODEX_DIR)) == NULL)
		(void)err_sys(e, ERR_INTERNAL, ENOMEM,
		    "cannot find the Codex home");
	return path;
}

char *
paths_join(const char *dir, const char *name)
{
	size_t dirlen = strlen(dir), namelen = strlen(name);
	size_t slash = dirlen != 0 && dir[dirlen - 1] == '/' ? 0 : 1;
	char *path = malloc(dirlen + slash + namelen + 1);

	if (path == NULL)
		return NULL;
	memcpy(path, dir, dirlen);
	if (slash)
		path[dirlen] = '/';
	memcpy(path + dirlen + slash, name, namelen + 1);
	return path;
}
