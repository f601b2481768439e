/*
 * archive - tar archives in memory, both ways.
 *
 * 1. Nothing here MUST touch a disk: libarchive is given memory and callbacks.
 * 2. No copy of the credential MUST stay in the heap: what is written goes
 *    unblocked from one secret to the other, what is read is one block.
 * 3. A hostile tar MUST cost no more than its own size, which is bounded.
 */
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "archive.h"
#include "archiveapi.h"
#include "err.h"
#include "secret.h"

#define ENTRIES_MAX 16		/* the Engine answers for one name with one */
#define NAME_LEN_MAX 255
/* Two entries, each with a pax header and its record; the end; padding. */
#define PACK_ROOM   (2 * 5 * 512 + 3 * 512)

/* Where archive_pack writes. */
struct sink {
	struct secret	*s;
	size_t		 len;
};

static la_ssize_t
sink_write(struct archive *a, void *ctx, const void *p, size_t len)
{
	struct sink *k = ctx;

	(void)a;
	if (len > secret_len(k->s) - k->len)
		return -1;
	memcpy(secret_expose(k->s, NULL) + k->len, p, len);
	k->len += len;
	return (la_ssize_t)len;
}

/* One header, with the owner that both entries share. */
static int
put_header(const struct archiveapi *api, struct archive *a,
    const struct archive_put *put, const char *path, const struct secret *s)
{
	struct archive_entry *n = api->entry_new();
	int rc;

	if (n == NULL)
		return ARCHIVE_FATAL;
	api->entry_set_pathname(n, path);
	api->entry_set_filetype(n, s != NULL ? AE_IFREG : AE_IFDIR);
	api->entry_set_perm(n, s != NULL ? 0600 : 0700);
	api->entry_set_uid(n, put->uid);
	api->entry_set_gid(n, put->gid);
	api->entry_set_size(n, s != NULL ? (la_int64_t)secret_len(s) : 0);
	api->entry_set_mtime(n, time(NULL), 0);
	rc = api->write_header(a, n);
	api->entry_free(n);
	return rc;
}

static int
pack(const struct archiveapi *api, struct archive *a,
    const struct archive_put *put, const struct secret *bytes,
    struct sink *sink)
{
	char path[2 * NAME_LEN_MAX + 2] = "";
	size_t len;
	void *p;

	if (put->dir != NULL) {
		memcpy(path, put->dir, strlen(put->dir));
		path[strlen(path)] = '/';
	}
	if (api->write_pax(a) != ARCHIVE_OK ||
	    api->write_block(a, 0) != ARCHIVE_OK ||
	    api->write_open(a, sink, NULL, sink_write, NULL) != ARCHIVE_OK ||
	    (put->dir != NULL &&
	    put_header(api, a, put, path, NULL) != ARCHIVE_OK))
		return -1;
	memcpy(path + strlen(path), put->name, strlen(put->name) + 1);
	if (put_header(api, a, put, path, bytes) != ARCHIVE_OK)
		return -1;
	p = secret_expose(bytes, &len);
	if (api->write_data(a, p, len) != (la_ssize_t)len ||
	    api->write_close(a) != ARCHIVE_OK)
		return -1;
	return 0;
}

static bool
component(const char *name)
{
	return *name != '\0' && strlen(name) <= NAME_LEN_MAX &&
	    strchr(name, '/') == NULL && strcmp(name, ".") != 0 &&
	    strcmp(name, "..") != 0;
}

static bool
id_fits(la_int64_t id)
{
	return id >= 0 && id <= ARCHIVE_ID_MAX;
}

struct secret *
archive_pack(const struct archive_put *put, const struct secret *bytes,
    struct err *e)
{
	struct sink sink = { NULL, 0 };
	struct archiveapi api;
	struct archive *a;
	int rc;

	if (!component(put->name) || !id_fits(put->uid) ||
	    !id_fits(put->gid) || (put->dir != NULL && !component(put->dir)) ||
	    secret_len(bytes) > ARCHIVE_FILE_MAX) {
		err_set(e, ERR_INTERNAL, "cannot make a tar of '%s'",
		    put->name);
		return NULL;
	}
	if (archiveapi_load(&api, e) == -1)
		return NULL;
	sink.s = secret_new(secret_len(bytes) + PACK_ROOM);
	a = api.write_new();
	rc = sink.s != NULL && a != NULL ? pack(&api, a, put, bytes, &sink) :
	    -1;
	if (a != NULL && api.write_free(a) != ARCHIVE_OK)
		rc = -1;
	if (rc == -1) {
		secret_free(sink.s);
		err_set(e, ERR_INTERNAL, "cannot make a tar: no memory");
		return NULL;
	}
	secret_truncate(sink.s, sink.len);
	return sink.s;
}

