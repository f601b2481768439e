#include "loop.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <time.h>

/*
 * watches[i] and polls[i] go together. Slot 0 stays empty so that a watch
 * that was zeroed is "not watched". A slot emptied during a turn is reused
 * only after it, so that a callback can free any watch. Those with a
 * descriptor come first: poll(2) fails when it is given more entries than
 * RLIMIT_NOFILE, and counts the empty ones too.
 */
struct loop {
	struct watch	**watches;
	struct pollfd	 *polls;
	size_t		  used, cap;
	size_t		  nfds;		/* slots 1 to nfds have a descriptor */
	int64_t		  now;
};

int64_t
loop_clock(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

struct loop *
loop_new(void)
{
	struct loop *l = calloc(1, sizeof(*l));

	if (l == NULL)
		return NULL;
	l->used = 1;
	l->now = loop_clock();
	return l;
}

void
loop_free(struct loop *l)
{
	if (l == NULL)
		return;
	free(l->watches);
	free(l->polls);
	free(l);
}

static int
loop_grow(struct loop *l)
{
	size_t cap = l->cap == 0 ? 64 : l->cap * 2;
	struct watch **w = reallocarray(l->watches, cap, sizeof(*w));
	struct pollfd *p;

	if (w == NULL)
		return -1;
	l->watches = w;
	if ((p = reallocarray(l->polls, cap, sizeof(*p))) == NULL)
		return -1;
	l->polls = p;
	l->cap = cap;
	return 0;
}

int
loop_watch(struct loop *l, struct watch *w)
{
	if (w->slot != 0)
		return 0;
	if (l->used >= l->cap && loop_grow(l) == -1)
		return -1;
	w->slot = l->used++;
	l->watches[w->slot] = w;
	l->polls[w->slot] = (struct pollfd){ .fd = -1 };
	return 0;
}

void
loop_unwatch(struct loop *l, struct watch *w)
{
	if (w->slot == 0)
		return;
	l->watches[w->slot] = NULL;
	w->slot = 0;
}

int64_t
loop_now(const struct loop *l)
{
	return l->now;
}

void
loop_forgive(struct loop *l, int64_t ms)
{
	for (size_t i = 1; i < l->used; i++) {
		struct watch *w = l->watches[i];

		if (w != NULL && w->due != LOOP_NEVER)
			w->due += ms;
	}
	l->now = loop_clock();
}

/* Closes the gaps that unwatching left, and returns the nearest due time. */
static int64_t
loop_pack(struct loop *l)
{
	int64_t due = LOOP_NEVER;
	size_t to = 1;

	for (size_t i = 1; i < l->used; i++) {
		struct watch *w = l->watches[i];

		if (w == NULL)
			continue;
		l->watches[to] = w;
		w->slot = to++;
		if (w->due < due)
			due = w->due;
	}
	l->used = to;
	return due;
}

/* Brings those with a descriptor to the front. */
static void
loop_sort(struct loop *l)
{
	l->nfds = 0;
	for (size_t i = 1; i < l->used; i++) {
		struct watch *w = l->watches[i];

		l->polls[i] = (struct pollfd){ .fd = -1 };
		if (w->fd == -1)
			continue;
		l->nfds++;
		l->watches[i] = l->watches[l->nfds];
		l->watches[i]->slot = i;
		l->watches[l->nfds] = w;
		w->slot = l->nfds;
		l->polls[l->nfds] = (struct pollfd){ w->fd, w->events, 0 };
	}
}

/* Milliseconds for poll, rounded up to never wake early and spin. */
static int
loop_wait(int64_t due)
{
	int64_t ms;

	if (due == LOOP_NEVER)
		return -1;
	ms = due - loop_clock();
	if (ms < 0)
		return 0;
	return ms > 60000 ? 60000 : (int)ms;
}

void
loop_turn(struct loop *l)
{
	int64_t due = loop_pack(l);
	size_t n = l->used;

	loop_sort(l);
	/* Fails by a signal only, whose own pipe is watched. */
	if (poll(l->polls + 1, (nfds_t)l->nfds, loop_wait(due)) == -1) {
		for (size_t i = 1; i <= l->nfds; i++)
			l->polls[i].revents = 0;
	}
	l->now = loop_clock();
	for (size_t i = 1; i < n; i++) {
		struct watch *w = l->watches[i];
		short revents = l->polls[i].revents;

		if (w == NULL)
			continue;
		if (revents != 0) {
			w->fn(w, revents);
		} else if (w->due <= l->now) {
			w->due = LOOP_NEVER;
			w->fn(w, 0);
		}
	}
}
