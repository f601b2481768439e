#include "gate.h"

#include <stdlib.h>
#include <string.h>

struct gate_key {
	struct gate_key	 *next;
	struct gate_pass *waiting;	/* first in, first out */
	size_t		  inside;
	char		  name[];
};

struct gate {
	struct gate_key	*keys;
	size_t		 max;
};

struct gate *
gate_new(size_t max)
{
	struct gate *g = calloc(1, sizeof(*g));

	if (g != NULL)
		g->max = max;
	return g;
}

void
gate_free(struct gate *g)
{
	struct gate_key *k;

	while (g != NULL && (k = g->keys) != NULL) {
		g->keys = k->next;
		free(k);
	}
	free(g);
}

/* Keys are kept until the end: a run has few of them, and they are short. */
static struct gate_key *
gate_key(struct gate *g, const char *name)
{
	struct gate_key *k;
	size_t len = strlen(name) + 1;

	for (k = g->keys; k != NULL; k = k->next) {
		if (strcmp(k->name, name) == 0)
			return k;
	}
	if ((k = calloc(1, sizeof(*k) + len)) == NULL)
		return NULL;
	memcpy(k->name, name, len);
	k->next = g->keys;
	g->keys = k;
	return k;
}

int
gate_enter(struct gate *g, const char *name, struct gate_pass *p)
{
	struct gate_pass **tail;

	if ((p->key = gate_key(g, name)) == NULL)
		return -1;
	p->next = NULL;
	if (p->key->inside < g->max) {
		p->key->inside++;
		p->inside = 1;
		p->enter(p->ctx);
		return 0;
	}
	for (tail = &p->key->waiting; *tail != NULL; tail = &(*tail)->next)
		;
	*tail = p;
	return 0;
}

void
gate_leave(struct gate *g, struct gate_pass *p)
{
	struct gate_key *k = p->key;
	struct gate_pass **at, *first;

	if (k == NULL)
		return;
	p->key = NULL;
	if (!p->inside) {
		for (at = &k->waiting; *at != NULL; at = &(*at)->next) {
			if (*at == p) {
				*at = p->next;
				break;
			}
		}
		return;
	}
	p->inside = 0;
	k->inside--;
	if ((first = k->waiting) == NULL || k->inside >= g->max)
		return;
	k->waiting = first->next;
	k->inside++;
	first->inside = 1;
	first->enter(first->ctx);
}
