/*
 * curlapi - libcurl, loaded on first use.
 *
 * Linked in, it costs every start 4 ms and 6 MB (it brings some twenty
 * libraries), which is half of what a push to one host takes and more than a
 * hundred sessions need. A push over SSH to plain targets never loads it.
 */
#ifndef CURLAPI_H
#define CURLAPI_H

#include <curl/curl.h>

struct err;

/* curl.h makes macros of these, to check types; here they are members. */
#undef curl_easy_setopt
#undef curl_easy_getinfo
#undef curl_multi_setopt

/* The functions we use, each with libcurl's own type; free is curl_free. */
struct curlapi {
	__typeof__(curl_url)		*url;
	__typeof__(curl_url_cleanup)	*url_cleanup;
	__typeof__(curl_url_set)	*url_set;
	__typeof__(curl_url_get)	*url_get;
	__typeof__(curl_free)		*free;
	__typeof__(curl_global_init_mem) *global_init_mem;
	__typeof__(curl_global_cleanup)	*global_cleanup;
	__typeof__(curl_slist_append)	*slist_append;
	__typeof__(curl_slist_free_all)	*slist_free_all;
	__typeof__(curl_easy_init)	*easy_init;
	__typeof__(curl_easy_cleanup)	*easy_cleanup;
	__typeof__(curl_easy_setopt)	*easy_setopt;
	__typeof__(curl_easy_getinfo)	*easy_getinfo;
	__typeof__(curl_easy_strerror)	*easy_strerror;
	__typeof__(curl_easy_send)	*easy_send;
	__typeof__(curl_easy_recv)	*easy_recv;
	__typeof__(curl_multi_init)	*multi_init;
	__typeof__(curl_multi_cleanup)	*multi_cleanup;
	__typeof__(curl_multi_setopt)	*multi_setopt;
	__typeof__(curl_multi_add_handle) *multi_add_handle;
	__typeof__(curl_multi_remove_handle) *multi_remove_handle;
	__typeof__(curl_multi_socket_action) *multi_socket_action;
	__typeof__(curl_multi_assign)	*multi_assign;
	__typeof__(curl_multi_info_read) *multi_info_read;
};

/* Fills *api; 0, or -1 with ERR_INTERNAL where libcurl can't be loaded. */
int	curlapi_load(struct curlapi *api, struct err *e);

#endif
