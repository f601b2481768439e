/*
 * badengine - a Docker Engine that lies, stalls, floods and breaks its word.
 *
 *   badengine [-w FILE] [-f] PATH [POINT=HOW]
 *
 * Listens on the unix socket and answers as an engine with one container
 * would; the "container" is this machine, the exec runs for real, with HOME
 * as it is here. At POINT it misbehaves: ping, inspect, list, exec (create),
 * start, stream (what follows the start), exit (inspection of an exec),
 * archive (the container is stopped then; "removed": once its files were asked
 * for it is no more). HOW is a status (404: with escapes in its message) or a
 * name of the tables below. -w: FILE gets every byte
 * that a client sent.
 */
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <sys/wait.h>

#include <cjson/cJSON.h>

#include "badanswers.h"
#include "where.h"

static const char *point = "", *how = "";
static int witness = -1;
static cJSON *command;		/* of the last exec created */

struct request {
	char	 head[16384];
	char	*body;
	size_t	 len;		/* of the body */
};

static bool
bad_at(const char *where, const char *what)
{
	return strcmp(point, where) == 0 &&
	    (what == NULL || strcmp(how, what) == 0);
}

/* Ends with the connection: the client has gone. */
static void
put(int fd, const void *p, size_t len)
{
	for (ssize_t n; len > 0; len -= (size_t)n, p = (const char *)p + n)
		if ((n = write(fd, p, len)) <= 0)
			_exit(0);
}

static void __attribute__((format(printf, 2, 3)))
say(int fd, const char *fmt, ...)
{
	char text[65536];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	put(fd, text, strlen(text));
}

static void
answer(int fd, int status, const char *body)
{
	say(fd, "HTTP/1.1 %d Whatever\r\nApi-Version: 1.41\r\n"
	    "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
	    status, strlen(body), body);
}

static void
for_ever(int fd, const char *text)
{
	for (;;)
		put(fd, text, strlen(text));
}

/* Waits until the client has enough of it. */
static void
silence(int fd)
{
	char sink[4096];
	ssize_t n;

	while ((n = read(fd, sink, sizeof(sink))) > 0)
		if (witness != -1)
			put(witness, sink, (size_t)n);
	_exit(0);
}

static void
drip(int fd)
{
	say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
	for (;;) {
		put(fd, " ", 1);
		usleep(200000);
	}
}

static void
deep(int fd)
{
	static char nest[400001];

	memset(nest, '[', sizeof(nest) - 1);
	answer(fd, 200, "");
	say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 400000\r\n\r\n");
	put(fd, nest, sizeof(nest) - 1);
}

