#include "library.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <unistd.h>

#include "err.h"

/* dlerror(3) has but words for why. */
static bool
descriptors_out(void)
{
	int fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0);

	if (fd != -1)
		(void)close(fd);	/* nothing was done with it */
	return fd == -1 && errno == EMFILE;
}

int
library_load(void *api, const char *file, const char *package,
    const struct library_symbol *symbols, size_t n, struct err *e)
{
	void *lib = dlopen(file, RTLD_NOW | RTLD_LOCAL);

	if (lib == NULL && descriptors_out())
		return err_sys(e, ERR_INTERNAL, EMFILE, "cannot load %s", file);
	if (lib == NULL) {
		err_set(e, ERR_INTERNAL, "cannot load %s", file);
		return err_hint(e, "install %s", package);
	}
	for (size_t i = 0; i < n; i++) {
		void **member = (void **)((char *)api + symbols[i].at);

		if ((*member = dlsym(lib, symbols[i].name)) == NULL)
			return err_set(e, ERR_INTERNAL, "%s has no '%s'",
			    file, symbols[i].name);
	}
	return 0;
}
