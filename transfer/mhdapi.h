/*
 * mhdapi - libmicrohttpd, loaded on first use: as libcurl (curlapi.h), for
 * only a login through a browser needs it.
 */
#ifndef MHDAPI_H
#define MHDAPI_H

#include <stdarg.h>
#include <stddef.h>

#include <microhttpd.h>

struct err;

/* The functions we use, each with the library's own type. */
struct mhdapi {
	__typeof__(MHD_start_daemon)	*start;
	__typeof__(MHD_stop_daemon)	*stop;
	__typeof__(MHD_get_daemon_info)	*daemon_info;
	__typeof__(MHD_run)		*run;
	__typeof__(MHD_get_timeout)	*timeout;
	__typeof__(MHD_add_connection)	*add;
	__typeof__(MHD_suspend_connection) *suspend;
	__typeof__(MHD_resume_connection) *resume;
	__typeof__(MHD_get_connection_info) *info;
	__typeof__(MHD_get_connection_values) *values;
	__typeof__(MHD_create_response_from_buffer) *response;
	__typeof__(MHD_destroy_response) *response_free;
	__typeof__(MHD_add_response_header) *header;
	__typeof__(MHD_queue_response)	*queue;
};

/* Fills *api; 0, or -1 with ERR_INTERNAL where it can't be loaded. */
int	mhdapi_load(struct mhdapi *api, struct err *e);

#endif
