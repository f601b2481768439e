#include "enginessh.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <poll.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libssh/libssh.h>

#include "engineconfig.h"
#include "err.h"
#include "loop.h"
#include "net.h"
#include "sshconn.h"
#include "sshpump.h"
#include "text.h"

#define FAR_SOCKET	"/var/run/docker.sock"
/* For any login shell. What docker refuses is not podman's to explain. */
#define FAR_COMMAND	"sh -c 'command -v docker >/dev/null && " \
			"exec docker system dial-stdio; " \
			"exec podman system dial-stdio'"
#define SESSIONS_MAX	8	/* sshd's MaxSessions is 10 */
#define FORWARDS_MAX	64
#define TRIES_MAX	50	/* for a session */
#define PAUSE		100	/* ms between them */
#define BACKLOG		128
#define SAID_MAX	160	/* of a far complaint */

enum step {
	STEP_WAIT,		/* for the session, or for another to end */
	STEP_FORWARD,		/* a channel to the socket */
	STEP_SESSION,		/* a channel for the command */
	STEP_EXEC,
	STEP_OPEN
};

struct stream {
	struct stream	*next;
	struct enginessh *owner;
	enum step	 step;
	bool		 counted;	/* among the sessions */
	bool		 stood;
	int		 tries;
	char		 said[SAID_MAX];	/* on its standard error */
	size_t		 nsaid;
	struct sshpump	 pump;
};

struct enginessh {
	struct net	*net;
	const struct engineconfig *config;
	struct sshconn	*conn;
	bool		 ready, lost;
	bool		 stdio;		/* the socket was refused */
	bool		 forwards;	/* it was not */
	int		 sessions;
	bool		 served;	/* there has been one */
	int64_t		 pause;		/* none is asked for before that */
	struct err	 why;
	struct stream	*streams;
	struct watch	 kick;		/* streams have something to do */
	struct watch	 listener;
	char		 name[32];	/* of the listener */
};

static void
far_kick(struct enginessh *s)
{
	s->kick.due = 0;
}

/* Back to before its channel; after a refused open only a free is allowed. */
static void
stream_drop(struct stream *t)
{
	if (t->pump.channel != NULL)
		ssh_channel_free(t->pump.channel);
	t->pump.channel = NULL;
	if (t->counted)
		t->owner->sessions--;
	t->counted = false;
	t->step = STEP_WAIT;
}

static void
stream_free(struct stream *t)
{
	struct stream **at = &t->owner->streams;

	while (*at != t)
		at = &(*at)->next;
	*at = t->next;
	sshpump_end(&t->pump);
	stream_drop(t);
	free(t);
}

static void
far_why(struct enginessh *s, const char *what, const char *said)
{
	err_set(&s->why, ERR_ENGINE_UNREACHABLE, "%s: %s", what, said);
	err_hint(&s->why, "see whether 'ssh %s docker ps' works",
	    s->config->host);
}

/* The first line of what the far command complained about. */
static void
stream_listen(struct stream *t)
{
	char safe[SAID_MAX], more[SAID_MAX];
	int n;

	if (!t->counted)
		return;
	while ((n = ssh_channel_read_nonblocking(t->pump.channel, more,
	    sizeof(more), 1)) > 0) {
		size_t room = sizeof(t->said) - t->nsaid;
		const char *end;

		room = (size_t)n < room ? (size_t)n : room;
		memcpy(t->said + t->nsaid, more, room);
		t->nsaid += room;
		end = memchr(t->said, '\n', t->nsaid);
		text_safe(safe, sizeof(safe), t->said, end != NULL ?
		    (size_t)(end - t->said) : t->nsaid);
		far_why(t->owner, "the far host says", safe);
	}
}

/*
 * True when the step is done, false when it has to wait or was refused. sshd
 * counts a session until its program is gone, later than we do: try again.
 */
