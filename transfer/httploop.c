#include "httploop.h"

#include <malloc.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "err.h"

#define IDLE_MAX 1200L	/* connections kept; more than --parallel allows */

/* What libcurl frees may have been sent: a header, a body, a key. */
static void
wipe_free(void *p)
{
	if (p == NULL)
		return;
	sodium_memzero(p, malloc_usable_size(p));
	free(p);
}

static void *
wipe_realloc(void *p, size_t len)
{
	size_t old = p == NULL ? 0 : malloc_usable_size(p);
	void *q;

	if (p != NULL && len <= old && len > old / 2)
		return p;
	if ((q = malloc(len == 0 ? 1 : len)) == NULL)
		return NULL;
	if (p != NULL)
		memcpy(q, p, old < len ? old : len);
	wipe_free(p);
	return q;
}

/* A callback may remove any handle, so each message is fetched anew. */
static void
loop_act(struct httploop *h, curl_socket_t fd, int what)
{
	CURLMsg *m;
	int left;

	(void)h->api.multi_socket_action(h->multi, fd, what, &left);
	while ((m = h->api.multi_info_read(h->multi, &left)) != NULL) {
		if (m->msg == CURLMSG_DONE)
			h->ended(h, m->easy_handle, m->data.result);
	}
}

static void
socket_ready(struct watch *w, short revents)
{
	struct httpsocket *s = w->ctx;
	int what = 0;

	if (revents & (POLLIN | POLLHUP))
		what |= CURL_CSELECT_IN;
	if (revents & POLLOUT)
		what |= CURL_CSELECT_OUT;
	if (revents & (POLLERR | POLLNVAL))
		what |= CURL_CSELECT_ERR;
	loop_act(s->owner, w->fd, what);
}

static void
socket_forget(struct httploop *h, struct httpsocket *s)
{
	struct httpsocket **at = &h->sockets;

	while (*at != s)
		at = &(*at)->next;
	*at = s->next;
	loop_unwatch(h->loop, &s->watch);
	free(s);
}

static int
on_socket(CURL *easy, curl_socket_t fd, int what, void *ctx, void *assigned)
{
	struct httploop *h = ctx;
	struct httpsocket *s = assigned;

	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		if (s != NULL)
			socket_forget(h, s);
		return 0;
	}
	if (s == NULL) {
		if ((s = calloc(1, sizeof(*s))) == NULL)
			return -1;
		s->owner = h;
		s->watch = (struct watch){ .fd = fd, .due = LOOP_NEVER,
			.fn = socket_ready, .ctx = s };
		if (loop_watch(h->loop, &s->watch) == -1) {
			free(s);
			return -1;
		}
		s->next = h->sockets;
		h->sockets = s;
		(void)h->api.multi_assign(h->multi, fd, s);
	}
	s->watch.events = 0;
	if (what & CURL_POLL_IN)
		s->watch.events |= POLLIN;
	if (what & CURL_POLL_OUT)
		s->watch.events |= POLLOUT;
	return 0;
}

static int
on_timer(CURLM *multi, long ms, void *ctx)
{
	struct httploop *h = ctx;

	(void)multi;
	h->timer.due = ms < 0 ? LOOP_NEVER : loop_now(h->loop) + ms;
	return 0;
}

static void
timer_due(struct watch *w, short revents)
{
	(void)revents;
	loop_act(w->ctx, CURL_SOCKET_TIMEOUT, 0);
}

static int
loop_options(struct httploop *h)
{
	__typeof__(curl_multi_setopt) *set = h->api.multi_setopt;

	if (set(h->multi, CURLMOPT_SOCKETFUNCTION, on_socket) != CURLM_OK ||
	    set(h->multi, CURLMOPT_SOCKETDATA, h) != CURLM_OK ||
	    set(h->multi, CURLMOPT_TIMERFUNCTION, on_timer) != CURLM_OK ||
	    set(h->multi, CURLMOPT_TIMERDATA, h) != CURLM_OK ||
	    set(h->multi, CURLMOPT_MAXCONNECTS, IDLE_MAX) != CURLM_OK)
		return -1;
	return 0;
}

int
httploop_open(struct httploop *h, struct loop *l, struct err *e)
{
	h->loop = l;
	h->timer = (struct watch){ .fd = -1, .due = LOOP_NEVER,
		.fn = timer_due, .ctx = h };
	if (curlapi_load(&h->api, e) == -1)
		return -1;
	h->inited = h->api.global_init_mem(CURL_GLOBAL_ALL, malloc, wipe_free,
	    wipe_realloc, strdup, calloc) == CURLE_OK;
	if (h->inited && (h->multi = h->api.multi_init()) != NULL &&
	    loop_watch(l, &h->timer) == 0 && loop_options(h) == 0)
		return 0;
	return err_set(e, ERR_INTERNAL, "cannot start libcurl");
}

void
httploop_close(struct httploop *h)
{
	if (h->multi != NULL)
		(void)h->api.multi_cleanup(h->multi);	/* it is empty */
	while (h->sockets != NULL)
		socket_forget(h, h->sockets);
	loop_unwatch(h->loop, &h->timer);
	if (h->inited)
		h->api.global_cleanup();
}
