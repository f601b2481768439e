/*
 * target_docker - a container: one exec of the recipe as the account that
 * runs Codex in it; where nothing runs or there is no shell, the engine's
 * archive API.
 *
 * The exec is inside, so links, tmpfs, user namespaces and dropped
 * capabilities are what the account itself sees, and the verdict is its own.
 * An outcome that was lost on the way is looked up once more, as over SSH.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "container.h"
#include "dockhelp.h"
#include "dockput.h"
#include "dockrecipe.h"
#include "engine.h"
#include "engineconfig.h"
#include "err.h"
#include "http.h"
#include "install.h"
#include "loop.h"
#include "net.h"
#include "target.h"
#include "text.h"

#define DOCK_CHANGES_MAX 3	/* when what is there keeps changing */
#define DOCK_LOOKS_MAX	 20	/* tries to look again, while it restarts */
#define DOCK_LOOK_PAUSE	 500	/* ms between them */
#define PATH_MAX_BYTES	 512

enum dock_step {
	DOCK_STEP_INSPECT,
	DOCK_STEP_EXEC,
	DOCK_STEP_HELP,		/* root makes the folder */
	DOCK_STEP_PUT
};

struct task {
	struct task_ctx	 c;
	struct engine	*engine;
	enum dock_step	 step;
	struct watch	 timer;		/* the start, and looking again */
	struct httpcall	*inspect;
	struct container container;
	struct dockrecipe *recipe;
	struct install	*install;
	struct dockput	*put;
	struct dockhelp	*help;		/* also once it has ended */
	struct err	 first;		/* why that was needed */
	struct err	 lost;		/* why the link was lost */
	char		 nonce[65];	/* of the attempt whose link was lost */
	bool		 recovering, doubted;
	int		 changes, looks;
};

static void task_inspect(struct task *t);
static void task_install(struct task *t);

/* A credential in the container's own layer goes when the container goes. */
static void
task_warn_place(struct task *t)
{
	struct result *r = t->c.result;
	const struct container_mount *m;

	if ((t->c.job->op != JOB_PUSH && t->c.job->op != JOB_STATUS) ||
	    r->path == NULL ||
	    (r->state != STATE_WRITTEN && r->state != STATE_UNCHANGED &&
	    r->state != STATE_WOULD_WRITE && r->state != STATE_PRESENT))
		return;
	m = container_mount_of(&t->container, r->path);
	if (m == NULL)
		result_warn(r, "'%s' is in the container's own layer and goes "
		    "with it: mount a volume there (docker run -v NAME:%.*s)",
		    r->path, (int)(strrchr(r->path, '/') - r->path), r->path);
	else if (m->tmpfs)
		result_warn(r, "'%s' is on a tmpfs and goes when the "
		    "container stops", r->path);
}

/* The last thing a function does: done() may free t. */
static void
task_end(struct task *t)
{
	struct result *r = t->c.result;

	loop_unwatch(t->c.net->loop, &t->timer);
	task_warn_place(t);
	if (t->engine != NULL && engine_warning(t->engine) != NULL)
		result_warn(r, "%s", engine_warning(t->engine));
	t->c.done(t->c.ctx);
}

static void
task_fail(struct task *t, const struct err *e)
{
	struct result *r = t->c.result;

	if (t->recovering)
		result_unknown(r, &t->lost, t->c.spec);
	else if (result_end(r, STATE_FAILED))
		r->err = *e;
	task_end(t);
}

static void
task_fail_memory(struct task *t)
{
	struct err e = ERR_INIT;

	err_memory(&e);
	task_fail(t, &e);
}

static void
task_hang_up(struct task *t)
{
	dockrecipe_free(t->recipe);
	t->recipe = NULL;
	install_free(t->install);
	t->install = NULL;
}

/* While an engine restarts there is no answer; it is asked again. */
static void
task_look_later(struct task *t, const struct err *e)
{
	if (++t->looks > DOCK_LOOKS_MAX) {
		task_fail(t, e);
		return;
	}
	t->timer.due = loop_now(t->c.net->loop) + DOCK_LOOK_PAUSE;
}

/* The link broke while the outcome was over there: look again. */
static void
task_recover(struct task *t)
{
	err_set(&t->lost, ERR_ENGINE_UNREACHABLE, "the stream to '%s' was "
	    "lost", t->c.spec->text);
	if (t->recovering) {
		task_look_later(t, &t->lost);
		return;
	}
	net_trace(t->c.net, 1, t->c.spec->text, "stream lost, looking again");
	t->recovering = true;
	(void)snprintf(t->nonce, sizeof(t->nonce), "%s",
	    install_nonce(t->install));
	t->timer.due = loop_now(t->c.net->loop);
}

