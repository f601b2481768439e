#include "enginexec.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "container.h"
#include "engine.h"
#include "enginestream.h"
#include "err.h"
#include "http.h"
#include "json.h"
#include "jsontext.h"
#include "loop.h"
#include "net.h"

#define REQUEST_MAX	(256 * 1024)	/* bytes of a request */
#define PATH_MAX_BYTES	512
#define CHUNK		16384
#define TURN_MAX	16		/* chunks in one turn of the loop */

struct enginexec {
	struct net	*net;
	struct engine	*engine;
	const struct enginexec_peer *peer;
	char		*id;		/* the exec's, hexadecimal */
	struct buf	 request;	/* not sent yet */
	struct httpcall	*call;		/* create, then inspect */
	struct httpcall	*link;		/* the upgraded connection */
	struct watch	 io;
	struct enginestream stream;
	bool		 begun;
};

/* The last thing a function does: ended() may free x. */
static void
exec_end(struct enginexec *x, int status, const struct err *why)
{
	loop_unwatch(x->net->loop, &x->io);
	x->peer->ended(x->peer->ctx, status, why);
}

static void
exec_fail(struct enginexec *x, const struct http_answer *a, const char *what)
{
	struct err e = ERR_INIT;

	engine_failure(x->engine, a, what, &e);
	exec_end(x, -1, &e);
}

static void
exec_memory(struct enginexec *x)
{
	struct err e = ERR_INIT;

	err_memory(&e);
	exec_end(x, -1, &e);
}

/* The program is over: what it said by its status. */
static void
exec_status(void *ctx, const struct http_answer *a)
{
	struct enginexec *x = ctx;
	struct err ignored;
	JSON_AUTO *j = a->status != 200 ? NULL :
	    json_parse(a->body, a->len, ERR_PROTOCOL, &ignored);
	const cJSON *code = cJSON_GetObjectItemCaseSensitive(j, "ExitCode");
	bool over = cJSON_IsFalse(cJSON_GetObjectItemCaseSensitive(j,
	    "Running"));

	exec_end(x, over && cJSON_IsNumber(code) && code->valueint >= 0 ?
	    code->valueint : -1, NULL);
}

static void
exec_over(struct enginexec *x)
{
	char path[PATH_MAX_BYTES];
	struct http_ask ask = { .method = "GET", .path = path };
	struct buf b = BUF_INIT(sizeof(path) - 1);

	loop_unwatch(x->net->loop, &x->io);
	http_cancel(x->link);
	x->link = NULL;
	(void)buf_addf(&b, "/exec/%s/json", x->id);
	(void)memcpy(path, buf_str(&b), b.len + 1);
	buf_clear(&b);
	http_cancel(x->call);
	x->call = http_call(engine_http(x->engine), &ask, exec_status, x);
	if (x->call == NULL)
		exec_end(x, -1, NULL);
}

/* The engine refused to start it: in words, on the stream's connection. */
static void
exec_refused(struct enginexec *x)
{
	struct http_answer a = { .status = x->stream.status,
		.body = x->stream.line, .len = x->stream.nline,
		.wanted = "" };
	const char *from = strchr(a.body, '{'), *to = strrchr(a.body, '}');

	/* Without what chunks the body (RFC 9112 7.1). */
	if (from != NULL && to > from) {
		a.body = from;
		a.len = (size_t)(to - from) + 1;
	}
	exec_fail(x, &a, "cannot start a program in the container");
}

/* What is pending, as far as it goes. 0, 1 when it has to wait, or -1. */
static int
exec_write(struct enginexec *x)
{
	const void *p;
	size_t len;
	long n;

	while (x->request.len > 0) {
		n = http_send(x->link, x->request.p, x->request.len);
		if (n <= 0)
			return n == 0 ? 1 : -1;
		x->begun = true;
		buf_drop(&x->request, (size_t)n);
	}
	if (x->stream.phase != ENGINESTREAM_FRAMES || x->peer->pending == NULL)
		return 0;
	while ((p = x->peer->pending(x->peer->ctx, &len)) != NULL && len > 0) {
		n = http_send(x->link, p, len);
		if (n <= 0)
			return n == 0 ? 1 : -1;
		x->peer->sent(x->peer->ctx, (size_t)n);
	}
	return 0;
}

/* What has arrived. 0 when there is no more now, 1 at the end, or -1. */
static int
exec_read(struct enginexec *x, struct err *e)
{
	char chunk[CHUNK];

	for (int i = 0; i < TURN_MAX; i++) {
		long n = http_recv(x->link, chunk, sizeof(chunk));

		if (n <= 0)
			return n == 0 ? 0 : 1;
		if (enginestream_feed(&x->stream, chunk, (size_t)n, e) == -1)
			return -1;
		if (x->peer->finished(x->peer->ctx))
			return 0;
	}
	x->io.due = 0;	/* TLS may hold more than poll(2) can see */
	return 0;
}

