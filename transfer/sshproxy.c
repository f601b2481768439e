#include "sshproxy.h"

#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "err.h"
#include "loop.h"
#include "net.h"
#include "sshnet.h"
#include "sshtoken.h"
#include "text.h"

#define PROXY_SAID_MAX 200	/* bytes of its last words */

struct sshproxy {
	struct net	*net;
	pid_t		 pid;
	struct watch	 errors;	/* its standard error */
	char		 said[PROXY_SAID_MAX];
};

/* Signals as a new program expects them; ours are blocked or ignored. */
static int
spawn_attributes(posix_spawnattr_t *attr, bool group)
{
	sigset_t none, all;

	sigemptyset(&none);
	sigfillset(&all);
	if (posix_spawnattr_init(attr) != 0)
		return -1;
	posix_spawnattr_setsigmask(attr, &none);
	posix_spawnattr_setsigdefault(attr, &all);
	posix_spawnattr_setpgroup(attr, 0);
	posix_spawnattr_setflags(attr, (short)(POSIX_SPAWN_SETSIGMASK |
	    POSIX_SPAWN_SETSIGDEF | (group ? POSIX_SPAWN_SETPGROUP : 0)));
	return 0;
}

static int
proxy_spawn(struct sshproxy *p, const char *command, int stream, int errors)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	const char *shell = sshtoken_env(p->net->ssh->envp, "SHELL", 5);
	char line[4096], *argv[] = { "sh", "-c", line, NULL };
	int n, rc;

	n = snprintf(line, sizeof(line), "exec %s", command);
	if (n < 0 || (size_t)n >= sizeof(line))
		return E2BIG;
	if (posix_spawn_file_actions_init(&files) != 0)
		return ENOMEM;
	if (spawn_attributes(&attr, !net_can_ask(p->net)) == -1) {
		posix_spawn_file_actions_destroy(&files);
		return ENOMEM;
	}
	posix_spawn_file_actions_adddup2(&files, stream, 0);
	posix_spawn_file_actions_adddup2(&files, stream, 1);
	posix_spawn_file_actions_adddup2(&files, errors, 2);
	rc = posix_spawn(&p->pid, shell != NULL && *shell == '/' ? shell :
	    "/bin/sh", &files, &attr, argv,
	    p->net->ssh->envp);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&files);
	return rc;
}

/* Keeps the last line that is not empty. False at the end. */
static bool
proxy_read(struct sshproxy *p)
{
	char raw[1024];
	ssize_t n;

	while ((n = read(p->errors.fd, raw, sizeof(raw) - 1)) > 0) {
		char *line, *rest = raw;

		raw[n] = '\0';
		while ((line = strsep(&rest, "\r\n")) != NULL) {
			if (*line != '\0')
				text_safes(p->said, sizeof(p->said), line);
		}
	}
	return n == -1;
}

/* Read as it comes: a full pipe would stop the command. */
static void
proxy_heard(struct watch *w, short revents)
{
	struct sshproxy *p = w->ctx;

	(void)revents;
	if (!proxy_read(p))
		loop_unwatch(p->net->loop, w);
}

struct sshproxy *
sshproxy_start(struct net *n, const char *command, int *fd, struct err *e)
{
	struct sshproxy *p = calloc(1, sizeof(*p));
	int stream[2] = { -1, -1 }, errors[2] = { -1, -1 }, rc = ENOMEM;

	if (p == NULL)
		goto fail;
	p->net = n;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, stream) == -1 ||
	    pipe2(errors, O_CLOEXEC) == -1) {
		rc = errno;
		goto fail;
	}
	/* Our ends only: the command may rely on blocking ones. */
	(void)fcntl(stream[0], F_SETFL, O_NONBLOCK);
	(void)fcntl(errors[0], F_SETFL, O_NONBLOCK);
	if ((rc = proxy_spawn(p, command, stream[1], errors[1])) != 0)
		goto fail;
	close(stream[1]);
	close(errors[1]);
	p->errors = (struct watch){ .fd = errors[0], .events = POLLIN,
		.due = LOOP_NEVER, .fn = proxy_heard, .ctx = p };
	*fd = stream[0];
	if (loop_watch(n->loop, &p->errors) == 0)
		return p;
	close(stream[0]);
	sshproxy_end(p);
	err_memory(e);
	return NULL;
fail:
	for (int i = 0; i < 2; i++) {
		if (stream[i] != -1)
			close(stream[i]);
		if (errors[i] != -1)
			close(errors[i]);
	}
	free(p);
	err_sys(e, ERR_UNREACHABLE, rc, "cannot run ProxyCommand '%s'",
	    command);
	return NULL;
}

const char *
sshproxy_said(struct sshproxy *p)
{
	(void)proxy_read(p);
	return p->said;
}

void
sshproxy_end(struct sshproxy *p)
{
	if (p == NULL)
		return;
	if (kill(-p->pid, SIGTERM) == -1)
		kill(p->pid, SIGTERM);
	sshnet_reap(sshnet_get(p->net), p->pid);
	loop_unwatch(p->net->loop, &p->errors);
	close(p->errors.fd);
	free(p);
}
