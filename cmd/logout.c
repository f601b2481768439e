/*
 * logout - removes this machine's auth.json.
 *
 * Codex's own logout always revokes, and users report that this signs out
 * every session of the account, on all machines. So nothing is revoked unless
 * that is asked for, and then what it may do is said first. Where revoking
 * fails the file stays: a token that is still good is not lost.
 *
 * The token goes to the issuer that gave it, and to no other: that one would
 * learn it, and call it revoked as RFC 7009 2.2 has it for what it never gave.
 */
#include <stdlib.h>
#include <string.h>

#include "args.h"
#include "authjson.h"
#include "authwrite.h"
#include "buf.h"
#include "codexconfig.h"
#include "codexfiles.h"
#include "command.h"
#include "cred.h"
#include "env.h"
#include "err.h"
#include "issuer.h"
#include "loginrun.h"
#include "prompt.h"
#include "secret.h"
#include "signals.h"
#include "target.h"
#include "text.h"
#include "ui.h"

#define LINE_BYTES  8192
#define FIELD_BYTES 4096
#define WARNING "it ends this login on every machine that has a copy of it, " \
	"and the issuer may sign out other sessions of the account as well"

static void
say(struct ui *ui, const char *path, const struct authwrite_done *done,
    bool revoked)
{
	BUF_AUTO b = BUF_INIT(LINE_BYTES);
	bool removed = done->state == AUTHWRITE_REMOVED;
	char safe[FIELD_BYTES];
	cJSON *o;

	if (ui->json) {
		o = cJSON_CreateObject();
		ui_json_text(o, "target", "local");
		ui_json_text(o, "kind", "local");
		ui_json_text(o, "state", target_state_name(removed ?
		    STATE_REMOVED : STATE_ABSENT));
		ui_json_text(o, "path", path);
		ui_json_add(o, "revoked", cJSON_CreateBool(revoked));
		ui_json_warnings(ui, o);
		ui_json(ui, o);
	} else if (!ui->quiet) {
		buf_addf(&b, "%s%s: %s\n", removed ? "logged out" :
		    "was not logged in", revoked ? ", and revoked" : "",
		    text_safes(safe, sizeof(safe), path));
		ui_out(ui, buf_str(&b));
	}
}

/* What stays where Codex may have it besides. */
static void
warn_keyring(struct ui *ui)
{
	struct err ignored = ERR_INIT;	/* what is unknown is not said */
	char *home = env_codex_home(&ignored);
	struct codexconfig c = { .store = CODEXCONFIG_FILE };

	if (home != NULL)
		(void)codexfiles_read(&c, home, &ignored);
	if (c.store == CODEXCONFIG_KEYRING || c.store == CODEXCONFIG_AUTO)
		ui_warn(ui, "Codex's credential store is '%s': a login in the "
		    "keyring stays", codexconfig_store_name(c.store));
	free(home);
}

static int
ended(struct ui *ui, const char *path, const struct authwrite_done *done,
    bool revoked)
{
	if (done->not_durable)
		ui_warn(ui, "it is gone, but a power cut now may bring it "
		    "back");
	warn_keyring(ui);
	say(ui, path, done, revoked);
	return EXIT_SUCCESS;
}

static int
remove_only(struct ui *ui, const char *path)
{
	struct authwrite_done done;
	struct err e = ERR_INIT;

	if (authwrite_delete(path, NULL, &done, &e) == -1)
		return ui_fail(ui, &e);
	return ended(ui, path, &done, false);
}

/* ---- whom it is revoked at ---- */

/* The login's own issuer and client, where it names them. */
struct giver {
	struct args	 args;		/* with those two */
	char		*issuer, *client;	/* owned */
};

static void
giver_close(struct giver *g)
{
	free(g->issuer);
	free(g->client);
}

#define GIVER_AUTO __attribute__((cleanup(giver_close))) struct giver

/* A slash at the end makes it no other. */
static bool
same_url(const char *a, const char *b)
{
	size_t la = strlen(a), lb = strlen(b);

	while (la > 0 && a[la - 1] == '/')
		la--;
	while (lb > 0 && b[lb - 1] == '/')
		lb--;
	return la == lb && memcmp(a, b, la) == 0;
}

static int
giver_open(struct giver *g, const struct args *a, const struct cred *c,
    struct err *e)
{
	*g = (struct giver){ .args = *a,
		.issuer = cred_provenance(c, "issuer"),
		.client = cred_provenance(c, "client_id") };
	if (g->args.issuer == NULL)
		g->args.issuer = g->issuer;
	if (g->args.client_id == NULL)
		g->args.client_id = g->client;
	if (g->issuer == NULL || same_url(g->issuer, g->args.issuer))
		return 0;
	err_set(e, ERR_USAGE, "the login is of the issuer '%s', not of '%s'",
	    g->issuer, a->issuer);
	return err_hint(e, "leave --issuer out");
}

static const char *
giver_url(const struct giver *g)
{
	return g->args.issuer != NULL ? g->args.issuer : ISSUER_URL;
}

/* Says what may happen; on a terminal it is a question. */
static int
confirm(struct ui *ui, const struct giver *g, const struct cred *c,
    struct err *e)
{
	BUF_AUTO b = BUF_INIT(LINE_BYTES);
	char safe[FIELD_BYTES], url[FIELD_BYTES];
	struct prompt p;
	bool yes = true;

