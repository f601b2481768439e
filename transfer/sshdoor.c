#include "sshdoor.h"

#include <sys/socket.h>

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agentwire.h"
#include "loop.h"
#include "sshagent.h"

#define DOOR_SOON	200	/* ms that libssh may block everybody for */
#define DOOR_WAIT	60000	/* ms for a touch or a confirmation */
#define DOOR_STACK	(256 * 1024)	/* bytes */

/*
 * The thread looks at `shown` only after it has read a request, and the other
 * side sets it only between requests: the socket orders them. The same holds
 * for `asked` and `answer`, which are the thread's alone.
 */
struct sshdoor {
	struct sshagent	*agent;
	size_t		 shown;
	pthread_t	 thread;
	int		 ours;		/* the thread's end; libssh has one */
	int		 wake[2];	/* read by the owner, written here */
	atomic_bool	 deferred;
	struct message	 asked, answer;	/* a late answer, and to what */
};

static unsigned char refusal[] = { SSH_AGENT_FAILURE };

static void
message_drop(struct message *m)
{
	free(m->p);
	*m = (struct message){ NULL, 0 };
}

/* IDENTITIES_ANSWER with the one key, no comment. */
static int
door_list(const struct sshdoor *d)
{
	const struct message *key = sshagent_blob(d->agent, d->shown);
	struct message m = { NULL, 1 + 4 + 4 + key->len + 4 };
	int rc;

	if ((m.p = malloc(m.len)) == NULL)
		return -1;
	m.p[0] = SSH_AGENT_IDENTITIES_ANSWER;
	agentwire_put32(m.p + 1, 1);
	agentwire_put32(m.p + 5, key->len);
	memcpy(m.p + 9, key->p, key->len);
	agentwire_put32(m.p + 9 + key->len, 0);
	rc = agentwire_write(d->ours, &m);
	free(m.p);
	return rc;
}

static int
door_refuse(const struct sshdoor *d)
{
	return agentwire_write(d->ours,
	    &(struct message){ refusal, sizeof(refusal) });
}

/*
 * The agent takes its time: libssh is refused, so that the others go on. Then
 * the answer is waited for and kept; none at all is a refusal kept.
 */
static int
door_defer(struct sshdoor *d, int agent, struct message *request)
{
	struct patience w = { loop_clock() + DOOR_WAIT, d->ours };

	atomic_store(&d->deferred, true);
	if (door_refuse(d) == -1)
		return -1;
	message_drop(&d->asked);
	message_drop(&d->answer);
	d->asked = *request;
	*request = (struct message){ NULL, 0 };	/* transferred */
	if (agentwire_read(agent, &d->answer, &w) == -1)
		d->answer = (struct message){ NULL, 0 };
	(void)!write(d->wake[1], "", 1);	/* its only byte: there is room */
	return 0;
}

/* A late answer is there: it is given once. */
static int
door_late(struct sshdoor *d)
{
	int rc = d->answer.p == NULL ? door_refuse(d) :
	    agentwire_write(d->ours, &d->answer);

	message_drop(&d->asked);
	message_drop(&d->answer);
	return rc;
}

static int
door_sign(struct sshdoor *d, struct message *request)
{
	struct patience soon = { loop_clock() + DOOR_SOON, d->ours };
	struct message answer;
	int agent, rc;

	if (d->asked.p != NULL && d->asked.len == request->len &&
	    memcmp(d->asked.p, request->p, request->len) == 0)
		return door_late(d);
	agent = agentwire_ask(sshagent_path(d->agent), request);
	if (agent == -1)
		return door_refuse(d);
	if (!agentwire_wait(agent, &soon)) {
		rc = door_defer(d, agent, request);
	} else if (soon.until = loop_clock() + DOOR_SOON,
	    agentwire_read(agent, &answer, &soon) == -1) {
		rc = door_refuse(d);
	} else {
		rc = agentwire_write(d->ours, &answer);
		free(answer.p);
	}
	close(agent);
	return rc;
}

static void *
door_serve(void *arg)
{
	static const struct patience always = { LOOP_NEVER, -1 };
	struct sshdoor *d = arg;
	struct message m;
	int rc = 0;

	while (rc == 0 && agentwire_read(d->ours, &m, &always) == 0) {
		rc = m.p[0] == SSH_AGENTC_REQUEST_IDENTITIES ?
		    door_list(d) : door_sign(d, &m);
		free(m.p);
	}
	/* libssh waits without a limit: let it see the end. */
	shutdown(d->ours, SHUT_RDWR);
	return NULL;
}

static int
door_start(struct sshdoor *d)
{
	pthread_attr_t attr;
	int rc;

	if (pthread_attr_init(&attr) != 0)
		return -1;
	pthread_attr_setstacksize(&attr, DOOR_STACK);
	rc = pthread_create(&d->thread, &attr, door_serve, d);
	pthread_attr_destroy(&attr);
	return rc == 0 ? 0 : -1;
}

struct sshdoor *
sshdoor_open(struct sshagent *a, ssh_session s)
{
	struct sshdoor *d = calloc(1, sizeof(*d));
	int ends[2] = { -1, -1 };

	if (d == NULL)
		return NULL;
	d->agent = a;
	d->wake[0] = d->wake[1] = -1;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == -1 ||
	    pipe2(d->wake, O_CLOEXEC | O_NONBLOCK) == -1)
		goto fail;
	d->ours = ends[1];
	if (door_start(d) == -1)
		goto fail;
	(void)ssh_set_agent_socket(s, ends[0]);	/* transferred */
	return d;
fail:
	for (int i = 0; i < 2; i++) {
		if (ends[i] != -1)
			close(ends[i]);
		if (d->wake[i] != -1)
			close(d->wake[i]);
	}
	free(d);
	return NULL;
}

void
sshdoor_show(struct sshdoor *d, size_t i)
{
	d->shown = i;
}

void
sshdoor_close(struct sshdoor *d)
{
	if (d == NULL)
		return;
	shutdown(d->ours, SHUT_RDWR);
	pthread_join(d->thread, NULL);
	close(d->ours);
	close(d->wake[0]);
	close(d->wake[1]);
	message_drop(&d->asked);
	message_drop(&d->answer);
	free(d);
}

bool
sshdoor_deferred(struct sshdoor *d)
{
	return atomic_exchange(&d->deferred, false);
}

int
sshdoor_fd(const struct sshdoor *d)
{
	return d->wake[0];
}

void
sshdoor_woken(struct sshdoor *d)
{
	char byte;

	(void)!read(d->wake[0], &byte, 1);
}
