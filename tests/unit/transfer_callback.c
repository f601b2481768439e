/* The callback server: threats C3 to C12, byte by byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <sodium.h>

#include "buf.h"
#include "callback.h"
#include "callconn.h"
#include "callrequest.h"
#include "err.h"
#include "loop.h"
#include "loopback.h"
#include "porthold.h"
#include "secret.h"

#define STATE "c3RhdGVzdGF0ZXN0YXRlc3RhdGVzdGF0ZXN0YXRlc3Q"
#define CODE  "ac_code-1"
#define GOOD  "/auth/callback?code=" CODE "&scope=openid+profile&state=" STATE
#define PATIENCE 10000	/* milliseconds, on a busy machine */

struct world {
	struct loop	*loop;
	struct callback	*cb;
	struct secret	*state;
	int		 ports[3];
	int		 answers, closed, strays, rivals;
	bool		 finish;	/* say success as soon as asked */
	struct callquery q;		/* what was answered with */
	int64_t		 closed_at;
};

static void
on_answer(void *ctx, struct callquery *q)
{
	struct world *w = ctx;

	w->answers++;
	w->q = *q;
	memset(q, 0, sizeof(*q));
	if (w->finish)
		callback_finish(w->cb, w->q.code != NULL, "web1, 2 of 5");
}

static void
on_stray(void *ctx, int n)
{
	((struct world *)ctx)->strays = n;
}

static void
on_rival(void *ctx)
{
	((struct world *)ctx)->rivals++;
}

static void
on_closed(void *ctx)
{
	struct world *w = ctx;

	w->closed++;
	w->closed_at = loop_clock();
	callback_free(w->cb);
	w->cb = NULL;
}

static const struct callback_fns fns = { on_answer, on_stray, on_rival,
	on_closed };

static int
free_port(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &len), 0);
	close(fd);
	return ntohs(a.sin_port);
}

static void
world_open(struct world *w)
{
	struct callback_ask ask = { .ports = w->ports, .path = "/auth/callback",
		.fns = &fns, .ctx = w };
	struct err e = ERR_INIT;

	assert_true(sodium_init() >= 0);
	w->loop = loop_new();
	w->state = secret_copy(STATE, strlen(STATE));
	ask.state = w->state;
	if (w->ports[0] == 0)
		w->ports[0] = free_port();
	w->cb = callback_open(w->loop, &ask, &e);
	if (w->cb == NULL)
		fail_msg("%s", e.text);
}

static void
world_close(struct world *w)
{
	callback_free(w->cb);
	secret_free(w->state);
	callquery_clear(&w->q);
	loop_free(w->loop);
}


static void
on_tick(struct watch *t, short revents)
{
	(void)t;
	(void)revents;
}

/* One turn of the loop, 5 ms at most. */
static void
turn(struct world *w)
{
	struct watch tick = { .fd = -1, .due = loop_clock() + 5,
		.fn = on_tick };

	assert_int_equal(loop_watch(w->loop, &tick), 0);
	loop_turn(w->loop);
	loop_unwatch(w->loop, &tick);
}

/* ---- a client ----------------------------------------------------------- */

static int
connect_to(int port)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	return fd;
}

static void
put(int fd, const void *p, size_t len)
{
	assert_int_equal(send(fd, p, len, MSG_NOSIGNAL), len);
}

/* Until the peer closes: false when it has not within PATIENCE. */
static bool
take(struct world *w, int fd, struct buf *b)
{
	int64_t end = loop_clock() + PATIENCE;
	char some[4096];
	ssize_t n;

	while (loop_clock() < end) {
		if (w->cb != NULL)
			turn(w);
		n = recv(fd, some, sizeof(some), MSG_DONTWAIT);
		if (n > 0)
			buf_add(b, some, (size_t)n);
		else if (n == 0 || errno != EAGAIN)
			return true;
	}
	return false;
}

