#include "dial.h"

#include <sys/socket.h>

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "err.h"
#include "gate.h"
#include "loop.h"

#define DIAL_ADDRESSES	8	/* tried at most */
#define DIAL_STAGGER	250	/* ms before the next address joins in */
#define DIAL_STACK	(256 * 1024)	/* bytes; NSS modules need some */
#define DIAL_USER_TIMEOUT 30000	/* ms of unacknowledged data */

/* A name look-up in a thread; whichever side ends last frees it. */
struct lookup {
	char		*host;
	char		 port[8];
	int		 family, rc, sys;
	struct addrinfo	*found;
	int		 tell;	/* the thread's end of a socket pair */
	atomic_int	 owners;
};

struct attempt {
	struct watch	 watch;
	struct dial	*dial;
};

struct dial {
	struct loop	*loop;
	struct gate	*gate;
	struct dial_to	 to;
	struct lookup	*lookup;
	struct watch	 answer;	/* the look-up's end, then the stagger */
	struct addrinfo	*found, *next;
	struct attempt	 tries[DIAL_ADDRESSES];
	size_t		 ntries, flying;
	int		 sys;		/* why the last one failed */
	struct gate_pass pass;
};

static void
lookup_drop(struct lookup *k)
{
	if (atomic_fetch_sub(&k->owners, 1) > 1)
		return;
	if (k->found != NULL)
		freeaddrinfo(k->found);
	close(k->tell);
	free(k->host);
	free(k);
}

static void
lookup_resolve(struct lookup *k, int flags)
{
	struct addrinfo hints = {
		.ai_family = k->family,
		.ai_socktype = SOCK_STREAM,
		.ai_flags = flags,
	};

	k->rc = getaddrinfo(k->host, k->port, &hints, &k->found);
	k->sys = errno;
}

static void *
lookup_thread(void *arg)
{
	struct lookup *k = arg;

	lookup_resolve(k, 0);
	/* Fails only where nobody waits any more. */
	(void)send(k->tell, "", 1, MSG_NOSIGNAL);
	lookup_drop(k);
	return NULL;
}

static int
lookup_spawn(struct lookup *k)
{
	pthread_attr_t attr;
	pthread_t thread;
	int rc;

	if ((rc = pthread_attr_init(&attr)) != 0) {
		errno = rc;
		return -1;
	}
	pthread_attr_setstacksize(&attr, DIAL_STACK);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	atomic_store(&k->owners, 2);
	if ((rc = pthread_create(&thread, &attr, lookup_thread, k)) != 0)
		atomic_store(&k->owners, 1);
	pthread_attr_destroy(&attr);
	errno = rc;
	return rc == 0 ? 0 : -1;
}

static void
dial_fail(struct dial *d, const char *why)
{
	struct err e = ERR_INIT;

	loop_unwatch(d->loop, &d->answer);
	err_set(&e, ERR_UNREACHABLE, "cannot connect to '%s' port %d: %s",
	    d->to.host, d->to.port, why);
	err_hint(&e, "check the name and the port (-p), and that sshd runs "
	    "there");
	d->to.done(d->to.ctx, -1, &e);
}

static void
attempt_close(struct attempt *a)
{
	if (a->watch.fd == -1)
		return;
	loop_unwatch(a->dial->loop, &a->watch);
	close(a->watch.fd);
	a->watch.fd = -1;
	a->dial->flying--;
}

static void dial_next(struct dial *d);

static void
attempt_ended(struct watch *w, short revents)
{
	struct attempt *a = w->ctx;
	struct dial *d = a->dial;
	socklen_t len = sizeof(d->sys);
	int fd;

	(void)revents;
	if (getsockopt(w->fd, SOL_SOCKET, SO_ERROR, &d->sys, &len) == -1)
		d->sys = errno;
	if (d->sys != 0) {
		attempt_close(a);
		dial_next(d);
		return;
	}
	fd = w->fd;
	loop_unwatch(d->loop, w);
	w->fd = -1;	/* transferred */
	d->flying--;
	for (size_t i = 0; i < d->ntries; i++)
		attempt_close(&d->tries[i]);
	loop_unwatch(d->loop, &d->answer);
	d->to.done(d->to.ctx, fd, NULL);
}

static int
socket_prepare(const struct addrinfo *ai)
{
	static const int on = 1;
	static const unsigned int silent = DIAL_USER_TIMEOUT;
	int fd = socket(ai->ai_family,
	    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd == -1)
		return -1;
	/* Each only makes it better; a system without one still connects. */
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	(void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	(void)setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &silent,
	    sizeof(silent));
	return fd;
}

