#include "archiveapi.h"

#include <stddef.h>

#include "library.h"

#define ARCHIVEAPI_LIBRARY "libarchive.so.13"	/* the ABI since 3.0, 2011 */

#define SYMBOL(member, name) { name, offsetof(struct archiveapi, member) }

static const struct library_symbol symbols[] = {
	SYMBOL(read_new, "archive_read_new"),
	SYMBOL(read_tar, "archive_read_support_format_tar"),
	SYMBOL(read_open, "archive_read_open_memory"),
	SYMBOL(read_next, "archive_read_next_header"),
	SYMBOL(read_data, "archive_read_data"),
	SYMBOL(read_free, "archive_read_free"),
	SYMBOL(write_new, "archive_write_new"),
	SYMBOL(write_pax, "archive_write_set_format_pax_restricted"),
	SYMBOL(write_block, "archive_write_set_bytes_per_block"),
	SYMBOL(write_open, "archive_write_open"),
	SYMBOL(write_header, "archive_write_header"),
	SYMBOL(write_data, "archive_write_data"),
	SYMBOL(write_close, "archive_write_close"),
	SYMBOL(write_free, "archive_write_free"),
	SYMBOL(entry_new, "archive_entry_new"),
	SYMBOL(entry_free, "archive_entry_free"),
	SYMBOL(entry_set_pathname, "archive_entry_set_pathname"),
	SYMBOL(entry_set_filetype, "archive_entry_set_filetype"),
	SYMBOL(entry_set_perm, "archive_entry_set_perm"),
	SYMBOL(entry_set_uid, "archive_entry_set_uid"),
	SYMBOL(entry_set_gid, "archive_entry_set_gid"),
	SYMBOL(entry_set_size, "archive_entry_set_size"),
	SYMBOL(entry_set_mtime, "archive_entry_set_mtime"),
	SYMBOL(entry_pathname, "archive_entry_pathname"),
	SYMBOL(entry_filetype, "archive_entry_filetype"),
	SYMBOL(entry_hardlink, "archive_entry_hardlink"),
	SYMBOL(entry_sparse_count, "archive_entry_sparse_count"),
	SYMBOL(entry_perm, "archive_entry_perm"),
	SYMBOL(entry_uid, "archive_entry_uid"),
	SYMBOL(entry_gid, "archive_entry_gid"),
	SYMBOL(entry_size, "archive_entry_size"),
	SYMBOL(entry_size_is_set, "archive_entry_size_is_set"),
};
_Static_assert(sizeof(symbols) / sizeof(*symbols) ==
    sizeof(struct archiveapi) / sizeof(void *), "every member has its symbol");

int
archiveapi_load(struct archiveapi *api, struct err *e)
{
	return library_load(api, ARCHIVEAPI_LIBRARY, "libarchive", symbols,
	    sizeof(symbols) / sizeof(*symbols), e);
}
