#include "loginweb.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "args.h"
#include "browser.h"
#include "command.h"
#include "loginrun.h"
#include "loginshow.h"
#include "prompt.h"
#include "secret.h"
#include "signals.h"
#include "ui.h"
#include "weblogin.h"

#define NOTE_BYTES   (LOGINRUN_WHOSE + 64)
#define STRAYS_TOLD  5	/* after so many, once (threat O-20) */
#define PASTES       5	/* of something else, before we give up */

struct loginweb {
	struct loginrun	*run;
	struct weblogin	*login;
	bool		 rival_told;
	bool		 closed;
};

int
loginweb_check(const struct args *a, struct err *e)
{
	bool web = a->no_browser || a->paste || a->workspace != NULL ||
	    a->redirect_host != NULL;

	if (web && (a->device_auth || a->with_api_key ||
	    a->with_access_token)) {
		err_set(e, ERR_USAGE, "--no-browser, --paste, --workspace and "
		    "--redirect-host are of the login through a browser");
		return err_hint(e, "run 'codex-provision help %s'",
		    a->command->name);
	}
	if (!a->paste || !a->no_input)
		return 0;
	err_set(e, ERR_USAGE, "--paste asks for an address, and --no-input "
	    "forbids that");
	return err_hint(e, "leave one of them away");
}

/* ---- what the user sees ------------------------------------------------- */

static void
show(const struct loginweb *w)
{
	const struct loginrun *r = w->run;
	char whose[LOGINRUN_WHOSE];

	loginshow_url(r->ui, &(struct loginshow){
	    .url = weblogin_url(w->login), .issuer = issuer_url(r->issuer),
	    .whose = loginrun_whose(r, whose), .target = r->target,
	    .seconds = r->seconds, .by_hand = r->args->paste });
}

static void
show_in_browser(const struct loginweb *w)
{
	const struct loginrun *r = w->run;

	if (!r->args->no_browser && browser_open(weblogin_url(w->login)))
		return;
	if (r->turn > 1)
		return;		/* said before */
	ui_text(r->ui, r->target == NULL ?
	    "With no browser on this machine: interrupt this, and use\n"
	    "'codex-provision login --device-auth'.\n\n" :
	    "With no browser on this machine: interrupt this, and add\n"
	    "--device-auth.\n\n");
}

static void
countdown(void *ctx)
{
	const struct loginweb *w = ctx;

	loginrun_left(w->run, weblogin_due(w->login));
}

/* ---- what weblogin tells ------------------------------------------------ */

static void
on_stray(void *ctx, int n)
{
	const struct loginweb *w = ctx;

	if (n == STRAYS_TOLD)
		ui_warn(w->run->ui, "%d requests came to the login's port "
		    "that are not this login's: they changed nothing", n);
}

static void
on_rival(void *ctx)
{
	struct loginweb *w = ctx;

	if (!w->rival_told)
		ui_warn(w->run->ui, "another Codex login wants this login's "
		    "port: it does not get it");
	w->rival_told = true;
}

static void
on_ended(void *ctx, struct secret *authjson_take, const struct err *why)
{
	struct loginweb *w = ctx;

	if (w->run->over)
		secret_free(authjson_take);	/* interrupted before */
	else
		loginrun_ended(w->run, authjson_take, why);
}

/* The consent that was given is not thrown away (loginput.c, fresh.c). */
static bool
on_hurry(void *ctx)
{
	return weblogin_hurry(((struct loginweb *)ctx)->login);
}

static void
on_closed(void *ctx)
{
	((struct loginweb *)ctx)->closed = true;
}

/* ---- by hand ------------------------------------------------------------ */