static const char *
task_user(const struct task *t)
{
	const char *given = t->c.net->docker->user;

	return given != NULL ? given : t->container.user;
}

/* The archive API */

/* Of a container that is being removed the files go first: is it there? */
static void
task_put_done(void *ctx)
{
	struct task *t = ctx;
	struct result *r = t->c.result;

	if (r->state != STATE_FAILED || r->err.code != ERR_NO_HOME ||
	    t->doubted) {
		task_end(t);
		return;
	}
	t->doubted = true;
	result_clear(r);
	t->timer.due = loop_now(t->c.net->loop);
}

static void
task_put(struct task *t)
{
	struct dockput_ask ask = { .net = t->c.net, .engine = t->engine,
		.container = &t->container, .job = t->c.job,
		.spec = t->c.spec, .user = task_user(t),
		.codex_home = t->c.job->codex_home,
		.why = t->recovering ? &t->lost : NULL,
		.result = t->c.result, .done = task_put_done, .ctx = t };

	t->step = DOCK_STEP_PUT;
	dockput_free(t->put);
	net_trace(t->c.net, 1, t->c.spec->text, "no shell to run: by the "
	    "engine's archive API");
	if ((t->put = dockput_start(&ask)) == NULL)
		task_fail_memory(t);
}

/* Root makes the folder */

static void
task_helped(void *ctx, const struct err *why)
{
	struct task *t = ctx;

	if (why == NULL) {
		task_install(t);
		return;
	}
	net_trace(t->c.net, 1, t->c.spec->text, "root cannot make the folder "
	    "either: %s", why->text);
	task_fail(t, &t->first);
}

/* The account can't make the folder, and root has not tried yet. */
static bool
task_help(struct task *t)
{
	struct result *r = t->c.result;
	struct dockhelp_ask ask = { .net = t->c.net, .engine = t->engine,
		.container = &t->container,
		.codex_home = t->c.job->codex_home,
		.done = task_helped, .ctx = t };

	ask.dir = install_lacks(t->install, &ask.who);
	if (ask.dir == NULL || t->help != NULL || t->recovering ||
	    t->c.job->op != JOB_PUSH || r->state != STATE_FAILED ||
	    (r->err.code != ERR_PERMISSION_DENIED &&
	    r->err.code != ERR_NO_HOME))
		return false;
	if (t->c.job->dry_run)
		dockhelp_foretell(&ask, r);
	else
		t->help = dockhelp_start(&ask);
	if (t->help == NULL)
		return false;
	net_trace(t->c.net, 1, t->c.spec->text, "root makes '%s' for %s",
	    ask.dir, ask.who);
	t->step = DOCK_STEP_HELP;
	t->first = r->err;
	result_clear(r);
	task_hang_up(t);
	return true;
}

/* The recipe */

static void
task_again(struct task *t)
{
	struct err e = ERR_INIT;

	if (++t->changes > DOCK_CHANGES_MAX) {
		err_set(&e, ERR_PROTOCOL, "auth.json in '%s' keeps changing",
		    t->c.spec->text);
		task_fail(t, &e);
		return;
	}
	task_install(t);
}

/* A dry run says by which way, and as whom. */
static void
task_say_way(struct task *t)
{
	struct result *r = t->c.result;

	if (t->c.job->op == JOB_PUSH && r->state == STATE_WOULD_WRITE)
		result_warn(r, "dry run: by exec, as user '%s'",
		    *task_user(t) != '\0' ? task_user(t) : "root");
}

static void
recipe_verdict(struct task *t, bool verdict)
{
	struct result *r = t->c.result;

	if (install_phase(t->install) == INSTALL_AGAIN) {
		task_again(t);
	} else if (!verdict) {
		task_recover(t);
	} else if (r->state == STATE_FAILED && r->err.code == ERR_NO_SHELL) {
		result_clear(r);
		task_put(t);
	} else if (!task_help(t)) {
		task_say_way(t);
		task_end(t);
	}
}

static void
recipe_ended(void *ctx, int status, const struct err *why)
{
	struct task *t = ctx;

	if (why == NULL) {
		recipe_verdict(t, install_end(t->install, status));
		return;
	}
	if (install_phase(t->install) == INSTALL_COMMITTING)
		task_recover(t);
	else if (t->recovering)
		task_look_later(t, why);
	else if (why->code == ERR_NO_SHELL)
		task_put(t);
	else
		task_fail(t, why);
}

