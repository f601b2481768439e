#include "farway.h"

#include "target.h"

struct farway *
farway_open(struct net *n, const struct target_spec *to, int timeout,
    const struct farway_on *on, struct err *e)
{
	const struct farway_kind *kind = to->kind == &target_ssh ?
	    &farway_ssh : &farway_docker;

	return kind->open(n, to, timeout, on, e);
}

int
farway_hold(const struct farway *w)
{
	return w->kind->hold != NULL ? w->kind->hold(w) : -1;
}

void
farway_close(struct farway *w)
{
	if (w != NULL)
		w->kind->close(w);
}

int
farway_probe(struct farway *w, int port,
    void (*done)(void *ctx, const struct err *why), void *ctx)
{
	return w->kind->probe(w, port, done, ctx);
}

struct farcall *
farway_run(struct farway *w, const char *line, const char *const *argv,
    const struct enginexec_peer *peer)
{
	return w->kind->run(w, line, argv, peer);
}

struct farcall *
farway_dial(struct farway *w, int port, const struct enginexec_peer *peer)
{
	return w->kind->dial(w, port, peer);
}

void
farcall_poke(struct farcall *c)
{
	c->kind->poke(c);
}

void
farcall_free(struct farcall *c)
{
	if (c != NULL)
		c->kind->free(c);
}

const char *
farway_stage(const struct farway *w)
{
	return w->kind->stage(w);
}

const char *
farway_warning(const struct farway *w)
{
	return w->kind->warning(w);
}
