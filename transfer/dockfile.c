#include "dockfile.h"

#include <string.h>

#include "archive.h"
#include "buf.h"
#include "dockplace.h"
#include "engine.h"
#include "err.h"
#include "jsontext.h"
#include "secret.h"

#define PATH_MAX_BYTES	4096
#define QUERY_MAX	(4 * PATH_MAX_BYTES)

int
dockfile_ask(struct dockfile *f, const char *method, const char *path,
    size_t len, const struct secret *tar, http_fn then, void *ctx)
{
	BUF_AUTO b = BUF_INIT(QUERY_MAX), exact = BUF_INIT(PATH_MAX_BYTES);
	struct http_ask ask = { .method = method, .max = ARCHIVE_TAR_MAX,
		.want = DOCKPLACE_HEADER, .secret = true, .body = tar,
		.once = tar != NULL };

	(void)buf_add(&exact, path, len);
	(void)buf_addf(&b, "/containers/%s/archive?path=", f->container);
	jsontext_query(&b, buf_str(&exact));
	if (tar != NULL) {
		(void)buf_adds(&b, "&noOverwriteDirNonDir=1");
		ask.type = "application/x-tar";
	}
	ask.path = buf_str(&b);
	dockfile_end(f);
	if (!b.failed && !exact.failed)
		f->call = http_call(engine_http(f->engine), &ask, then, ctx);
	return f->call == NULL ? -1 : 0;
}

void
dockfile_end(struct dockfile *f)
{
	http_cancel(f->call);
	f->call = NULL;
}

int
dockfile_unpack(struct archive_found *found, const struct http_answer *a,
    const char *name, struct err *e)
{
	SECRET_AUTO *tar = secret_copy(a->body, a->len);

	archive_found_clear(found);
	if (tar == NULL)
		return err_memory(e);
	return archive_find(found, tar, name, e);
}
