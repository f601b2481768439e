#include "local.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "authjson.h"
#include "authwrite.h"
#include "cred.h"
#include "env.h"
#include "err.h"
#include "lockfile.h"
#include "look.h"
#include "report.h"
#include "secret.h"
#include "target.h"

/* Codex may write between our look and our lock; not time and again. */
#define LOOKS_MAX 3

const struct target_kind local_kind = { .name = "local" };

/* What is at path, as the far looks tell it. */
static void
look_here(struct look *l, const char *path)
{
	struct err e = ERR_INIT;
	struct stat st;

	look_init(l);
	l->path = strdup(path);
	l->account = (long)geteuid();
	if (stat(path, &st) == -1)
		return;
	l->present = true;
	l->mode = (int)(st.st_mode & 07777);
	l->owner = (long)st.st_uid;
	l->readable = access(path, R_OK) == 0;
	/* What can't be parsed stays CRED_NONE: no login is lost with it. What
	 * could not be read may well be one. */
	if (authjson_read(&l->claims, path, &e) == 0)
		memcpy(l->digest, l->claims.digest, sizeof(l->digest));
	else if (e.sys != 0)
		l->readable = false;
	secret_free(l->claims.bytes);
	l->claims.bytes = NULL;
}

/* Puts it in the place of what was looked at. */
static int
put(const char *path, bool home, const struct look *l,
    const struct job *job, struct authwrite_done *done, struct result *r)
{
	unsigned flags = !home ? AUTHWRITE_ALONE :
	    env_get("CODEX_HOME") == NULL ? AUTHWRITE_MAKE : 0;
	bool known = !l->present || l->claims.mode != CRED_NONE;

	if (authwrite_install(path, flags, job->cred->bytes,
	    known && !job->force ? l->digest : NULL, done, &r->err) == 0) {
		r->not_durable = done->not_durable;
		if (done->not_durable)
			result_warn(r, "'%s' may not outlast a power cut: its "
			    "folder could not be synced", path);
		return 0;
	}
	return -1;
}

static void
install(const char *path, bool home, const struct job *job, struct result *r)
{
	struct authwrite_done done = { .state = AUTHWRITE_CHANGED };
	struct look l;

	for (int i = 0; i < LOOKS_MAX && done.state == AUTHWRITE_CHANGED;
	    i++) {
		int rc;

		r->err = (struct err)ERR_INIT;	/* of an earlier look */
		look_here(&l, path);
		if (!look_judge(&l, job, r)) {
			look_clear(&l);
			return;
		}
		rc = put(path, home, &l, job, &done, r);
		look_clear(&l);
		if (rc == -1)
			continue;
		look_here(&l, path);
		l.replaced = !done.in_place;
		look_confirm(&l, job, r);
		look_clear(&l);
		return;
	}
	result_end(r, STATE_FAILED);
}

void
local_install_at(struct result *r, const struct job *job, const char *path,
    bool home)
{
	int64_t began = lockfile_now();

	install(path, home, job, r);
	r->seconds = (double)(lockfile_now() - began) / 1000;
}

void
local_install(struct result *r, const struct job *job)
{
	char *path = env_authjson(&r->err);

	if (path != NULL)
		local_install_at(r, job, path, true);
	else
		result_end(r, STATE_FAILED);
	free(path);
}

int
local_report(struct ui *ui, const struct job *job, const struct result *r)
{
	char name[] = "local";
	const struct target_spec here = { .kind = &local_kind, .text = name };

	report_result(ui, job, &here, r, (int)strlen(name));
	return err_exit(r->err.code);
}
