#include "http.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "curlapi.h"
#include "err.h"
#include "httploop.h"
#include "httplost.h"
#include "secret.h"
#include "tlswipe.h"

#define HEADER_MAX	(64 * 1024)	/* bytes of all header lines */
#define WANTED_MAX	(16 * 1024)	/* bytes of the one that is wanted */
#define SECRET_FIRST	(16 * 1024)	/* bytes; a login's tokens fit */
#define CONNECT_SECONDS	15L

struct http {
	struct httploop	 io;
	const struct http_where *where;
	struct httpcall	*calls;
};

struct httpcall {
	struct httpcall	*next;
	struct http	*http;
	CURL		*easy;
	struct curl_slist *headers;
	http_fn		 done;
	void		*ctx;
	struct buf	 body;
	struct secret	*hidden;	/* the body instead, where it is one */
	size_t		 hidden_len;	/* of what has come so far */
	bool		 secret;
	size_t		 header_len;
	const char	*want;		/* a constant of the caller */
	char		*wanted;
	bool		 sent;
	bool		 head_cut;	/* began, and has not ended yet */
	bool		 too_much;
	char		 why[CURL_ERROR_SIZE];
};

static void
answer_read(struct httpcall *c, struct http_answer *a)
{
	__typeof__(curl_easy_getinfo) *get = c->http->io.api.easy_getinfo;
	curl_off_t after = 0;
	long status = 0;
	char *type = NULL;

	(void)get(c->easy, CURLINFO_RESPONSE_CODE, &status);
	(void)get(c->easy, CURLINFO_CONTENT_TYPE, &type);
	(void)get(c->easy, CURLINFO_RETRY_AFTER, &after);
	a->status = (int)status;
	if (type != NULL)
		a->type = type;
	if (after > 0)
		a->retry_after = after < INT_MAX ? (int)after : INT_MAX;
}

/* Tells the owner, who may free c. */
static void
call_tell(struct httpcall *c, CURLcode rc)
{
	struct http_answer a = { .body = buf_str(&c->body),
		.len = c->body.len, .wanted = c->wanted ? c->wanted : "",
		.type = "", .sent = c->sent };
	struct err e = ERR_INIT;

	if (rc == CURLE_OK && c->head_cut)
		rc = CURLE_PARTIAL_FILE;	/* libcurl is content with it */
	if (rc == CURLE_OK) {
		if (c->hidden != NULL) {
			a.body = (const char *)secret_expose(c->hidden, NULL);
			a.len = c->hidden_len;
		}
		answer_read(c, &a);
	} else {
		struct httplost l = { .api = &c->http->io.api,
			.easy = c->easy, .rc = rc, .said = c->why,
			.too_much = c->too_much, .where = c->http->where };

		a.lost = httplost_read(&l, &e);
		a.proxy_status = l.proxy_status;
		a.why = &e;
	}
	c->done(c->ctx, &a);
}

static void
call_end(struct httploop *io, CURL *easy, CURLcode rc)
{
	struct httpcall *c = NULL;

	(void)io->api.easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&c);
	if (c != NULL)
		call_tell(c, rc);
}

/* One request */

/* Room for len more bytes and the NUL that secrets end in. */
static int
hidden_room(struct httpcall *c, size_t len)
{
	size_t size = c->hidden != NULL ? secret_len(c->hidden) : 0;
	size_t want = c->hidden_len + len;
	struct secret *more;

	if (len > c->body.max - c->hidden_len)
		return -1;
	if (c->hidden != NULL && want <= size)
		return 0;
	for (size = size != 0 ? size : SECRET_FIRST; size < want; size *= 2)
		;
	if ((more = secret_new(size)) == NULL)
		return -1;
	if (c->hidden != NULL)
		memcpy(secret_expose(more, NULL), secret_expose(c->hidden,
		    NULL), c->hidden_len);
	secret_free(c->hidden);
	c->hidden = more;
	return 0;
}

