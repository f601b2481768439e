#include "sshagent.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#define AGENT_MESSAGE_MAX (256 * 1024)	/* bytes, as OpenSSH's own limit */
#define AGENT_LIST_WAIT	5000		/* ms for the list of keys */
#define AGENT_SIGN_WAIT	60000		/* ms for a touch or a confirmation */
#define AGENT_KEYS_MAX	256
#define AGENT_STACK	(256 * 1024)

#define SSH_AGENT_FAILURE		5
#define SSH_AGENTC_REQUEST_IDENTITIES	11
#define SSH_AGENT_IDENTITIES_ANSWER	12

struct key {
	unsigned char	*blob;
	uint32_t	 len;
	char		*base64;
};

struct sshagent {
	char		*path;
	struct key	 keys[AGENT_KEYS_MAX];
	size_t		 nkeys;
};

/*
 * The thread only looks at `shown` after it has read a request, and the other
 * side only sets it between requests: the socket orders them.
 */
struct sshagent_door {
	struct sshagent	 *agent;
	const struct key *shown;
	pthread_t	  thread;
	int		  ours;		/* the thread's end */
};

struct message {
	unsigned char	*p;
	uint32_t	 len;
};

static void
put32(unsigned char *p, uint32_t v)
{
	p[0] = (unsigned char)(v >> 24);
	p[1] = (unsigned char)(v >> 16);
	p[2] = (unsigned char)(v >> 8);
	p[3] = (unsigned char)v;
}

static uint32_t
get32(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	    (uint32_t)p[2] << 8 | p[3];
}

