/*
 * archiveapi - libarchive, loaded on first use.
 *
 * Linked in, it costs every start 3.6 ms (it brings libxml2 and ICU), for
 * what only a container without a shell needs. See curlapi.h.
 */
#ifndef ARCHIVEAPI_H
#define ARCHIVEAPI_H

#include <archive.h>
#include <archive_entry.h>

struct err;

/* The functions we use, each with libarchive's own type. */
struct archiveapi {
	__typeof__(archive_read_new)		*read_new;
	__typeof__(archive_read_support_format_tar) *read_tar;
	__typeof__(archive_read_open_memory)	*read_open;
	__typeof__(archive_read_next_header)	*read_next;
	__typeof__(archive_read_data)		*read_data;
	__typeof__(archive_read_free)		*read_free;
	__typeof__(archive_write_new)		*write_new;
	__typeof__(archive_write_set_format_pax_restricted) *write_pax;
	__typeof__(archive_write_set_bytes_per_block) *write_block;
	__typeof__(archive_write_open)		*write_open;
	__typeof__(archive_write_header)	*write_header;
	__typeof__(archive_write_data)		*write_data;
	__typeof__(archive_write_close)		*write_close;
	__typeof__(archive_write_free)		*write_free;
	__typeof__(archive_entry_new)		*entry_new;
	__typeof__(archive_entry_free)		*entry_free;
	__typeof__(archive_entry_set_pathname)	*entry_set_pathname;
	__typeof__(archive_entry_set_filetype)	*entry_set_filetype;
	__typeof__(archive_entry_set_perm)	*entry_set_perm;
	__typeof__(archive_entry_set_uid)	*entry_set_uid;
	__typeof__(archive_entry_set_gid)	*entry_set_gid;
	__typeof__(archive_entry_set_size)	*entry_set_size;
	__typeof__(archive_entry_set_mtime)	*entry_set_mtime;
	__typeof__(archive_entry_pathname)	*entry_pathname;
	__typeof__(archive_entry_filetype)	*entry_filetype;
	__typeof__(archive_entry_hardlink)	*entry_hardlink;
	__typeof__(archive_entry_sparse_count)	*entry_sparse_count;
	__typeof__(archive_entry_perm)		*entry_perm;
	__typeof__(archive_entry_uid)		*entry_uid;
	__typeof__(archive_entry_gid)		*entry_gid;
	__typeof__(archive_entry_size)		*entry_size;
	__typeof__(archive_entry_size_is_set)	*entry_size_is_set;
};

/* Fills *api; 0, or -1 with ERR_INTERNAL where libarchive can't be loaded. */
int	archiveapi_load(struct archiveapi *api, struct err *e);

#endif
