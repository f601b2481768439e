#include "callserver.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "buf.h"
#include "err.h"
#include "loop.h"
#include "secret.h"

/* A request and what is made of it; libmicrohttpd says 431 to more. */
#define POOL_BYTES ((size_t)2 * CALLREQUEST_MAX)

static struct callconn *
conn_of(struct callserver *s, struct MHD_Connection *m)
{
	const union MHD_ConnectionInfo *i =
	    s->mhd.info(m, MHD_CONNECTION_INFO_CONNECTION_FD);

	return i != NULL ? callconns_find(&s->conns, i->connect_fd) : NULL;
}

/* ---- answers ------------------------------------------------------------ */

/* A page with every header; NULL without memory. */
static struct MHD_Response *
answer_new(const struct mhdapi *mhd, enum page_kind kind, const char *note)
{
	BUF_AUTO b = BUF_INIT(PAGE_BYTES);
	char policy[PAGE_POLICY];
	struct MHD_Response *r;
	bool ok;

	if (page_make(&b, kind, note) == -1)
		return NULL;
	r = mhd->response(b.len, b.p, MHD_RESPMEM_MUST_COPY);
	if (r == NULL)
		return NULL;
	ok = mhd->header(r, "Connection", "close") &&
	    mhd->header(r, "Content-Security-Policy", page_policy(policy));
	for (const struct page_header *h = page_headers; ok && h->name; h++)
		ok = mhd->header(r, h->name, h->value);
	if (ok)
		return r;
	mhd->response_free(r);
	return NULL;
}

static bool
answers_make(struct callserver *s)
{
	const struct mhdapi *mhd = &s->mhd;

	s->stray = answer_new(mhd, PAGE_STRAY, NULL);
	s->method = answer_new(mhd, PAGE_STRAY, NULL);
	s->moved = answer_new(mhd, PAGE_STRAY, NULL);
	return s->stray != NULL && s->method != NULL && s->moved != NULL &&
	    mhd->header(s->method, "Allow", "GET") &&
	    mhd->header(s->moved, "Location", CALLREQUEST_DONE_PATH);
}

static enum MHD_Result
say(struct callserver *s, struct callconn *c, unsigned status,
    struct MHD_Response *r, enum callconn_said said)
{
	c->said = said;
	return s->mhd.queue(c->mhd, status, r);
}

static enum MHD_Result
say_stray(struct callserver *s, struct callconn *c, unsigned status)
{
	return say(s, c, status, status == 405 ? s->method : s->stray,
	    CALLCONN_REFUSED);
}

/* ---- what libmicrohttpd calls ------------------------------------------- */

/* The request target as sent; libmicrohttpd is about to take it apart. */
static void *
on_target(void *ctx, const char *target, struct MHD_Connection *m)
{
	struct callserver *s = ctx;
	struct callconn *c = conn_of(s, m);
	const char *query;

	if (c == NULL || target == NULL)
		return NULL;
	c->size = strlen(target);
	c->place = callrequest_place(target, s->path, &query);
	c->answers = c->place == CALLREQUEST_CALLBACK && query != NULL &&
	    callquery_read(&c->query, query);
	return NULL;
}

static enum MHD_Result
on_header(void *ctx, enum MHD_ValueKind kind, const char *name,
    const char *value)
{
	(void)kind;
	callrequest_header(ctx, name, value != NULL ? value : "");
	return MHD_YES;
}

/* Somebody brought the state: the first one's answer is the login's. */
static enum MHD_Result
callback_good(struct callserver *s, struct callconn *c)
{
	if (!s->answered) {
		s->answered = true;
		s->answer = c->query;
		memset(&c->query, 0, sizeof(c->query));	/* transferred */
	}
	callquery_clear(&c->query);
	if (s->done != NULL)
		return say(s, c, 303, s->moved, CALLCONN_MOVED);
	if (callconns_waiting(&s->conns) >= CALLCONN_WAIT)
		return say_stray(s, c, 503);
	c->waits = true;
	s->mhd.suspend(c->mhd);
	return MHD_YES;
}

static enum MHD_Result
serve(struct callserver *s, struct callconn *c)
{
	switch (c->place) {
	case CALLREQUEST_DONE:
		if (s->done != NULL)
			return say(s, c, 200, s->done, CALLCONN_DONE);
		break;
	case CALLREQUEST_CANCEL:
		s->rivals++;
		break;
	case CALLREQUEST_CALLBACK:
		if (c->answers && secret_equal(c->query.state, s->state))
			return callback_good(s, c);
		s->strays++;
		return say_stray(s, c, 400);
	case CALLREQUEST_NOWHERE:
		break;
	}
	return say_stray(s, c, 404);
}