/* What may go wrong with any answer. */
static const struct {
	const char	*name, *text;
	void		(*after)(int fd);	/* NULL: closes */
} habits[] = {
	{ "silent", "", silence },
	{ "close", "", NULL },
	{ "garbage", "SSH-2.0-OpenSSH_9.2\r\n" EVIL "\r\n\r\n", NULL },
	{ "binary", "\x16\x03\x01\x02", silence },
	{ "drip", "", drip },
	{ "deep", "", deep },
	{ "empty", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", silence },
	{ "nocontent", "HTTP/1.1 204 No\r\n\r\n", silence },
	{ "notjson", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n<html>\033[m",
	    silence },
	{ "short", "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{\"Id\":",
	    NULL },
	{ "hugelen", "HTTP/1.1 200 OK\r\nContent-Length: 999999999999999999999"
	    "\r\n\r\n{}", silence },
	{ "neglen", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n{}",
	    silence },
	{ "chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
	    "ffffffffffffffffff\r\n{}", silence },
	{ "redirect", "HTTP/1.1 301 Go\r\nLocation: http://127.0.0.1:1/" EVIL
	    "\r\nContent-Length: 0\r\n\r\n", silence },
	{ "continue", "HTTP/1.1 100 Continue\r\n\r\n", silence },
};

/* Whether it misbehaved, and the request has got its answer. */
static bool
misbehaves(int fd, const char *where)
{
	if (!bad_at(where, NULL))
		return false;
	if (*how >= '1' && *how <= '9') {
		char body[1024];

		snprintf(body, sizeof(body), "{\"message\":\"%s\"}",
		    atoi(how) == 500 && strcmp(where, "inspect") == 0 ?
		    "Multiple IDs found with provided prefix: bad" : EVIL);
		answer(fd, atoi(how), body);
		return true;
	}
	for (size_t i = 0; i < sizeof(habits) / sizeof(*habits); i++)
		if (strcmp(how, habits[i].name) == 0) {
			say(fd, "%s", habits[i].text);
			if (habits[i].after == NULL)
				_exit(0);
			habits[i].after(fd);
			return true;
		}
	for (size_t i = 0; i < sizeof(floods) / sizeof(*floods); i++)
		if (strcmp(how, floods[i].name) == 0) {
			say(fd, "%s", floods[i].head);
			for_ever(fd, floods[i].more);
		}
	for (size_t i = 0; i < sizeof(lies) / sizeof(*lies); i++)
		if (strcmp(how, lies[i].name) == 0) {
			answer(fd, strcmp(where, "exec") == 0 ? 201 : 200,
			    lies[i].text);
			return true;
		}
	return false;
}

static void
frame(int fd, int type, const char *p, size_t len)
{
	unsigned char head[8] = { (unsigned char)type };

	for (int i = 0; i < 4; i++)
		head[4 + i] = (unsigned char)(len >> (24 - 8 * i));
	put(fd, head, sizeof(head));
	put(fd, p, len);
}

static void
noise(int fd)
{
	for (int i = 0; i < 10000; i++)
		frame(fd, 1, "CXP1 0 " EVIL "\n", strlen("CXP1 0 " EVIL "\n"));
}

/* Nothing but a misbehaving stream; false where the command runs. */
static bool
bad_stream(int fd)
{
	if (!bad_at("stream", NULL))
		return false;
	if (strcmp(how, "badtype") == 0)
		frame(fd, 9, "hello\n", 6);
	else if (strcmp(how, "huge") == 0)
		put(fd, "\1\0\0\0\xff\xff\xff\xff", 8);
	else if (strcmp(how, "cuthead") == 0) {
		put(fd, "\1\0\0", 3);
		_exit(0);
	} else if (strcmp(how, "zero") == 0)
		for (;;)
			frame(fd, 1, "", 0);
	else if (strcmp(how, "endless") == 0)
		for (;;)
			frame(fd, 1, "noise ", 6);
	else if (strcmp(how, "stderrs") == 0)
		for (;;)
			frame(fd, 2, EVIL "\n", strlen(EVIL) + 1);
	else if (strcmp(how, "noise") == 0) {
		noise(fd);
		_exit(0);
	} else if (strcmp(how, "plain") == 0)
		say(fd, "CXP1 0 ready\n" EVIL "\n");
	else if (strcmp(how, "eof") == 0)
		_exit(0);
	else if (strcmp(how, "silent") != 0)
		return false;	/* bytes, stderr: as run() does it */
	silence(fd);
	return true;
}

/* What the command says, in frames, as small and on what stream it is told. */
static void
speak(int fd, const char *p, size_t len)
{
	bool bytes = bad_at("stream", "bytes");

	for (size_t n; len > 0; len -= n, p += n) {
		n = bytes ? 1 : len;
		if (bad_at("stream", "padded"))
			frame(fd, 1, "", 0);
		frame(fd, bad_at("stream", "stderr") ? 2 : 1, p, n);
	}
}

static pid_t
start(int *in, int *out)
{
	char *argv[32] = { NULL };
	int i[2], o[2], n = 0;
	cJSON *word;
	pid_t pid;

	cJSON_ArrayForEach(word, command)
		if (n < 31 && cJSON_IsString(word))
			argv[n++] = word->valuestring;
	if (n == 0 || pipe(i) == -1 || pipe(o) == -1 || (pid = fork()) == -1)
		_exit(1);
	if (pid == 0) {
		dup2(i[0], 0);
		dup2(o[1], 1);
		dup2(o[1], 2);
		for (int fd = 3; fd < 256; fd++)
			close(fd);
		execvp(argv[0], argv);
		_exit(127);
	}
	close(i[0]);
	close(o[1]);
	*in = i[1];
	*out = o[0];
	return pid;
}

static void
run(int fd)
{
	char p[65536];
	int in, out;
	pid_t pid = start(&in, &out);

	for (ssize_t n;;) {
		struct pollfd fds[2] = { { fd, POLLIN, 0 }, { out, POLLIN, 0 } };

		if (poll(fds, 2, -1) < 1)
			break;
		if (fds[1].revents != 0) {
			if ((n = read(out, p, sizeof(p))) <= 0)
				break;
			speak(fd, p, (size_t)n);
		}
		if (fds[0].revents != 0) {
			if ((n = read(fd, p, sizeof(p))) <= 0)
				break;
			if (witness != -1)
				put(witness, p, (size_t)n);
			if (write(in, p, (size_t)n) != n)
				break;
		}
	}
	close(in);
	(void)waitpid(pid, NULL, 0);
	_exit(0);
}

static void
hijack(int fd)
{
	if (misbehaves(fd, "start"))
		return;
	say(fd, "HTTP/1.1 101 UPGRADED\r\nContent-Type: "
	    "application/vnd.docker.raw-stream\r\nConnection: Upgrade\r\n"
	    "Upgrade: tcp\r\n\r\n");
	if (!bad_stream(fd))
		run(fd);
}

static void
exec_create(int fd, const struct request *r)
{
	cJSON *j = cJSON_ParseWithLength(r->body, r->len);

	cJSON_Delete(command);
	command = cJSON_DetachItemFromObjectCaseSensitive(j, "Cmd");
	cJSON_Delete(j);
	if (!misbehaves(fd, "exec"))
		answer(fd, 201, "{\"Id\":\"" ID "\"}");
}

/* What processes of other connections must know: a file beside the socket. */
static char kept[128];

static void
keep(const struct request *r)
{
	int fd = open(kept, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	put(fd, r->body, r->len);
	close(fd);
}

static void
recall(void)
{
	static char text[65536];
	int fd = open(kept, O_RDONLY);
	ssize_t n = read(fd, text, sizeof(text));
	cJSON *j = cJSON_ParseWithLength(text, n > 0 ? (size_t)n : 0);

	close(fd);
	cJSON_Delete(command);
	command = cJSON_DetachItemFromObjectCaseSensitive(j, "Cmd");
	cJSON_Delete(j);
}

static void
serve(int fd, const struct request *r)
{
	static const char one[] = "\"Id\":\"" ID "\",\"Created\":1,"
	    "\"Config\":{\"User\":\"\",\"Env\":[\"PATH=/bin\"],\"Tty\":false},"
	    "\"Mounts\":[],\"HostConfig\":{\"ReadonlyRootfs\":false}";
	const char *p = strchr(r->head, ' ') + 1;
	char body[2048];

	if (strncmp(p, "/v1.", 4) == 0)
		p += strcspn(p + 1, "/") + 1;
	if (strncmp(p, "/_ping", 6) == 0) {
		if (!misbehaves(fd, "ping"))
			answer(fd, 200, "OK");
	} else if (strncmp(p, "/version", 8) == 0) {
		answer(fd, 200, "{\"ApiVersion\":\"1.41\",\"Version\":\"0\"}");
	} else if (strncmp(p, "/containers/json", 16) == 0) {
		snprintf(body, sizeof(body), "[{\"Id\":\"%s\",\"Names\":"
		    "[\"/bad\"],\"State\":\"running\",\"Labels\":{}}]", ID);
		if (!misbehaves(fd, "list"))
			answer(fd, 200, body);
	} else if (strstr(p, "/archive") != NULL) {
		if (bad_at("archive", "removed"))
			(void)close(open(kept, O_WRONLY | O_CREAT, 0600));
		if (!misbehaves(fd, "archive"))
			answer(fd, 404, "{\"message\":\"no such file\"}");
	} else if (strncmp(p, "/exec/", 6) == 0 && *r->head == 'P') {
		recall();
		hijack(fd);
	} else if (strncmp(p, "/exec/", 6) == 0) {
		if (!misbehaves(fd, "exit"))
			answer(fd, 200, "{\"ID\":\"" ID "\",\"Running\":false,"
			    "\"ExitCode\":0,\"Pid\":1}");
	} else if (*r->head == 'P') {
		keep(r);
		exec_create(fd, r);
	} else if (bad_at("archive", "removed") && access(kept, F_OK) == 0) {
		answer(fd, 404, "{\"message\":\"No such container: bad\"}");
	} else if (!misbehaves(fd, "inspect")) {
		bool runs = !bad_at("archive", NULL);

		snprintf(body, sizeof(body), "{\"Name\":\"/bad\",\"State\":{"
		    "\"Status\":\"%s\",\"Running\":%s,\"Paused\":false,"
		    "\"Restarting\":false,\"Pid\":%d},%s}",
		    runs ? "running" : "exited", runs ? "true" : "false",
		    runs, one);
		answer(fd, 200, body);
	}
}

/* One request, its body read too; false at the end of the connection. */
static bool
next(int fd, struct request *r)
{
	size_t len = 0, head;
	const char *cl;
	char *end;
	ssize_t n;

	memset(r, 0, sizeof(*r));
	for (;;) {
		r->head[len] = '\0';
		if ((end = strstr(r->head, "\r\n\r\n")) != NULL)
			break;
		n = read(fd, r->head + len, sizeof(r->head) - 1 - len);
		if (n <= 0)
			return false;
		if (witness != -1)
			put(witness, r->head + len, (size_t)n);
		len += (size_t)n;
	}
	head = (size_t)(end + 4 - r->head);
	cl = strcasestr(r->head, "\r\nContent-Length:");
	r->len = cl != NULL && cl < end ? strtoul(cl + 17, NULL, 10) : 0;
	if (r->len > 1000000 || (r->body = calloc(1, r->len + 1)) == NULL)
		return false;
	memcpy(r->body, r->head + head, len - head < r->len ? len - head :
	    r->len);
	for (size_t at = len - head; at < r->len; at += (size_t)n) {
		if ((n = read(fd, r->body + at, r->len - at)) <= 0)
			return false;
		if (witness != -1)
			put(witness, r->body + at, (size_t)n);
	}
	return strchr(r->head, ' ') != NULL;
}

static void
connection(int fd)
{
	static struct request r;

	while (next(fd, &r)) {
		serve(fd, &r);
		free(r.body);
	}
	_exit(0);
}

int
main(int argc, char **argv)
{
	struct where w;
	bool stay = false;
	int c, fd, listener;

	while ((c = getopt(argc, argv, "w:f")) != -1) {
		if (c == 'f')
			stay = true;
		else if (c == 'w')
			witness = open(optarg, O_WRONLY | O_CREAT | O_APPEND |
			    O_CLOEXEC, 0600);
		else
			return 2;
	}
	if (argc - optind < 1)
		return 2;
	where_parse(&w, argv[optind]);
	if (argc - optind > 1) {
		char *eq = strchr(argv[optind + 1], '=');

		if (eq == NULL)
			return 2;
		*eq = '\0';
		point = argv[optind + 1];
		how = eq + 1;
	}
	snprintf(kept, sizeof(kept), "%s.exec", argv[optind]);
	(void)unlink(kept);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGCHLD, SIG_DFL);
	listener = where_listen(&w);
	fcntl(listener, F_SETFL, 0);
	where_background(stay);
	for (;;) {
		fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
		if (fd != -1 && fork() == 0) {
			close(listener);
			connection(fd);
		}
		close(fd);
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
	}
}