/* All len bytes or -1; each wait is at most ms (-1: no limit). */
static int
read_all(int fd, unsigned char *p, size_t len, int ms)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };

	while (len > 0) {
		ssize_t n;

		if (poll(&pfd, 1, ms) <= 0)
			return -1;
		if ((n = read(fd, p, len)) <= 0)
			return -1;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

static int
write_all(int fd, const unsigned char *p, size_t len)
{
	while (len > 0) {
		ssize_t n = send(fd, p, len, MSG_NOSIGNAL);

		if (n <= 0)
			return -1;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

/* The body of one message, malloc'ed; -1 at the end or for a bad length. */
static int
message_read(int fd, struct message *m, int ms)
{
	unsigned char head[4];

	if (read_all(fd, head, sizeof(head), ms) == -1)
		return -1;
	m->len = get32(head);
	if (m->len == 0 || m->len > AGENT_MESSAGE_MAX ||
	    (m->p = malloc(m->len)) == NULL)
		return -1;
	if (read_all(fd, m->p, m->len, ms) == 0)
		return 0;
	free(m->p);
	return -1;
}

static int
message_write(int fd, const struct message *m)
{
	unsigned char head[4];

	put32(head, m->len);
	if (write_all(fd, head, sizeof(head)) == -1)
		return -1;
	return write_all(fd, m->p, m->len);
}

static int
agent_connect(const char *path)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int fd;

	if (strlen(path) >= sizeof(sa.sun_path))
		return -1;
	memcpy(sa.sun_path, path, strlen(path) + 1);
	if ((fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) == -1)
		return -1;
	if (connect(fd, (struct sockaddr *)&sa, sizeof(sa)) == 0)
		return fd;
	close(fd);
	return -1;
}

/* One request, one answer, on a connection of its own. */
static int
agent_ask(const char *path, const struct message *request,
    struct message *answer, int ms)
{
	int fd = agent_connect(path), rc = -1;

	if (fd == -1)
		return -1;
	if (message_write(fd, request) == 0)
		rc = message_read(fd, answer, ms);
	close(fd);
	return rc;
}

/* Takes a length-prefixed string off the front of m. */
static int
take_string(struct message *m, struct message *s)
{
	if (m->len < 4 || get32(m->p) > m->len - 4)
		return -1;
	s->len = get32(m->p);
	s->p = m->p + 4;
	m->p += 4 + s->len;
	m->len -= 4 + s->len;
	return 0;
}

static int
key_add(struct sshagent *a, const struct message *blob)
{
	struct key *k = &a->keys[a->nkeys];
	size_t size = sodium_base64_ENCODED_LEN(blob->len,
	    sodium_base64_VARIANT_ORIGINAL);

	k->blob = malloc(blob->len);
	k->base64 = malloc(size);
	if (k->blob == NULL || k->base64 == NULL) {
		free(k->blob);
		free(k->base64);
		return -1;
	}
	memcpy(k->blob, blob->p, blob->len);
	k->len = blob->len;
	sodium_bin2base64(k->base64, size, k->blob, k->len,
	    sodium_base64_VARIANT_ORIGINAL);
	a->nkeys++;
	return 0;
}

static void
agent_list(struct sshagent *a)
{
	unsigned char ask[] = { SSH_AGENTC_REQUEST_IDENTITIES };
	struct message request = { ask, sizeof(ask) }, answer, rest;
	struct message blob, comment;
	uint32_t count;

	if (agent_ask(a->path, &request, &answer, AGENT_LIST_WAIT) == -1)
		return;
	if (answer.len >= 5 && answer.p[0] == SSH_AGENT_IDENTITIES_ANSWER) {
		count = get32(answer.p + 1);
		rest = (struct message){ answer.p + 5, answer.len - 5 };
		while (count-- > 0 && a->nkeys < AGENT_KEYS_MAX &&
		    take_string(&rest, &blob) == 0 &&
		    take_string(&rest, &comment) == 0 && blob.len > 0 &&
		    key_add(a, &blob) == 0)
			;
	}
	free(answer.p);
}

struct sshagent *
sshagent_open(const char *path)
{
	struct sshagent *a = calloc(1, sizeof(*a));

	if (a == NULL || (a->path = strdup(path)) == NULL) {
		free(a);
		return NULL;
	}
	agent_list(a);
	return a;
}

void
sshagent_free(struct sshagent *a)
{
	if (a == NULL)
		return;
	for (size_t i = 0; i < a->nkeys; i++) {
		free(a->keys[i].blob);
		free(a->keys[i].base64);
	}
	free(a->path);
	free(a);
}

const char *
sshagent_path(const struct sshagent *a)
{
	return a->path;
}

size_t
sshagent_count(const struct sshagent *a)
{
	return a->nkeys;
}

const char *
sshagent_key(const struct sshagent *a, size_t i)
{
	return a->keys[i].base64;
}

/* IDENTITIES_ANSWER with the one key, no comment. */
static int
door_list(const struct sshagent_door *d)
{
	const struct key *k = d->shown;
	struct message m = { NULL, 1 + 4 + 4 + k->len + 4 };
	int rc;

	if ((m.p = malloc(m.len)) == NULL)
		return -1;
	m.p[0] = SSH_AGENT_IDENTITIES_ANSWER;
	put32(m.p + 1, 1);
	put32(m.p + 5, k->len);
	memcpy(m.p + 9, k->blob, k->len);
	put32(m.p + 9 + k->len, 0);
	rc = message_write(d->ours, &m);
	free(m.p);
	return rc;
}

static int
door_pass(const struct sshagent_door *d, const struct message *request)
{
	unsigned char failure[] = { SSH_AGENT_FAILURE };
	struct message answer;
	int rc;

	if (agent_ask(d->agent->path, request, &answer,
	    AGENT_SIGN_WAIT) == -1) {
		answer = (struct message){ failure, sizeof(failure) };
		return message_write(d->ours, &answer);
	}
	rc = message_write(d->ours, &answer);
	free(answer.p);
	return rc;
}

static void *
door_serve(void *arg)
{
	struct sshagent_door *d = arg;
	struct message m;
	int rc = 0;

	while (rc == 0 && message_read(d->ours, &m, -1) == 0) {
		rc = m.p[0] == SSH_AGENTC_REQUEST_IDENTITIES ?
		    door_list(d) : door_pass(d, &m);
		free(m.p);
	}
	/* libssh waits without a limit: let it see the end. */
	shutdown(d->ours, SHUT_RDWR);
	return NULL;
}

static int
door_start(struct sshagent_door *d)
{
	pthread_attr_t attr;
	int rc;

	if (pthread_attr_init(&attr) != 0)
		return -1;
	pthread_attr_setstacksize(&attr, AGENT_STACK);
	rc = pthread_create(&d->thread, &attr, door_serve, d);
	pthread_attr_destroy(&attr);
	return rc == 0 ? 0 : -1;
}

struct sshagent_door *
sshagent_door_open(struct sshagent *a, ssh_session s)
{
	struct sshagent_door *d = calloc(1, sizeof(*d));
	int ends[2];

	if (d == NULL ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == -1) {
		free(d);
		return NULL;
	}
	d->agent = a;
	d->shown = &a->keys[0];
	d->ours = ends[1];
	if (door_start(d) == -1) {
		close(ends[0]);
		close(ends[1]);
		free(d);
		return NULL;
	}
	(void)ssh_set_agent_socket(s, ends[0]);	/* transferred */
	return d;
}

void
sshagent_door_show(struct sshagent_door *d, size_t i)
{
	d->shown = &d->agent->keys[i];
}

void
sshagent_door_close(struct sshagent_door *d)
{
	if (d == NULL)
		return;
	shutdown(d->ours, SHUT_RDWR);
	pthread_join(d->thread, NULL);
	close(d->ours);
	free(d);
}