static int
hidden_add(struct httpcall *c, const char *p, size_t len)
{
	if (hidden_room(c, len) == -1)
		return -1;
	memcpy(secret_expose(c->hidden, NULL) + c->hidden_len, p, len);
	c->hidden_len += len;
	return 0;
}

static size_t
on_body(char *p, size_t one, size_t len, void *ctx)
{
	struct httpcall *c = ctx;

	(void)one;
	if ((c->secret ? hidden_add(c, p, len) :
	    buf_add(&c->body, p, len)) == 0)
		return len;
	c->too_much = true;
	return 0;
}

/* All is connected: from here on the server may have got the request. */
static int
on_request(void *ctx, char *ip, char *local, int port, int local_port)
{
	struct httpcall *c = ctx;

	(void)ip, (void)local, (void)port, (void)local_port;
	c->sent = true;
	return CURL_PREREQFUNC_OK;
}

static size_t
on_header(char *p, size_t one, size_t len, void *ctx)
{
	struct httpcall *c = ctx;
	size_t n = c->want == NULL ? 0 : strlen(c->want);

	(void)one;
	if ((c->header_len += len) > HEADER_MAX) {
		c->too_much = true;
		return 0;
	}
	c->head_cut = *p != '\r' && *p != '\n';
	if (n == 0 || len <= n || len > WANTED_MAX || p[n] != ':' ||
	    strncasecmp(p, c->want, n) != 0)
		return len;
	free(c->wanted);
	for (n++; n < len && p[n] == ' '; n++)
		;
	c->wanted = strndup(p + n, strcspn(p + n, "\r\n"));
	return len;
}

/* Each option's refusal is a libcurl that is not what we need: internal. */
#define SET(option, value) \
	(bad |= set(easy, (option), (value)) != CURLE_OK)

static int
call_options(struct httpcall *c)
{
	__typeof__(curl_easy_setopt) *set = c->http->io.api.easy_setopt;
	CURL *easy = c->easy;
	bool bad = false;

	SET(CURLOPT_PROTOCOLS_STR, "http,https");
	SET(CURLOPT_FOLLOWLOCATION, 0L);
	SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	SET(CURLOPT_HTTP09_ALLOWED, 0L);
	SET(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	SET(CURLOPT_QUICK_EXIT, 1L);	/* or a slow look-up outlasts us */
	SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_CONNECTTIMEOUT, CONNECT_SECONDS);
	SET(CURLOPT_DNS_CACHE_TIMEOUT, 60L);
	SET(CURLOPT_TCP_NODELAY, 1L);
	SET(CURLOPT_TCP_KEEPALIVE, 1L);
	SET(CURLOPT_PREREQFUNCTION, on_request);
	SET(CURLOPT_PREREQDATA, c);
	SET(CURLOPT_USERAGENT, "codex-provision/" VERSION);
	SET(CURLOPT_ERRORBUFFER, c->why);
	SET(CURLOPT_PRIVATE, c);
	SET(CURLOPT_WRITEFUNCTION, on_body);
	SET(CURLOPT_WRITEDATA, c);
	SET(CURLOPT_HEADERFUNCTION, on_header);
	SET(CURLOPT_HEADERDATA, c);
	return bad ? -1 : 0;
}

static int
call_route(struct httpcall *c)
{
	__typeof__(curl_easy_setopt) *set = c->http->io.api.easy_setopt;
	const struct http_where *w = c->http->where;
	CURL *easy = c->easy;
	bool bad = false;

	if (w->unix_path != NULL)
		SET(CURLOPT_UNIX_SOCKET_PATH, w->unix_path);
	if (w->abstract != NULL)
		SET(CURLOPT_ABSTRACT_UNIX_SOCKET, w->abstract);
	/* Where these are NULL, libcurl would ask the environment. */
	SET(CURLOPT_PROXY, w->proxy != NULL ? w->proxy : "");
	SET(CURLOPT_NOPROXY, w->no_proxy != NULL ? w->no_proxy : "");
	if (!w->tls)
		return bad ? -1 : 0;
	/* Refused by a libcurl on another TLS library, which is fine. */
	(void)set(easy, CURLOPT_SSL_CTX_FUNCTION, tlswipe);
	SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	SET(CURLOPT_SSL_VERIFYPEER, w->verify ? 1L : 0L);
	SET(CURLOPT_SSL_VERIFYHOST, w->verify ? 2L : 0L);
	if (w->ca != NULL) {
		SET(CURLOPT_CAINFO, w->ca);
		SET(CURLOPT_PROXY_CAINFO, w->ca);
	}
	if (w->ca != NULL && !w->ca_adds)
		SET(CURLOPT_CAPATH, NULL);	/* not the system's beside it */
	if (w->cert != NULL)
		SET(CURLOPT_SSLCERT, w->cert);
	if (w->key != NULL)
		SET(CURLOPT_SSLKEY, w->key);
	return bad ? -1 : 0;
}