static enum MHD_Result
on_request(void *ctx, struct MHD_Connection *m, const char *url,
    const char *method, const char *version, const char *body, size_t *len,
    void **request)
{
	struct callserver *s = ctx;
	struct callconn *c = conn_of(s, m);
	struct callrequest r;
	const union MHD_ConnectionInfo *i;
	int status;

	(void)url;	/* decoded: not to be trusted */
	(void)body;
	(void)len;	/* whoever sends a body has been answered already */
	(void)request;
	if (c == NULL)
		return MHD_NO;
	if (c->waits)
		return say(s, c, 303, s->moved, CALLCONN_MOVED);
	i = s->mhd.info(m, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
	r = (struct callrequest){ .port = s->port, .method = method,
		.version = version, .target_len = c->size,
		.size = i != NULL ? i->header_size : 0 };
	s->mhd.values(m, MHD_HEADER_KIND, on_header, &r);
	status = callrequest_judge(&r);
	return status != 0 ? say_stray(s, c, (unsigned)status) : serve(s, c);
}

/* An answer is out, or its taker has gone. */
static void
on_completed(void *ctx, struct MHD_Connection *m, void **request,
    enum MHD_RequestTerminationCode why)
{
	struct callserver *s = ctx;
	struct callconn *c = conn_of(s, m);

	(void)request;
	if (c == NULL)
		return;
	if (why == MHD_REQUEST_TERMINATED_COMPLETED_OK) {
		s->owed += c->said == CALLCONN_MOVED;
		s->owed -= c->said == CALLCONN_DONE;
	}
	c->said = CALLCONN_NOTHING;
	c->waits = false;
	callquery_clear(&c->query);
}

static void
on_connection(void *ctx, struct MHD_Connection *m, void **socket,
    enum MHD_ConnectionNotificationCode what)
{
	struct callserver *s = ctx;
	struct callconn *c = conn_of(s, m);

	(void)socket;
	if (c == NULL)
		return;
	if (what == MHD_CONNECTION_NOTIFY_STARTED)
		c->mhd = m;
	else
		callconn_end(c);
}

/* ---- life --------------------------------------------------------------- */

int
callserver_open(struct callserver *s, struct err *e)
{
	if (mhdapi_load(&s->mhd, e) == -1)
		return -1;
	if (!answers_make(s))
		return err_memory(e);
	s->daemon = s->mhd.start(MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET |
	    MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, on_request, s,
	    MHD_OPTION_CONNECTION_LIMIT, (unsigned)CALLCONN_MAX,
	    MHD_OPTION_CONNECTION_MEMORY_LIMIT, POOL_BYTES,
	    MHD_OPTION_STRICT_FOR_CLIENT, 1,
	    MHD_OPTION_URI_LOG_CALLBACK, on_target, s,
	    MHD_OPTION_NOTIFY_COMPLETED, on_completed, s,
	    MHD_OPTION_NOTIFY_CONNECTION, on_connection, s, MHD_OPTION_END);
	if (s->daemon == NULL)
		return err_set(e, ERR_INTERNAL, "libmicrohttpd does not start");
	return 0;
}

static void
resume_all(struct callserver *s, int64_t due)
{
	for (size_t i = 0; i < CALLCONN_MAX; i++) {
		struct callconn *c = &s->conns.v[i];

		if (!c->used || !c->waits)
			continue;
		c->due = due;
		s->mhd.resume(c->mhd);
	}
}

void
callserver_close(struct callserver *s)
{
	struct MHD_Response *all[] = { s->stray, s->method, s->moved,
		s->done };

	if (s->daemon != NULL) {
		/* It aborts over one that is still suspended. */
		resume_all(s, LOOP_NEVER);
		s->mhd.stop(s->daemon);
	}
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		if (all[i] != NULL)
			s->mhd.response_free(all[i]);
	}
	for (size_t i = 0; i < CALLCONN_MAX; i++)
		callconn_end(&s->conns.v[i]);
	callquery_clear(&s->answer);
	memset(s, 0, sizeof(*s));
}

int
callserver_fd(const struct callserver *s)
{
	const union MHD_DaemonInfo *i = s->mhd.daemon_info(s->daemon,
	    MHD_DAEMON_INFO_EPOLL_FD);

	return i != NULL ? i->epoll_fd : -1;
}

/* What it never started has no end that we would be told of. */
static void
forget_failed(struct callserver *s)
{
	for (size_t i = 0; i < CALLCONN_MAX; i++) {
		struct callconn *c = &s->conns.v[i];

		if (c->used && c->mhd == NULL)
			callconn_end(c);
	}
}

int64_t
callserver_run(struct callserver *s, int64_t now)
{
	int64_t due = callconns_shut_due(&s->conns, now);
	MHD_UNSIGNED_LONG_LONG ms;

	s->mhd.run(s->daemon);
	forget_failed(s);
	if (s->mhd.timeout(s->daemon, &ms) == MHD_YES && ms < CALLCONN_MS &&
	    now + (int64_t)ms < due)
		due = now + (int64_t)ms;
	return due;
}

void
callserver_add(struct callserver *s, int fd, const struct sockaddr *sa,
    socklen_t len, int64_t now)
{
	struct callconn *c = callconns_add(&s->conns, fd, now);

	if (c == NULL && callconns_shut_oldest(&s->conns)) {
		(void)callserver_run(s, now);
		c = callconns_add(&s->conns, fd, now);
	}
	if (c == NULL) {
		(void)close(fd);	/* all are with the login */
		return;
	}
	if (s->mhd.add(s->daemon, fd, sa, len) != MHD_YES)
		callconn_end(c);	/* it has closed fd */
}

int
callserver_finish(struct callserver *s, enum page_kind kind, const char *note,
    int64_t now)
{
	s->done = answer_new(&s->mhd, kind, note);
	if (s->done == NULL)
		return -1;
	resume_all(s, now + CALLCONN_MS);
	return 0;
}

bool
callserver_served(const struct callserver *s)
{
	if (s->owed > 0 || callconns_waiting(&s->conns) > 0)
		return false;
	for (size_t i = 0; i < CALLCONN_MAX; i++) {
		if (s->conns.v[i].used &&
		    (s->conns.v[i].said == CALLCONN_MOVED ||
		    s->conns.v[i].said == CALLCONN_DONE))
			return false;
	}
	return true;
}