/* Why there is no address. */
static int
not_pasted(const struct loginweb *w, struct err *e)
{
	if (signals_first() != 0)
		return err_set(e, ERR_INTERRUPTED, "interrupted; nothing was "
		    "changed");
	if (loop_clock() < weblogin_due(w->login))
		return err_set(e, ERR_CANCELLED, "no address was given; "
		    "nothing was changed");
	err_set(e, ERR_TIMEOUT, "nobody logged in within %d s",
	    w->run->seconds);
	return err_hint(e, "run it again; --timeout gives more time");
}

/* 0 once the address was pasted; a wrong one is asked for again. */
static int
paste(struct loginweb *w, const struct io *io, struct err *e)
{
	struct secret *url;
	int rc = -1;

	for (int i = 0; i < PASTES && rc == -1; i++) {
		if (i > 0)
			ui_error(w->run->ui, NULL, e);
		url = io->ask(io->ctx, "Paste the address (it is not shown): ",
		    false);
		if (url == NULL)
			return not_pasted(w, e);
		rc = weblogin_paste(w->login, url, e);
		secret_free(url);
	}
	return rc;
}

static int
by_hand(struct loginweb *w, struct err *e)
{
	struct prompt p;
	int rc;

	prompt_open(&p, w->run->ui, w->run->args->no_input);
	p.due = weblogin_due(w->login);
	if (p.io.ask == NULL) {
		err_set(e, ERR_USAGE, "--paste needs a terminal");
		rc = err_hint(e, "use --device-auth where there is none");
	} else {
		rc = paste(w, &p.io, e);
	}
	prompt_close(&p);
	return rc;
}

/* ---- life --------------------------------------------------------------- */

static int
begin(struct loginweb *w, struct err *e)
{
	const struct args *a = w->run->args;

	w->login = weblogin_new(w->run->loop, &(struct weblogin_ask){
	    .issuer = w->run->issuer, .seconds = w->run->seconds,
	    .ports = weblogin_ports, .by_hand = a->paste,
	    .localhost = a->redirect_host != NULL &&
		strcmp(a->redirect_host, "localhost") == 0,
	    .workspace = a->workspace, .stray = on_stray, .rival = on_rival,
	    .ended = on_ended, .closed = on_closed, .ctx = w }, e);
	if (w->login == NULL)
		return -1;
	show(w);
	if (a->paste)
		return by_hand(w, e);
	show_in_browser(w);
	return 0;
}

struct secret *
loginweb(struct loginrun *r, struct loginweb **out, struct err *e)
{
	struct loginweb *w = calloc(1, sizeof(*w));
	struct secret *done;

	*out = w;
	if (w == NULL) {
		err_memory(e);
		return NULL;
	}
	w->run = r;
	if (begin(w, e) == -1)
		return NULL;
	r->each_second = countdown;
	r->hurry = on_hurry;
	r->ctx = w;
	done = loginrun_wait(r, e);
	r->each_second = NULL;
	r->hurry = NULL;
	return done;
}

/* Several logins: whose this was, and what is still to come. */
static const char *
page_note(const struct loginrun *r, bool good, char out[NOTE_BYTES])
{
	size_t left = r->turns - r->turn;
	char whose[LOGINRUN_WHOSE];

	if (r->target == NULL)
		return NULL;
	(void)snprintf(out, NOTE_BYTES, "The login%s. ",
	    loginrun_whose(r, whose));
	if (left > 0 && signals_first() == 0)
		(void)snprintf(out + strlen(out), NOTE_BYTES - strlen(out),
		    "%zu more to come.", left);
	else if (good)
		(void)snprintf(out + strlen(out), NOTE_BYTES - strlen(out),
		    "It is being installed now.");
	return out;
}

void
loginweb_end(struct loginweb *w, bool good)
{
	char note[NOTE_BYTES];

	if (w == NULL)
		return;
	if (w->login != NULL) {
		weblogin_finish(w->login, good,
		    page_note(w->run, good, note));
		while (!w->closed)	/* about a second at most */
			loop_turn(w->run->loop);
		weblogin_free(w->login);
	}
	free(w);
}
