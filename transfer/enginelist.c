#include "enginelist.h"

#include <poll.h>
#include <stdbool.h>
#include <string.h>

#include "buf.h"
#include "container.h"
#include "engine.h"
#include "err.h"
#include "http.h"
#include "json.h"
#include "jsontext.h"
#include "loop.h"
#include "net.h"
#include "sshnet.h"

#define FILTERS_MAX (64 * 1024)	/* bytes of the query */
#define LIST_MAX (4 * HTTP_BODY_MAX)	/* some 2 KB a container */

struct list {
	const struct enginelist_ask *ask;
	struct engine	*engine;
	struct watch	 deadline, signals;
	bool		 ended;
	int		 rc;
	struct err	*e;
};

/* The first name, without its slash; the id where that will not do. */
static const char *
name_of(const cJSON *o)
{
	const cJSON *names = cJSON_GetObjectItemCaseSensitive(o, "Names");
	const cJSON *first = cJSON_IsArray(names) ? names->child : NULL;
	const char *name = cJSON_IsString(first) ? first->valuestring : NULL;

	if (name != NULL && *name == '/')
		name++;
	if (name == NULL || !container_name_ok(name))
		name = json_string(o, "Id");
	return name != NULL && container_name_ok(name) ? name : NULL;
}

static int
list_read(struct list *l, const struct http_answer *a)
{
	JSON_AUTO *j = json_parse(a->body, a->len, ERR_PROTOCOL, l->e);
	const cJSON *o;

	if (j == NULL)
		return -1;
	if (!cJSON_IsArray(j))
		return err_set(l->e, ERR_PROTOCOL, "the engine's answer is no "
		    "list of containers");
	cJSON_ArrayForEach(o, j) {
		const char *name = name_of(o);

		if (name == NULL)
			return err_set(l->e, ERR_PROTOCOL, "the engine lists "
			    "a container without a name");
		if (l->ask->found(l->ask->ctx, name, l->e) == -1)
			return -1;
	}
	return 0;
}

static void
list_got(void *ctx, const struct http_answer *a)
{
	struct list *l = ctx;

	l->ended = true;
	if (a->status == 200) {
		l->rc = list_read(l, a);
		return;
	}
	l->rc = -1;
	engine_failure(l->engine, a, "cannot list containers", l->e);
}

static void
list_late(struct watch *w, short revents)
{
	struct list *l = w->ctx;

	(void)revents;
	l->ended = true;
	l->rc = err_set(l->e, ERR_TIMEOUT, "'%s' took longer than %d s to "
	    "list its containers", engine_name(l->engine), l->ask->timeout);
}

static void
list_told(struct watch *w, short revents)
{
	struct list *l = w->ctx;

	(void)revents;
	l->ended = true;
	l->rc = err_set(l->e, ERR_INTERRUPTED, "interrupted");
}

/* {"label":["a=b","c"],"name":["x"]}: one list for each key. */
static void
filters_json(struct buf *b, const char *const *f)
{
	const char *before = "";

	(void)buf_adds(b, "{");
	for (size_t i = 0; f != NULL && f[i] != NULL; i++) {
		size_t key = strcspn(f[i], "="), j = 0;
		const char *comma = "";

		while (j < i && (strcspn(f[j], "=") != key ||
		    strncmp(f[j], f[i], key) != 0))
			j++;
		if (j < i)
			continue;	/* was told with the first of its key */
		(void)buf_addf(b, "%s\"%.*s\":[", before, (int)key, f[i]);
		for (; f[j] != NULL; j++) {
			if (strcspn(f[j], "=") != key ||
			    strncmp(f[j], f[i], key) != 0)
				continue;
			(void)buf_adds(b, comma);
			jsontext_string(b, f[j] + key + 1);
			comma = ",";
		}
		(void)buf_adds(b, "]");
		before = ",";
	}
	(void)buf_adds(b, "}");
}

static int
list_start(struct list *l, struct net *n)
{
	BUF_AUTO filters = BUF_INIT(FILTERS_MAX), path = BUF_INIT(FILTERS_MAX);

	if ((l->engine = engine_get(n, NULL, l->e)) == NULL)
		return -1;
	filters_json(&filters, l->ask->filters);
	(void)buf_adds(&path, "/containers/json?filters=");
	jsontext_query(&path, buf_str(&filters));
	if (!filters.failed && !path.failed &&
	    http_call(engine_http(l->engine), &(struct http_ask){
	    .method = "GET", .path = buf_str(&path), .max = LIST_MAX },
	    list_got, l) != NULL)
		return 0;
	return err_memory(l->e);
}

int
enginelist_run(const struct enginelist_ask *ask, struct err *e)
{
	struct net n = { .loop = loop_new(), .io = ask->io, .ssh = ask->ssh,
		.docker = ask->docker };
	struct list l = { .ask = ask, .e = e };

	if (n.loop == NULL)
		return err_memory(e);
	l.deadline = (struct watch){ .fd = -1, .fn = list_late, .ctx = &l,
		.due = loop_now(n.loop) + 1000 * (int64_t)ask->timeout };
	l.signals = (struct watch){ .fd = ask->signal_fd, .events = POLLIN,
		.due = LOOP_NEVER, .fn = list_told, .ctx = &l };
	l.rc = loop_watch(n.loop, &l.deadline) == 0 &&
	    loop_watch(n.loop, &l.signals) == 0 ? list_start(&l, &n) :
	    err_memory(e);
	while (l.rc == 0 && !l.ended)
		loop_turn(n.loop);
	engine_free_all(&n);
	sshnet_free(n.sshnet);
	loop_free(n.loop);
	return l.rc;
}