static void
exec_move(struct enginexec *x)
{
	struct err e = ERR_INIT;
	int in, out = 0;

	in = exec_read(x, &e);
	if (in == 0 && !x->peer->finished(x->peer->ctx))
		out = exec_write(x);
	if (in == -1) {
		exec_end(x, -1, &e);
	} else if (x->peer->finished(x->peer->ctx)) {
		http_cancel(x->link);
		x->link = NULL;
		exec_end(x, -1, NULL);
	} else if (x->stream.phase == ENGINESTREAM_REFUSED &&
	    (in == 1 || strchr(x->stream.line, '}') != NULL)) {
		exec_refused(x);
	} else if (in == 1 || out == -1) {
		exec_over(x);
	} else {
		x->io.events = POLLIN;
		if (out == 1)
			x->io.events |= POLLOUT;
	}
}

static void
exec_ready(struct watch *w, short revents)
{
	(void)revents;
	exec_move(w->ctx);
}

static void
exec_linked(void *ctx, const struct http_answer *a)
{
	struct enginexec *x = ctx;

	if (a->why != NULL) {
		exec_fail(x, a, "cannot start a program in the container");
		return;
	}
	x->io = (struct watch){ .fd = http_fd(x->link), .events = POLLIN,
		.due = 0, .fn = exec_ready, .ctx = x };
	if (loop_watch(x->net->loop, &x->io) == -1)
		exec_memory(x);
}

static void
exec_created(void *ctx, const struct http_answer *a)
{
	static const char body[] = "{\"Detach\":false,\"Tty\":false}";
	struct enginexec *x = ctx;
	struct err e = ERR_INIT;
	JSON_AUTO *j = NULL;

	if (a->status != 201 && a->status != 200) {
		exec_fail(x, a, "cannot run a program in the container");
		return;
	}
	j = json_parse(a->body, a->len, ERR_PROTOCOL, &e);
	if (!container_id_ok(json_string(j, "Id"))) {
		err_set(&e, ERR_PROTOCOL, "the engine made an exec without "
		    "an id");
		exec_end(x, -1, &e);
		return;
	}
	x->id = strdup(json_string(j, "Id"));
	buf_clear(&x->request);
	(void)buf_addf(&x->request, "POST /exec/%s/start HTTP/1.1\r\n"
	    "Host: docker\r\nUser-Agent: codex-provision/" VERSION "\r\n"
	    "Content-Type: application/json\r\nContent-Length: %zu\r\n"
	    "Connection: Upgrade\r\nUpgrade: tcp\r\n\r\n%s",
	    x->id != NULL ? x->id : "", sizeof(body) - 1, body);
	x->link = http_connect(engine_http(x->engine), exec_linked, x);
	if (x->id == NULL || x->request.failed || x->link == NULL)
		exec_memory(x);
}

static int
exec_body(struct buf *b, const struct enginexec_ask *ask)
{
	const char *before = "";

	(void)buf_addf(b, "{\"AttachStdin\":%s,\"AttachStdout\":true,"
	    "\"AttachStderr\":true,\"Tty\":false,",
	    ask->peer->pending != NULL ? "true" : "false");
	if (ask->user != NULL && *ask->user != '\0') {
		(void)buf_adds(b, "\"User\":");
		jsontext_string(b, ask->user);
		(void)buf_adds(b, ",");
	}
	(void)buf_adds(b, "\"Cmd\":[");
	for (const char *const *w = ask->argv; *w != NULL; w++) {
		(void)buf_adds(b, before);
		jsontext_string(b, *w);
		before = ",";
	}
	(void)buf_adds(b, "]}");
	return b->failed ? -1 : 0;
}

struct enginexec *
enginexec_start(const struct enginexec_ask *ask)
{
	struct enginexec *x = calloc(1, sizeof(*x));
	BUF_AUTO body = BUF_INIT(REQUEST_MAX), path = BUF_INIT(PATH_MAX_BYTES);

	if (x == NULL)
		return NULL;
	x->net = ask->net;
	x->engine = ask->engine;
	x->peer = ask->peer;
	x->request = (struct buf)BUF_INIT(REQUEST_MAX);
	enginestream_init(&x->stream, ask->peer->data, ask->peer->ctx);
	(void)buf_addf(&path, "/containers/%s/exec", ask->container);
	if (exec_body(&body, ask) == 0 && !path.failed)
		x->call = http_call(engine_http(x->engine), &(struct http_ask){
		    .method = "POST", .path = buf_str(&path),
		    .json = buf_str(&body) }, exec_created, x);
	if (x->call != NULL)
		return x;
	enginexec_free(x);
	return NULL;
}

void
enginexec_free(struct enginexec *x)
{
	if (x == NULL)
		return;
	loop_unwatch(x->net->loop, &x->io);
	http_cancel(x->call);
	http_cancel(x->link);
	buf_clear(&x->request);
	free(x->id);
	free(x);
}

void
enginexec_say(struct enginexec *x, const void *p, size_t len)
{
	if (x->begun && x->link != NULL)
		(void)http_send(x->link, p, len);
}

void
enginexec_poke(struct enginexec *x)
{
	x->io.due = 0;
}
