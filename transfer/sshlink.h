/*
 * sshlink - one SSH session that lasts, and the many that use it: streams of
 * a forward, commands, probes.
 *
 * A session has one descriptor, and any call on it may take in what is meant
 * for another channel: so there is one place that waits for it, and it gives
 * every user a turn after each event.
 *
 * A link that died without a word is noticed (ServerAliveInterval and
 * ServerAliveCountMax of ssh_config, else 15 s and 3): libssh never says so.
 */
#ifndef SSHLINK_H
#define SSHLINK_H

#include <libssh/libssh.h>

struct err;
struct net;
struct sshlink;
struct target_spec;
struct watch;

/*
 * One user of the session, embedded in whatever it is. `turn` is called after
 * each event; `lost` once when the session is dead, and there the user's
 * channels MUST be freed: they do not outlive it. Both may leave and free the
 * user, but no other one.
 */
struct sshuser {
	void		(*turn)(void *ctx);
	void		(*lost)(void *ctx);
	void		 *ctx;
	struct sshuser	 *next;		/* the link's own */
};

struct sshlink_on {
	void	(*up)(void *ctx);	/* the session stands */
	/*
	 * It could not be had, or is lost, for good: its users know it already.
	 * Who wants another one closes this and opens a new link.
	 */
	void	(*down)(void *ctx, const struct err *why);
	void	 *ctx;
};

/*
 * Connects; up or down is called from the loop. *to is borrowed, *on copied.
 * timeout: seconds from the first packet until it stands. NULL sets e.
 */
struct sshlink	*sshlink_open(struct net *n, const struct target_spec *to,
		    int timeout, const struct sshlink_on *on, struct err *e);

/* Ends the session, politely. Its users have left. NULL is fine. */
void		 sshlink_close(struct sshlink *l);

/* While it is up. */
ssh_session	 sshlink_session(struct sshlink *l);
void		 sshlink_join(struct sshlink *l, struct sshuser *u);
void		 sshlink_leave(struct sshlink *l, struct sshuser *u);

/* After each use of the session that was not in a turn. */
void		 sshlink_used(struct sshlink *l);

/* Its due time may be set to 0, also in a callback: a turn for everybody. */
struct watch	*sshlink_wake(struct sshlink *l);

/* "authenticating", ...; constant. */
const char	*sshlink_stage(const struct sshlink *l);

/* Something the user should know about an accepted host key, or NULL. */
const char	*sshlink_warning(const struct sshlink *l);

#endif
