/*
 * storeuse - makes a login of the store this machine's own.
 *
 * A refresh token works once, and Codex keeps the latest in auth.json alone.
 * 1. What is in auth.json MUST be in the store, on the disk, before it is
 *    replaced, or be said to be lost (--force).
 * 2. What is replaced MUST be what was put back: Codex's locks are held from
 *    the look to the rename, and as Codex before 0.166 takes none, the file
 *    is compared once more directly before.
 * 3. What is installed MUST be the entry as it is after that: it may be the
 *    one that has just learnt something.
 */
#include "storeuse.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "args.h"
#include "authjson.h"
#include "authwrite.h"
#include "cred.h"
#include "env.h"
#include "err.h"
#include "local.h"
#include "lockfile.h"
#include "storeopen.h"
#include "storeput.h"
#include "storesay.h"
#include "target.h"
#include "ui.h"
#include "vaultimage.h"
#include "vaultlogin.h"

#define LOOKS_MAX 3	/* an old Codex may write between look and rename */

struct use {
	struct ui	*ui;
	const char	*name, *path;
	bool		 force;
	struct vault	*vault;
	struct authwrite *write;	/* Codex's locks */
	struct cred	 here;		/* what is in auth.json; CRED_NONE */
	bool		 readable;	/* it is there, and is a credential */
	bool		 garbage;	/* it is there, and is none */
	struct vaultlearnt learnt;
	int64_t		 began;
};

static int
learn(void *ctx, struct vaultimage *image, bool *changed, struct err *e)
{
	struct use *u = ctx;

	if (vaultlogin_learn(image, &u->here, time(NULL), &u->learnt, e) ==
	    -1)
		return -1;
	*changed = u->learnt.what == VAULTLOGIN_LEARNT;
	return 0;
}

/* A login that would be lost. */
static int
refuse(const struct use *u, struct err *e)
{
	if (u->learnt.what == VAULTLOGIN_UNSURE)
		err_set(e, ERR_OTHER_ACCOUNT, "several entries of the store "
		    "may be the login in '%s', and it is newer", u->path);
	else
		err_set(e, ERR_OTHER_ACCOUNT, "the login in '%s' is not in "
		    "the store and would be lost", u->path);
	return err_hint(e, "keep it: codex-provision store add NAME; or lose "
	    "it: --force");
}

/* What is there now goes into the store. */
static int
put_back(struct use *u, struct err *e)
{
	struct vault_edit edit = { learn, u, true };

	u->learnt = (struct vaultlearnt){ .what = VAULTLOGIN_KEPT };
	if (!u->readable)
		return 0;
	if (vault_change(u->vault, &edit, e) == -1)
		return err_wrap(e, "cannot put the present login back");
	if (!edit.durable && !u->force) {
		err_set(e, ERR_PROTOCOL, "the store could not be made to "
		    "outlast a power cut, so '%s' stays", u->path);
		return err_hint(e, "--force replaces it all the same");
	}
	if ((u->learnt.what == VAULTLOGIN_UNKNOWN ||
	    u->learnt.what == VAULTLOGIN_UNSURE) && !u->force)
		return refuse(u, e);
	if (u->learnt.what == VAULTLOGIN_LEARNT)
		storesay(u->ui, u->learnt.name, STATE_WRITTEN, &u->here);
	return 0;
}

/*
 * What is no credential is no login that could be lost; what could not be
 * read (the error has an errno then) may be one.
 */
static int
look(struct use *u, struct err *e)
{
	cred_clear(&u->here);
	u->readable = authjson_read(&u->here, u->path, e) == 0;
	if (!u->readable && e->code != ERR_NO_CREDENTIAL &&
	    (e->code != ERR_BAD_CREDENTIAL || e->sys != 0))
		return -1;
	u->garbage = !u->readable && e->code != ERR_NO_CREDENTIAL;
	*e = (struct err)ERR_INIT;
	return 0;
}

static int
install(struct use *u, const struct cred *c, struct authwrite_done *done,
    struct err *e)
{
	struct cred now;

	/* Garbage has no digest, and may be replaced as it is; none is zero. */
	if (authwrite_put(u->write, c->bytes, u->garbage ? NULL :
	    u->here.digest, done, e) == -1)
		return -1;
	if (authjson_read(&now, u->path, e) == -1)
		return err_wrap(e, "cannot read back what was written");
	if (memcmp(now.digest, c->digest, sizeof(now.digest)) != 0)
		err_set(e, ERR_PROTOCOL, "'%s' is not what was written",
		    u->path);
	cred_clear(&now);
	return e->code == ERR_NONE ? 0 : -1;
}

/* One look and what follows; *done tells whether another look is due. */
static int
once(struct use *u, struct cred *c, struct authwrite_done *done,
    struct err *e)
{
	const struct vault_entry *en;

	done->state = AUTHWRITE_NONE;
	if (look(u, e) == -1 || put_back(u, e) == -1)
		return -1;
	en = vaultimage_need(vault_image(u->vault), u->name, e);
	if (en == NULL ||
	    vaultimage_get(vault_image(u->vault), en, c, e) == -1)
		return -1;
	return install(u, c, done, e);
}

static void
say(struct use *u, const struct cred *c, const struct authwrite_done *done)
{
	const struct job job = { .op = JOB_PUSH, .cred = c };
	struct result r;

	result_init(&r);
	r.state = done->state == AUTHWRITE_UNCHANGED ? STATE_UNCHANGED :
	    STATE_WRITTEN;
	r.path = strdup(u->path);
	r.mode = 0600;
	r.seconds = (double)(lockfile_now() - u->began) / 1000;
	if (done->not_durable)
		result_warn(&r, "'%s' may not outlast a power cut: its folder "
		    "could not be synced", u->path);
	if (done->in_place)
		result_warn(&r, "written in place, it is a mount of its own: "
		    "Codex 0.169 cannot refresh a login there");
	(void)local_report(u->ui, &job, &r);
	result_clear(&r);
}

static int
use(struct use *u, struct err *e)
{
	struct authwrite_done done = { .state = AUTHWRITE_CHANGED };
	struct cred c = { .mode = CRED_NONE };
	int rc = -1;

	for (int i = 0; i < LOOKS_MAX && done.state == AUTHWRITE_CHANGED;
	    i++) {
		*e = (struct err)ERR_INIT;	/* of an earlier look */
		cred_clear(&c);
		rc = once(u, &c, &done, e);
	}
	if (rc == 0)
		say(u, &c, &done);
	cred_clear(&c);
	cred_clear(&u->here);
	return rc;
}

/* Codex's locks, then all of it. */
static int
use_locked(struct use *u, struct err *e)
{
	unsigned flags = env_get("CODEX_HOME") == NULL ? AUTHWRITE_MAKE : 0;
	int rc = -1;

	if ((u->write = authwrite_open(u->path, flags, e)) != NULL)
		rc = use(u, e);
	authwrite_close(u->write);
	return rc;
}

int
storeuse(struct storeopen *s, struct ui *ui, const struct args *a,
    struct err *e)
{
	char *path = env_authjson(e);
	struct use u = { .ui = ui, .name = a->operands[1], .path = path,
		.force = a->force };
	int rc = -1;

	if (path != NULL && storeopen(s, ui, a, false, e) == 0 &&
	    vaultimage_need(vault_image(s->vault), u.name, e) != NULL) {
		u.vault = s->vault;
		u.began = lockfile_now();	/* nobody types any more */
		rc = use_locked(&u, e);
	}
	free(path);
	return rc;
}
