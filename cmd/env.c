#include "env.h"

#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "datadir.h"
#include "err.h"
#include "paths.h"

const char *
env_get(const char *name)
{
	const char *value = getenv(name);

	return value != NULL && *value != '\0' ? value : NULL;
}

char *
env_home(struct err *e)
{
	const char *home = env_get("HOME");
	const struct passwd *pw;
	char *copy;

	if (home == NULL && (pw = getpwuid(getuid())) != NULL)
		home = pw->pw_dir;
	if (home == NULL) {
		err_set(e, ERR_USAGE, "cannot tell your home folder: HOME is "
		    "not set and uid %u has no account", (unsigned)getuid());
		err_hint(e, "set HOME");
		return NULL;
	}
	if ((copy = strdup(home)) == NULL)
		err_memory(e);
	return copy;
}

char *
env_codex_home(struct err *e)
{
	const char *codex = env_get("CODEX_HOME");
	char *home = NULL, *dir;

	if (codex == NULL && (home = env_home(e)) == NULL)
		return NULL;
	dir = paths_codex_home(codex, home, e);
	free(home);
	return dir;
}

char *
env_authjson(struct err *e)
{
	char *dir = env_codex_home(e), *file = NULL;

	if (dir != NULL && (file = paths_join(dir, "auth.json")) == NULL)
		err_memory(e);
	free(dir);
	return file;
}

/* One of datadir.h's folders. */
static char *
env_folder(char *(*path)(const char *value, const char *home, struct err *e),
    const char *variable, struct err *e)
{
	char *home = env_home(e), *dir = NULL;

	if (home != NULL)
		dir = path(env_get(variable), home, e);
	free(home);
	return dir;
}

char *
env_datadir(struct err *e)
{
	return env_folder(datadir_path, "XDG_DATA_HOME", e);
}

char *
env_statedir(struct err *e)
{
	return env_folder(datadir_state, "XDG_STATE_HOME", e);
}