static int
call_header(struct httpcall *c, const char *line)
{
	struct curl_slist *more = c->http->io.api.slist_append(c->headers, line);

	if (more == NULL)
		return -1;
	c->headers = more;
	return 0;
}

/* libcurl copies the line, into memory that is wiped. */
static int
call_header_of(struct httpcall *c, const char *name, const char *value,
    size_t len)
{
	size_t at = strlen(name);
	SECRET_AUTO *line = secret_new(at + len);

	if (line == NULL)
		return -1;
	memcpy(secret_expose(line, NULL), name, at);
	memcpy(secret_expose(line, NULL) + at, value, len);
	return call_header(c, (const char *)secret_expose(line, NULL));
}

static int
call_headers(struct httpcall *c, const struct http_ask *ask)
{
	bool bad = call_header(c, "Expect:") == -1;
	const char *p;
	size_t len;

	if (ask->type != NULL)
		bad |= call_header_of(c, "content-type: ", ask->type,
		    strlen(ask->type)) == -1;
	else if (ask->json != NULL)
		bad |= call_header(c, "Content-Type: application/json") == -1;
	if (ask->originator != NULL)
		bad |= call_header_of(c, "originator: ", ask->originator,
		    strlen(ask->originator)) == -1;
	if (ask->nameless)
		bad |= call_header(c, "User-Agent:") == -1;
	if (ask->bearer != NULL) {
		p = (const char *)secret_expose(ask->bearer, &len);
		bad |= call_header_of(c, "authorization: Bearer ", p,
		    len) == -1;
	}
	return bad || c->http->io.api.easy_setopt(c->easy, CURLOPT_HTTPHEADER,
	    c->headers) != CURLE_OK ? -1 : 0;
}

/* A secret body is read by libcurl where it is, page-locked. */
static int
call_body(struct httpcall *c, const struct http_ask *ask)
{
	__typeof__(curl_easy_setopt) *set = c->http->io.api.easy_setopt;
	CURL *easy = c->easy;
	bool bad = false;

	if (strcmp(ask->method, "HEAD") == 0)
		SET(CURLOPT_NOBODY, 1L);
	else if (strcmp(ask->method, "GET") != 0)
		SET(CURLOPT_CUSTOMREQUEST, ask->method);
	if (ask->body != NULL) {
		size_t len;
		const void *p = secret_expose(ask->body, &len);

		SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)len);
		SET(CURLOPT_POSTFIELDS, p);
	} else if (ask->json != NULL) {
		SET(CURLOPT_POSTFIELDSIZE_LARGE,
		    (curl_off_t)strlen(ask->json));
		SET(CURLOPT_COPYPOSTFIELDS, ask->json);
	}
	if (ask->once)
		SET(CURLOPT_FRESH_CONNECT, 1L);
	if (ask->ms > 0)
		SET(CURLOPT_TIMEOUT_MS, (long)ask->ms);
	return bad ? -1 : 0;
}

static int
call_url(struct httpcall *c, const char *path)
{
	BUF_AUTO url = BUF_INIT(HEADER_MAX);

	(void)buf_addf(&url, "%s%s", c->http->where->base, path);
	return !url.failed && c->http->io.api.easy_setopt(c->easy, CURLOPT_URL,
	    buf_str(&url)) == CURLE_OK ? 0 : -1;
}