static int
status_of(const struct buf *b)
{
	int status = -1;

	if (b->len == 0)
		return 0;
	assert_true(sscanf(buf_str(b), "HTTP/1.%*d %d", &status) == 1);
	return status;
}

/* Sends len bytes and returns the answer's status, 0 for none. */
static int
ask_bytes(struct world *w, const void *p, size_t len, struct buf *b)
{
	int fd = connect_to(w->ports[0]);
	bool ended;

	put(fd, p, len);
	ended = take(w, fd, b);
	close(fd);
	assert_true(ended);
	return status_of(b);
}

static int
ask(struct world *w, const char *target, const char *more)
{
	BUF_AUTO b = BUF_INIT(65536);
	char text[2048];

	snprintf(text, sizeof(text), "GET %s HTTP/1.1\r\n"
	    "Host: 127.0.0.1:%d\r\n%s\r\n", target, w->ports[0], more);
	return ask_bytes(w, text, strlen(text), &b);
}

/* The login goes on as if nothing had been: and then it completes. */
static void
login_completes(struct world *w)
{
	assert_int_equal(w->answers, 0);
	assert_int_equal(w->closed, 0);
	w->finish = true;
	assert_int_equal(ask(w, GOOD, ""), 303);
	assert_int_equal(ask(w, "/done", ""), 200);
	assert_int_equal(w->answers, 1);
	assert_int_equal(w->closed, 1);
	assert_non_null(w->q.code);
	assert_memory_equal(secret_expose(w->q.code, NULL), CODE,
	    strlen(CODE));
}

/* ---- tests -------------------------------------------------------------- */

static void
only_the_state_ends_the_wait(void **state)
{
	static const struct { const char *target; int status; } strays[] = {
		{ "/", 404 },
		{ "/cancel", 404 },
		{ "/success", 404 },
		{ "/done", 404 },
		{ "/favicon.ico", 404 },
		{ "/auth/callback/?code=x&state=" STATE, 404 },
		{ "/auth/callbac%6b?code=x&state=" STATE, 404 },
		{ "//auth/callback?code=x&state=" STATE, 404 },
		{ "/auth/callback", 400 },
		{ "/auth/callback?", 400 },
		{ "/auth/callback?code=" CODE, 400 },
		{ "/auth/callback?state=" STATE, 400 },
		{ "/auth/callback?error=access_denied", 400 },
		{ "/auth/callback?code=" CODE "&state=", 400 },
		{ "/auth/callback?code=" CODE "&state=x", 400 },
		{ "/auth/callback?code=" CODE "&state=" STATE "x", 400 },
		{ "/auth/callback?code=" CODE "&state=" STATE "%00", 400 },
		{ "/auth/callback?code=&state=" STATE, 400 },
		{ "/auth/callback?code=a&code=b&state=" STATE, 400 },
		{ "/auth/callback?code=a&error=b&state=" STATE, 400 },
		{ "/auth/callback?code=a&state=x&state=" STATE, 400 },
		{ "/auth/callback?code=a&state=" STATE "&state=x", 400 },
		{ "/auth/callback?code=a&stat%65=x&state=" STATE, 400 },
		{ "/auth/callback?code=a&b=1&b=2&state=" STATE, 400 },
		{ "/auth/callback?code=%zz&state=" STATE, 400 },
		{ "/auth/callback?code=%c0%80&state=" STATE, 400 },
		{ "/auth/callback?code=%0d%0aX&state=" STATE, 400 },
	};
	struct world w = { 0 };

	(void)state;
	world_open(&w);
	for (size_t i = 0; i < sizeof(strays) / sizeof(*strays); i++) {
		int status = ask(&w, strays[i].target, "");

		if (status != strays[i].status)
			fail_msg("%s: %d", strays[i].target, status);
	}
	assert_int_equal(w.strays, 19);
	assert_int_equal(w.rivals, 1);
	login_completes(&w);
	world_close(&w);
}

