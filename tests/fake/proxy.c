/*
 * proxy - a bad network on loopback, for the tests and the benches.
 *
 *   proxy [-d MS] [-b BYTES:MS] [-x c|s:N:fin|rst|stall|hold] [-s SKIP]
 *       [-n COUNT] [-f] [-w FILE] [ADDR:]PORT|PATH [ADDR:]PORT|PATH
 *
 * Listens on the first address (port 0: any) and connects to the second.
 * Without ADDR it listens on every local one, and connects to the one that
 * was dialled, so that 127.0.1.1 to 127.0.1.250 stay 250 hosts. Either may be
 * the absolute path of a unix socket. Prints "PORT PID" (0 for a path) and
 * goes to the background (-f: stays), so its caller waits for that line only.
 *
 *   -d   delays each direction by MS, in order and at full bandwidth
 *   -b   lets BYTES through each MS, over all connections
 *   -x   after N bytes of the client (c) or server (s): ends the connection
 *        in order (fin), resets it (rst), swallows what follows (stall), or
 *        stands still, all of it, until FILE is gone (hold)
 *   -s   does so to no connection of the first SKIP
 *   -n   and to the COUNT that come then alone
 *   -w   makes FILE when that happens
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "where.h"

#define CLIENT	    0
#define SERVER	    1
#define CHUNK	    65536
#define FLIGHT_MAX  (8U << 20)	/* bytes of one direction held back */

struct conn;

struct end {
	struct conn *conn;
	int	     fd;
	uint32_t     events;
	char	    *out;	/* what the socket did not take yet */
	size_t	     outlen;
	bool	     shut;	/* its FIN was passed on */
};

struct conn {
	struct end   end[2];
	uint64_t     seen[2];	/* bytes read from each */
	size_t	     flight[2];	/* of them not written yet */
	bool	     eof[2];
	bool	     cut, swallow;
	unsigned     refs;
	struct conn *dead;
};

enum what { DATA, EOF_, CUT };

/* One delay for all makes the queue one list, in the order of due times. */
struct item {
	struct item *next;
	int64_t	     due;
	struct conn *conn;
	int	     from;
	enum what    what;
	size_t	     len;
	char	     data[];
};

static struct {
	int	     listener, ep, cut_from;
	struct where to;
	int64_t	     delay, drip_ms;
	size_t	     drip;
	uint64_t     cut_at;
	enum { NO_CUT, FIN, RST, STALL, HOLD } cut;
	long	     skip, cut_conns, nconns;
	const char  *witness;
	struct item *head, **tail;
	struct conn *dead;
} p = { .tail = &p.head, .cut_conns = -1 };

static int64_t
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void
unref(struct conn *c)
{
	if (--c->refs == 0) {
		c->dead = p.dead;	/* events of this turn may name it */
		p.dead = c;
	}
}

static void
end_close(struct end *e, bool reset)
{
	struct linger l = { 1, 0 };

	if (e->fd == -1)
		return;
	if (reset)
		setsockopt(e->fd, SOL_SOCKET, SO_LINGER, &l, sizeof(l));
	close(e->fd);
	e->fd = -1;
	free(e->out);
	e->out = NULL;
	e->outlen = 0;
	unref(e->conn);
}

static void
end_want(struct conn *c, int side)
{
	struct end *e = &c->end[side];
	struct epoll_event ev = { .data.ptr = e };

	if (e->fd == -1)
		return;
	if (!c->eof[side] && c->flight[side] < FLIGHT_MAX)
		ev.events |= EPOLLIN;
	if (e->outlen > 0)
		ev.events |= EPOLLOUT;
	if (ev.events == e->events)
		return;
	e->events = ev.events;
	epoll_ctl(p.ep, EPOLL_CTL_MOD, e->fd, &ev);
}

static void
queue(struct conn *c, int from, enum what what, const char *data, size_t len)
{
	struct item *i = malloc(sizeof(*i) + len);

	if (i == NULL)
		die("malloc");
	*i = (struct item){ NULL, now() + p.delay, c, from, what, len };
	memcpy(i->data, data, len);
	c->refs++;
	c->flight[from] += len;
	*p.tail = i;
	p.tail = &i->next;
}

