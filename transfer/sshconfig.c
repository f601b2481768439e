#include "sshconfig.h"

#include <errno.h>
#include <pwd.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "buf.h"
#include "err.h"
#include "sshargs.h"
#include "sshclass.h"
#include "sshhost.h"
#include "sshrun.h"
#include "sshtoken.h"

#define RUNS_MAX   4	 /* ssh processes at once */
#define KEY_MAX	   65536 /* bytes of an answer's key */
#define PASSWD_MAX 16384

/*
 * One call of `ssh -G` and all who wait for it. The key says for whom it may
 * speak; the name is part of it where that is one host alone.
 */
struct answer {
	struct sshconfig *config;
	char		 *key, *asked;	/* the name that ssh was given */
	bool		  shared, queued;
	struct sshrun	 *run;
	struct sshhost	 *raw;		/* once known */
	struct err	  failure;	/* code set: it failed, for all */
	struct sshlookup *waiters;
	struct answer	 *next;
};

struct sshlookup {
	struct answer	 *answer;
	struct sshargs	  args;		/* user and name are owned */
	sshconfig_fn	  done;
	void		 *ctx;
	bool		 *gone;		/* set when it is delivered */
	struct sshlookup *next;
};

struct sshconfig {
	struct loop	*loop;
	struct sshopts	 opts;
	struct sshclass *class;
	struct answer	*answers, **tail;
	size_t		 running, calls;
	char		*home, *local_user;
	char		 uid[24], local_host[256];
};

static void	answer_start(struct answer *a);

/* ssh knows the home of the password file, not $HOME. */
static int
find_user(struct sshconfig *c)
{
	struct passwd pw, *found = NULL;
	char *scratch = malloc(PASSWD_MAX);

	(void)snprintf(c->uid, sizeof(c->uid), "%lu",
	    (unsigned long)getuid());
	if (gethostname(c->local_host, sizeof(c->local_host) - 1) == -1)
		c->local_host[0] = '\0';
	if (scratch != NULL && getpwuid_r(getuid(), &pw, scratch, PASSWD_MAX,
	    &found) != 0)
		found = NULL;
	c->home = strdup(found != NULL ? pw.pw_dir : c->opts.home);
	c->local_user = strdup(found != NULL ? pw.pw_name : "");
	free(scratch);
	return c->home == NULL || c->local_user == NULL ? -1 : 0;
}

struct sshconfig *
sshconfig_new(struct loop *l, const struct sshopts *o)
{
	struct sshconfig *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	c->loop = l;
	c->opts = *o;
	c->tail = &c->answers;
	if (find_user(c) == 0)
		c->class = sshclass_new(o->config, c->home, o->envp,
		    o->options);
	if (c->class == NULL) {
		sshconfig_free(c);
		return NULL;
	}
	return c;
}

static void
lookup_free(struct sshlookup *k)
{
	if (k == NULL)
		return;
	free((char *)(uintptr_t)k->args.user);
	free((char *)(uintptr_t)k->args.name);
	free(k);
}

static void
answer_free(struct answer *a)
{
	struct sshlookup *k;

	if (a == NULL)
		return;
	sshrun_cancel(a->run);
	while ((k = a->waiters) != NULL) {
		a->waiters = k->next;
		lookup_free(k);
	}
	sshhost_free(a->raw);
	free(a->asked);
	free(a->key);
	free(a);
}

void
sshconfig_free(struct sshconfig *c)
{
	struct answer *a;

	if (c == NULL)
		return;
	while ((a = c->answers) != NULL) {
		c->answers = a->next;
		answer_free(a);
	}
	sshclass_free(c->class);
	free(c->home);
	free(c->local_user);
	free(c);
}

size_t
sshconfig_calls(const struct sshconfig *c)
{
	return c->calls;
}

/* The answer that is for args: one shared with others unless alone. */
static struct answer *
answer_get(struct sshconfig *c, const struct sshargs *args, bool alone)
{
	BUF_AUTO key = BUF_INIT(KEY_MAX), class = BUF_INIT(KEY_MAX);
	bool shared = !alone && sshclass_key(c->class, args->name, &class);
	struct answer *a;

	(void)buf_addf(&key, "%s\n%s\n%d\n%s", args->jump ? "jump" : "",
	    args->user == NULL ? "" : args->user, args->port,
	    shared ? "class " : "name ");
	(void)buf_adds(&key, shared ? buf_str(&class) : args->name);
	if (key.failed)
		return NULL;
	for (a = c->answers; a != NULL; a = a->next)
		if (strcmp(a->key, buf_str(&key)) == 0)
			return a;
	if ((a = calloc(1, sizeof(*a))) == NULL)
		return NULL;
	a->config = c;
	a->shared = shared;
	if ((a->key = buf_take(&key)) == NULL) {
		free(a);
		return NULL;
	}
	*c->tail = a;
	c->tail = &a->next;
	return a;
}

