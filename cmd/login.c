/*
 * login - logs in on this machine.
 *
 * The old auth.json stays until the new one is complete, and nothing is
 * revoked: what Codex itself revokes before it begins is the login of every
 * other copy too.
 */
#include <stdbool.h>

#include "args.h"
#include "command.h"
#include "err.h"
#include "issuer.h"
#include "logindevice.h"
#include "loginkey.h"
#include "loginput.h"
#include "loginrun.h"
#include "secret.h"
#include "signals.h"
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
	return 0;
}

/* The ways that an issuer has to be asked for. */
static struct secret *
login_ask(struct ui *ui, const struct args *a, struct err *e)
{
	struct secret *done;
	struct loginrun r;

	if (loginrun_open(&r, ui, a, e) == -1)
		return NULL;
	done = logindevice(&r, e);
	loginrun_close(&r);
	return done;
}

int
command_login(struct ui *ui, const struct args *a)
{
	SECRET_AUTO *authjson = NULL;
	struct err e = ERR_INIT;
	struct issuer_who who;
	bool key = a->with_api_key || a->with_access_token;

	if (login_check(a, &e) == 0 && loginput_try(a, &e) == 0)
		authjson = a->with_api_key ? loginkey_api(ui, a, &e) :
		    a->with_access_token ? loginkey_pat(ui, a, &who, &e) :
		    login_ask(ui, a, &e);
	if (authjson != NULL)
		return loginput(ui, a, &(struct loginput){
		    .authjson = authjson, .given = !key,
		    .who = a->with_access_token ? &who : NULL });
	(void)ui_fail(ui, &e);
	return e.code == ERR_INTERRUPTED ? signals_exit() : err_exit(e.code);
}
