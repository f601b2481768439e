/*
 * agentwire - messages to and from an ssh-agent, and how long to wait.
 *
 * Threat: an agent's socket may lead anywhere (ssh_config's IdentityAgent, a
 * forwarded one): lengths are bounded (256 KiB), every wait has an end.
 */
#ifndef AGENTWIRE_H
#define AGENTWIRE_H

#include <stdbool.h>
#include <stdint.h>

#define SSH_AGENT_FAILURE		5
#define SSH_AGENTC_REQUEST_IDENTITIES	11
#define SSH_AGENT_IDENTITIES_ANSWER	12

/* The body of a message, without its length; p is malloc'ed where read. */
struct message {
	unsigned char	*p;
	uint32_t	 len;
};

/*
 * Until when (loop_clock, LOOP_NEVER: no limit), and a descriptor whose
 * hang-up ends the wait too (-1: none).
 */
struct patience {
	int64_t	 until;
	int	 door;
};

uint32_t agentwire_get32(const unsigned char *p);
void	agentwire_put32(unsigned char *p, uint32_t v);

/* Whether fd became readable in time. */
bool	agentwire_wait(int fd, const struct patience *w);

/* 0, *m the caller's to free; or -1 at the end, in vain or for a bad length. */
int	agentwire_read(int fd, struct message *m, const struct patience *w);
int	agentwire_write(int fd, const struct message *m);

/* Sends one request on a connection of its own; the descriptor, or -1. */
int	agentwire_ask(const char *path, const struct message *request);

#endif
