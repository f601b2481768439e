#include "loginput.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "args.h"
#include "authwrite.h"
#include "buf.h"
#include "cred.h"
#include "datadir.h"
#include "env.h"
#include "err.h"
#include "issuer.h"
#include "paths.h"
#include "report.h"
#include "secret.h"
#include "target.h"
#include "text.h"
#include "ui.h"

#define LINE_BYTES  8192
#define FIELD_BYTES 4096
#define NAME_BYTES  64

/* Codex makes its default home itself, another one has to be there. */
static unsigned
put_flags(void)
{
	return env_get("CODEX_HOME") == NULL ? AUTHWRITE_MAKE : 0;
}

int
loginput_try(const struct args *a, struct err *e)
{
	char *path = env_authjson(e);
	struct authwrite *w;

	(void)a;
	if (path == NULL)
		return -1;
	w = authwrite_open(path, put_flags(), e);
	free(path);
	authwrite_close(w);
	return w == NULL ? -1 : 0;
}

/* ---- when it can't be stored ---- */

static int
rescue_into(char *dir_take, const struct secret *authjson, struct buf *where,
    struct err *e)
{
	struct authwrite_done done = { .state = AUTHWRITE_NONE };
	char name[NAME_BYTES], *path = NULL;
	int rc = -1;

	(void)snprintf(name, sizeof(name), "rescued-auth-%lld.json",
	    (long long)time(NULL));
	if (dir_take != NULL)
		path = paths_join(dir_take, name);
	if (path != NULL)
		rc = authwrite_install(path, AUTHWRITE_ALONE, authjson, NULL,
		    &done, e);
	if (rc == 0)
		(void)buf_adds(where, path);
	free(path);
	free(dir_take);
	return rc;
}

static char *
rescue_folder(struct err *e)
{
	char *dir = env_datadir(e);

	if (dir != NULL && datadir_make(dir, e) == -1) {
		free(dir);
		return NULL;
	}
	return dir;
}

/* Beside the store, else in the home, else nowhere. */
static int
rescue(struct ui *ui, const struct secret *authjson, const char *path,
    struct err *why)
{
	BUF_AUTO where = BUF_INIT(FIELD_BYTES);
	char safe[FIELD_BYTES];
	struct err e = ERR_INIT;

	if (rescue_into(rescue_folder(&e), authjson, &where, &e) == 0 ||
	    rescue_into(env_home(&e), authjson, &where, &e) == 0) {
		ui_warn(ui, "the login is not lost: it is in '%s'",
		    text_safes(safe, sizeof(safe), buf_str(&where)));
		err_hint(why, "when that is mended: mv '%s' '%s'",
		    buf_str(&where), path);
	} else {
		ui_warn(ui, "the login is lost: %s", e.text);
		err_hint(why, "when that is mended, log in again");
	}
	return ui_fail(ui, why);
}

/* ---- what is said ---- */

static void
say_json(struct ui *ui, const char *path, const struct cred *c,
    enum authwrite_state state)
{
	cJSON *o = cJSON_CreateObject();

	ui_json_text(o, "target", "local");
	ui_json_text(o, "kind", "local");
	ui_json_text(o, "state", target_state_name(state ==
	    AUTHWRITE_UNCHANGED ? STATE_UNCHANGED : STATE_WRITTEN));
	ui_json_text(o, "path", path);
	report_mode(o, "file_mode", 0600);
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

static int
say(struct ui *ui, const char *path, const struct loginput *login,
    enum authwrite_state state)
{
	struct cred c;
	struct err e = ERR_INIT;
	size_t len;
	const void *p = secret_expose(login->authjson, &len);
	struct secret *copy = secret_copy(p, len);

	err_set(&e, ERR_INTERNAL, "out of memory");
	if (copy == NULL || cred_parse(&c, copy, &e) == -1)
		return ui_fail(ui, &e);
	if (login->who != NULL) {
		(void)text_safes(c.account, sizeof(c.account),
		    login->who->account);
		(void)text_safes(c.email, sizeof(c.email), login->who->email);
		(void)text_safes(c.plan, sizeof(c.plan), login->who->plan);
	}
	if (ui->json)
		say_json(ui, path, &c, state);
	else if (!ui->quiet)
		say_human(ui, path, &c);
	cred_clear(&c);
	return EXIT_SUCCESS;
}

int
loginput(struct ui *ui, const struct args *a, const struct loginput *login)
{
	struct authwrite_done done = { .state = AUTHWRITE_NONE };
	struct err e = ERR_INIT;
	char *path = env_authjson(&e);
	int status;

	(void)a;
	if (path == NULL ||
	    authwrite_install(path, put_flags(), login->authjson, NULL, &done,
	    &e) == -1) {
		status = login->given ? rescue(ui, login->authjson,
		    path != NULL ? path : "auth.json", &e) : ui_fail(ui, &e);
		free(path);
		return status;
	}
	if (done.in_place)
		ui_warn(ui, "'%s' is a mount of its own, and was written in "
		    "place: Codex 0.169 cannot refresh a login there", path);
	if (done.not_durable)
		ui_warn(ui, "'%s' is written, but a power cut now may undo "
		    "that", path);
	status = say(ui, path, login, done.state);
	free(path);
	return status;
}