static void
what_is_no_navigation_is_refused(void **state)
{
	static const struct { const char *text; int status; } heads[] = {
		{ "HEAD %s HTTP/1.1\r\nHost: %s\r\n\r\n", 405 },
		{ "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Length: 0\r\n\r\n",
			405 },
		{ "DELETE %s HTTP/1.1\r\nHost: %s\r\n\r\n", 405 },
		{ "OPTIONS %s HTTP/1.1\r\nHost: %s\r\n\r\n", 405 },
		{ "get %s HTTP/1.1\r\nHost: %s\r\n\r\n", 405 },
		{ "GET %s HTTP/1.1\r\nHost: %s\r\nOrigin: null\r\n\r\n", 403 },
		{ "GET %s HTTP/1.1\r\nHost: %s\r\n"
		  "Sec-Fetch-Mode: no-cors\r\n\r\n", 403 },
		{ "GET %s HTTP/1.1\r\nHost: %s\r\n"
		  "Sec-Fetch-Dest: iframe\r\n\r\n", 403 },
		{ "GET %s HTTP/1.1\r\nHost: %s\r\nContent-Length: 5\r\n\r\n"
		  "hello", 400 },
		{ "GET %s HTTP/1.1\r\nHost: %s\r\n"
		  "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400 },
		{ "GET %s HTTP/1.1\r\nHost: evil\r\nX: %s\r\n\r\n", 421 },
		{ "GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nX: %s\r\n\r\n", 421 },
		{ "GET %s HTTP/1.1\r\nHost: %s.evil\r\n\r\n", 421 },
		{ "GET %s HTTP/1.1\r\nHost: %s\r\nHost: evil\r\n\r\n", 400 },
		{ "GET %s HTTP/1.1\r\nX: %s\r\n\r\n", 400 },
		{ "GET %s HTTP/1.0\r\nX: %s\r\n\r\n", 421 },
		{ "GET %s HTTP/2.0\r\nHost: %s\r\n\r\n", 505 },
		{ "GET %s HTTP/0.9\r\nHost: %s\r\n\r\n", 505 },
		{ "GET %s\r\nHost: %s\r\n\r\n", 400 },
		{ "GET http://127.0.0.1%s HTTP/1.1\r\nHost: %s\r\n\r\n", 404 },
		{ "GET  %s HTTP/1.1\r\nHost: %s\r\n\r\n", 400 },
		{ "GET\t%s HTTP/1.1\r\nHost: %s\r\n\r\n", 400 },
		{ "GET %s HTTP/1.1\nHost: %s\n\n", 400 },
		{ "GET %s HTTP/1.1\r\nHost: %s\n\r\n", 400 },
		{ "GET %s HTTP/1.1\r\nHost: %s\r\nX: a\r\n b\r\n\r\n", 400 },
		{ "GET %s HTTP/1.1\r\nHost : %s\r\n\r\n", 400 },
		{ "GET %s HTTP/1.1\r\nHost:  %s\r\n\r\n", 400 },
		{ "GET %s x HTTP/1.1\r\nHost: %s\r\n\r\n", 0 },
		{ "GET %s HTTP/1.1 \r\nHost: %s\r\n\r\n", 400 },
	};
	struct world w = { 0 };
	char host[32], text[1024];

	(void)state;
	world_open(&w);
	snprintf(host, sizeof(host), "127.0.0.1:%d", w.ports[0]);
	for (size_t i = 0; i < sizeof(heads) / sizeof(*heads); i++) {
		BUF_AUTO b = BUF_INIT(65536);
		int status;

		/* The formats are those above. */
		#pragma GCC diagnostic push
		#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		snprintf(text, sizeof(text), heads[i].text, GOOD, host);
		#pragma GCC diagnostic pop
		status = ask_bytes(&w, text, strlen(text), &b);
		if (status != heads[i].status)
			fail_msg("%s: %d", heads[i].text, status);
	}
	login_completes(&w);
	world_close(&w);
}

/* A request that waits for its outcome; the socket. */
static int
ask_waiting(struct world *w, const char *more)
{
	char text[1024];
	int fd = connect_to(w->ports[0]), before = w->answers;
	int64_t end = loop_clock() + (before == 0 ? PATIENCE : 200);

	snprintf(text, sizeof(text), "GET " GOOD " HTTP/1.1\r\n"
	    "Host: localhost:%d\r\n%s\r\n", w->ports[0], more);
	put(fd, text, strlen(text));
	while (w->answers == before && loop_clock() < end)
		turn(w);
	return fd;
}

static int
answer_of(struct world *w, int fd)
{
	BUF_AUTO b = BUF_INIT(65536);
	bool ended = take(w, fd, &b);

	close(fd);
	assert_true(ended);
	return status_of(&b);
}

static void
nul_bytes_are_refused(void **state)
{
	struct world w = { 0 };
	char text[512];
	size_t len;

	(void)state;
	world_open(&w);
	len = (size_t)snprintf(text, sizeof(text), "GET " GOOD " HTTP/1.1\r\n"
	    "Host: 127.0.0.1:%d\r\nX: y\r\n\r\n", w.ports[0]);
	/* In the place of every byte but a CR's, where it passes for one. */
	for (size_t i = 0; i < len - 4; i++) {
		BUF_AUTO b = BUF_INIT(65536);
		char c = text[i];
		int status;

		if (c == '\r')
			continue;
		text[i] = '\0';
		status = ask_bytes(&w, text, len, &b);
		text[i] = c;
		if (status != 0 && status != 400 && status != 404 &&
		    status != 421 && status != 505)
			fail_msg("NUL at %zu: %d", i, status);
	}
	login_completes(&w);
	world_close(&w);
}

static void
what_browsers_send_is_taken(void **state)
{
	static const char *const more[] = {
		"X:\r\nY: \r\n",
		"Connection: keep-alive\r\nsec-ch-ua: \"Chromium\";v=\"1\"\r\n"
		"Upgrade-Insecure-Requests: 1\r\nSec-Fetch-Site: cross-site\r\n"
		"Sec-Fetch-Mode: navigate\r\nSec-Fetch-User: ?1\r\n"
		"Sec-Fetch-Dest: document\r\nCookie: a=b; c=d\r\n",
		"Content-Length: 0\r\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(more) / sizeof(*more); i++) {
		struct world w = { .finish = true };

		world_open(&w);
		assert_int_equal(answer_of(&w, ask_waiting(&w, more[i])), 303);
		assert_int_equal(w.answers, 1);
		world_close(&w);
	}
}

static void
the_issuers_no_is_an_answer(void **state)
{
	struct world w = { .finish = true };
	struct err e = ERR_INIT;

	(void)state;
	world_open(&w);
	assert_int_equal(ask(&w, "/auth/callback?error=access_denied&"
	    "error_description=No%1b%5b1m%0a+way&state=" STATE, ""), 303);
	assert_null(w.q.code);
	assert_string_equal(w.q.error, "access_denied");
	assert_string_equal(w.q.description, "No\\x1b[1m\\x0a way");
	assert_int_equal(callquery_judge(&w.q, NULL, &e), -1);
	assert_int_equal(e.code, ERR_LOGIN_REFUSED);
	assert_string_equal(e.text, "the issuer refused the login: "
	    "No\\x1b[1m\\x0a way (access_denied)");
	world_close(&w);
}

/* Threat C6: all who bring the state wait for the one outcome. */
static void
a_second_callback_changes_nothing(void **state)
{
	struct world w = { 0 };
	int fds[CALLCONN_WAIT], late;

	(void)state;
	world_open(&w);
	for (size_t i = 0; i < CALLCONN_WAIT; i++)
		fds[i] = ask_waiting(&w, "");
	assert_int_equal(ask(&w, GOOD, ""), 503);
	assert_int_equal(ask(&w, "/done", ""), 404);
	callback_finish(w.cb, true, NULL);
	for (size_t i = 0; i < CALLCONN_WAIT; i++)
		assert_int_equal(answer_of(&w, fds[i]), 303);
	late = ask(&w, GOOD, "");
	assert_int_equal(late, 303);
	assert_int_equal(w.answers, 1);
	assert_int_equal(w.strays, 0);
	for (size_t i = 0; i < CALLCONN_WAIT; i++)
		assert_int_equal(ask(&w, "/done", ""), 200);
	assert_int_equal(w.closed, 0);
	assert_int_equal(ask(&w, "/done", ""), 200);
	assert_int_equal(w.closed, 1);
	world_close(&w);
}

/* How long (ms) a listener with one waiting client stays once it is told. */
static int64_t
stays(bool client_goes)
{
	const struct linger reset = { 1, 0 };
	struct world w = { 0 };
	int64_t told;
	int fd;

	world_open(&w);
	fd = ask_waiting(&w, "");
	assert_int_equal(w.answers, 1);
	if (client_goes) {
		assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset,
		    sizeof(reset)), 0);
		close(fd);
		turn(&w);
		assert_int_equal(w.closed, 0);
	}
	told = loop_now(w.loop);	/* the time it counts from */
	callback_finish(w.cb, client_goes, NULL);
	while (w.closed == 0)
		turn(&w);
	if (!client_goes)
		close(fd);
	world_close(&w);
	return w.closed_at - told;
}