static void
task_install(struct task *t)
{
	struct err e = ERR_INIT;

	task_hang_up(t);
	t->step = DOCK_STEP_EXEC;
	t->install = install_new(t->c.job, t->c.job->codex_home,
	    t->recovering ? t->nonce : NULL, &t->lost, t->c.result, &e);
	if (t->install == NULL) {
		task_fail(t, &e);
		return;
	}
	t->recipe = dockrecipe_start(&(struct dockrecipe_ask){
	    .net = t->c.net, .engine = t->engine,
	    .container = t->container.id, .user = task_user(t),
	    .install = t->install, .ended = recipe_ended, .ctx = t });
	if (t->recipe == NULL)
		task_fail_memory(t);
}

/* The container */

static void
task_by_state(struct task *t)
{
	struct err e = ERR_INIT;

	if (t->container.state == CONTAINER_RUNNING)
		task_install(t);
	else if (container_usable(&t->container, &e) == 0)
		task_put(t);
	else
		task_fail(t, &e);
}

static void
task_inspected(void *ctx, const struct http_answer *a)
{
	char what[ERR_TEXT_MAX];
	struct task *t = ctx;
	struct err e = ERR_INIT;

	container_clear(&t->container);
	if (a->status == 200) {
		if (container_parse(&t->container, a->body, a->len, &e) == -1)
			task_fail(t, &e);
		else
			task_by_state(t);
		return;
	}
	(void)snprintf(what, sizeof(what), "cannot look at '%s'",
	    t->c.spec->container);
	engine_failure(t->engine, a, what, &e);
	if (a->status == 404) {
		e.code = ERR_NO_CONTAINER;
		err_hint(&e, "'docker ps -a' lists what there is");
	}
	if (t->recovering && a->status != 404)
		task_look_later(t, &e);
	else
		task_fail(t, &e);
}

/* Also after a lost stream: the engine may be another one then. */
static void
task_inspect(struct task *t)
{
	char path[PATH_MAX_BYTES];
	struct err e = ERR_INIT;

	task_hang_up(t);
	t->step = DOCK_STEP_INSPECT;
	if ((t->engine = engine_get(t->c.net, t->c.spec, &e)) == NULL) {
		task_fail(t, &e);
		return;
	}
	/* Of the alphabet of names: nothing in it needs encoding. */
	(void)snprintf(path, sizeof(path), "/containers/%s/json",
	    t->c.spec->container);
	http_cancel(t->inspect);
	t->inspect = http_call(engine_http(t->engine), &(struct http_ask){
	    .method = "GET", .path = path }, task_inspected, t);
	if (t->inspect == NULL)
		task_fail_memory(t);
}

static void
task_timer(struct watch *w, short revents)
{
	(void)revents;
	task_inspect(w->ctx);
}

/* The kind */

static void
docker_free(struct task *t)
{
	if (t == NULL)
		return;
	loop_unwatch(t->c.net->loop, &t->timer);
	http_cancel(t->inspect);
	task_hang_up(t);
	dockput_free(t->put);
	container_clear(&t->container);
	dockhelp_free(t->help);
	free(t);
}

static struct task *
docker_start(const struct task_ctx *c)
{
	struct task *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return NULL;
	t->c = *c;
	t->timer = (struct watch){ .fd = -1, .due = 0, .fn = task_timer,
		.ctx = t };
	if (loop_watch(c->net->loop, &t->timer) == 0)
		return t;
	free(t);
	return NULL;
}

/* Whether the file may be in place, or soon be, without our knowing. */
static bool
task_committing(const struct task *t)
{
	if (t->recovering)
		return true;
	if (t->put != NULL)
		return dockput_committing(t->put);
	return t->install != NULL &&
	    install_phase(t->install) == INSTALL_COMMITTING;
}

static const char *
docker_stage(const struct task *t)
{
	const char *engine = t->engine != NULL ? engine_stage(t->engine) :
	    "finding the engine";

	if (engine != NULL)
		return engine;
	if (t->recovering)
		return "looking again";
	switch (t->step) {
	case DOCK_STEP_INSPECT:
		return "asking the engine";
	case DOCK_STEP_HELP:
		return "making the folder";
	default:
		return task_committing(t) ? "installing" : "looking";
	}
}

const struct target_kind target_docker_ssh = {
	.name = "docker+ssh",
	.scheme = "docker+ssh",
	.start = docker_start,
	.committing = task_committing,
	.stage = docker_stage,
	.free = docker_free,
};

const struct target_kind target_docker = {
	.name = "docker",
	.scheme = "docker",
	.start = docker_start,
	.committing = task_committing,
	.stage = docker_stage,
	.free = docker_free,
};
