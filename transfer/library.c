#include "library.h"

#include <dlfcn.h>

#include "err.h"

int
library_load(void *api, const char *file, const char *package,
    const struct library_symbol *symbols, size_t n, struct err *e)
{
	void *lib = dlopen(file, RTLD_NOW | RTLD_LOCAL);

	if (lib == NULL) {
		err_set(e, ERR_INTERNAL, "cannot load %s", file);
		return err_hint(e, "install %s (scripts/deps --build)",
		    package);
	}
	for (size_t i = 0; i < n; i++) {
		void **member = (void **)((char *)api + symbols[i].at);

		if ((*member = dlsym(lib, symbols[i].name)) == NULL)
			return err_set(e, ERR_INTERNAL, "%s has no '%s'",
			    file, symbols[i].name);
	}
	return 0;
}