static int
attempt_start(struct dial *d, const struct addrinfo *ai)
{
	struct attempt *a = &d->tries[d->ntries];
	int fd = socket_prepare(ai);

	if (fd == -1 || (connect(fd, ai->ai_addr, ai->ai_addrlen) == -1 &&
	    errno != EINPROGRESS))
		goto fail;
	a->dial = d;
	a->watch = (struct watch){ .fd = fd, .events = POLLOUT,
		.due = LOOP_NEVER, .fn = attempt_ended, .ctx = a };
	if (loop_watch(d->loop, &a->watch) == -1) {
		errno = ENOMEM;
		goto fail;
	}
	d->ntries++;
	d->flying++;
	return 0;
fail:
	d->sys = errno;
	if (fd != -1)
		close(fd);
	return -1;
}

/* Starts the next address; reports failure once none is left or flying. */
static void
dial_next(struct dial *d)
{
	while (d->next != NULL && d->ntries < DIAL_ADDRESSES) {
		struct addrinfo *ai = d->next;

		d->next = ai->ai_next;
		if (attempt_start(d, ai) == 0) {
			d->answer.due = d->next == NULL ? LOOP_NEVER :
			    loop_now(d->loop) + DIAL_STAGGER;
			return;
		}
	}
	if (d->flying == 0)
		dial_fail(d, strerror(d->sys));
}

static void
dial_enter(void *ctx)
{
	struct dial *d = ctx;

	/* From the loop, so that done() is never called inside dial_start. */
	d->answer.due = 0;
	if (d->to.first != NULL)
		d->to.first(d->to.ctx);
}

/* The gate's key is the address itself: many names can lead to one sshd. */
static void
dial_resolved(struct dial *d)
{
	char host[NI_MAXHOST], key[NI_MAXHOST + 16];

	if (d->lookup->rc != 0) {
		dial_fail(d, d->lookup->rc == EAI_SYSTEM ?
		    strerror(d->lookup->sys) : gai_strerror(d->lookup->rc));
		return;
	}
	d->found = d->next = d->lookup->found;
	d->lookup->found = NULL;
	if (getnameinfo(d->found->ai_addr, d->found->ai_addrlen, host,
	    sizeof(host), NULL, 0, NI_NUMERICHOST) != 0)
		host[0] = '\0';
	(void)snprintf(key, sizeof(key), "%s %d", host, d->to.port);
	d->pass = (struct gate_pass){ .enter = dial_enter, .ctx = d };
	if (gate_enter(d->gate, key, &d->pass) == -1)
		dial_fail(d, strerror(ENOMEM));
}

/* First the look-up's answer, then the gate's, then the stagger timer. */
static void
dial_answered(struct watch *w, short revents)
{
	struct dial *d = w->ctx;

	if (revents == 0) {
		dial_next(d);
		return;
	}
	close(w->fd);
	w->fd = -1;
	dial_resolved(d);
}

static int
dial_lookup(struct dial *d)
{
	struct lookup *k = calloc(1, sizeof(*k));
	int ends[2];

	if (k == NULL || (k->host = strdup(d->to.host)) == NULL ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == -1) {
		if (k != NULL)
			free(k->host);
		free(k);
		return -1;
	}
	d->lookup = k;
	k->tell = ends[1];
	k->family = d->to.family;
	atomic_init(&k->owners, 1);
	(void)snprintf(k->port, sizeof(k->port), "%d", d->to.port);
	d->answer = (struct watch){ .fd = ends[0], .events = POLLIN,
		.due = LOOP_NEVER, .fn = dial_answered, .ctx = d };
	if (loop_watch(d->loop, &d->answer) == -1)
		return -1;
	lookup_resolve(k, AI_NUMERICHOST);
	if (k->rc == EAI_NONAME)
		return lookup_spawn(k);
	return send(k->tell, "", 1, MSG_NOSIGNAL) == 1 ? 0 : -1;
}

struct dial *
dial_start(struct loop *l, struct gate *g, const struct dial_to *to,
    struct err *e)
{
	struct dial *d = calloc(1, sizeof(*d));
	char *host = strdup(to->host);

	if (d == NULL || host == NULL) {
		free(d);
		free(host);
		err_memory(e);
		return NULL;
	}
	d->loop = l;
	d->gate = g;
	d->to = *to;
	d->to.host = host;
	d->answer.fd = -1;
	errno = 0;
	if (dial_lookup(d) == 0)
		return d;
	err_sys(e, ERR_INTERNAL, errno, "cannot look up '%s'", to->host);
	dial_free(d);
	return NULL;
}

void
dial_free(struct dial *d)
{
	if (d == NULL)
		return;
	loop_unwatch(d->loop, &d->answer);
	if (d->answer.fd != -1)
		close(d->answer.fd);
	for (size_t i = 0; i < d->ntries; i++)
		attempt_close(&d->tries[i]);
	if (d->found != NULL)
		freeaddrinfo(d->found);
	if (d->lookup != NULL)
		lookup_drop(d->lookup);
	gate_leave(d->gate, &d->pass);
	free((char *)(uintptr_t)d->to.host);	/* ours: dial_start */
	free(d);
}
