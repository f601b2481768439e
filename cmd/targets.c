#include "targets.h"

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "args.h"
#include "buf.h"
#include "command.h"
#include "err.h"
#include "hosts.h"

void
targets_init(struct targets *t)
{
	*t = (struct targets){ 0 };
}

void
targets_clear(struct targets *t)
{
	for (size_t i = 0; i < t->n; i++)
		target_clear(&t->v[i]);
	free(t->v);
	free(t->next);
	targets_init(t);
}

/* FNV-1a of the host in lower case: an inventory may hold many thousands. */
static size_t
bucket_of(const struct target_spec *spec)
{
	const char *s = spec->container != NULL ? spec->container :
	    spec->host;
	uint32_t h = 2166136261u;

	for (; *s != '\0'; s++)
		h = (h ^ (uint32_t)tolower((unsigned char)*s)) * 16777619u;
	return h % TARGETS_BUCKETS;
}

static int
grow(struct targets *t, struct err *e)
{
	size_t cap = t->cap == 0 ? 16 : t->cap * 2;
	struct target_spec *v = reallocarray(t->v, cap, sizeof(*v));
	size_t *next;

	if (v != NULL)
		t->v = v;
	next = reallocarray(t->next, cap, sizeof(*next));
	if (next != NULL)
		t->next = next;
	if (v == NULL || next == NULL)
		return err_memory(e);
	t->cap = cap;
	return 0;
}

/* With `docker`, a bare name is a container's, and no other kind is meant. */
static int
parse(const struct targets *t, struct target_spec *spec, const char *text,
    struct err *e)
{
	BUF_AUTO url = BUF_INIT(strlen(text) + sizeof("docker://"));

	if (!t->containers)
		return target_parse(spec, text, e);
	if (strstr(text, "://") == NULL) {
		(void)buf_addf(&url, "docker://%s", text);
		return target_parse(spec, buf_str(&url), e);
	}
	if (target_parse(spec, text, e) == -1)
		return -1;
	if (spec->container != NULL)
		return 0;
	err_set(e, ERR_USAGE, "'%s' is no container", spec->text);
	target_clear(spec);
	return err_hint(e, "use 'push' for hosts");
}

int
targets_add(struct targets *t, const char *text, struct err *e)
{
	struct target_spec spec;
	size_t *head;

	if (parse(t, &spec, text, e) == -1)
		return -1;
	head = &t->heads[bucket_of(&spec)];
	for (size_t i = *head; i != 0; i = t->next[i - 1]) {
		if (target_same(&t->v[i - 1], &spec)) {
			target_clear(&spec);
			return 0;
		}
	}
	if (t->n == t->cap && grow(t, e) == -1) {
		target_clear(&spec);
		return -1;
	}
	t->v[t->n] = spec;	/* transferred */
	t->next[t->n++] = *head;
	*head = t->n;
	return 0;
}

int
targets_from_args(struct targets *t, const struct args *a, struct err *e)
{
	t->containers = a->command == &commands[COMMAND_DOCKER];
	for (size_t i = 0; i < a->noperands; i++) {
		if (targets_add(t, a->operands[i], e) == -1)
			return -1;
	}
	for (size_t i = 0; i < a->hosts.n; i++) {
		if (hosts_read(t, a->hosts.v[i], e) == -1)
			return -1;
	}
	if (t->n > 0 || a->dock_all || a->dock_filters.n > 0)
		return 0;
	return err_set(e, ERR_USAGE, "no targets: '%s' names none",
	    a->hosts.n > 0 ? a->hosts.v[0] : "");
}

int
targets_width(const struct targets *t, int max)
{
	size_t width = 0;

	for (size_t i = 0; i < t->n; i++) {
		size_t len = strlen(t->v[i].text);

		if (len > width)
			width = len;
	}
	return width < (size_t)max ? (int)width : max;
}
