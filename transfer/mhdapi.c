#include "mhdapi.h"

#include "library.h"

#define MHDAPI_LIBRARY "libmicrohttpd.so.12"	/* the ABI since 0.9.45 */

static const struct library_symbol symbols[] = {
	{ "MHD_start_daemon", offsetof(struct mhdapi, start) },
	{ "MHD_stop_daemon", offsetof(struct mhdapi, stop) },
	{ "MHD_get_daemon_info", offsetof(struct mhdapi, daemon_info) },
	{ "MHD_run", offsetof(struct mhdapi, run) },
	{ "MHD_get_timeout", offsetof(struct mhdapi, timeout) },
	{ "MHD_add_connection", offsetof(struct mhdapi, add) },
	{ "MHD_suspend_connection", offsetof(struct mhdapi, suspend) },
	{ "MHD_resume_connection", offsetof(struct mhdapi, resume) },
	{ "MHD_get_connection_info", offsetof(struct mhdapi, info) },
	{ "MHD_get_connection_values", offsetof(struct mhdapi, values) },
	{ "MHD_create_response_from_buffer", offsetof(struct mhdapi, response) },
	{ "MHD_destroy_response", offsetof(struct mhdapi, response_free) },
	{ "MHD_add_response_header", offsetof(struct mhdapi, header) },
	{ "MHD_queue_response", offsetof(struct mhdapi, queue) },
};
_Static_assert(sizeof(symbols) / sizeof(*symbols) ==
    sizeof(struct mhdapi) / sizeof(void *), "every member has its symbol");

int
mhdapi_load(struct mhdapi *api, struct err *e)
{
	return library_load(api, MHDAPI_LIBRARY, "libmicrohttpd", symbols,
	    sizeof(symbols) / sizeof(*symbols), e);
}
