#include "hostlines.h"

#include <search.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "keyblob.h"
#include "knownfile.h"

#define KRL_MAGIC "SSHKRL\n"

/* A file, or one learnt line of it: what its lines borrow from. */
struct hostfile {
	char		 *path, *text;
	unsigned long	  lines;
	struct knownstamp stamp;
	struct hostfile	 *next;
};

/* Lines never move: the answers point at them. */
struct linelist {
	struct hostline **p;
	size_t		  n, cap;
};

struct hostname {
	char		*name;
	struct linelist	 lines;		/* ended by NULL */
};

struct hostlines {
	struct hostfile	 *files;
	struct linelist	  lines;
	struct hostline	 *revoked;
	size_t		  nrevoked, caprevoked;
	void		 *names;	/* a tree of struct hostname */
	struct knownhmac *hmac;
};

/* Adds l (which may be NULL) and a NULL after it. */
static int
list_add(struct linelist *a, struct hostline *l)
{
	if (a->n + 1 >= a->cap) {
		size_t cap = a->cap == 0 ? 8 : a->cap * 2;
		struct hostline **p = reallocarray(a->p, cap, sizeof(*p));

		if (p == NULL)
			return -1;
		a->p = p;
		a->cap = cap;
	}
	if (l != NULL)
		a->p[a->n++] = l;
	a->p[a->n] = NULL;
	return 0;
}

static struct hostfile *
file_get(struct hostlines *h, const char *path)
{
	struct hostfile *f;

	for (f = h->files; f != NULL; f = f->next)
		if (strcmp(f->path, path) == 0)
			return f;
	f = calloc(1, sizeof(*f));
	if (f == NULL || (f->path = strdup(path)) == NULL) {
		free(f);
		return NULL;
	}
	f->next = h->files;
	h->files = f;
	return f;
}

static int
hosts_line(struct hostlines *h, struct hostfile *f, char *text)
{
	struct knownline known;
	struct hostline *l;

	f->lines++;
	if (knownline_parse(text, &known) == -1)
		return 0;
	if ((l = malloc(sizeof(*l))) == NULL)
		return -1;
	*l = (struct hostline){ known, f->path, f->lines };
	if (list_add(&h->lines, l) == -1) {
		free(l);
		return -1;
	}
	return 0;
}

/* A line that isn't a key: ssh then refuses every host, and so do we. */
static int
revoked_line(struct hostlines *h, struct hostfile *f, char *text,
    struct err *e)
{
	unsigned char blob[KEYBLOB_MAX];
	struct hostline *p;
	size_t len;

	f->lines++;
	text += strspn(text, " \t\r");
	if (*text == '\0' || *text == '#')
		return 0;
	if (keyblob_read(text, blob, &len) == -1) {
		return err_set(e, ERR_HOSTKEY_UNKNOWN,
		    "cannot read the revoked keys of '%s': line %lu is not "
		    "a public key", f->path, f->lines);
	}
	if (h->nrevoked == h->caprevoked) {
		h->caprevoked = h->caprevoked * 2 + 8;
		p = reallocarray(h->revoked, h->caprevoked, sizeof(*p));
		if (p == NULL)
			return err_memory(e);
		h->revoked = p;
	}
	p = &h->revoked[h->nrevoked++];
	*p = (struct hostline){ .path = f->path, .number = f->lines };
	p->known.key = text;
	return 0;
}

/* Cuts the next line off *p: NUL-terminated, or NULL at the end. */
static char *
next_line(char **p, const char *end)
{
	char *line = *p, *nl;

	if (line >= end)
		return NULL;
	nl = memchr(line, '\n', (size_t)(end - line));
	*p = line + (nl != NULL ? nl - line + 1 : end - line);
	if (nl != NULL)
		*nl = '\0';
	return line;
}

static int
hosts_file(struct hostlines *h, const char *path, struct err *e)
{
	struct hostfile *f = file_get(h, path);
	char *line, *p;
	size_t len;

	if (f == NULL)
		return err_memory(e);
	if (f->text != NULL)
		return 0;	/* listed twice */
	if (knownfile_read(path, &f->text, &len, &f->stamp, e) == -1)
		return -1;
	for (p = f->text; p != NULL &&
	    (line = next_line(&p, f->text + len)) != NULL;)
		if (hosts_line(h, f, line) == -1)
			return err_memory(e);
	return 0;
}

static int
revoked_file(struct hostlines *h, const char *path, struct err *e)
{
	struct hostfile *f = calloc(1, sizeof(*f));
	char *line, *p;
	size_t len;

	if (f == NULL || (f->path = strdup(path)) == NULL) {
		free(f);
		return err_memory(e);
	}
	f->next = h->files;
	h->files = f;
	if (knownfile_read(path, &f->text, &len, &f->stamp, e) == -1)
		return -1;
	if (f->text == NULL)
		return err_set(e, ERR_HOSTKEY_UNKNOWN, "cannot read the "
		    "revoked keys of '%s': no such file", path);
	if (strncmp(f->text, KRL_MAGIC, strlen(KRL_MAGIC)) == 0) {
		(void)err_set(e, ERR_HOSTKEY_UNKNOWN, "cannot read the "
		    "revoked keys of '%s': it is a KRL", path);
		return err_hint(e, "list the revoked public keys as text, "
		    "one a line");
	}
	for (p = f->text; (line = next_line(&p, f->text + len)) != NULL;)
		if (revoked_line(h, f, line, e) == -1)
			return -1;
	return 0;
}