/* Whether the entry's last component is that name. */
static bool
named(const char *path, const char *name)
{
	size_t len, n = strlen(name);

	if (path == NULL)
		return false;
	for (len = strlen(path); len > 0 && path[len - 1] == '/'; len--)
		;
	return len >= n && memcmp(path + len - n, name, n) == 0 &&
	    (len == n || path[len - n - 1] == '/');
}

static enum archive_kind
kind_of(const struct archiveapi *api, struct archive_entry *n)
{
	if (api->entry_hardlink(n) != NULL)
		return ARCHIVE_LINK;
	switch (api->entry_filetype(n)) {
	case AE_IFREG:
		return ARCHIVE_FILE;
	case AE_IFLNK:
		return ARCHIVE_LINK;
	case AE_IFDIR:
		return ARCHIVE_DIR;
	default:
		return ARCHIVE_OTHER;
	}
}

static int
take_bytes(const struct archiveapi *api, struct archive *a,
    struct archive_entry *n, struct archive_found *f, struct err *e)
{
	la_int64_t size = api->entry_size(n);
	la_ssize_t got;

	if (!api->entry_size_is_set(n) || size < 0 || size > ARCHIVE_FILE_MAX)
		return err_set(e, ERR_PROTOCOL,
		    "the file in the engine's archive is larger than %d bytes",
		    ARCHIVE_FILE_MAX);
	if (api->entry_sparse_count(n) > 0)
		return err_set(e, ERR_PROTOCOL,
		    "the file in the engine's archive is sparse");
	if ((f->bytes = secret_new((size_t)size)) == NULL)
		return err_set(e, ERR_INTERNAL, "no memory");
	for (la_int64_t at = 0; at < size; at += got) {
		got = api->read_data(a, secret_expose(f->bytes, NULL) + at,
		    (size_t)(size - at));
		if (got <= 0 || got > size - at)
			return err_set(e, ERR_PROTOCOL,
			    "the engine's archive ends in the middle");
	}
	return 0;
}

static int
take(const struct archiveapi *api, struct archive *a, struct archive_entry *n,
    struct archive_found *f, struct err *e)
{
	la_int64_t uid = api->entry_uid(n), gid = api->entry_gid(n);

	if (!id_fits(uid) || !id_fits(gid))
		return err_set(e, ERR_PROTOCOL,
		    "the engine's archive names an owner out of range");
	f->kind = kind_of(api, n);
	f->uid = (long)uid;
	f->gid = (long)gid;
	f->mode = (int)(api->entry_perm(n) & 07777);
	return f->kind == ARCHIVE_FILE ? take_bytes(api, a, n, f, e) : 0;
}

static int
look_through(const struct archiveapi *api, struct archive *a,
    const char *name, struct archive_found *f, struct err *e)
{
	struct archive_entry *n;
	int rc;

	for (int i = 0; i < ENTRIES_MAX; i++) {
		rc = api->read_next(a, &n);
		if (rc == ARCHIVE_EOF)
			return 0;
		/* A warning: a name in a charset that we don't have. */
		if (rc != ARCHIVE_OK && rc != ARCHIVE_WARN)
			return err_set(e, ERR_PROTOCOL,
			    "the engine's answer is not a tar archive");
		if (named(api->entry_pathname(n), name))
			return take(api, a, n, f, e);
	}
	return err_set(e, ERR_PROTOCOL,
	    "the engine's archive has more than %d entries", ENTRIES_MAX);
}

int
archive_find(struct archive_found *found, const struct secret *tar,
    const char *name, struct err *e)
{
	struct archiveapi api;
	struct archive *a;
	size_t len;
	void *p = secret_expose(tar, &len);
	int rc;

	*found = (struct archive_found){ .kind = ARCHIVE_NONE };
	if (len > ARCHIVE_TAR_MAX)
		return err_set(e, ERR_PROTOCOL,
		    "the engine's archive is larger than %d bytes",
		    ARCHIVE_TAR_MAX);
	if (archiveapi_load(&api, e) == -1)
		return -1;
	if ((a = api.read_new()) == NULL)
		return err_set(e, ERR_INTERNAL, "no memory");
	if (api.read_tar(a) != ARCHIVE_OK ||
	    api.read_open(a, p, len) != ARCHIVE_OK)
		rc = err_set(e, ERR_PROTOCOL,
		    "the engine's answer is not a tar archive");
	else
		rc = look_through(&api, a, name, found, e);
	(void)api.read_free(a);		/* nothing was written */
	if (rc == -1)
		archive_found_clear(found);
	return rc;
}

void
archive_found_clear(struct archive_found *found)
{
	secret_free(found->bytes);
	*found = (struct archive_found){ .kind = ARCHIVE_NONE };
}