/*
 * Threat C12. A busy machine may be late, not early: where the client is
 * waited for, no try is in time.
 */
static void
a_client_that_goes_does_not_end_the_login(void **state)
{
	int tries = 5;

	(void)state;
	while (stays(true) >= CALLBACK_LINGER_MS)
		assert_true(--tries > 0);
}

/* It closes for the linger, not because the connection's own time is up. */
static void
nobody_is_waited_for_longer(void **state)
{
	int64_t ms = stays(false);
	int tries = 5;

	(void)state;
	assert_true(ms >= CALLBACK_LINGER_MS);
	for (; ms >= CALLBACK_LINGER_MS + 500; ms = stays(false))
		assert_true(--tries > 0);
}

static void
an_end_without_an_answer_closes(void **state)
{
	struct world w = { 0 };

	(void)state;
	world_open(&w);
	callback_finish(w.cb, false, NULL);
	while (w.closed == 0)
		turn(&w);
	assert_int_equal(w.answers, 0);
	world_close(&w);
}

static void
freed_at_any_time(void **state)
{
	struct world w = { 0 };
	int fd, idle;

	(void)state;
	world_open(&w);
	idle = connect_to(w.ports[0]);
	fd = ask_waiting(&w, "");
	callback_free(w.cb);
	w.cb = NULL;
	assert_int_equal(answer_of(&w, fd), 0);
	assert_int_equal(answer_of(&w, idle), 0);
	world_close(&w);
}