struct hostlines *
hostlines_load(const char *const *files, const char *const *revoked,
    struct err *e)
{
	struct hostlines *h = calloc(1, sizeof(*h));
	int rc = 0;

	if (h == NULL || (h->hmac = knownhmac_new()) == NULL) {
		(void)err_set(e, ERR_INTERNAL, "cannot set up HMAC-SHA1");
		free(h);
		return NULL;
	}
	while (rc == 0 && files != NULL && *files != NULL)
		rc = hosts_file(h, *files++, e);
	while (rc == 0 && revoked != NULL && *revoked != NULL)
		rc = revoked_file(h, *revoked++, e);
	if (rc == -1) {
		hostlines_free(h);
		return NULL;
	}
	return h;
}

static void
hostname_free(void *p)
{
	struct hostname *n = p;

	free(n->name);
	free(n->lines.p);
	free(n);
}

void
hostlines_free(struct hostlines *h)
{
	if (h == NULL)
		return;
	tdestroy(h->names, hostname_free);
	for (struct hostfile *f = h->files, *next; f != NULL; f = next) {
		next = f->next;
		free(f->path);
		free(f->text);
		free(f);
	}
	for (size_t i = 0; i < h->lines.n; i++)
		free(h->lines.p[i]);
	free(h->lines.p);
	free(h->revoked);
	knownhmac_free(h->hmac);
	free(h);
}

static int
hostname_order(const void *a, const void *b)
{
	return strcmp(((const struct hostname *)a)->name,
	    ((const struct hostname *)b)->name);
}

/* Compares the name with every line. NULL if that failed. */
static struct hostname *
hostname_new(struct hostlines *h, const char *name)
{
	struct hostname *n = calloc(1, sizeof(*n));
	int match = 0;

	if (n == NULL)
		return NULL;
	if ((n->name = strdup(name)) == NULL || list_add(&n->lines, NULL) == -1)
		match = -1;
	for (size_t i = 0; i < h->lines.n && match != -1; i++) {
		struct hostline *l = h->lines.p[i];

		match = knownline_names(&l->known, h->hmac, name);
		if (match == 1)
			match = list_add(&n->lines, l);
	}
	if (match == -1) {
		hostname_free(n);
		return NULL;
	}
	return n;
}

const struct hostline *const *
hostlines_find(struct hostlines *h, const char *name)
{
	struct hostname key = { .name = (char *)(uintptr_t)name }, *n;
	struct hostname **slot = tfind(&key, &h->names, hostname_order);

	if (slot == NULL) {
		if ((n = hostname_new(h, name)) == NULL)
			return NULL;
		slot = tsearch(n, &h->names, hostname_order);
		if (slot == NULL) {
			hostname_free(n);
			return NULL;
		}
	}
	return (const struct hostline *const *)(*slot)->lines.p;
}

const struct hostline *
hostlines_revoked(const struct hostlines *h, size_t *n)
{
	*n = h->nrevoked;
	return h->revoked;
}

struct knownhmac *
hostlines_hmac(const struct hostlines *h)
{
	return h->hmac;
}

struct knownstamp *
hostlines_stamp(struct hostlines *h, const char *path)
{
	struct hostfile *f = file_get(h, path);

	return f == NULL ? NULL : &f->stamp;
}

/* What a tree walk is handed; the first failure stays. */
struct joining {
	struct hostlines *h;
	struct hostline	 *l;
	int		  rc;
};

static void
hostname_join(const void *node, VISIT order, void *ctx)
{
	struct hostname *n = *(struct hostname *const *)node;
	struct joining *j = ctx;
	int match;

	if (order != postorder && order != leaf)
		return;
	match = knownline_names(&j->l->known, j->h->hmac, n->name);
	if (match == 1)
		match = list_add(&n->lines, j->l);
	if (match == -1)
		j->rc = -1;
}

int
hostlines_add(struct hostlines *h, const char *path, const char *text)
{
	struct hostfile *f = file_get(h, path), *own;
	struct joining j = { .h = h, .rc = 0 };
	size_t before = h->lines.n;

	if (f == NULL || (own = calloc(1, sizeof(*own))) == NULL)
		return -1;
	/* The line's text is owned by a nameless file. */
	own->next = f->next;
	f->next = own;
	if ((own->path = strdup("")) == NULL ||
	    (own->text = strdup(text)) == NULL)
		return -1;
	own->text[strcspn(own->text, "\n")] = '\0';
	if (hosts_line(h, f, own->text) == -1 || h->lines.n == before)
		return -1;
	j.l = h->lines.p[before];
	twalk_r(h->names, hostname_join, &j);
	return j.rc;
}