static bool
both_gone(const struct conn *c)
{
	return c->eof[CLIENT] && c->eof[SERVER];
}

static void
conn_close(struct conn *c, bool reset)
{
	end_close(&c->end[CLIENT], reset);
	end_close(&c->end[SERVER], reset);
}

static void
conn_cut(struct conn *c)
{
	if (p.witness != NULL)
		close(open(p.witness, O_WRONLY | O_CREAT, 0600));
	while (p.cut == HOLD && access(p.witness, F_OK) == 0)
		usleep(2000);
	c->swallow = p.cut != HOLD;
	if (p.cut == RST)
		conn_close(c, true);
	else if (p.cut == FIN)
		for (int s = 0; s < 2; s++)
			if (c->end[s].fd != -1)
				shutdown(c->end[s].fd, SHUT_WR);
}

static void
end_write(struct end *e, const char *data, size_t len)
{
	ssize_t n = 0;

	if (e->outlen == 0) {
		n = send(e->fd, data, len, MSG_NOSIGNAL);
		if (n < 0)
			n = 0;	/* a reset is seen by the next read */
	}
	if ((size_t)n == len)
		return;
	e->out = realloc(e->out, e->outlen + len - (size_t)n);
	if (e->out == NULL)
		die("realloc");
	memcpy(e->out + e->outlen, data + n, len - (size_t)n);
	e->outlen += len - (size_t)n;
}

static void
deliver(const struct item *i)
{
	struct conn *c = i->conn;
	struct end *to = &c->end[!i->from];

	c->flight[i->from] -= i->len;
	if (i->what == CUT) {
		conn_cut(c);
	} else if (to->fd != -1 && !c->swallow) {
		if (i->what == DATA)
			end_write(to, i->data, i->len);
		else if (to->outlen == 0)
			shutdown(to->fd, SHUT_WR);
		to->shut = i->what == EOF_;
	}
	if (i->what == EOF_ && both_gone(c) && to->outlen == 0)
		conn_close(c, false);
	end_want(c, CLIENT);
	end_want(c, SERVER);
}

static void
end_flush(struct end *e)
{
	ssize_t n = send(e->fd, e->out, e->outlen, MSG_NOSIGNAL);

	if (n < 0 && errno != EAGAIN) {
		e->outlen = 0;
		return;
	}
	if (n > 0) {
		e->outlen -= (size_t)n;
		memmove(e->out, e->out + n, e->outlen);
	}
	if (e->outlen == 0 && e->shut) {
		shutdown(e->fd, SHUT_WR);
		if (both_gone(e->conn))
			conn_close(e->conn, false);
	}
}

static void
end_read(struct end *e)
{
	static char buf[CHUNK];
	struct conn *c = e->conn;
	int side = e == &c->end[SERVER];
	size_t max = p.drip > 0 ? p.drip : sizeof(buf);
	ssize_t n = recv(e->fd, buf, max, 0);
	uint64_t room;

	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0) {
		c->eof[side] = true;
		if (n < 0 || c->swallow)
			conn_close(c, n < 0);
		else
			queue(c, side, EOF_, "", 0);
		return;
	}
	if (c->swallow)
		return;
	room = p.cut_at - c->seen[side];
	c->seen[side] += (uint64_t)n;
	if (!c->cut || side != p.cut_from || (uint64_t)n < room) {
		queue(c, side, DATA, buf, (size_t)n);
		return;
	}
	c->cut = false;
	queue(c, side, DATA, buf, room);
	queue(c, side, CUT, "", 0);
	if (p.cut == HOLD)
		queue(c, side, DATA, buf + room, (size_t)n - room);
}

