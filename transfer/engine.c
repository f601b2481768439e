#include "engine.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "engineconfig.h"
#include "enginessh.h"
#include "err.h"
#include "http.h"
#include "json.h"
#include "net.h"
#include "target.h"
#include "text.h"

#define URL_MAX	 1024
#define SAID_MAX 200		/* of the engine's own words */

struct engine {
	struct engine	*next;
	struct net	*net;
	char		*far;		/* docker+ssh: the URL; NULL: the user's */
	struct engineconfig config;
	char		*base;
	struct http_where where;
	struct enginessh *ssh;
	struct http	*http;
	const char	*warning;
};

static void
engine_free(struct engine *g)
{
	http_free(g->http);
	enginessh_free(g->ssh);
	engineconfig_clear(&g->config);
	free(g->base);
	free(g->far);
	free(g);
}

void
engine_free_all(struct net *n)
{
	struct engine *g;

	while ((g = n->engines) != NULL) {
		n->engines = g->next;
		engine_free(g);
	}
}

/* "ssh://[user@]host[:port]" as in the target; NULL without memory. */
static char *
far_url(const struct target_spec *spec)
{
	struct buf b = BUF_INIT(URL_MAX);
	bool v6 = strchr(spec->host, ':') != NULL;

	(void)buf_addf(&b, "ssh://%s%s%s%s%s", spec->user ? spec->user : "",
	    spec->user != NULL ? "@" : "", v6 ? "[" : "", spec->host,
	    v6 ? "]" : "");
	if (spec->port != 0)
		(void)buf_addf(&b, ":%d", spec->port);
	return buf_take(&b);
}

/* 127.x.x.x, ::1 and localhost: what is sent there stays here. */
static bool
host_is_here(const char *host)
{
	struct in_addr a;

	return strcmp(host, "::1") == 0 || strcmp(host, "localhost") == 0 ||
	    (inet_pton(AF_INET, host, &a) == 1 && ntohl(a.s_addr) >> 24 == 127);
}

static void
tcp_route(struct engine *g)
{
	const struct engineconfig *c = &g->config;
	struct buf b = BUF_INIT(URL_MAX);
	bool v6 = strchr(c->host, ':') != NULL;

	(void)buf_addf(&b, "%s://%s%s%s:%d%s", c->tls ? "https" : "http",
	    v6 ? "[" : "", c->host, v6 ? "]" : "", c->port,
	    c->prefix != NULL ? c->prefix : "");
	g->base = buf_take(&b);
	g->where = (struct http_where){ .tls = c->tls, .verify = c->verify,
		.ca = c->ca, .cert = c->cert, .key = c->key };
	if (c->tls && !c->verify)
		g->warning = "the engine's certificate was not checked: "
		    "whoever is in between can read the credential";
	else if (!c->tls && !host_is_here(c->host))
		g->warning = "the way to the engine is not encrypted: "
		    "the network can read the credential";
}

static int
engine_route(struct engine *g)
{
	switch (g->config.kind) {
	case ENGINE_TCP:
		tcp_route(g);
		break;
	case ENGINE_UNIX:
		g->base = strdup("http://localhost");
		g->where.unix_path = g->config.path;
		break;
	case ENGINE_SSH:
		g->base = strdup("http://localhost");
		g->ssh = enginessh_new(g->net, &g->config);
		if (g->ssh == NULL)
			return -1;
		g->where.abstract = enginessh_socket(g->ssh);
		break;
	}
	g->where.base = g->base;
	return g->base == NULL ? -1 : 0;
}

static struct engine *
engine_new(struct net *n, const char *far, struct err *e)
{
	struct engine *g = calloc(1, sizeof(*g));

	err_memory(e);
	if (g == NULL)
		return NULL;
	g->net = n;
	if ((far != NULL && (g->far = strdup(far)) == NULL) ||
	    (far != NULL ? engineconfig_parse(&g->config, far, e) :
	    engineconfig_find(&g->config, n->docker, e)) == -1 ||
	    engine_route(g) == -1 ||
	    (g->http = http_new(n->loop, &g->where, e)) == NULL) {
		engine_free(g);
		return NULL;
	}
	net_trace(n, 1, g->config.name, "is the container engine");
	g->next = n->engines;
	return n->engines = g;
}

