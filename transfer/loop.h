/*
 * loop - one thread, one poll(2), callbacks.
 *
 * All sessions of a run share it, so nothing here needs a lock and a jump
 * host's session can serve many targets. What can block (name look-ups, the
 * agent) runs in threads that answer through a descriptor watched here.
 */
#ifndef LOOP_H
#define LOOP_H

#include <stddef.h>
#include <stdint.h>

struct loop;

#define LOOP_NEVER INT64_MAX

/* Owned by the watcher; fields may be changed at any time from the loop. */
struct watch {
	int	 fd;		/* -1: a timer only */
	short	 events;	/* POLLIN, POLLOUT; 0: timer and hang-up only */
	int64_t	 due;		/* loop_now milliseconds, LOOP_NEVER: none */
	/* revents is 0 when called because `due` has passed (due is then
	 * LOOP_NEVER). May unwatch and free any watch, this one too. */
	void	(*fn)(struct watch *w, short revents);
	void	*ctx;
	size_t	 slot;		/* the loop's own; 0: not watched */
};

struct loop	*loop_new(void);	/* NULL without memory */
void		 loop_free(struct loop *l);

/* Adds; 0 or -1 without memory. Removing one that isn't watched is fine. */
int		 loop_watch(struct loop *l, struct watch *w);
void		 loop_unwatch(struct loop *l, struct watch *w);

/* Milliseconds of CLOCK_MONOTONIC: now, and as of the last turn. */
int64_t		 loop_clock(void);
int64_t		 loop_now(const struct loop *l);

/*
 * Shifts every due time by ms: what a prompt on the terminal cost must not
 * be charged to the targets in flight.
 */
void		 loop_forgive(struct loop *l, int64_t ms);

/* Waits for one event or due time and runs its callbacks. */
void		 loop_turn(struct loop *l);

#endif
