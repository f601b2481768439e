#include "agentwire.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "loop.h"

#define AGENT_MESSAGE_MAX (256 * 1024)	/* bytes, as OpenSSH's own limit */

void
agentwire_put32(unsigned char *p, uint32_t v)
{
	p[0] = (unsigned char)(v >> 24);
	p[1] = (unsigned char)(v >> 16);
	p[2] = (unsigned char)(v >> 8);
	p[3] = (unsigned char)v;
}

uint32_t
agentwire_get32(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	    (uint32_t)p[2] << 8 | p[3];
}

bool
agentwire_wait(int fd, const struct patience *w)
{
	struct pollfd p[2] = { { .fd = fd, .events = POLLIN },
		{ .fd = w->door, .events = POLLRDHUP } };
	int ms = -1;

	if (w->until != LOOP_NEVER) {
		int64_t left = w->until - loop_clock();

		if (left <= 0)
			return false;
		ms = (int)left;
	}
	return poll(p, 2, ms) > 0 && p[0].revents != 0;
}

/* All len bytes or -1. */
static int
read_all(int fd, unsigned char *p, size_t len, const struct patience *w)
{
	while (len > 0) {
		ssize_t n;

		if (!agentwire_wait(fd, w) || (n = read(fd, p, len)) <= 0)
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

int
agentwire_read(int fd, struct message *m, const struct patience *w)
{
	unsigned char head[4];

	if (read_all(fd, head, sizeof(head), w) == -1)
		return -1;
	m->len = agentwire_get32(head);
	if (m->len == 0 || m->len > AGENT_MESSAGE_MAX ||
	    (m->p = malloc(m->len)) == NULL)
		return -1;
	if (read_all(fd, m->p, m->len, w) == 0)
		return 0;
	free(m->p);
	return -1;
}

int
agentwire_write(int fd, const struct message *m)
{
	unsigned char head[4];

	agentwire_put32(head, m->len);
	if (write_all(fd, head, sizeof(head)) == -1)
		return -1;
	return write_all(fd, m->p, m->len);
}

/* Non-blocking, so that a stopped agent's full backlog fails at once. */
static int
agent_connect(const char *path)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int fd;

	if (strlen(path) >= sizeof(sa.sun_path))
		return -1;
	memcpy(sa.sun_path, path, strlen(path) + 1);
	if ((fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
	    0)) == -1)
		return -1;
	if (connect(fd, (struct sockaddr *)&sa, sizeof(sa)) == 0)
		return fd;
	close(fd);
	return -1;
}

int
agentwire_ask(const char *path, const struct message *request)
{
	int fd = agent_connect(path);

	/* A request is smaller than any socket's buffer. */
	if (fd == -1 || agentwire_write(fd, request) == 0)
		return fd;
	close(fd);
	return -1;
}
