#include "engineconfig.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "buf.h"
#include "err.h"
#include "json.h"
#include "target.h"
#include "text.h"

#define FILE_MAX_BYTES	(1024 * 1024)	/* of config.json and meta.json */
#define PATH_MAX_BYTES	4096
#define SOCKET_DEFAULT	"/var/run/docker.sock"
#define PORT_PLAIN	2375
#define PORT_TLS	2376

void
engineconfig_clear(struct engineconfig *c)
{
	char **const owned[] = { &c->name, &c->path, &c->user, &c->host,
		&c->prefix, &c->ca, &c->cert, &c->key };

	for (size_t i = 0; i < sizeof(owned) / sizeof(*owned); i++)
		free(*owned[i]);
	*c = (struct engineconfig){ 0 };
}

/* a/b/c as the caller's own; NULL without memory or when far too long. */
static char *
path_of(const char *a, const char *b, const char *c)
{
	struct buf p = BUF_INIT(PATH_MAX_BYTES);

	(void)buf_addf(&p, "%s/%s%s", a, b, c);
	return buf_take(&p);
}

/* The URL of an engine */

static int
host_refuse(const char *host, struct err *e)
{
	err_set(e, ERR_USAGE, "cannot use '%s' as a Docker host", host);
	return err_hint(e, "an engine is unix:///path, tcp://host:port or "
	    "ssh://[user@]host");
}

/* What follows "tcp://" or "ssh://" has the grammar of an SSH target. */
static int
parse_url(struct engineconfig *c, const char *host, const char *rest,
    struct err *e)
{
	BUF_AUTO url = BUF_INIT(PATH_MAX_BYTES);
	struct target_spec spec;
	bool ssh = c->kind == ENGINE_SSH;

	(void)buf_addf(&url, "ssh://%s", *rest == '\0' && !ssh ?
	    "localhost" : rest);
	if (url.failed || target_parse(&spec, buf_str(&url), e) == -1)
		return host_refuse(host, e);
	if (!ssh && spec.user != NULL) {
		target_clear(&spec);
		return host_refuse(host, e);
	}
	c->host = spec.host;
	c->user = spec.user;
	c->port = spec.port;
	*(ssh ? &c->path : &c->prefix) = spec.codex_home;
	spec.host = spec.user = spec.codex_home = NULL;	/* transferred */
	target_clear(&spec);
	return 0;
}

static int
parse_unix(struct engineconfig *c, const char *host, const char *path,
    struct err *e)
{
	if (*path == '\0')
		path = SOCKET_DEFAULT;
	if (*path != '/' ||
	    strlen(path) >= sizeof(((struct sockaddr_un *)0)->sun_path))
		return host_refuse(host, e);
	c->path = strdup(path);
	return c->path != NULL ? 0 : err_memory(e);
}

/* As docker's own: a host without a scheme is tcp. */
int
engineconfig_parse(struct engineconfig *c, const char *host, struct err *e)
{
	static const struct {
		const char *scheme;
		enum engine_kind kind;
	} known[] = {
		{ "unix://", ENGINE_UNIX }, { "tcp://", ENGINE_TCP },
		{ "ssh://", ENGINE_SSH },
	};
	const char *rest = strstr(host, "://") == NULL ? host : NULL;
	int rc;

	*c = (struct engineconfig){ .kind = ENGINE_TCP };
	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
		size_t n = strlen(known[i].scheme);

		if (strncmp(host, known[i].scheme, n) != 0)
			continue;
		c->kind = known[i].kind;
		rest = host + n;
	}
	if (rest == NULL || (c->name = strdup(host)) == NULL)
		return rest == NULL ? host_refuse(host, e) : err_memory(e);
	rc = c->kind == ENGINE_UNIX ? parse_unix(c, host, rest, e) :
	    parse_url(c, host, rest, e);
	if (rc == -1)
		engineconfig_clear(c);
	return rc;
}

/* Files */

