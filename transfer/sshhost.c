#include "sshhost.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "err.h"
#include "sshtoken.h"
#include "text.h"

#define PORT_MAX    65535
#define TIMEOUT_MAX 86400
#define PROMPTS_MAX	100

struct parse {
	struct sshhost *host;
	bool		refused; /* ProxyUseFdpass */
	bool		failed;	 /* out of memory */
};

static bool
is_none(const char *s)
{
	return strcasecmp(s, "none") == 0;
}

static int
list_add(char ***list, const char *s, size_t len)
{
	size_t n = 0;
	char **p, *copy = strndup(s, len);

	while (*list != NULL && (*list)[n] != NULL)
		n++;
	if (copy == NULL ||
	    (p = reallocarray(*list, n + 2, sizeof(*p))) == NULL) {
		free(copy);
		return -1;
	}
	p[n] = copy;
	p[n + 1] = NULL;
	*list = p;
	return 0;
}

static void
list_free(char **list)
{
	for (char **p = list; p != NULL && *p != NULL; p++)
		free(*p);
	free(list);
}

void
sshhost_free(struct sshhost *h)
{
	if (h == NULL)
		return;
	free(h->name);
	free(h->hostname);
	free(h->user);
	list_free(h->identity_files);
	list_free(h->certificate_files);
	list_free(h->user_known_hosts);
	list_free(h->global_known_hosts);
	list_free(h->revoked_host_keys);
	free(h->identity_agent);
	free(h->host_key_alias);
	free(h->proxy_jump);
	free(h->proxy_command);
	free(h);
}

/*
 * Paths on one line, blanks between them, nothing quoted: a word that isn't
 * absolute goes on with the path before it, or a file whose name holds a
 * blank would seem to be missing and its keys be unknown.
 */
static int
paths_add(char ***list, const char *v)
{
	size_t n;

	if (is_none(v))
		return 0;
	for (; *v != '\0'; v += n + (v[n] == ' ')) {
		n = strcspn(v, " ");
		while (strchr("/~", *v) != NULL && v[n] == ' ' &&
		    strchr("/~", v[n + 1]) == NULL)
			n += 1 + strcspn(v + n + 1, " ");
		if (n > 0 && list_add(list, v, n) == -1)
			return -1;
	}
	return 0;
}

static int
set(char **p, const char *v)
{
	free(*p);
	*p = is_none(v) ? NULL : strdup(v);
	return *p == NULL && !is_none(v) ? -1 : 0;
}

/* Of a host or an account, which may well be called "none", or an agent,
 * whose "none" is kept until it is expanded. */
static int
set_name(char **p, const char *v)
{
	free(*p);
	return (*p = strdup(v)) == NULL ? -1 : 0;
}

/* A keyword whose value is kept as a string or a list of them. */
static int
keep(struct sshhost *h, const char *key, const char *v)
{
	if (strcmp(key, "hostname") == 0)
		return set_name(&h->hostname, v);
	if (strcmp(key, "user") == 0)
		return set_name(&h->user, v);
	if (strcmp(key, "identityfile") == 0)
		return is_none(v) ? 0 :
		    list_add(&h->identity_files, v, strlen(v));
	if (strcmp(key, "certificatefile") == 0)
		return is_none(v) ? 0 :
		    list_add(&h->certificate_files, v, strlen(v));
	if (strcmp(key, "userknownhostsfile") == 0)
		return paths_add(&h->user_known_hosts, v);
	if (strcmp(key, "globalknownhostsfile") == 0)
		return paths_add(&h->global_known_hosts, v);
	if (strcmp(key, "revokedhostkeys") == 0)
		return paths_add(&h->revoked_host_keys, v);
	if (strcmp(key, "identityagent") == 0)
		return set_name(&h->identity_agent, v);
	if (strcmp(key, "hostkeyalias") == 0)
		return set(&h->host_key_alias, v);
	if (strcmp(key, "proxyjump") == 0)
		return set(&h->proxy_jump, v);
	if (strcmp(key, "proxycommand") == 0)
		return set(&h->proxy_command, v);
	return 0;
}