static bool
stream_opened(struct stream *t, int rc, const char *what)
{
	struct enginessh *s = t->owner;

	if (rc == SSH_OK || rc == SSH_AGAIN)
		return rc == SSH_OK;
	far_why(s, what, ssh_get_error(sshconn_session(s->conn)));
	net_trace(s->net, 1, s->config->name, "%s", s->why.text);
	if (t->step == STEP_FORWARD) {
		s->stdio = true;
		stream_drop(t);
		far_kick(s);
	} else if (t->step == STEP_SESSION && s->served &&
	    ++t->tries < TRIES_MAX) {
		stream_drop(t);
		s->pause = loop_now(s->net->loop) + PAUSE;
		far_kick(s);
	} else {
		sshpump_hangup(&t->pump);
	}
	return false;
}

/* A channel of its own for the next step; false: not now. */
static bool
stream_begin(struct stream *t)
{
	struct enginessh *s = t->owner;

	if (s->stdio && loop_now(s->net->loop) < s->pause) {
		s->kick.due = s->pause;
		return false;
	}
	if (s->stdio && s->sessions >= SESSIONS_MAX)
		return false;
	t->pump.channel = ssh_channel_new(sshconn_session(s->conn));
	if (t->pump.channel == NULL) {
		sshpump_hangup(&t->pump);
		return false;
	}
	t->step = s->stdio ? STEP_SESSION : STEP_FORWARD;
	t->counted = s->stdio;
	s->sessions += t->counted;
	return true;
}

static void
stream_step(struct stream *t)
{
	struct enginessh *s = t->owner;
	ssh_channel *channel = &t->pump.channel;

	if (t->step == STEP_WAIT && !stream_begin(t))
		return;
	if (t->step == STEP_FORWARD && stream_opened(t,
	    ssh_channel_open_forward_unix(*channel, s->config->path != NULL ?
	    s->config->path : FAR_SOCKET, "localhost", 0),
	    "no connection to the engine's socket there")) {
		t->step = STEP_OPEN;
		s->forwards = true;
	}
	if (t->step == STEP_SESSION && stream_opened(t,
	    ssh_channel_open_session(*channel), "cannot open a channel")) {
		t->step = STEP_EXEC;
		s->served = true;
	}
	if (t->step == STEP_EXEC && stream_opened(t,
	    ssh_channel_request_exec(*channel, FAR_COMMAND),
	    "cannot run 'docker system dial-stdio' there"))
		t->step = STEP_OPEN;
	if (t->step != STEP_OPEN || t->pump.local.fd == -1)
		return;
	if (!t->stood)
		s->why.code = ERR_NONE;	/* what was refused first */
	t->stood = true;
	stream_listen(t);
	sshpump_move(&t->pump);
}

/* A dead session ends all streams; libcurl tells their owners. */
static void
far_end(struct enginessh *s)
{
	s->lost = true;
	for (struct stream *t = s->streams; t != NULL; t = t->next)
		sshpump_hangup(&t->pump);
}

/* All that can be moved; what has ended goes, and others may begin. */
static void
far_move(struct enginessh *s)
{
	struct stream *t, *next;

	if (!s->ready || s->lost)
		return;
	for (t = s->streams; t != NULL; t = t->next)
		stream_step(t);
	for (t = s->streams; t != NULL; t = next) {
		next = t->next;
		if (t->pump.local.fd != -1)
			continue;
		stream_free(t);
		far_kick(s);
	}
	sshconn_arm(s->conn);
}

static void
far_event(void *ctx)
{
	struct enginessh *s = ctx;

	if (sshconn_pump(s->conn)) {
		far_move(s);
		return;
	}
	err_set(&s->why, ERR_ENGINE_UNREACHABLE, "the link was lost: %s",
	    ssh_get_error(sshconn_session(s->conn)));
	sshconn_on_event(s->conn, NULL);
	far_end(s);
}

static void
far_kicked(struct watch *w, short revents)
{
	(void)revents;
	far_move(w->ctx);
}

static void
stream_local(struct watch *w, short revents)
{
	struct stream *t = w->ctx;

	if (t->step == STEP_OPEN)
		sshpump_local(&t->pump, revents);
	else
		w->events = 0;	/* its bytes wait until it stands */
	if (t->step != STEP_OPEN && (revents & (POLLHUP | POLLERR)) != 0)
		sshpump_hangup(&t->pump);
	if (t->pump.local.fd == -1)
		far_kick(t->owner);
	else if (t->owner->ready)
		sshconn_arm(t->owner->conn);
}

