/*
 * sshauth - proves who we are to one server (RFC 4252, RFC 4256).
 *
 * Ways, in order: key files that can be used at once or whose key the agent
 * holds, in ssh_config's order, each with its certificate first; the agent's
 * other keys unless IdentitiesOnly; encrypted key files; and on a terminal
 * keyboard-interactive and password, each as far as ssh_config and BatchMode
 * allow. For a key file the signed request goes out at once, without "none"
 * and without asking whether the key is welcome: one round trip.
 *
 * Threat: a server's prompts are foreign text and shown as such, on a
 * terminal only; nothing is ever forwarded or delegated to it.
 */
#ifndef SSHAUTH_H
#define SSHAUTH_H

#include <libssh/libssh.h>

struct err;
struct net;
struct sshagent;
struct sshauth;
struct sshhost;
struct sshkeys;

enum sshauth_progress {
	SSHAUTH_AGAIN,		/* when the session's descriptor is ready */
	SSHAUTH_WAITS,		/* when the agent is: see sshauth_on_wake */
	SSHAUTH_DONE,
	SSHAUTH_FAILED
};

/* agent may be NULL. All borrowed until sshauth_free. NULL without memory. */
struct sshauth	*sshauth_new(struct net *n, ssh_session s,
		    const struct sshhost *h, struct sshkeys *keys,
		    struct sshagent *agent);
void		 sshauth_free(struct sshauth *a);

/*
 * One step. AGAIN and WAITS say when to call it next; while it WAITS the
 * session's descriptor must not be watched. FAILED sets e.
 */
enum sshauth_progress sshauth_step(struct sshauth *a, struct err *e);

/* Who is called, from the loop, when an agent that took its time is ready. */
void		 sshauth_on_wake(struct sshauth *a, void (*wake)(void *ctx),
		    void *ctx);

#endif