static enum sshstrict
strict(const char *v)
{
	if (strcmp(v, "true") == 0 || strcmp(v, "yes") == 0)
		return SSHSTRICT_YES;
	return strcmp(v, "ask") == 0 ? SSHSTRICT_ASK : SSHSTRICT_ACCEPT_NEW;
}

static int
family(const char *v)
{
	if (strcmp(v, "inet") == 0)
		return AF_INET;
	return strcmp(v, "inet6") == 0 ? AF_INET6 : AF_UNSPEC;
}

/* PreferredAuthentications: what it does not name is off. */
static void
prefer(struct sshmethods *w, const char *v)
{
	w->no_publickey |= strstr(v, "publickey") == NULL;
	w->no_kbdint |= strstr(v, "keyboard-interactive") == NULL;
	w->no_password |= strstr(v, "password") == NULL;
}

/* How to authenticate; false for another keyword. */
static bool
methods_parse(struct sshmethods *w, const char *key, const char *v)
{
	bool no = strcmp(v, "no") == 0 || strcmp(v, "false") == 0;
	int64_t n;

	if (strcmp(key, "pubkeyauthentication") == 0)
		w->no_publickey |= no;
	else if (strcmp(key, "kbdinteractiveauthentication") == 0)
		w->no_kbdint |= no;
	else if (strcmp(key, "passwordauthentication") == 0)
		w->no_password |= no;
	else if (strcmp(key, "batchmode") == 0)
		w->batch = !no;
	else if (strcmp(key, "numberofpasswordprompts") == 0)
		w->prompts = text_number(v, 1, PROMPTS_MAX, &n) == 0 ?
		    (int)n : 0;
	else if (strcmp(key, "preferredauthentications") == 0)
		prefer(w, v);
	else
		return false;
	return true;
}

/* Seconds or a count, 0 where it is nothing that we know. */
static int
count(const char *v)
{
	int64_t n;

	return text_number(v, 0, TIMEOUT_MAX, &n) == 0 ? (int)n : 0;
}

static void
line_parse(struct parse *p, const char *key, const char *v)
{
	struct sshhost *h = p->host;
	bool yes = strcmp(v, "yes") == 0 || strcmp(v, "true") == 0;
	int64_t n;

	if (strcmp(key, "port") == 0)
		h->port = text_number(v, 1, PORT_MAX, &n) == 0 ? (int)n : 0;
	else if (strcmp(key, "connecttimeout") == 0)
		h->connect_timeout = count(v);
	else if (strcmp(key, "serveraliveinterval") == 0)
		h->alive_interval = count(v);
	else if (strcmp(key, "serveralivecountmax") == 0)
		h->alive_max = count(v);
	else if (strcmp(key, "identitiesonly") == 0)
		h->identities_only = yes;
	else if (strcmp(key, "hashknownhosts") == 0)
		h->hash_known_hosts = yes;
	else if (strcmp(key, "stricthostkeychecking") == 0)
		h->strict = strict(v);
	else if (strcmp(key, "addressfamily") == 0)
		h->address_family = family(v);
	else if (strcmp(key, "proxyusefdpass") == 0)
		p->refused |= yes;
	else if (!methods_parse(&h->methods, key, v) && keep(h, key, v) == -1)
		p->failed = true;
}

struct sshhost *
sshhost_parse(const char *out, struct err *e)
{
	struct parse p = { .host = calloc(1, sizeof(*p.host)) };
	char *copy = strdup(out), *rest = copy, *line, *v;

	while (p.host != NULL && (line = strsep(&rest, "\n")) != NULL) {
		if ((v = strchr(line, ' ')) != NULL)
			*v++ = '\0';
		line_parse(&p, line, v == NULL ? "" : v);
	}
	free(copy);
	if (p.host == NULL || copy == NULL || p.failed)
		(void)err_memory(e);
	else if (p.refused)
		(void)err_set(e, ERR_USAGE, "ProxyUseFdpass of ssh_config is "
		    "not supported");
	else if (p.host->hostname == NULL || p.host->user == NULL ||
	    p.host->port == 0)
		(void)err_set(e, ERR_USAGE, "cannot read what 'ssh -G' says: "
		    "no host name, user or port in it");
	else
		return p.host;
	sshhost_free(p.host);
	return NULL;
}