static int
file_read(struct buf *b, const char *path)
{
	char piece[4096];
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	ssize_t n;
	int sys;

	if (fd == -1)
		return -1;
	while ((n = read(fd, piece, sizeof(piece))) > 0) {
		if (buf_add(b, piece, (size_t)n) == -1)
			break;
	}
	sys = n == 0 ? 0 : n > 0 ? EFBIG : errno;
	(void)close(fd);	/* only read */
	errno = sys;
	return sys == 0 ? 0 : -1;
}

/* One JSON file; NULL with *e, or without (e->code ERR_NONE) if absent. */
static cJSON *
json_file(const char *path, struct err *e)
{
	BUF_AUTO b = BUF_INIT(FILE_MAX_BYTES);
	cJSON *j;

	e->code = ERR_NONE;
	if (file_read(&b, path) == -1) {
		if (errno != ENOENT && errno != ENOTDIR)
			err_sys(e, ERR_USAGE, errno, "cannot read '%s'", path);
		return NULL;
	}
	if ((j = json_parse(b.p, b.len, ERR_USAGE, e)) == NULL)
		err_wrap(e, "cannot read '%s'", path);
	return j;
}

/* dir/name if it is there; else NULL. */
static char *
file_there(const char *dir, const char *name)
{
	char *path = path_of(dir, name, "");

	if (path != NULL && access(path, R_OK) == 0)
		return path;
	free(path);
	return NULL;
}

static void
certs_take(struct engineconfig *c, const char *dir)
{
	c->ca = file_there(dir, "ca.pem");
	c->cert = file_there(dir, "cert.pem");
	c->key = file_there(dir, "key.pem");
}

/* Contexts */

static int
context_missing(const char *name, const char *why, struct err *e)
{
	err_set(e, ERR_USAGE, "cannot use the Docker context '%s': %s", name,
	    why);
	return err_hint(e, "'docker context ls' lists them");
}

/* contexts/{meta,tls}/SHA256(name): docker's own store. */
static char *
context_path(const char *config, const char *kind, const char *name,
    const char *more)
{
	unsigned char digest[crypto_hash_sha256_BYTES];
	char hex[2 * crypto_hash_sha256_BYTES + 1];
	struct buf p = BUF_INIT(PATH_MAX_BYTES);

	crypto_hash_sha256(digest, (const unsigned char *)name, strlen(name));
	text_hex(hex, digest, sizeof(digest));
	(void)buf_addf(&p, "%s/contexts/%s/%s/%s", config, kind, hex, more);
	return buf_take(&p);
}

static int
context_use(struct engineconfig *c, const cJSON *meta, const char *config,
    const char *name, struct err *e)
{
	const cJSON *engine = json_object(json_object(meta, "Endpoints"),
	    "docker");
	const char *host = json_string(engine, "Host");
	bool skip = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(engine,
	    "SkipTLSVerify"));
	char *dir;

	if (host == NULL)
		return context_missing(name, "it names no docker engine", e);
	if (engineconfig_parse(c, *host == '\0' ? "unix://" : host, e) == -1)
		return err_wrap(e, "in the Docker context '%s'", name);
	if ((dir = context_path(config, "tls", name, "docker")) == NULL)
		return err_memory(e);
	if (c->kind == ENGINE_TCP)
		certs_take(c, dir);
	free(dir);
	if (c->kind != ENGINE_TCP)
		return 0;
	c->tls = skip || c->ca != NULL || c->cert != NULL || c->key != NULL;
	c->verify = !skip;
	return 0;
}

static int
context_find(struct engineconfig *c, const char *config, const char *name,
    struct err *e)
{
	char *path = context_path(config, "meta", name, "meta.json");
	cJSON *meta;
	int rc;

	if (path == NULL)
		return err_memory(e);
	meta = json_file(path, e);
	free(path);
	if (meta == NULL)
		return e->code != ERR_NONE ? -1 :
		    context_missing(name, "there is none of this name", e);
	rc = context_use(c, meta, config, name, e);
	cJSON_Delete(meta);
	return rc;
}

/* Without a context */