static void
far_ready(void *ctx, const struct err *e)
{
	struct enginessh *s = ctx;

	if (e != NULL) {
		s->why = *e;
		far_end(s);
		return;
	}
	s->ready = true;
	sshconn_on_event(s->conn, far_event);
	far_kick(s);
}

/* A stream for fd, which is taken. */
static void
stream_new(struct enginessh *s, int fd)
{
	struct stream *t = calloc(1, sizeof(*t));

	if (t == NULL) {
		(void)close(fd);	/* libcurl sees the end */
		return;
	}
	t->owner = s;
	t->pump = (struct sshpump)SSHPUMP_INIT(s->net->loop);
	t->pump.wake = &s->kick;
	if (sshpump_take(&t->pump, fd, stream_local, t) == -1) {
		free(t);
		return;
	}
	t->next = s->streams;
	s->streams = t;
	far_kick(s);
}

/* Nobody else may speak to the engine in our name. */
static bool
peer_is_us(int fd)
{
	struct ucred peer;
	socklen_t len = sizeof(peer);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0 &&
	    peer.pid == getpid() && peer.uid == getuid();
}

static void
far_accept(struct watch *w, short revents)
{
	struct enginessh *s = w->ctx;
	int fd = accept4(w->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	(void)revents;
	if (fd == -1)
		return;
	if (!peer_is_us(fd) || s->lost) {
		(void)close(fd);	/* not a word */
		return;
	}
	if (s->conn == NULL)
		s->conn = sshconn_open(s->net, &(struct sshconn_to){
		    .user = s->config->user, .name = s->config->host,
		    .port = s->config->port }, far_ready, s);
	if (s->conn == NULL)
		(void)close(fd);
	else
		stream_new(s, fd);
}

/* Bound without a name, it gets one from the kernel: NUL and five digits. */
static int
far_listen(struct enginessh *s)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	socklen_t len = sizeof(a);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
	    0);
	size_t n;

	s->listener.fd = fd;
	if (fd == -1 || bind(fd, (struct sockaddr *)&a,
	    sizeof(sa_family_t)) == -1 || listen(fd, BACKLOG) == -1 ||
	    getsockname(fd, (struct sockaddr *)&a, &len) == -1)
		return -1;
	n = len - offsetof(struct sockaddr_un, sun_path);
	if (n < 2 || n > sizeof(s->name))
		return -1;
	memcpy(s->name, a.sun_path + 1, n - 1);
	return loop_watch(s->net->loop, &s->listener);
}

const char *
enginessh_socket(const struct enginessh *s)
{
	return s->name;
}

struct enginessh *
enginessh_new(struct net *n, const struct engineconfig *config)
{
	struct enginessh *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->net = n;
	s->config = config;
	s->kick = (struct watch){ .fd = -1, .due = LOOP_NEVER,
		.fn = far_kicked, .ctx = s };
	s->listener = (struct watch){ .fd = -1, .events = POLLIN,
		.due = LOOP_NEVER, .fn = far_accept, .ctx = s };
	if (loop_watch(n->loop, &s->kick) == 0 && far_listen(s) == 0)
		return s;
	enginessh_free(s);
	return NULL;
}

void
enginessh_free(struct enginessh *s)
{
	if (s == NULL)
		return;
	while (s->streams != NULL)
		stream_free(s->streams);
	loop_unwatch(s->net->loop, &s->kick);
	loop_unwatch(s->net->loop, &s->listener);
	if (s->listener.fd != -1)
		(void)close(s->listener.fd);
	sshconn_close(s->conn);
	free(s);
}

int
enginessh_streams(const struct enginessh *s)
{
	return s->forwards && !s->stdio ? FORWARDS_MAX : SESSIONS_MAX;
}

const struct err *
enginessh_why(const struct enginessh *s)
{
	return s->why.code != ERR_NONE ? &s->why : NULL;
}

bool
enginessh_lost(const struct enginessh *s)
{
	return s->lost;
}

const char *
enginessh_stage(const struct enginessh *s)
{
	return s->conn != NULL && !s->ready ? sshconn_stage(s->conn) : NULL;
}

const char *
enginessh_warning(const struct enginessh *s)
{
	return s->conn != NULL ? sshconn_warning(s->conn) : NULL;
}