static void
lookup_unlink(struct sshlookup *k)
{
	struct sshlookup **p = &k->answer->waiters;

	while (*p != NULL && *p != k)
		p = &(*p)->next;
	if (*p == k)
		*p = k->next;
	k->next = NULL;
}

/* At the end: who came first is served first. */
static void
lookup_link(struct sshlookup *k, struct answer *a)
{
	struct sshlookup **p = &a->waiters;

	while (*p != NULL)
		p = &(*p)->next;
	*p = k;
	k->answer = a;
}

static struct sshhost *
host_make(const struct answer *a, const struct sshargs *args, struct err *e)
{
	struct sshconfig *c = a->config;
	/* Without a HostName each host is called by its own name. */
	bool own = a->shared && strcmp(a->raw->hostname, a->asked) == 0;
	struct sshtokens t = {
		.home = c->home,
		.local_user = c->local_user,
		.local_host = c->local_host,
		.uid = c->uid,
		.name = args->name,
		.hostname = own ? args->name : a->raw->hostname,
		.envp = c->opts.envp,
	};
	struct sshhost *h = sshhost_expand(a->raw, &t, c->opts.agent, e);

	if (h != NULL && c->opts.accept_new)
		h->strict = SSHSTRICT_ACCEPT_NEW;
	return h;
}

/* Hands k its answer (raw or failure) and frees it. */
static void
deliver(struct sshlookup *k)
{
	const struct answer *a = k->answer;
	struct sshhost *h = NULL;
	struct err e = a->failure;

	lookup_unlink(k);
	if (a->raw != NULL)
		h = host_make(a, &k->args, &e);
	else
		(void)err_wrap(&e, "cannot resolve '%s'", k->args.name);
	if (k->gone != NULL)
		*k->gone = true;
	k->done(k->ctx, h, h != NULL ? NULL : &e); /* h is transferred */
	lookup_free(k);
}

/* Whether ssh would refuse the host's own ProxyJump as leading to itself. */
static bool
jumps_to_itself(const struct answer *a, const char *name)
{
	const char *j = a->raw->proxy_jump, *p;
	size_t n;

	if (!a->shared || j == NULL)
		return false;
	if ((p = strrchr(j, ',')) != NULL)
		j = p + 1;
	if ((p = strrchr(j, '@')) != NULL)
		j = p + 1;
	j += *j == '[';
	n = strcspn(j, ":]");
	return strlen(name) == n && memcmp(j, name, n) == 0;
}

/* Such a host is asked for alone. */
static void
serve_or_part(struct sshlookup *k)
{
	struct answer *alone;

	if (k->answer->raw == NULL ||
	    !jumps_to_itself(k->answer, k->args.name)) {
		deliver(k);
		return;
	}
	alone = answer_get(k->answer->config, &k->args, true);
	if (alone == NULL) {
		deliver(k);
		return;
	}
	lookup_unlink(k);
	lookup_link(k, alone);
	if (alone->raw != NULL || alone->failure.code != ERR_NONE)
		deliver(k);
	else
		answer_start(alone);
}

static void
serve_all(struct answer *a)
{
	while (a->waiters != NULL)
		serve_or_part(a->waiters);
}

/* Starts what has been waiting for its turn. */
static void
start_queued(struct sshconfig *c)
{
	for (struct answer *a = c->answers; a != NULL; a = a->next) {
		if (c->running >= RUNS_MAX)
			return;
		if (a->queued) {
			a->queued = false;
			if (a->waiters != NULL)
				answer_start(a);
		}
	}
}

/*
 * What ssh says of the name that it was asked for may not be true of the
 * others ("jumphost loop via web1"): the next one is asked for then.
 */
static void
answer_failed(struct answer *a, const struct err *e)
{
	struct sshlookup *k, *next;

	a->failure = *e;
	if (!a->shared || strstr(e->text, a->asked) == NULL) {
		serve_all(a);
		return;
	}
	for (k = a->waiters; k != NULL; k = next) {
		next = k->next;
		if (strcmp(k->args.name, a->asked) == 0) {
			deliver(k);
			next = a->waiters; /* the list may have changed */
		}
	}
	a->failure = (struct err)ERR_INIT;
	if (a->waiters != NULL)
		answer_start(a);
}

