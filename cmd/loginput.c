#include "loginput.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "args.h"
#include "authwrite.h"
#include "buf.h"
#include "codexhere.h"
#include "cred.h"
#include "datadir.h"
#include "env.h"
#include "err.h"
#include "issuer.h"
#include "local.h"
#include "passphrase.h"
#include "paths.h"
#include "report.h"
#include "secret.h"
#include "signals.h"
#include "storeput.h"
#include "target.h"
#include "text.h"
#include "ui.h"
#include "vaultimage.h"

#define LINE_BYTES  8192
#define FIELD_BYTES 4096
#define NAME_BYTES  64
#define ROOM_BYTES  8192	/* a login through a browser has about 5000 */

static int
open_store(struct loginput *p, struct err *e)
{
	const struct args *a = p->args;

	if (a->to.n != 1 || (p->name = storeopen_name(a->to.v[0])) == NULL) {
		err_set(e, ERR_USAGE, "a login goes --to one store:NAME");
		return err_hint(e, "without --to it goes into the Codex home");
	}
	if (vaultimage_name_check(p->name, e) == -1 ||
	    passphrase_check(a, e) == -1)
		return -1;
	return storeopen(&p->store, p->ui, a, true, e);
}

static int
open_home(struct loginput *p, struct err *e)
{
	unsigned flags = env_get("CODEX_HOME") == NULL ? AUTHWRITE_MAKE : 0;
	SECRET_AUTO *room = secret_new(ROOM_BYTES);
	AUTHWRITE_AUTO *w = NULL;

	if ((p->path = env_authjson(e)) == NULL)
		return -1;
	if (room == NULL)
		return err_memory(e);
	w = authwrite_open(p->path, flags, e);
	return w == NULL ? -1 : authwrite_try(w, room, NULL, e);
}

/* What a crowd at the login's port cannot take away meanwhile. */
static int
spares_take(struct loginput *p, struct err *e)
{
	for (; p->nspares < LOGINPUT_SPARES; p->nspares++) {
		int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

		if (fd == -1)
			return err_sys(e, err_file(errno), errno, "cannot keep "
			    "room for a login");
		p->spares[p->nspares] = fd;
	}
	return 0;
}

static void
spares_give(struct loginput *p)
{
	while (p->nspares > 0)
		(void)close(p->spares[--p->nspares]);	/* only held */
}

int
loginput_open(struct loginput *p, struct ui *ui, const struct args *a,
    struct err *e)
{
	*p = (struct loginput){ .ui = ui, .args = a };
	if ((a->to.n > 0 ? open_store(p, e) : open_home(p, e)) == -1)
		return -1;
	return spares_take(p, e);
}

void
loginput_close(struct loginput *p)
{
	spares_give(p);
	storeopen_close(&p->store);
	free(p->path);
	p->path = NULL;
}

/* ---- when it can't be stored ---- */

static int
rescue_into(const char *dir, const struct cred *c, struct buf *where,
    struct err *e)
{
	struct job job = { .op = JOB_PUSH, .cred = c };
	struct result r;
	char name[NAME_BYTES], *path = NULL;
	bool done = false;

	(void)snprintf(name, sizeof(name), "rescued-auth-%lld.json",
	    (long long)time(NULL));
	if (dir != NULL)
		path = paths_join(dir, name);
	result_init(&r);
	if (path != NULL) {
		local_install_at(&r, &job, path, false);
		done = r.state == STATE_WRITTEN;
		*e = r.err;
	}
	if (done)
		(void)buf_adds(where, path);
	result_clear(&r);
	free(path);
	return done ? 0 : -1;
}

static int
rescue_beside_store(const struct cred *c, struct buf *where, struct err *e)
{
	char *dir = env_datadir(e);
	int rc = dir != NULL && datadir_make(dir, e) == 0 ?
	    rescue_into(dir, c, where, e) : -1;

	free(dir);
	return rc;
}

static int
rescue_in_home(const struct cred *c, struct buf *where, struct err *e)
{
	char *home = env_home(e);
	int rc = rescue_into(home, c, where, e);

	free(home);
	return rc;
}

/* A folder of its own where another disk may be, or memory. */
static int
rescue_elsewhere(const struct cred *c, struct buf *where, struct err *e)
{
	const char *const roofs[] = { env_get("XDG_RUNTIME_DIR"),
		env_get("TMPDIR"), "/tmp", "/dev/shm" };
	int rc = -1;

	for (size_t i = 0; i < sizeof(roofs) / sizeof(*roofs) && rc == -1;
	    i++) {
		char *dir = roofs[i] == NULL ? NULL :
		    paths_join(roofs[i], "codex-provision-XXXXXX");

		if (dir != NULL && mkdtemp(dir) != NULL) {
			rc = rescue_into(dir, c, where, e);
			if (rc == -1)
				(void)rmdir(dir);	/* it is empty */
		}
		free(dir);
	}
	return rc;
}

static void
rescue_hint(const struct loginput *p, const char *where, struct err *why)
{
	if (p->name != NULL)
		err_hint(why, "codex-provision store add NAME --from '%s' (with "
		    "--force it replaces '%s'), and remove the file", where,
		    p->name);
	else
		err_hint(why, "%s: mv '%s' '%s'", why->code == ERR_INTERRUPTED ?
		    "to use it" : "when that is mended", where, p->path);
}

