#include "sshnet.h"

#include <sys/wait.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "buf.h"
#include "err.h"
#include "gate.h"
#include "hostkey.h"
#include "loop.h"
#include "net.h"
#include "sshagent.h"
#include "sshconfig.h"
#include "sshjump.h"
#include "sshkey.h"

#define SSHNET_HANDSHAKES 8	/* at once to one endpoint; MaxStartups is 10 */
#define SSHNET_REAP_WAIT 500	/* ms that an ending proxy gets in all */
#define SSHNET_NAMES_MAX 65536	/* bytes of a list of file names */

struct agent_list {
	struct agent_list *next;
	struct sshagent	  *agent;
};

struct known_list {
	struct known_list *next;
	struct hostkeys	  *keys;
	char		   names[];
};

struct sshnet *
sshnet_get(struct net *n)
{
	struct sshnet *s = n->sshnet;

	if (s != NULL || (s = calloc(1, sizeof(*s))) == NULL)
		return s;
	s->config = sshconfig_new(n->loop, n->ssh);
	s->keys = sshkeys_new();
	s->gate = gate_new(SSHNET_HANDSHAKES);
	if (s->config == NULL || s->keys == NULL || s->gate == NULL) {
		sshnet_free(s);
		return NULL;
	}
	return n->sshnet = s;
}

/* The child, and what it left behind in a process group of its own. */
static void
kill_all(pid_t pid)
{
	kill(pid, SIGKILL);
	kill(-pid, SIGKILL);
}

/* Most have ended long ago; one that ignores SIGTERM is killed. */
static void
reap_all(struct sshnet *s)
{
	static const struct timespec step = { 0, 5 * 1000000 };
	int waited = 0;

	for (size_t i = 0; i < s->nchildren; i++) {
		while (waitpid(s->children[i], NULL, WNOHANG) == 0) {
			if (waited >= SSHNET_REAP_WAIT)
				kill_all(s->children[i]);
			nanosleep(&step, NULL);
			waited += 5;
		}
	}
	free(s->children);
}

void
sshnet_free(struct sshnet *s)
{
	struct agent_list *a;
	struct known_list *k;

	if (s == NULL)
		return;
	sshjump_free_all(s);
	while ((a = s->agents) != NULL) {
		s->agents = a->next;
		sshagent_free(a->agent);
		free(a);
	}
	while ((k = s->known) != NULL) {
		s->known = k->next;
		hostkeys_free(k->keys);
		free(k);
	}
	sshconfig_free(s->config);
	sshkeys_free(s->keys);
	gate_free(s->gate);
	reap_all(s);
	free(s);
}

struct sshagent *
sshnet_agent(struct net *n, const char *path)
{
	struct sshnet *s = n->sshnet;
	int64_t began = loop_clock();
	struct agent_list *a;

	if (path == NULL)
		return NULL;
	for (a = s->agents; a != NULL; a = a->next) {
		if (strcmp(sshagent_path(a->agent), path) == 0)
			return a->agent;
	}
	if ((a = calloc(1, sizeof(*a))) == NULL)
		return NULL;
	a->agent = sshagent_open(path);
	net_forgive_since(n, began);
	if (a->agent == NULL) {
		free(a);
		return NULL;
	}
	a->next = s->agents;
	s->agents = a;
	return a->agent;
}

static void
names_add(struct buf *b, char *const *list)
{
	for (; list != NULL && *list != NULL; list++)
		(void)buf_addf(b, "%s\n", *list);
	(void)buf_adds(b, "\n");
}

static size_t
list_count(char *const *list)
{
	size_t n = 0;

	while (list != NULL && list[n] != NULL)
		n++;
	return n;
}

/* The user's files, then the global ones: ssh's order. */
static struct hostkeys *
known_load(const struct sshhost *h, struct err *e)
{
	size_t users = list_count(h->user_known_hosts);
	size_t globals = list_count(h->global_known_hosts);
	const char **files = calloc(users + globals + 1, sizeof(*files));
	struct hostkeys *k;

	if (files == NULL) {
		err_memory(e);
		return NULL;
	}
	for (size_t i = 0; i < users; i++)
		files[i] = h->user_known_hosts[i];
	for (size_t i = 0; i < globals; i++)
		files[users + i] = h->global_known_hosts[i];
	k = hostkeys_load(files, (const char *const *)h->revoked_host_keys,
	    e);
	free(files);
	return k;
}

struct hostkeys *
sshnet_hostkeys(struct sshnet *s, const struct sshhost *h, struct err *e)
{
	BUF_AUTO names = BUF_INIT(SSHNET_NAMES_MAX);
	struct known_list *k;

	names_add(&names, h->user_known_hosts);
	names_add(&names, h->global_known_hosts);
	names_add(&names, h->revoked_host_keys);
	for (k = s->known; k != NULL; k = k->next) {
		if (strcmp(k->names, buf_str(&names)) == 0)
			return k->keys;
	}
	if (names.failed || (k = calloc(1, sizeof(*k) + names.len + 1)) ==
	    NULL) {
		err_memory(e);
		return NULL;
	}
	memcpy(k->names, buf_str(&names), names.len + 1);
	if ((k->keys = known_load(h, e)) == NULL) {
		free(k);
		return NULL;
	}
	k->next = s->known;
	s->known = k;
	return k->keys;
}

void
sshnet_reap(struct sshnet *s, pid_t pid)
{
	pid_t *list;

	if (waitpid(pid, NULL, WNOHANG) != 0) {
		kill(-pid, SIGKILL);
		return;
	}
	list = reallocarray(s->children, s->nchildren + 1, sizeof(*list));
	if (list == NULL)
		return;		/* a zombie until we end; nothing is lost */
	s->children = list;
	list[s->nchildren++] = pid;
}
