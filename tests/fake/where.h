/*
 * where - the addresses of the fakes: [ADDR:]PORT, or the path of a socket.
 *
 * For programs of the tests alone: they end where anything fails.
 */
#ifndef WHERE_H
#define WHERE_H

#include <sys/socket.h>
#include <sys/un.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct where {
	const char	*path;	/* NULL: the two below */
	struct in_addr	 addr;	/* INADDR_ANY where none was said */
	in_port_t	 port;
};

static inline void
die(const char *what)
{
	perror(what);
	exit(1);
}

static inline struct sockaddr_un
where_unix(const struct where *w)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };

	memcpy(un.sun_path, w->path, strlen(w->path));
	return un;
}

static inline void
where_parse(struct where *w, const char *s)
{
	const char *colon = strrchr(s, ':');
	struct sockaddr_un un;
	char host[64];

	*w = (struct where){ .addr = { INADDR_ANY } };
	if (*s == '/') {
		errno = ENAMETOOLONG;
		if (strlen(s) >= sizeof(un.sun_path))
			die(s);
		w->path = s;
		return;
	}
	if (colon != NULL) {
		snprintf(host, sizeof(host), "%.*s", (int)(colon - s), s);
		if (inet_pton(AF_INET, host, &w->addr) != 1)
			die(s);
		s = colon + 1;
	}
	w->port = htons((in_port_t)strtoul(s, NULL, 10));
}

/* Listens, without blocking, and prints its port (0: a path) and a blank. */
static inline int
where_listen(const struct where *w)
{
	struct sockaddr_in sa = { .sin_family = AF_INET };
	struct sockaddr_un un;
	socklen_t len = sizeof(sa);
	int on = 1, fd, rc;

	fd = socket(w->path != NULL ? AF_UNIX : AF_INET,
	    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (w->path != NULL) {
		(void)unlink(w->path);
		un = where_unix(w);
		rc = bind(fd, (struct sockaddr *)&un, sizeof(un));
	} else {
		sa.sin_port = w->port;
		sa.sin_addr = w->addr;
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
		rc = bind(fd, (struct sockaddr *)&sa, sizeof(sa));
	}
	if (rc == -1 || listen(fd, 4096) == -1)
		die("listen");
	if (w->path == NULL)
		getsockname(fd, (struct sockaddr *)&sa, &len);
	printf("%d ", w->path != NULL ? 0 : ntohs(sa.sin_port));
	return fd;
}

/*
 * Connects; without an address, to the one that was dialled to reach `from`.
 * -1 if nobody is there.
 */
static inline int
where_dial(const struct where *w, int from)
{
	struct sockaddr_in sa = { .sin_family = AF_INET };
	struct sockaddr_un un;
	socklen_t len = sizeof(sa);
	int fd, rc;

	fd = socket(w->path != NULL ? AF_UNIX : AF_INET, SOCK_STREAM, 0);
	if (w->path != NULL) {
		un = where_unix(w);
		rc = connect(fd, (struct sockaddr *)&un, sizeof(un));
	} else {
		getsockname(from, (struct sockaddr *)&sa, &len);
		if (w->addr.s_addr != INADDR_ANY || sa.sin_family != AF_INET)
			sa.sin_addr = w->addr;
		sa.sin_family = AF_INET;
		sa.sin_port = w->port;
		rc = connect(fd, (struct sockaddr *)&sa, sizeof(sa));
	}
	if (rc == 0)
		return fd;
	close(fd);
	return -1;
}

/* Prints the pid and leaves the terminal, unless told to stay. */
static inline void
where_background(bool stay)
{
	pid_t pid = stay ? getpid() : fork();
	int null;

	if (pid != 0) {
		printf("%d\n", (int)pid);
		if (!stay)
			exit(0);
		fflush(stdout);
		return;
	}
	setsid();
	null = open("/dev/null", O_RDWR);
	for (int i = 0; i < 3; i++)
		dup2(null, i);
}

#endif
