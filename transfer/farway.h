/*
 * farway - a way to a far side over which programs run and ports of its
 * loopback are reached, several at once: an SSH session, or the execs of a
 * container.
 *
 * A port is reached without publishing anything: by a channel of the session,
 * or by whatever the container has that can connect (fardial.sh).
 */
#ifndef FARWAY_H
#define FARWAY_H

#include <stddef.h>

struct enginexec_peer;
struct err;
struct farcall;
struct farway;
struct net;
struct target_spec;

struct farway_on {
	void	(*up)(void *ctx);
	/* It could not be had, or is lost, and its calls have ended. */
	void	(*down)(void *ctx, const struct err *why);
	void	 *ctx;
};

/*
 * Begins; up or down is called from the loop, and down again later when it is
 * lost (a container's has no such moment: its calls just end). *to is
 * borrowed, *on copied. timeout: seconds until up. NULL sets e.
 */
struct farway	*farway_open(struct net *n, const struct target_spec *to,
		    int timeout, const struct farway_on *on, struct err *e);

/*
 * A descriptor, the caller's, that keeps the far side from being told that the
 * way is closed; -1 where there is none.
 */
int		 farway_hold(const struct farway *w);

/* After its calls were freed. NULL is fine. */
void		 farway_close(struct farway *w);

/*
 * Whether we are let to its ports at all, asked before anybody relies on it;
 * once, from the loop. 0, or -1 without memory.
 */
int		 farway_probe(struct farway *w, int port,
		    void (*done)(void *ctx, const struct err *why),
		    void *ctx);

/*
 * A program there, by a line for the login shell or the same words; or a
 * connection to 127.0.0.1:port. peer is borrowed and used as by enginexec: a
 * connection has a status of 0, and -1 is a lost way. NULL without memory.
 */
struct farcall	*farway_run(struct farway *w, const char *line,
		    const char *const *argv,
		    const struct enginexec_peer *peer);
struct farcall	*farway_dial(struct farway *w, int port,
		    const struct enginexec_peer *peer);

/* There is something pending. */
void		 farcall_poke(struct farcall *c);
void		 farcall_free(struct farcall *c);

const char	*farway_stage(const struct farway *w);
const char	*farway_warning(const struct farway *w);

/* What a kind of way implements; each as the function of its name above. */
struct farway_kind {
	struct farway	*(*open)(struct net *n, const struct target_spec *to,
			    int timeout, const struct farway_on *on,
			    struct err *e);
	int		 (*hold)(const struct farway *w);	/* or NULL */
	void		 (*close)(struct farway *w);
	int		 (*probe)(struct farway *w, int port,
			    void (*done)(void *ctx, const struct err *why),
			    void *ctx);
	struct farcall	*(*run)(struct farway *w, const char *line,
			    const char *const *argv,
			    const struct enginexec_peer *peer);
	struct farcall	*(*dial)(struct farway *w, int port,
			    const struct enginexec_peer *peer);
	void		 (*poke)(struct farcall *c);
	void		 (*free)(struct farcall *c);
	const char	*(*stage)(const struct farway *w);
	const char	*(*warning)(const struct farway *w);
};

extern const struct farway_kind farway_ssh, farway_docker;

/* What each struct of a kind begins with. */
struct farway {
	const struct farway_kind *kind;
};
struct farcall {
	const struct farway_kind *kind;
};

#endif
