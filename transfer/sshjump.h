/*
 * sshjump - ProxyJump: one shared session a jump host, one direct-tcpip
 * channel (RFC 4254 7.2) a target.
 *
 * A jump of any depth is a list "a,b,c": the session to c stands on a channel
 * of the session to b, and that on one of a's. A hundred targets behind one
 * bastion authenticate to it once.
 *
 * Threat: a jump host sees ciphertext only; the target's own host key is
 * checked by the session that stands on the channel.
 */
#ifndef SSHJUMP_H
#define SSHJUMP_H

struct err;
struct net;
struct sshforward;
struct sshjump;
struct sshnet;

#define SSHJUMP_DEPTH_MAX 16

/* fd: a stream to the target, the callee's; or -1 with why. */
typedef void (*sshforward_fn)(void *ctx, int fd, const struct err *e);

struct sshforward_to {
	const char	*host;		/* copied */
	int		 port;
	int		 depth;		/* of the jump host's own session */
	void		(*first)(void *ctx);	/* the first packet goes out */
	sshforward_fn	 done;
	void		*ctx;
};

/*
 * A stream to `to` through the hosts of `jumps`. done is called once, from
 * the loop. by is the jump whose own session asks, or NULL: a jump that would
 * stand on itself is refused. NULL sets e. sshforward_free ends the stream.
 */
struct sshforward *sshforward_open(struct net *n, const char *jumps,
		    struct sshjump *by, const struct sshforward_to *to,
		    struct err *e);
void		 sshforward_free(struct sshforward *f);

/* The handshake over it is done: the next one to this endpoint may begin. */
void		 sshforward_settled(struct sshforward *f);

/* Ends every jump session of the run. */
void		 sshjump_free_all(struct sshnet *s);

#endif