/* Where it lasts, else where it lasts until this machine is restarted. */
int
loginput_rescue(const struct cred *c, struct buf *where, struct err *e)
{
	if (rescue_beside_store(c, where, e) == 0)
		return 0;
	*e = (struct err)ERR_INIT;
	if (rescue_in_home(c, where, e) == 0)
		return 0;
	*e = (struct err)ERR_INIT;
	return rescue_elsewhere(c, where, e);
}

void
loginput_aside(const struct cred *c, const char *path, struct err *why)
{
	BUF_AUTO where = BUF_INIT(FIELD_BYTES);
	struct err ignored = ERR_INIT;	/* then it is lost */

	if (loginput_rescue(c, &where, &ignored) == 0)
		err_hint(why, "it is not lost; when that is mended: mv '%s' "
		    "'%s'", buf_str(&where), path);
	else
		err_hint(why, "the login is lost: log in again");
}

static int
rescue(struct loginput *p, const struct cred *c, struct err *why)
{
	BUF_AUTO where = BUF_INIT(FIELD_BYTES);
	struct err e = ERR_INIT;

	if (loginput_rescue(c, &where, &e) == 0) {
		ui_warn(p->ui, "the login is not lost: it is in '%s'",
		    buf_str(&where));
		rescue_hint(p, buf_str(&where), why);
	} else {
		ui_warn(p->ui, "the login is lost: %s", e.text);
		err_hint(why, "when that is mended, log in again");
	}
	return ui_fail(p->ui, why);
}

/* ---- what is said ---- */

static void
say_json(struct ui *ui, const struct result *r, const struct cred *c)
{
	cJSON *o = cJSON_CreateObject();

	ui_json_text(o, "target", "local");
	ui_json_text(o, "kind", "local");
	ui_json_text(o, "state", target_state_name(r->state));
	ui_json_text(o, "path", r->path);
	report_mode(o, "file_mode", r->mode);
	report_claims(o, c);
	ui_json_warnings(ui, o);
	ui_json(ui, o);
}

static void
part(struct buf *b, const char *before, const char *value)
{
	char safe[FIELD_BYTES];

	if (*value != '\0')
		buf_addf(b, "%s%s", before,
		    text_safes(safe, sizeof(safe), value));
}

static void
say_human(struct ui *ui, const char *path, const struct cred *c)
{
	BUF_AUTO b = BUF_INIT(LINE_BYTES);
	char when[REPORT_TIME_LEN];

	buf_adds(&b, "logged in");
	if (c->mode == CRED_APIKEY)
		buf_adds(&b, " with an API key");
	else if (c->mode == CRED_PAT)
		buf_adds(&b, " with a personal access token");
	part(&b, " as ", c->email);
	part(&b, ", account ", c->account);
	part(&b, ", plan ", c->plan);
	if (c->expires != 0)
		part(&b, ", until ", report_time(when, c->expires));
	part(&b, ": ", path);
	buf_adds(&b, "\n");
	ui_out(ui, buf_str(&b));
}

/* ---- where it goes ---- */

static int
put_home(struct loginput *p, const struct cred *c, struct err *e)
{
	/* A login is the newest there is, and whose, its owner has chosen. */
	struct job job = { .op = JOB_PUSH, .cred = c, .force = true };
	struct result r;
	int rc = -1;

	result_init(&r);
	local_install_at(&r, &job, p->path, true);
	*e = r.err;
	if (r.state == STATE_WRITTEN || r.state == STATE_UNCHANGED) {
		for (size_t i = 0; i < r.nwarnings; i++)
			ui_warn(p->ui, "%s", r.warnings[i]);
		codexhere_warn(p->ui, c);
		if (p->ui->json)
			say_json(p->ui, &r, c);
		else if (!p->ui->quiet)
			say_human(p->ui, p->path, c);
		rc = 0;
	}
	result_clear(&r);
	return rc;
}

static int
put(struct loginput *p, const struct cred *c, struct err *e)
{
	if (signals_first() != 0)
		return err_set(e, ERR_INTERRUPTED, "interrupted; nothing was "
		    "replaced");
	return p->name == NULL ? put_home(p, c, e) : storeput(p->ui,
	    p->store.vault, &(struct storeput){ p->name, c, p->args->force },
	    e);
}

static void
tell_who(struct cred *c, const struct issuer_who *who)
{
	if (who == NULL)
		return;
	(void)text_safes(c->account, sizeof(c->account), who->account);
	(void)text_safes(c->email, sizeof(c->email), who->email);
	(void)text_safes(c->plan, sizeof(c->plan), who->plan);
}

int
loginput(struct loginput *p, const struct loginput_login *login)
{
	struct err e = ERR_INIT;
	struct cred c = { .mode = CRED_NONE };
	struct secret *copy = secret_dup(login->authjson);
	int status = EXIT_SUCCESS;

	err_memory(&e);
	if (copy == NULL || cred_parse(&c, copy, &e) == -1)
		return ui_fail(p->ui, &e);
	tell_who(&c, login->who);
	spares_give(p);
	if (put(p, &c, &e) == -1)
		status = login->given ? rescue(p, &c, &e) :
		    ui_fail(p->ui, &e);
	cred_clear(&c);
	return status;
}
