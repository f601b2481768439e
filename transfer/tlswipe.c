#include "tlswipe.h"

#include <dlfcn.h>
#include <stdint.h>

#define LIBSSL "libssl.so.3"	/* what a libcurl that is ours to tell uses */

/* ssl.h is not included for this one: SSL_OP_CLEANSE_PLAINTEXT (3.0). */
#define CLEANSE_PLAINTEXT (UINT64_C(1) << 1)

CURLcode
tlswipe(CURL *easy, void *ssl_ctx, void *unused)
{
	uint64_t (*set_options)(void *ctx, uint64_t options);
	void *lib = dlopen(LIBSSL, RTLD_NOW | RTLD_NOLOAD);

	(void)easy, (void)unused;
	if (lib == NULL)
		return CURLE_OK;
	*(void **)&set_options = dlsym(lib, "SSL_CTX_set_options");
	if (set_options != NULL)
		(void)set_options(ssl_ctx, CLEANSE_PLAINTEXT);
	(void)dlclose(lib);	/* it was loaded, and stays so */
	return CURLE_OK;
}