/* Something listens there; 0, or errno. */
static int
socket_try(const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd, sys = 0;

	if (strlen(path) >= sizeof(a.sun_path))
		return ENAMETOOLONG;
	memcpy(a.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		return errno;
	/* EAGAIN: it listens and is busy. */
	if (connect(fd, (struct sockaddr *)&a, sizeof(a)) == -1 &&
	    errno != EAGAIN)
		sys = errno;
	(void)close(fd);	/* said nothing */
	return sys;
}

/* docker's own default first, so that what `docker ps` shows is meant. */
static int
default_find(struct engineconfig *c, const struct dockopts *o, struct err *e)
{
	char runtime[sizeof("/run/user/") + 10], *mine, *pods;
	int sys, first = 0, rc = -1;

	/* What a log-in sets is not there for cron. */
	(void)snprintf(runtime, sizeof(runtime), "/run/user/%u", getuid());
	mine = path_of(o->runtime != NULL ? o->runtime : runtime,
	    "docker.sock", "");
	pods = path_of(o->runtime != NULL ? o->runtime : runtime,
	    "podman/podman.sock", "");
	const char *const paths[] = { SOCKET_DEFAULT, mine, pods,
		"/run/podman/podman.sock" };
	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		if (paths[i] == NULL)
			continue;
		if ((sys = socket_try(paths[i])) == 0) {
			char *url = path_of("unix:/", paths[i], "");

			rc = url == NULL ? err_memory(e) :
			    engineconfig_parse(c, url, e);
			free(url);
			goto out;
		}
		if (first == 0)
			first = sys;
	}
	err_sys(e, ERR_ENGINE_UNREACHABLE, first, "no container engine "
	    "listens on '%s' or another of the usual sockets", SOCKET_DEFAULT);
	err_hint(e, first == EACCES ? "your account may not use the socket: "
	    "'sudo usermod -aG docker $USER', or run it with sudo" :
	    "start Docker or 'podman system service', or name the engine "
	    "with -H");
out:
	free(mine);
	free(pods);
	return rc;
}

/* -H or DOCKER_HOST: TLS is what the environment says. */
static int
host_find(struct engineconfig *c, const struct dockopts *o, const char *host,
    const char *config, struct err *e)
{
	if (host == NULL)
		return default_find(c, o, e);
	if (engineconfig_parse(c, host, e) == -1)
		return -1;
	if (c->kind != ENGINE_TCP || !(o->env_tls || o->env_verify))
		return 0;
	certs_take(c, o->env_certs != NULL ? o->env_certs : config);
	c->tls = true;
	c->verify = o->env_verify;
	return 0;
}

static int
find(struct engineconfig *c, const struct dockopts *o, const char *config,
    struct err *e)
{
	const char *context = o->context;
	JSON_AUTO *file = NULL;

	if (o->host != NULL && context != NULL) {
		err_set(e, ERR_USAGE, "-H and -c exclude each other");
		return err_hint(e, "give one of them");
	}
	if (o->host != NULL)
		return host_find(c, o, o->host, config, e);
	if (context == NULL && o->env_host == NULL) {
		context = o->env_context;
		if (context == NULL) {
			char *path = path_of(config, "config.json", "");

			file = path != NULL ? json_file(path, e) : NULL;
			free(path);
			if (file == NULL && e->code != ERR_NONE)
				return -1;
			context = json_string(file, "currentContext");
		}
	}
	if (context == NULL || *context == '\0' ||
	    strcmp(context, "default") == 0)
		return host_find(c, o, o->env_host, config, e);
	return context_find(c, config, context, e);
}

int
engineconfig_find(struct engineconfig *c, const struct dockopts *o,
    struct err *e)
{
	char *config = o->env_config != NULL ? strdup(o->env_config) :
	    path_of(o->home, ".docker", "");
	int rc;

	*c = (struct engineconfig){ 0 };
	e->code = ERR_NONE;
	if (config == NULL)
		return err_memory(e);
	rc = find(c, o, config, e);
	free(config);
	if (rc == 0 && c->kind == ENGINE_TCP && c->port == 0)
		c->port = c->tls ? PORT_TLS : PORT_PLAIN;
	if (rc == -1)
		engineconfig_clear(c);
	return rc;
}