/* Threats O-22, O-23, O-26, C8: nothing of the request is in the answers. */
static void
the_pages_are_ours(void **state)
{
	static const char *const headers[] = {
		"\r\nContent-Security-Policy: default-src 'none'; style-src "
		"'sha256-", "frame-ancestors 'none'\r\n",
		"\r\nCache-Control: no-store\r\n",
		"\r\nReferrer-Policy: no-referrer\r\n",
		"\r\nX-Content-Type-Options: nosniff\r\n",
		"\r\nX-Frame-Options: DENY\r\n",
		"\r\nConnection: close\r\n",
	};
	struct world w = { .finish = true };
	const char *const pages[] = { GOOD "&x=%3Cscript%3E<script>", GOOD,
		"/done" };
	const char *const says[] = { "Nothing here", "\r\nLocation: /done\r\n",
		"web1, 2 of 5" };
	char text[1024];

	(void)state;
	world_open(&w);
	for (size_t i = 0; i < 3; i++) {
		BUF_AUTO b = BUF_INIT(65536);

		snprintf(text, sizeof(text), "GET %s HTTP/1.1\r\n"
		    "Host: 127.0.0.1:%d\r\n\r\n", pages[i], w.ports[0]);
		ask_bytes(&w, text, strlen(text), &b);
		for (size_t j = 0; j < sizeof(headers) / sizeof(*headers); j++)
			assert_non_null(strstr(b.p, headers[j]));
		assert_non_null(strstr(b.p, says[i]));
		assert_null(strstr(b.p, CODE));
		assert_null(strstr(b.p, STATE));
		assert_null(strstr(b.p, "script>"));
		assert_null(strstr(b.p, "Codex has"));	/* not yet */
	}
	world_close(&w);
}

