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

/* The functions we use, each with libcurl's own type; free is curl_free. */
struct curlapi {
	__typeof__(curl_url)		*url;
	__typeof__(curl_url_cleanup)	*url_cleanup;
	__typeof__(curl_url_set)	*url_set;
	__typeof__(curl_url_get)	*url_get;
	__typeof__(curl_free)		*free;
};

/* Fills *api; 0, or -1 with ERR_INTERNAL where libcurl can't be loaded. */
int	curlapi_load(struct curlapi *api, struct err *e);

#endif