static struct httpcall *
call_new(struct http *h, size_t max, http_fn done, void *ctx)
{
	struct httpcall *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	*c = (struct httpcall){ .http = h, .done = done, .ctx = ctx,
		.body = BUF_INIT(max != 0 ? max : HTTP_BODY_MAX),
		.next = h->calls };
	h->calls = c;
	c->easy = h->io.api.easy_init();
	if (c->easy != NULL && call_options(c) == 0 && call_route(c) == 0)
		return c;
	http_cancel(c);
	return NULL;
}

struct httpcall *
http_call(struct http *h, const struct http_ask *ask, http_fn done, void *ctx)
{
	struct httpcall *c = call_new(h, ask->max, done, ctx);

	if (c == NULL)
		return NULL;
	c->want = ask->want;
	c->secret = ask->secret;
	if (call_url(c, ask->path) == 0 && call_body(c, ask) == 0 &&
	    call_headers(c, ask) == 0 &&
	    h->io.api.multi_add_handle(h->io.multi, c->easy) == CURLM_OK)
		return c;
	http_cancel(c);
	return NULL;
}

struct httpcall *
http_connect(struct http *h, http_fn done, void *ctx)
{
	struct httpcall *c = call_new(h, 0, done, ctx);

	if (c == NULL)
		return NULL;
	if (call_url(c, "/") == 0 && h->io.api.easy_setopt(c->easy,
	    CURLOPT_CONNECT_ONLY, 1L) == CURLE_OK &&
	    h->io.api.multi_add_handle(h->io.multi, c->easy) == CURLM_OK)
		return c;
	http_cancel(c);
	return NULL;
}

void
http_cancel(struct httpcall *c)
{
	struct httpcall **at;

	if (c == NULL)
		return;
	for (at = &c->http->calls; *at != c; at = &(*at)->next)
		;
	*at = c->next;
	if (c->easy != NULL) {
		(void)c->http->io.api.multi_remove_handle(c->http->io.multi,
		    c->easy);	/* it may not be in it */
		c->http->io.api.easy_cleanup(c->easy);
	}
	c->http->io.api.slist_free_all(c->headers);
	buf_clear(&c->body);
	secret_free(c->hidden);
	free(c->wanted);
	free(c);
}

int
http_fd(struct httpcall *c)
{
	curl_socket_t fd = -1;

	(void)c->http->io.api.easy_getinfo(c->easy, CURLINFO_ACTIVESOCKET, &fd);
	return fd;
}

long
http_send(struct httpcall *c, const void *p, size_t len)
{
	size_t n = 0;

	switch (c->http->io.api.easy_send(c->easy, p, len, &n)) {
	case CURLE_OK:
		return (long)n;
	case CURLE_AGAIN:
		return 0;
	default:
		return -1;
	}
}

long
http_recv(struct httpcall *c, void *p, size_t len)
{
	size_t n = 0;

	switch (c->http->io.api.easy_recv(c->easy, p, len, &n)) {
	case CURLE_OK:
		return n == 0 ? -1 : (long)n;
	case CURLE_AGAIN:
		return 0;
	default:
		return -1;
	}
}

/* The whole */

struct http *
http_new(struct loop *l, const struct http_where *where, struct err *e)
{
	struct http *h = calloc(1, sizeof(*h));

	if (h == NULL) {
		err_memory(e);
		return NULL;
	}
	h->where = where;
	h->io.ended = call_end;
	if (httploop_open(&h->io, l, e) == 0)
		return h;
	http_free(h);
	return NULL;
}

void
http_connections(struct http *h, int n)
{
	(void)h->io.api.multi_setopt(h->io.multi, CURLMOPT_MAX_TOTAL_CONNECTIONS,
	    (long)n);	/* a bound that is not kept costs refused streams */
}

void
http_free(struct http *h)
{
	if (h == NULL)
		return;
	while (h->calls != NULL)
		http_cancel(h->calls);
	httploop_close(&h->io);
	free(h);
}
