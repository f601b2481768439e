/*
 * enginexec - one program in a container, with its three streams attached.
 *
 * Two requests: make the exec, then start it on a connection of its own that
 * is upgraded to frames (enginestream.h). Nothing secret is in its arguments:
 * the engine logs those.
 */
#ifndef ENGINEXEC_H
#define ENGINEXEC_H

#include <stdbool.h>
#include <stddef.h>

struct engine;
struct enginexec;
struct err;
struct net;

/* What it talks to; every member is called from the loop. */
struct enginexec_peer {
	/* type 1: standard output, 2: standard error. */
	void	(*data)(void *ctx, int type, const void *p, size_t len);
	/* What to send now, and how much was taken. NULL: nothing ever. */
	const void *(*pending)(void *ctx, size_t *len);
	void	(*sent)(void *ctx, size_t len);
	/* Whether it has no more to say: it is hung up then. */
	bool	(*finished)(void *ctx);
	/*
	 * Once, at the end; may free it. why is set where it could not be
	 * begun. Else status is its exit status, -1 where that is not known:
	 * the link was lost, or it was hung up.
	 */
	void	(*ended)(void *ctx, int status, const struct err *why);
	void	*ctx;
};

struct enginexec_ask {
	struct net	*net;
	struct engine	*engine;
	const char	*container;	/* its id */
	const char	*user;		/* NULL or "": the container's own */
	const char *const *argv;	/* NULL-terminated; copied */
	const struct enginexec_peer *peer;	/* borrowed */
};

/* NULL without memory. */
struct enginexec *enginexec_start(const struct enginexec_ask *ask);
void		  enginexec_free(struct enginexec *x);

/* Sends p now as far as that needs no waiting; for a last word. */
void		  enginexec_say(struct enginexec *x, const void *p,
		    size_t len);

/* What is pending has become more, outside of a call of the peer's. */
void		  enginexec_poke(struct enginexec *x);

#endif