/* One expanding: what is wrong once stays wrong. */
struct expand {
	const struct sshtokens *t;
	struct err *e;
	bool failed;
};

static char *
one(struct expand *x, enum sshtoken_kind kind, const char *keyword,
    const char *v)
{
	char *s;

	if (v == NULL || x->failed)
		return NULL;
	if ((s = sshtoken_expand(x->t, kind, keyword, v, x->e)) == NULL)
		x->failed = true;
	return s;
}

static char **
list(struct expand *x, enum sshtoken_kind kind, const char *keyword,
    char *const *v)
{
	size_t n = 0;
	char **out;

	while (v != NULL && v[n] != NULL)
		n++;
	if ((out = calloc(n + 1, sizeof(*out))) == NULL) {
		(void)err_memory(x->e);
		x->failed = true;
		return NULL;
	}
	for (size_t i = 0; i < n && !x->failed; i++)
		out[i] = one(x, kind, keyword, v[i]);
	return out;
}

static char *
copy(struct expand *x, const char *s)
{
	char *c = s == NULL ? NULL : strdup(s);

	if (s != NULL && c == NULL) {
		(void)err_memory(x->e);
		x->failed = true;
	}
	return c;
}

/* IdentityAgent: none, SSH_AUTH_SOCK, $VARIABLE or a path (expanded). */
static const char *
agent_path(const char *v, const struct sshtokens *t, const char *agent)
{
	if (v == NULL || strcmp(v, "SSH_AUTH_SOCK") == 0)
		return agent;
	if (is_none(v))
		return NULL;
	return *v == '$' ? sshtoken_env(t->envp, v + 1, strlen(v + 1)) : v;
}

struct sshhost *
sshhost_expand(const struct sshhost *raw, const struct sshtokens *given,
    const char *agent, struct err *e)
{
	struct sshhost *h = calloc(1, sizeof(*h));
	struct sshtokens t = *given;
	struct expand x = { .t = &t, .e = e };
	char port[8];

	if (h == NULL) {
		(void)err_memory(e);
		return NULL;
	}
	(void)snprintf(port, sizeof(port), "%d", raw->port);
	t.port = port;
	t.user = raw->user;
	t.alias = raw->host_key_alias != NULL ? raw->host_key_alias : t.name;
	t.jump = raw->proxy_jump != NULL ? raw->proxy_jump : "";
	*h = (struct sshhost){
		.name = copy(&x, t.name),
		.hostname = copy(&x, t.hostname),
		.user = copy(&x, raw->user),
		.port = raw->port,
		.identity_files = list(&x, SSHTOKEN_FILE, "IdentityFile",
		    raw->identity_files),
		.certificate_files = list(&x, SSHTOKEN_FILE,
		    "CertificateFile", raw->certificate_files),
		.user_known_hosts = list(&x, SSHTOKEN_TILDE,
		    "UserKnownHostsFile", raw->user_known_hosts),
		.global_known_hosts = list(&x, SSHTOKEN_TILDE,
		    "GlobalKnownHostsFile", raw->global_known_hosts),
		.revoked_host_keys = list(&x, SSHTOKEN_TILDE,
		    "RevokedHostKeys", raw->revoked_host_keys),
		.identities_only = raw->identities_only,
		.identity_agent = copy(&x,
		    agent_path(raw->identity_agent, &t, agent)),
		.host_key_alias = copy(&x, raw->host_key_alias),
		.hash_known_hosts = raw->hash_known_hosts,
		.strict = raw->strict,
		.proxy_jump = one(&x, SSHTOKEN_PROXY, "ProxyJump",
		    raw->proxy_jump),
		.proxy_command = one(&x, SSHTOKEN_PROXY, "ProxyCommand",
		    raw->proxy_command),
		.connect_timeout = raw->connect_timeout,
		.alive_interval = raw->alive_interval,
		.alive_max = raw->alive_max,
		.address_family = raw->address_family,
		.methods = raw->methods,
	};
	if (x.failed) {
		sshhost_free(h);
		return NULL;
	}
	return h;
}