/* The first line of stderr that tells of a failure. */
static void
complaint(const char *text, struct err *e)
{
	size_t n;

	for (; *text != '\0'; text += n + (text[n] == '\n')) {
		n = strcspn(text, "\r\n");
		if (n == 0 || strncmp(text, "Warning:", 8) == 0 ||
		    strncmp(text, "Pseudo-terminal", 15) == 0)
			continue;
		(void)err_set(e, ERR_USAGE, "%.*s", (int)n, text);
		return;
	}
	(void)err_set(e, ERR_USAGE, "'ssh -G' failed and did not say why");
}

/* There is no ssh, or it can't be started. */
static void
answer_without_ssh(struct answer *a, const struct sshargs *args, int sys)
{
	struct sshconfig *c = a->config;
	struct err e = ERR_INIT;
	char *text = NULL;

	if (sys != ENOENT)
		(void)err_sys(&e, ERR_INTERNAL, sys, "cannot run 'ssh'");
	else if ((text = sshargs_defaults(args, c->home, c->local_user,
	    &e)) != NULL)
		a->raw = sshhost_parse(text, &e);
	free(text);
	if (a->raw == NULL)
		a->failure = e;
	serve_all(a);
}

static void
run_done(void *ctx, const struct sshrun_result *r)
{
	struct answer *a = ctx;
	struct err e = ERR_INIT;

	a->run = NULL;
	a->config->running--;
	/* Where vfork(2) is emulated (valgrind, qemu) a failed exec is late. */
	if (r->status == 127 && *r->err == '\0' && a->waiters != NULL) {
		answer_without_ssh(a, &a->waiters->args, ENOENT);
		start_queued(a->config);
		return;
	}
	if (r->timeout)
		(void)err_set(&e, ERR_TIMEOUT, "'ssh -G' did not end in time");
	else if (r->overflow)
		(void)err_set(&e, ERR_USAGE, "'ssh -G' says too much");
	else if (r->status > 0)
		complaint(r->err, &e);
	else
		a->raw = sshhost_parse(r->out, &e);
	if (a->raw != NULL)
		serve_all(a);
	else
		answer_failed(a, &e);
	start_queued(a->config);
}

static void
answer_start(struct answer *a)
{
	struct sshconfig *c = a->config;
	const struct sshargs *args = &a->waiters->args;
	char **argv;
	int sys = ENOMEM;

	if (a->run != NULL || a->queued)
		return;
	if (c->running >= RUNS_MAX) {
		a->queued = true;
		return;
	}
	free(a->asked);
	a->asked = strdup(args->name);
	argv = a->asked == NULL ? NULL : sshargs_new(args);
	if (argv != NULL)
		a->run = sshrun_start(c->loop, argv, c->opts.envp, run_done,
		    a, &sys);
	free(argv);
	if (a->run == NULL) {
		answer_without_ssh(a, args, sys);
		return;
	}
	c->running++;
	c->calls++;
}

static struct sshlookup *
lookup_new(struct sshconfig *c, const char *user, const char *name, int port,
    bool jump)
{
	struct sshlookup *k = calloc(1, sizeof(*k));

	if (k == NULL)
		return NULL;
	k->args = (struct sshargs){ &c->opts,
		user == NULL ? NULL : strdup(user), strdup(name), port, jump };
	if (k->args.name != NULL && (user == NULL) == (k->args.user == NULL) &&
	    (k->answer = answer_get(c, &k->args, false)) != NULL)
		return k;
	lookup_free(k);
	return NULL;
}

struct sshlookup *
sshconfig_lookup(struct sshconfig *c, const char *user, const char *name,
    int port, bool as_jump, sshconfig_fn done, void *ctx)
{
	struct err e = ERR_INIT;
	struct sshlookup *k = NULL;
	struct answer *a;
	bool gone = false;

	if (*name == '\0' || *name == '-' || (user != NULL && *user == '-'))
		(void)err_set(&e, ERR_USAGE, "cannot resolve '%s': not a "
		    "host name", name);
	else if ((k = lookup_new(c, user, name, port, as_jump)) == NULL)
		(void)err_memory(&e);
	if (k == NULL) {
		done(ctx, NULL, &e);
		return NULL;
	}
	k->done = done;
	k->ctx = ctx;
	k->gone = &gone;
	a = k->answer;
	lookup_link(k, a);
	if (a->raw != NULL || a->failure.code != ERR_NONE)
		serve_or_part(k);
	else
		answer_start(a);
	if (gone)
		return NULL;
	k->gone = NULL;
	return k;
}

void
sshlookup_cancel(struct sshlookup *k)
{
	if (k == NULL)
		return;
	lookup_unlink(k);
	lookup_free(k);
}