	if (signals_open(e) == -1)
		return -1;
	text_safes(url, sizeof(url), giver_url(g));
	prompt_open(&p, ui, g->args.no_input);
	if (prompt_can_ask(&p)) {
		buf_addf(&b, "Revoking the login of %s at %s: " WARNING
		    ".\nRevoke it (yes/no)? ", text_safes(safe, sizeof(safe),
		    c->email[0] != '\0' ? c->email : c->account[0] != '\0' ?
		    c->account : "this machine"), url);
		yes = prompt_yes(&p, buf_str(&b));
	} else {
		ui_warn(ui, "revoking at %s: " WARNING, url);
	}
	prompt_close(&p);
	if (yes)
		return 0;
	if (signals_first() != 0)
		return err_set(e, ERR_INTERRUPTED,
		    "interrupted; nothing was changed");
	return err_set(e, ERR_CANCELLED, "not revoked; nothing was changed");
}

static void
answered(void *ctx, struct issuer_answer *a)
{
	loginrun_ended(ctx, NULL, a->outcome == ISSUER_DONE ? NULL : a->why);
}

/* As Codex: the refresh token, or the access token where there is none. */
static int
revoke(struct ui *ui, const struct args *a, const struct cred *c,
    struct err *e)
{
	SECRET_AUTO *token = NULL;
	GIVER_AUTO g = { .issuer = NULL };
	struct issuer_ask ask = { .what = ISSUER_REVOKE,
		.hint = c->refreshable ? "refresh_token" : "access_token" };
	struct loginrun r;
	int rc = -1;

	if ((token = cred_token(c, ask.hint)) == NULL)
		return err_memory(e);
	if (giver_open(&g, a, c, e) == -1 ||
	    loginrun_open(&r, ui, &g.args, e) == -1)
		return -1;
	ask.token = token;
	if (issuer_call(r.issuer, &ask, answered, &r, e) != NULL) {
		secret_free(loginrun_wait(&r, e));
		rc = e->code == ERR_NONE ? 0 : -1;
	}
	if (e->code == ERR_INTERRUPTED)
		err_set(e, ERR_INTERRUPTED, "interrupted; the login may be "
		    "revoked, its file stays");
	loginrun_close(&r);
	return rc;
}

/* Under the lock, so that Codex does not refresh what is being revoked. */
static int
revoke_and_remove(struct ui *ui, const struct args *a, const char *path,
    const struct cred *asked, struct authwrite_done *done, struct err *e)
{
	AUTHWRITE_AUTO *w = authwrite_open(path, 0, e);
	struct cred c = { .mode = CRED_NONE };
	int rc = -1;

	if (w == NULL || authjson_read(&c, path, e) == -1)
		return -1;
	if (cred_other_account(&c, asked) || c.mode != asked->mode) {
		err_set(e, ERR_OTHER_ACCOUNT, "'%s' was changed meanwhile",
		    path);
	} else if (revoke(ui, a, &c, e) == -1) {
		if (e->hint[0] == '\0')
			err_hint(e, "'codex-provision logout' removes it "
			    "without that");
	} else if (authwrite_remove(w, c.digest, done, e) == -1) {
		err_wrap(e, "the login is revoked, but its file stays");
	} else {
		rc = 0;
	}
	cred_clear(&c);
	return rc;
}

static int
revoke_first(struct ui *ui, const struct args *a, const char *path)
{
	struct authwrite_done done = { .state = AUTHWRITE_ABSENT };
	GIVER_AUTO g = { .issuer = NULL };
	struct err e = ERR_INIT;
	struct cred c;
	int status;

	if (authjson_read(&c, path, &e) == -1) {
		if (e.code == ERR_NO_CREDENTIAL)
			return ended(ui, path, &done, false);
		err_hint(&e, "'codex-provision logout' removes it");
		return ui_fail(ui, &e);
	}
	if (c.mode != CRED_CHATGPT) {
		ui_warn(ui, "a login by %s can't be revoked here, it is only "
		    "removed", cred_mode_name(c.mode));
		status = remove_only(ui, path);
	} else if (giver_open(&g, a, &c, &e) == -1 ||
	    confirm(ui, &g, &c, &e) == -1 ||
	    revoke_and_remove(ui, a, path, &c, &done, &e) == -1) {
		status = ui_fail(ui, &e);
	} else {
		status = ended(ui, path, &done, true);
	}
	cred_clear(&c);
	return status;
}

int
command_logout(struct ui *ui, const struct args *a)
{
	struct err e = ERR_INIT;
	char *path;
	int status;

	if (!a->revoke && (a->issuer != NULL || a->client_id != NULL)) {
		err_set(&e, ERR_USAGE,
		    "--issuer and --client-id go with --revoke");
		err_hint(&e, "run 'codex-provision help logout'");
		return ui_fail(ui, &e);
	}
	if ((path = env_authjson(&e)) == NULL)
		return ui_fail(ui, &e);
	status = a->revoke ? revoke_first(ui, a, path) :
	    remove_only(ui, path);
	free(path);
	return status;
}