/* Threat C10: however it drips, five seconds in all. */
static void
a_slow_request_is_cut(void **state)
{
	struct world w = { 0 };
	int64_t began, next;
	int fd, idle;
	char c;

	(void)state;
	world_open(&w);
	began = next = loop_clock();
	idle = connect_to(w.ports[0]);
	fd = connect_to(w.ports[0]);
	while (recv(fd, &c, 1, MSG_DONTWAIT) == -1 && errno == EAGAIN) {
		if (loop_clock() >= next) {
			(void)send(fd, "G", 1, MSG_NOSIGNAL);
			next += 100;
		}
		turn(&w);
	}
	assert_true(loop_clock() - began >= CALLCONN_MS - 50);
	assert_true(loop_clock() - began < CALLCONN_MS + PATIENCE);
	assert_int_equal(answer_of(&w, idle), 0);
	close(fd);
	login_completes(&w);
	world_close(&w);
}

static void
a_huge_request_is_refused(void **state)
{
	static char text[65536];
	struct world w = { 0 };
	int status, fd;

	(void)state;
	memset(text, 'a', sizeof(text));
	world_open(&w);
	/* No more than 8 KiB are read of a line that has no end. */
	memcpy(text, "GET /", 5);
	fd = connect_to(w.ports[0]);
	for (int i = 0; i < 400; i++) {
		if (send(fd, text, sizeof(text), MSG_NOSIGNAL |
			MSG_DONTWAIT) == -1 && errno != EAGAIN)
			break;
		turn(&w);
	}
	close(fd);
	/* One header too long, and one byte too many in all. */
	for (size_t over = 0; over < 2; over++) {
		BUF_AUTO b = BUF_INIT(65536);
		size_t n = (size_t)snprintf(text, sizeof(text),
		    "GET /x HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nX: ",
		    w.ports[0]);

		memset(text + n, 'a', CALLREQUEST_MAX);
		n = CALLREQUEST_MAX + over;
		memcpy(text + n - 4, "\r\n\r\n", 4);
		status = ask_bytes(&w, text, n, &b);
		assert_int_equal(status, over == 0 ? 404 : 431);
	}
	login_completes(&w);
	world_close(&w);
}

/* Threats C10, F68, F70: a crowd that says nothing keeps nobody out. */
static void
a_crowd_keeps_nobody_out(void **state)
{
	struct world w = { 0 };
	int fds[300];
	int64_t began;

	(void)state;
	world_open(&w);
	for (size_t i = 0; i < 300; i++) {
		fds[i] = connect_to(w.ports[0]);
		put(fds[i], "GET /auth", i % 10);
		if (i % 50 == 0)
			turn(&w);
	}
	began = loop_clock();
	login_completes(&w);
	assert_true(loop_clock() - began < PATIENCE / 2);
	for (size_t i = 0; i < 300; i++)
		close(fds[i]);
	world_close(&w);
}

static void
without_descriptors_it_waits(void **state)
{
	struct rlimit was, now;
	struct world w = { 0 };
	int fds[40], turns = 0;
	struct watch tick = { .fd = -1, .fn = on_tick };

	(void)state;
	world_open(&w);
	for (size_t i = 0; i < 40; i++)
		fds[i] = connect_to(w.ports[0]);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &was), 0);
	now = was;
	now.rlim_cur = (rlim_t)fds[39] + 1;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &now), 0);
	tick.due = loop_clock() + 500;
	assert_int_equal(loop_watch(w.loop, &tick), 0);
	for (; tick.due != LOOP_NEVER; turns++)
		loop_turn(w.loop);
	loop_unwatch(w.loop, &tick);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &was), 0);
	assert_in_range(turns, 1, 40);	/* it does not spin */
	login_completes(&w);
	for (size_t i = 0; i < 40; i++)
		close(fds[i]);
	world_close(&w);
}

