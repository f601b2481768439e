#include "curlapi.h"

#include <stddef.h>

#include "library.h"

#define CURLAPI_LIBRARY "libcurl.so.4"	/* the ABI of 2006 and ever since */

static const struct library_symbol symbols[] = {
	{ "curl_url", offsetof(struct curlapi, url) },
	{ "curl_url_cleanup", offsetof(struct curlapi, url_cleanup) },
	{ "curl_url_set", offsetof(struct curlapi, url_set) },
	{ "curl_url_get", offsetof(struct curlapi, url_get) },
	{ "curl_free", offsetof(struct curlapi, free) },
	{ "curl_global_init_mem", offsetof(struct curlapi, global_init_mem) },
	{ "curl_global_cleanup", offsetof(struct curlapi, global_cleanup) },
	{ "curl_slist_append", offsetof(struct curlapi, slist_append) },
	{ "curl_slist_free_all", offsetof(struct curlapi, slist_free_all) },
	{ "curl_easy_init", offsetof(struct curlapi, easy_init) },
	{ "curl_easy_cleanup", offsetof(struct curlapi, easy_cleanup) },
	{ "curl_easy_setopt", offsetof(struct curlapi, easy_setopt) },
	{ "curl_easy_getinfo", offsetof(struct curlapi, easy_getinfo) },
	{ "curl_easy_strerror", offsetof(struct curlapi, easy_strerror) },
	{ "curl_easy_send", offsetof(struct curlapi, easy_send) },
	{ "curl_easy_recv", offsetof(struct curlapi, easy_recv) },
	{ "curl_multi_init", offsetof(struct curlapi, multi_init) },
	{ "curl_multi_cleanup", offsetof(struct curlapi, multi_cleanup) },
	{ "curl_multi_setopt", offsetof(struct curlapi, multi_setopt) },
	{ "curl_multi_add_handle", offsetof(struct curlapi, multi_add_handle) },
	{ "curl_multi_remove_handle", offsetof(struct curlapi, multi_remove_handle) },
	{ "curl_multi_socket_action", offsetof(struct curlapi, multi_socket_action) },
	{ "curl_multi_assign", offsetof(struct curlapi, multi_assign) },
	{ "curl_multi_info_read", offsetof(struct curlapi, multi_info_read) },
};
_Static_assert(sizeof(symbols) / sizeof(*symbols) ==
    sizeof(struct curlapi) / sizeof(void *), "every member has its symbol");

int
curlapi_load(struct curlapi *api, struct err *e)
{
	return library_load(api, CURLAPI_LIBRARY, "libcurl", symbols,
	    sizeof(symbols) / sizeof(*symbols), e);
}
