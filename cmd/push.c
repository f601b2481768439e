/*
 * push - installs a finished auth.json on each target.
 *
 * The credential is read and judged first, then every target's name; only
 * then is anything contacted.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "args.h"
#include "authjson.h"
#include "command.h"
#include "cred.h"
#include "env.h"
#include "err.h"
#include "report.h"
#include "run.h"
#include "secret.h"
#include "target.h"
#include "ui.h"
#include "verdict.h"

/* The user's own pipe, "--from <(pass show codex)": waiting is right here. */
static int
read_pipe(struct cred *c, const char *path, struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY), rc;

	if (fd == -1)
		return err_sys(e, ERR_NO_CREDENTIAL, errno,
		    "cannot open '%s'", path);
	rc = authjson_read_fd(c, fd, path, e);
	(void)close(fd);	/* only read from */
	return rc;
}

static int
read_path(struct cred *c, const char *path, struct err *e)
{
	struct stat st;

	if (stat(path, &st) == 0 && S_ISFIFO(st.st_mode))
		return read_pipe(c, path, e);
	return authjson_read(c, path, e);
}

static int
read_local(struct cred *c, struct err *e)
{
	char *path = env_authjson(e);
	int rc;

	if (path == NULL)
		return -1;
	rc = authjson_read(c, path, e);
	free(path);
	return rc;
}

static int
read_source(struct cred *c, const struct args *a, struct err *e)
{
	if (a->from == NULL)
		return read_local(c, e);
	if (strncmp(a->from, "store:", strlen("store:")) == 0) {
		err_set(e, ERR_USAGE, "cannot read '%s': the store is not in "
		    "this version", a->from);
		return err_hint(e, "name a file with --from, or --from - for "
		    "standard input");
	}
	if (strcmp(a->from, "-") != 0)
		return read_path(c, a->from, e);
	for (size_t i = 0; i < a->hosts.n; i++) {
		if (strcmp(a->hosts.v[i], "-") == 0)
			return err_set(e, ERR_USAGE, "standard input cannot "
			    "be both --from - and --hosts -");
	}
	return authjson_read_fd(c, STDIN_FILENO, "standard input", e);
}

/* What is worth knowing before this credential is on many machines. */
static int
warn(void *ctx, struct ui *ui, const struct targets *t, struct err *e)
{
	const struct cred *c = ctx;
	char when[REPORT_TIME_LEN];
	bool tokens = c->mode == CRED_CHATGPT || c->mode == CRED_LEASE;

	if (c->mode == CRED_CHATGPT && c->refreshable)
		ui_warn(ui, "a ChatGPT refresh token works once: the first "
		    "copy that Codex refreshes signs all others out, this "
		    "machine's too; push an API key or an access token, or "
		    "log in on the target itself (--move, --fresh and "
		    "--lease are not in this version)");
	if (tokens && !c->has_refreshed)
		ui_warn(ui, "the credential has no last_refresh: 'codex exec' "
		    "will send no authorization with it");
	if (tokens && !c->refreshable && verdict_expired(c, time(NULL)))
		ui_warn(ui, "the access token ended at %s and there is no "
		    "refresh token", report_time(when, c->expires));
	if (!secret_locked())
		ui_warn(ui, "memory could not be locked, so the credential "
		    "may get into swap: raise 'ulimit -l'");
	(void)t;
	(void)e;
	return 0;
}

int
command_push(struct ui *ui, const struct args *a)
{
	struct err e = ERR_INIT;
	struct cred cred = { 0 };
	struct job job = { .op = JOB_PUSH, .cred = &cred };
	struct run_hooks hooks = { .ctx = &cred, .before = warn };
	int status;

	if (read_source(&cred, a, &e) == -1) {
		if (e.hint[0] == '\0')
			err_hint(&e, "see 'codex-provision help push'");
		return ui_fail(ui, &e);
	}
	run_job(&job, a);
	status = run_targets(ui, a, &job, &hooks);
	cred_clear(&cred);
	return status;
}