/* Threats C1, C13, F67 */
static void
a_taken_port_is_left_alone(void **state)
{
	struct world w = { .ports = { free_port(), 0 } };
	struct err e = ERR_INIT;
	int held[LOOPBACKS], peer;
	char text[64], name[PORTHOLD_TEXT];

	(void)state;
	assert_int_equal(loopback_listen(held, w.ports[0], true, &e), 0);
	w.ports[1] = free_port();
	world_open(&w);
	assert_int_equal(callback_port(w.cb), w.ports[1]);
	/* Both taken, by us: the error says so. */
	assert_null(callback_open(w.loop, &(struct callback_ask){
	    .ports = w.ports, .path = "/", .state = w.state, .fns = &fns,
	    .ctx = &w }, &e));
	assert_int_equal(e.code, ERR_PORT_IN_USE);
	snprintf(text, sizeof(text), "(pid %d, user ", (int)getpid());
	assert_non_null(strstr(e.text, text));
	assert_non_null(strstr(strstr(e.text, text) + 1, text));
	assert_non_null(strstr(porthold_name(name, w.ports[0]), text));
	assert_string_equal(porthold_name(name, free_port()),
	    "another program");
	/* Nobody came to the one who holds the first. */
	peer = accept4(held[LOOPBACK_V4], NULL, NULL, SOCK_NONBLOCK);
	assert_int_equal(peer, -1);
	assert_int_equal(errno, EAGAIN);
	loopback_close(held);
	world_close(&w);
}

static void
a_taken_v6_loopback_matters_for_localhost(void **state)
{
	int port = free_port(), fds[LOOPBACKS], held;
	struct sockaddr_in6 a = { .sin6_family = AF_INET6,
		.sin6_port = htons((uint16_t)port),
		.sin6_addr = IN6ADDR_LOOPBACK_INIT };
	struct err e = ERR_INIT;

	(void)state;
	held = socket(AF_INET6, SOCK_STREAM, 0);
	if (held == -1 || bind(held, (struct sockaddr *)&a, sizeof(a)) == -1 ||
	    listen(held, 1) == -1)
		skip();
	assert_int_equal(loopback_listen(fds, port, true, &e), -1);
	assert_int_equal(e.code, ERR_PORT_IN_USE);
	assert_int_equal(loopback_listen(fds, port, false, &e), 0);
	assert_int_equal(fds[LOOPBACK_V6], -1);
	loopback_close(fds);
	close(held);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_the_state_ends_the_wait),
		cmocka_unit_test(what_is_no_navigation_is_refused),
		cmocka_unit_test(nul_bytes_are_refused),
		cmocka_unit_test(what_browsers_send_is_taken),
		cmocka_unit_test(the_issuers_no_is_an_answer),
		cmocka_unit_test(a_second_callback_changes_nothing),
		cmocka_unit_test(a_client_that_goes_does_not_end_the_login),
		cmocka_unit_test(nobody_is_waited_for_longer),
		cmocka_unit_test(an_end_without_an_answer_closes),
		cmocka_unit_test(freed_at_any_time),
		cmocka_unit_test(the_pages_are_ours),
		cmocka_unit_test(a_slow_request_is_cut),
		cmocka_unit_test(a_huge_request_is_refused),
		cmocka_unit_test(a_crowd_keeps_nobody_out),
		cmocka_unit_test(without_descriptors_it_waits),
		cmocka_unit_test(a_taken_port_is_left_alone),
		cmocka_unit_test(a_taken_v6_loopback_matters_for_localhost),
	};

	(void)signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
