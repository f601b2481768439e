/*
 * gate - at most so many at once for one key.
 *
 * sshd's default MaxStartups (10:30:100) drops connections when more than ten
 * are unauthenticated: of 50 at once 17 were lost. Whoever begins a handshake
 * enters the gate of its endpoint first and leaves it when authenticated.
 */
#ifndef GATE_H
#define GATE_H

#include <stddef.h>

struct gate;

/* Embedded in who waits; zeroed before first use. */
struct gate_pass {
	void		 (*enter)(void *ctx);	/* may be called at once */
	void		  *ctx;
	struct gate_key	  *key;		/* the gate's own */
	struct gate_pass  *next;
	int		   inside;
};

/* max for each key. NULL without memory. */
struct gate	*gate_new(size_t max);
void		 gate_free(struct gate *g);

/* enter(ctx) is called when there is room. 0, or -1 without memory. */
int		 gate_enter(struct gate *g, const char *key,
		    struct gate_pass *p);

/* Leaves, or gives up waiting; fine for one that never entered. */
void		 gate_leave(struct gate *g, struct gate_pass *p);

#endif