/* One whose link was lost is not used again: a new one may have better luck. */
struct engine *
engine_get(struct net *n, const struct target_spec *spec, struct err *e)
{
	char *far = NULL;
	struct engine *g;

	if (spec != NULL && spec->host != NULL &&
	    (far = far_url(spec)) == NULL) {
		err_memory(e);
		return NULL;
	}
	for (g = n->engines; g != NULL; g = g->next) {
		if ((g->ssh == NULL || !enginessh_lost(g->ssh)) &&
		    (far == NULL ? g->far == NULL :
		    g->far != NULL && strcmp(g->far, far) == 0))
			break;
	}
	if (g == NULL)
		g = engine_new(n, far, e);
	free(far);
	return g;
}

struct http *
engine_http(struct engine *g)
{
	if (g->ssh != NULL)
		http_connections(g->http, enginessh_streams(g->ssh));
	return g->http;
}

const char *
engine_name(const struct engine *g)
{
	return g->config.name;
}

const char *
engine_stage(const struct engine *g)
{
	return g->ssh != NULL ? enginessh_stage(g->ssh) : NULL;
}

const char *
engine_warning(const struct engine *g)
{
	const char *w = g->ssh != NULL ? enginessh_warning(g->ssh) : NULL;

	return w != NULL ? w : g->warning;
}

/* e says why there was no answer. */
static void
no_answer(const struct engine *g, const struct http_answer *a,
    struct err *e)
{
	const struct err *ssh = g->ssh != NULL ? enginessh_why(g->ssh) : NULL;

	*e = ssh != NULL ? *ssh : *a->why;
	if (ssh == NULL && a->lost != HTTP_TOO_MUCH)
		e->code = ERR_ENGINE_UNREACHABLE;
	if (e->code == ERR_ENGINE_UNREACHABLE) {
		struct err why = *e;

		err_set(e, why.code, "cannot reach the engine at '%s': %s",
		    g->config.name, why.text);
		err_hint(e, "%s", why.hint[0] != '\0' ? why.hint :
		    "see whether 'docker ps' works, or name the engine "
		    "with -H");
	}
}

/* {"message": "..."}; or what else there is. */
static void
said_read(const struct http_answer *a, char said[SAID_MAX])
{
	struct err ignored;
	JSON_AUTO *j = json_parse(a->body, a->len, ERR_PROTOCOL, &ignored);
	const char *message = json_string(j, "message");

	if (message != NULL)
		text_safes(said, SAID_MAX, message);
	else
		text_safe(said, SAID_MAX, a->body, a->len);
}

static bool
says(const char *said, const char *what)
{
	return strcasestr(said, what) != NULL;
}

/* Engines differ in the status; their words are what tells. */
static enum err_code
refusal_code(const char *said)
{
	if (says(said, "multiple ids found") || says(said, "more than one") ||
	    says(said, "ambiguous"))
		return ERR_AMBIGUOUS_CONTAINER;
	if (says(said, "no such container") || says(said, "no container with"))
		return ERR_NO_CONTAINER;
	if (says(said, "is paused") || says(said, "not running") ||
	    says(said, "is restarting") || says(said, "can only create exec "
	    "sessions on running") || says(said, "state improper"))
		return ERR_NOT_RUNNING;
	if (says(said, "read-only"))
		return ERR_READ_ONLY;
	if (says(said, "no space left"))
		return ERR_DISK_FULL;
	if (says(said, "executable file not found") ||
	    says(said, "exec format error"))
		return ERR_NO_SHELL;
	return ERR_ENGINE_ERROR;
}

void
engine_refusal(const struct http_answer *a, const char *what, struct err *e)
{
	char said[SAID_MAX];
	enum err_code code;

	said_read(a, said);
	code = refusal_code(said);
	err_set(e, code, "%s: the engine answers %d: %s", what, a->status,
	    said);
	if (code == ERR_NO_CONTAINER)
		err_hint(e, "'docker ps -a' lists what there is");
	else if (code == ERR_AMBIGUOUS_CONTAINER)
		err_hint(e, "give more of the id, or the whole name");
	else if (code == ERR_NOT_RUNNING)
		err_hint(e, "start it, or unpause it, and run this again");
	else if (code == ERR_READ_ONLY)
		err_hint(e, "give it a volume for the folder");
	else
		err_hint(e, "the engine's own log may say more");
}

void
engine_failure(const struct engine *g, const struct http_answer *a,
    const char *what, struct err *e)
{
	if (a->status == 0)
		no_answer(g, a, e);
	else
		engine_refusal(a, what, e);
}
