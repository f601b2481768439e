#include "curlapi.h"

#include <dlfcn.h>
#include <stddef.h>

#include "err.h"

#define CURLAPI_LIBRARY "libcurl.so.4"	/* the ABI of 2006 and ever since */

static const struct {
	const char	*name;
	size_t		 at;
} symbols[] = {
	{ "curl_url", offsetof(struct curlapi, url) },
	{ "curl_url_cleanup", offsetof(struct curlapi, url_cleanup) },
	{ "curl_url_set", offsetof(struct curlapi, url_set) },
	{ "curl_url_get", offsetof(struct curlapi, url_get) },
	{ "curl_free", offsetof(struct curlapi, free) },
};
_Static_assert(sizeof(symbols) / sizeof(*symbols) ==
    sizeof(struct curlapi) / sizeof(void *), "every member has its symbol");

int
curlapi_load(struct curlapi *api, struct err *e)
{
	/* Never closed: libcurl's threads and TLS outlive a handle. */
	void *lib = dlopen(CURLAPI_LIBRARY, RTLD_NOW | RTLD_LOCAL);

	if (lib == NULL) {
		err_set(e, ERR_INTERNAL, "cannot load %s", CURLAPI_LIBRARY);
		return err_hint(e, "install libcurl (scripts/deps --build)");
	}
	for (size_t i = 0; i < sizeof(symbols) / sizeof(*symbols); i++) {
		void **member = (void **)((char *)api + symbols[i].at);

		if ((*member = dlsym(lib, symbols[i].name)) == NULL)
			return err_set(e, ERR_INTERNAL, "%s has no '%s'",
			    CURLAPI_LIBRARY, symbols[i].name);
	}
	return 0;
}
