#include "loopback.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

#include "err.h"

#define LOOPBACK_BACKLOG 128

union address {
	struct sockaddr		any;
	struct sockaddr_in	v4;
	struct sockaddr_in6	v6;
};

static socklen_t
address_fill(union address *a, int family, int port)
{
	if (family == LOOPBACK_V4) {
		a->v4 = (struct sockaddr_in){ .sin_family = AF_INET,
			.sin_port = htons((uint16_t)port),
			.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
		return sizeof(a->v4);
	}
	a->v6 = (struct sockaddr_in6){ .sin6_family = AF_INET6,
		.sin6_port = htons((uint16_t)port),
		.sin6_addr = IN6ADDR_LOOPBACK_INIT };
	return sizeof(a->v6);
}

/* A listening socket, or -1 with errno. */
static int
listen_on(int family, int port)
{
	union address a;
	socklen_t len = address_fill(&a, family, port);
	int fd = socket(a.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC |
	    SOCK_NONBLOCK, 0), on = 1, saved;

	if (fd == -1)
		return -1;
	/* After a login just before, the port is in TIME_WAIT. */
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0 &&
	    (family == LOOPBACK_V4 || setsockopt(fd, IPPROTO_IPV6,
		IPV6_V6ONLY, &on, sizeof(on)) == 0) &&
	    bind(fd, &a.any, len) == 0 && listen(fd, LOOPBACK_BACKLOG) == 0)
		return fd;
	saved = errno;
	(void)close(fd);	/* nothing was sent on it */
	errno = saved;
	return -1;
}

/* A family that is not there can be nobody else's either. */
static bool
family_missing(int sys)
{
	return sys == EAFNOSUPPORT || sys == EADDRNOTAVAIL;
}

int
loopback_listen(int fds[LOOPBACKS], int port, bool both, struct err *e)
{
	int sys;

	fds[LOOPBACK_V6] = -1;
	fds[LOOPBACK_V4] = listen_on(LOOPBACK_V4, port);
	sys = errno;
	if (fds[LOOPBACK_V4] != -1) {
		fds[LOOPBACK_V6] = listen_on(LOOPBACK_V6, port);
		sys = errno;
		if (fds[LOOPBACK_V6] != -1 || family_missing(sys) ||
		    (sys == EADDRINUSE && !both))
			return 0;
	}
	loopback_close(fds);
	if (sys == EADDRINUSE)
		return err_sys(e, ERR_PORT_IN_USE, sys, "cannot listen on "
		    "port %d", port);
	err_sys(e, sys == EACCES || sys == EPERM ? ERR_PERMISSION_DENIED :
	    ERR_INTERNAL, sys, "cannot listen on port %d", port);
	return err_hint(e, "--paste and --device-auth need no port");
}

void
loopback_close(int fds[LOOPBACKS])
{
	for (int i = 0; i < LOOPBACKS; i++) {
		if (fds[i] != -1)
			(void)close(fds[i]);	/* only listened on */
		fds[i] = -1;
	}
}
