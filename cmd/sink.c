#include "sink.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "args.h"
#include "authjson.h"
#include "authwrite.h"
#include "env.h"
#include "err.h"
#include "local.h"
#include "loginput.h"
#include "passphrase.h"
#include "run.h"
#include "secret.h"
#include "signals.h"
#include "storeput.h"
#include "target.h"
#include "ui.h"
#include "vault.h"
#include "vaultimage.h"

/* What --to says; NULL: the Codex home. */
static const char *
place(const struct args *a)
{
	return a->to.n > 0 ? a->to.v[0] : NULL;
}

/* The bytes alone: nothing else may be on standard output. */
static int
open_stdout(struct sink *s, struct err *e)
{
	if (s->ui->json)
		return err_set(e, ERR_USAGE, "'--to -' and --json both want "
		    "standard output");
	s->ui->quiet = true;
	return 0;
}

static int
open_store(struct sink *s, struct err *e)
{
	const struct vaultimage *v;
	const struct vault_entry *en;

	if (vaultimage_name_check(s->name, e) == -1 ||
	    passphrase_check(s->args, e) == -1)
		return -1;
	if (storeopen(&s->store, s->ui, s->args, true, e) == -1)
		return -1;
	v = vault_image(s->store.vault);
	if ((en = vaultimage_find(v, s->name)) == NULL)
		return 0;
	s->holds = vaultimage_get(v, en, &s->cred, e) == 0;
	return s->holds ? 0 : -1;
}

static int
open_file(struct sink *s, struct err *e)
{
	struct err none = ERR_INIT;	/* absent, or no login: nothing lost */

	s->home = place(s->args) == NULL;
	s->path = s->home ? env_authjson(e) : strdup(place(s->args));
	if (s->path == NULL)
		return e->code != ERR_NONE ? -1 :
		    err_memory(e);
	s->holds = authjson_read(&s->cred, s->path, &none) == 0;
	return 0;
}

int
sink_open(struct sink *s, struct ui *ui, const struct args *a,
    struct err *e)
{
	*s = (struct sink){ .ui = ui, .args = a };
	if (a->to.n > 1)
		return err_set(e, ERR_USAGE, "--to names one place, not %zu",
		    a->to.n);
	if (place(a) != NULL && strcmp(place(a), "-") == 0)
		return open_stdout(s, e);
	if (place(a) != NULL && (s->name = storeopen_name(place(a))) != NULL)
		return open_store(s, e);
	return open_file(s, e);
}

void
sink_close(struct sink *s)
{
	cred_clear(&s->cred);
	storeopen_close(&s->store);
	free(s->path);
	s->path = NULL;
}

const struct cred *
sink_holds(const struct sink *s)
{
	return s->holds ? &s->cred : NULL;
}

static void
put_stdout(struct result *r)
{
	size_t len;
	const unsigned char *p = secret_expose(r->there.bytes, &len);
	ssize_t n;

	while (len > 0) {
		n = write(STDOUT_FILENO, p, len);
		if (n == -1 && errno == EINTR && signals_first() == 0)
			continue;
		if (n == -1) {
			r->state = STATE_FAILED;
			err_sys(&r->err, err_file(errno), errno, "cannot "
			    "write to standard output");
			return;
		}
		p += n;
		len -= (size_t)n;
	}
	r->state = STATE_WRITTEN;
	/* Of a file it can be known; what reads a pipe has to see to it. */
	if ((r->not_durable = fsync(STDOUT_FILENO) == -1 && errno != EINVAL))
		result_warn(r, "a power cut now may undo it");
}

static void
put_store(struct sink *s, const struct cred *c, struct result *r)
{
	const struct storeput what = { .name = s->name, .cred = c,
		.force = s->args->force };
	bool durable = true;

	free(r->path);
	r->path = NULL;		/* no path of this machine */
	r->mode = -1;
	r->owner = -1;
	if (storeput_into(s->store.vault, &what, &r->state, &durable,
	    &r->err) == -1)
		r->state = r->err.code == ERR_OTHER_ACCOUNT ||
		    r->err.code == ERR_NEWER_THERE ? STATE_REFUSED :
		    STATE_FAILED;
	else if ((r->not_durable = !durable))
		result_warn(r, "a power cut now may undo it");
}

/* The local verdict is the news now; what the target said stays said. */
static void
take_verdict(struct result *r, struct result *here)
{
	char *path = r->path;

	r->state = here->state;
	r->err = here->err;
	r->mode = here->mode;
	r->owner = here->owner;
	r->not_durable = here->not_durable;
	r->path = here->path;
	here->path = path;	/* transferred */
	for (size_t i = 0; i < here->nwarnings; i++)
		result_warn(r, "%s", here->warnings[i]);
}

static void
put_file(struct sink *s, const struct cred *c, struct result *r)
{
	struct job job = { .op = JOB_PUSH, .cred = c };
	struct result here;

	run_job(&job, s->args);
	result_init(&here);
	local_install_at(&here, &job, s->path, s->home);
	take_verdict(r, &here);
	result_clear(&here);
}

void
sink_put(struct sink *s, struct result *r)
{
	if (s->name != NULL)
		put_store(s, &r->there, r);
	else if (s->path == NULL)
		put_stdout(r);
	else
		put_file(s, &r->there, r);
}

void
sink_same(struct sink *s, struct result *r)
{
	if (s->path != NULL)
		put_file(s, &s->cred, r);
	else if (s->name != NULL && !s->args->dry_run)
		put_store(s, &s->cred, r);
}

const char *
sink_path(const struct sink *s)
{
	return s->path;
}

bool
sink_sync(const struct sink *s)
{
	return s->path == NULL || authwrite_sync(s->path);
}

/* Read, not asked for: a shared file system may still tell its name. */
static bool
is_gone(const struct sink *s)
{
	struct err e = ERR_INIT;
	struct cred c;

	if (authjson_read(&c, s->path, &e) == -1)
		return e.code == ERR_NO_CREDENTIAL;
	cred_clear(&c);
	return false;
}

void
sink_keep(struct sink *s, struct result *r)
{
	const struct cred *c = r->there.bytes != NULL ? &r->there : &s->cred;
	struct job job = { .op = JOB_PUSH, .cred = c, .force = true };
	struct result here;

	if (s->path == NULL || !is_gone(s))
		return;
	result_init(&here);
	local_install_at(&here, &job, s->path, s->home);
	r->state = STATE_FAILED;
	r->err = here.err;
	if (here.state != STATE_WRITTEN) {
		(void)err_wrap(&r->err, "it was the file here itself, and "
		    "cannot be put back");
		loginput_aside(c, s->path, &r->err);
	} else {
		err_set(&r->err, ERR_UNSAFE_TARGET, "not moved: the file there "
		    "is the file here itself");
	}
	result_clear(&here);
}
