#include "callconn.h"

#include <string.h>
#include <sys/socket.h>

#include "loop.h"

struct callconn *
callconns_add(struct callconns *c, int fd, int64_t now)
{
	for (size_t i = 0; i < CALLCONN_MAX; i++) {
		struct callconn *v = &c->v[i];

		if (v->used)
			continue;
		*v = (struct callconn){ .used = true, .fd = fd, .born = now,
			.due = now + CALLCONN_MS };
		return v;
	}
	return NULL;
}

void
callconn_end(struct callconn *c)
{
	callquery_clear(&c->query);
	memset(c, 0, sizeof(*c));
}

struct callconn *
callconns_find(struct callconns *c, int fd)
{
	for (size_t i = 0; i < CALLCONN_MAX; i++) {
		if (c->v[i].used && c->v[i].fd == fd)
			return &c->v[i];
	}
	return NULL;
}

static void
conn_shut(struct callconn *c)
{
	(void)shutdown(c->fd, SHUT_RDWR);	/* reset already: as good */
	c->due = LOOP_NEVER;
}

bool
callconns_shut_oldest(struct callconns *c)
{
	struct callconn *oldest = NULL;

	for (size_t i = 0; i < CALLCONN_MAX; i++) {
		struct callconn *v = &c->v[i];

		if (v->used && !v->waits &&
		    (oldest == NULL || v->born < oldest->born))
			oldest = v;
	}
	if (oldest != NULL)
		conn_shut(oldest);
	return oldest != NULL;
}

int64_t
callconns_shut_due(struct callconns *c, int64_t now)
{
	int64_t next = LOOP_NEVER;

	for (size_t i = 0; i < CALLCONN_MAX; i++) {
		struct callconn *v = &c->v[i];

		if (!v->used || v->waits)
			continue;
		if (v->due <= now)
			conn_shut(v);
		if (v->due < next)
			next = v->due;
	}
	return next;
}

int
callconns_waiting(const struct callconns *c)
{
	int n = 0;

	for (size_t i = 0; i < CALLCONN_MAX; i++)
		n += c->v[i].used && c->v[i].waits;
	return n;
}
