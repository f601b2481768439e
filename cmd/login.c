/*
 * login - logs in on this machine.
 *
 * The old auth.json stays until the new one is complete, and nothing is
 * revoked: what Codex itself revokes before it begins is the login of every
 * other copy too.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "args.h"
#include "command.h"
#include "err.h"
#include "issuer.h"
#include "logindevice.h"
#include "loginkey.h"
#include "loginput.h"
#include "loginrun.h"
#include "loginweb.h"
#include "secret.h"
#include "ui.h"

/* One way alone; and what goes with it. */
static int
login_check(const struct args *a, struct err *e)
{
	int ways = a->device_auth + a->with_api_key + a->with_access_token;

	if (ways > 1) {
		err_set(e, ERR_USAGE, "choose one of --device-auth, "
		    "--with-api-key and --with-access-token");
		return err_hint(e, "run 'codex-provision help login'");
	}
	if ((a->with_api_key || a->with_access_token) &&
	    a->passphrase_file != NULL && strcmp(a->passphrase_file, "-") == 0)
		return err_set(e, ERR_USAGE, "standard input cannot be the "
		    "passphrase and the key");
	return loginweb_check(a, e);
}

static struct secret *
login_key(struct ui *ui, const struct args *a, struct issuer_who *who,
    struct err *e)
{
	return a->with_api_key ? loginkey_api(ui, a, e) :
	    loginkey_pat(ui, a, who, e);
}

/* The ways that an issuer gives a login by. */
static int
login_ask(struct loginput *to, struct ui *ui, const struct args *a)
{
	SECRET_AUTO *authjson = NULL;
	struct loginweb *w = NULL;
	struct err e = ERR_INIT;
	struct loginrun r;
	int status;

	if (loginrun_open(&r, ui, a, &e) == -1)
		return ui_fail(ui, &e);
	authjson = a->device_auth ? logindevice(&r, &e) :
	    loginweb(&r, &w, &e);
	status = authjson == NULL ? ui_fail(ui, &e) :
	    loginput(to, &(struct loginput_login){ .authjson = authjson,
		.given = true });
	loginweb_end(w, status == EXIT_SUCCESS);
	loginrun_close(&r);
	return status;
}

int
command_login(struct ui *ui, const struct args *a)
{
	SECRET_AUTO *authjson = NULL;
	struct err e = ERR_INIT;
	LOGINPUT_AUTO to = { 0 };
	struct issuer_who who;

	if (login_check(a, &e) == -1 || loginput_open(&to, ui, a, &e) == -1)
		return ui_fail(ui, &e);
	if (!a->with_api_key && !a->with_access_token)
		return login_ask(&to, ui, a);
	authjson = login_key(ui, a, &who, &e);
	if (authjson == NULL)
		return ui_fail(ui, &e);
	return loginput(&to, &(struct loginput_login){ .authjson = authjson,
	    .who = a->with_access_token ? &who : NULL });
}