static void
end_open(struct conn *c, int side, int fd)
{
	struct epoll_event ev = { .events = EPOLLIN };
	int on = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	fcntl(fd, F_SETFL, O_NONBLOCK);
	c->end[side] = (struct end){ .conn = c, .fd = fd, .events = EPOLLIN };
	ev.data.ptr = &c->end[side];
	c->refs++;
	if (epoll_ctl(p.ep, EPOLL_CTL_ADD, fd, &ev) == -1)
		die("epoll_ctl");
}

static void
conn_open(int fd)
{
	struct conn *c;
	int to = where_dial(&p.to, fd);

	if (to == -1) {
		close(fd);
		return;
	}
	c = calloc(1, sizeof(*c));
	if (c == NULL)
		die("calloc");
	end_open(c, CLIENT, fd);
	end_open(c, SERVER, to);
	c->cut = p.cut != NO_CUT && p.nconns >= p.skip &&
	    (p.cut_conns < 0 || p.nconns - p.skip < p.cut_conns);
	p.nconns++;
	if (c->cut && p.cut_at == 0) {
		c->cut = false;
		queue(c, p.cut_from, CUT, "", 0);
	}
}

static void
deliver_due(void)
{
	while (p.head != NULL && p.head->due <= now()) {
		struct item *i = p.head;

		p.head = i->next;
		if (p.head == NULL)
			p.tail = &p.head;
		deliver(i);
		unref(i->conn);
		free(i);
		if (p.drip_ms > 0)
			usleep((useconds_t)p.drip_ms * 1000);
	}
	while (p.dead != NULL) {
		struct conn *c = p.dead;

		p.dead = c->dead;
		free(c);
	}
}

static void
turn(void)
{
	struct epoll_event ev[256];
	int64_t wait = p.head == NULL ? -1 : p.head->due - now();
	int n = epoll_wait(p.ep, ev, 256,
	    p.head == NULL ? -1 : wait < 0 ? 0 : (int)wait);

	for (int i = 0; i < n; i++) {
		struct end *e = ev[i].data.ptr;
		int fd;

		if (e == NULL) {
			fd = accept4(p.listener, NULL, NULL, SOCK_CLOEXEC);
			if (fd != -1)
				conn_open(fd);
			continue;
		}
		if (e->fd != -1 && (ev[i].events & EPOLLOUT) != 0)
			end_flush(e);
		if (e->fd != -1 && (ev[i].events & ~(uint32_t)EPOLLOUT) != 0)
			end_read(e);
		end_want(e->conn, CLIENT);
		end_want(e->conn, SERVER);
	}
	deliver_due();
}

static void
cut_option(const char *s)
{
	char *end;

	p.cut_from = s[0] == 's' ? SERVER : CLIENT;
	p.cut_at = strtoull(s + 2, &end, 10);
	p.cut = strcmp(end, ":rst") == 0 ? RST :
	    strcmp(end, ":stall") == 0   ? STALL :
	    strcmp(end, ":hold") == 0	 ? HOLD :
					   FIN;
}

int
main(int argc, char **argv)
{
	struct epoll_event ev = { .events = EPOLLIN };
	struct where from;
	bool stay = false;
	char *end;
	int c;

	while ((c = getopt(argc, argv, "d:b:x:s:n:w:f")) != -1) {
		if (c == 'd')
			p.delay = atol(optarg);
		else if (c == 'b') {
			p.drip = strtoul(optarg, &end, 10);
			p.drip_ms = atol(end + 1);
		} else if (c == 'x')
			cut_option(optarg);
		else if (c == 's')
			p.skip = atol(optarg);
		else if (c == 'n')
			p.cut_conns = atol(optarg);
		else if (c == 'w')
			p.witness = optarg;
		else if (c == 'f')
			stay = true;
		else
			return 2;
	}
	if (argc - optind != 2)
		return 2;
	signal(SIGPIPE, SIG_IGN);
	where_parse(&from, argv[optind]);
	where_parse(&p.to, argv[optind + 1]);
	p.listener = where_listen(&from);
	p.ep = epoll_create1(0);
	if (epoll_ctl(p.ep, EPOLL_CTL_ADD, p.listener, &ev) == -1)
		die("epoll");
	where_background(stay);
	for (;;)
		turn();
}
