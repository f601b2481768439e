#include "sshways.h"

#include <stdio.h>
#include <string.h>

#include "err.h"
#include "sshagent.h"
#include "sshconfig.h"
#include "sshkey.h"

#define WAYS_PATH_MAX	1024

void
sshways_note(struct sshways *w, const char *what, const char *why)
{
	(void)buf_addf(&w->notes, "%s%s: %s", w->notes.len ? "; " : "", what,
	    why);
}

static void
way_add(struct sshways *w, struct sshway way)
{
	if (w->n < SSHWAYS_MAX)
		w->list[w->n++] = way;
	else
		ssh_key_free(way.certified);
}

static bool
agent_find(const struct sshagent *a, const char *base64, size_t *index)
{
	if (a == NULL || base64 == NULL)
		return false;
	for (size_t i = 0; i < sshagent_count(a); i++) {
		if (strcmp(sshagent_key(a, i), base64) == 0) {
			*index = i;
			return true;
		}
	}
	return false;
}

static void
add_cert(struct sshways *w, struct sshkey *k, const char *path)
{
	ssh_key both = sshkey_certified(k, path);

	if (both != NULL)
		way_add(w, (struct sshway){ SSHWAY_CERT, k, both, 0 });
}

/* Certificates named in the configuration, then the one beside the key. */
static void
add_certified(struct sshways *w, const struct sshhost *h, struct sshkey *k)
{
	char beside[WAYS_PATH_MAX];
	int n;

	for (char **c = h->certificate_files; c && *c; c++)
		add_cert(w, k, *c);
	n = snprintf(beside, sizeof(beside), "%s-cert.pub", k->path);
	if (n > 0 && (size_t)n < sizeof(beside))
		add_cert(w, k, beside);
}

static void
add_file(struct sshways *w, const struct sshhost *h, struct sshkey *k,
    const struct sshagent *agent)
{
	size_t i;

	if (k->state == SSHKEY_READY) {
		add_certified(w, h, k);
		way_add(w, (struct sshway){ SSHWAY_KEY, k, NULL, 0 });
	} else if (agent_find(agent, k->base64, &i)) {
		way_add(w, (struct sshway){ SSHWAY_AGENT, NULL, NULL, i });
	} else if (k->why != NULL) {
		sshways_note(w, k->path, k->why);
	}
}

/* Whether the agent's key is on the list, in the agent or as a file. */
static bool
listed(const struct sshways *w, const struct sshagent *agent, size_t index)
{
	for (size_t i = 0; i < w->n; i++) {
		const struct sshway *way = &w->list[i];

		if ((way->kind == SSHWAY_AGENT && way->index == index) ||
		    (way->kind == SSHWAY_KEY && way->key->base64 != NULL &&
		    strcmp(way->key->base64,
		    sshagent_key(agent, index)) == 0))
			return true;
	}
	return false;
}

static void
add_agent(struct sshways *w, const struct sshagent *agent)
{
	for (size_t i = 0; i < sshagent_count(agent); i++) {
		if (!listed(w, agent, i))
			way_add(w, (struct sshway){ SSHWAY_AGENT, NULL, NULL,
			    i });
	}
}

void
sshways_find(struct sshways *w, const struct sshhost *h, struct sshkeys *keys,
    const struct sshagent *agent, bool can_ask)
{
	char **files = h->identity_files;
	struct sshkey *k;
	size_t i;

	w->n = 0;
	w->notes = (struct buf)BUF_INIT(ERR_HINT_MAX);
	if (h->methods.no_publickey)
		return;
	for (char **f = files; f && *f; f++) {
		k = sshkeys_get(keys, *f);
		if (k != NULL && (k->state != SSHKEY_ENCRYPTED || !can_ask ||
		    agent_find(agent, k->base64, &i)))
			add_file(w, h, k, agent);
	}
	if (agent != NULL && !h->identities_only)
		add_agent(w, agent);
	for (char **f = files; can_ask && f && *f; f++) {
		k = sshkeys_get(keys, *f);
		if (k != NULL && k->state == SSHKEY_ENCRYPTED &&
		    !agent_find(agent, k->base64, &i))
			way_add(w, (struct sshway){ SSHWAY_LOCKED, k, NULL,
			    0 });
	}
}

void
sshways_clear(struct sshways *w)
{
	for (size_t i = 0; i < w->n; i++)
		ssh_key_free(w->list[i].certified);
	w->n = 0;
	buf_clear(&w->notes);
}
