#include "tunnellogin.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "args.h"
#include "browser.h"
#include "buf.h"
#include "env.h"
#include "err.h"
#include "farlogin.h"
#include "issuer.h"
#include "issuerurl.h"
#include "loginshow.h"
#include "reach.h"
#include "report.h"
#include "secret.h"
#include "signals.h"
#include "target.h"
#include "ui.h"

#define LINE_BYTES   160
#define TARGET_BYTES 1024

struct login {
	struct ui	*ui;
	const struct args *args;
	const char	*issuer, *where;
	char		 whose[LINE_BYTES];	/* " for 'web1'" */
	const struct io	*io;
};

static void
on_stage(void *ctx, const char *what, int left)
{
	const struct login *l = ctx;
	char line[LINE_BYTES];

	if (left >= 0 && strcmp(what, "waiting for the browser") == 0)
		(void)snprintf(line, sizeof(line), "%s: %s: %d:%02d left",
		    l->where, what, left / 60, left % 60);
	else
		(void)snprintf(line, sizeof(line), "%s: %s", l->where, what);
	progress_say(&l->ui->progress, line);
}

static void
on_note(void *ctx, const char *text)
{
	const struct login *l = ctx;

	ui_warn_target(l->ui, l->where, text);
}

static void
on_open(void *ctx, const char *url, bool again)
{
	const struct login *l = ctx;
	const struct args *a = l->args;

	if (again)
		ui_warn_target(l->ui, l->where, "the address before is void: "
		    "this is the one now");
	loginshow_url(l->ui, &(struct loginshow){ .url = url,
	    .issuer = l->issuer, .whose = l->whose, .target = l->where,
	    .seconds = a->timeout, .by_hand = a->paste });
	if (!a->paste && !a->no_browser && !browser_open(url))
		ui_text(l->ui, "No browser could be opened: open it by hand, "
		    "or interrupt this and use --device-auth.\n\n");
}

static void
on_code(void *ctx, const struct farcode *c)
{
	const struct login *l = ctx;

	loginshow_code(l->ui, &(struct loginshow){ .url = c->url,
	    .code = c->code, .who = l->where, .whose = l->whose,
	    .target = l->where, .seconds = l->args->timeout });
}

static struct secret *
on_paste(void *ctx, const struct err *why)
{
	const struct login *l = ctx;

	if (why != NULL)
		ui_error(l->ui, l->where, why);
	return l->io->ask == NULL ? NULL : l->io->ask(l->io->ctx,
	    "Paste the address (it is not shown): ", false);
}

static int
login_check(const struct args *a, const struct target_spec *to,
    struct err *e)
{
	bool web = a->no_browser || a->paste;

	if (a->device_auth && web) {
		err_set(e, ERR_USAGE, "--no-browser and --paste are of the "
		    "login through a browser");
		return err_hint(e, "run 'codex-provision help tunnel'");
	}
	if (a->paste && a->no_input) {
		err_set(e, ERR_USAGE, "--paste asks for an address, and "
		    "--no-input forbids that");
		return err_hint(e, "leave one of them away");
	}
	if (a->container != NULL && to->kind != &target_ssh)
		return err_set(e, ERR_USAGE, "'%s' names a container already",
		    to->text);
	return 0;
}

/* With --container: the container on that host, as a target of its own. */
static int
place_of(struct target_spec *spec, const struct args *a,
    const struct target_spec *to, struct err *e)
{
	BUF_AUTO b = BUF_INIT(TARGET_BYTES);

	if (a->container == NULL)
		return target_parse(spec, to->text, e);
	if (to->codex_home != NULL)
		return err_set(e, ERR_USAGE, "name the folder in the container "
		    "with --codex-home, not in '%s'", to->text);
	(void)buf_addf(&b, "docker+ssh://%s%s%s%s%s",
	    to->user != NULL ? to->user : "", to->user != NULL ? "@" : "",
	    strchr(to->host, ':') != NULL ? "[" : "", to->host,
	    strchr(to->host, ':') != NULL ? "]" : "");
	if (to->port != 0)
		(void)buf_addf(&b, ":%d", to->port);
	(void)buf_addf(&b, "/%s", a->container);
	if (b.failed)
		return err_set(e, ERR_USAGE, "that name is too long");
	return target_parse(spec, buf_str(&b), e);
}

static int
login_run(struct login *l, const struct target_spec *spec, const char *home,
    struct result *r, struct err *e)
{
	const struct args *a = l->args;
	struct reach out;
	struct farlogin_watcher watcher = { on_stage, on_note, on_open,
		on_code, on_paste, l };
	struct farlogin_plan plan = {
		.target = spec,
		.codex_home = spec->codex_home != NULL ? spec->codex_home :
		    a->codex_home,
		.want = { .issuer = l->issuer,
		    .client_id = a->client_id != NULL ? a->client_id :
			ISSUER_CLIENT_ID },
		.device = a->device_auth,
		.paste = a->paste,
		.backup = a->backup,
		.timeout = a->timeout,
		.ssh = &out.ssh,
		.docker = &out.docker,
		.io = &out.prompt.io,
		.watcher = &watcher,
	};
	int rc;

	if (reach_open(&out, l->ui, a, home, e) == -1)
		return -1;
	plan.signal_fd = out.signal_fd;
	l->io = &out.prompt.io;
	if (a->paste && l->io->ask == NULL) {
		err_set(e, ERR_USAGE, "--paste needs a terminal");
		rc = err_hint(e, "use --device-auth where there is none");
	} else {
		rc = farlogin_run(&plan, r, e);
	}
	reach_close(&out);
	progress_clear(&l->ui->progress);
	return rc;
}

static int
login_exit(const struct result *r)
{
	/* Also where it had to be ended well first. */
	if (r->err.code == ERR_INTERRUPTED || signals_first() != 0)
		return signals_exit();
	if (r->state == STATE_UNKNOWN)
		return EXIT_UNKNOWN;
	return r->err.code == ERR_NONE ? EXIT_SUCCESS : err_exit(r->err.code);
}

int
tunnellogin(struct ui *ui, const struct args *a, const struct target_spec *to)
{
	struct job job = { .op = JOB_PUSH, .claims = true };
	struct login l = { .ui = ui, .args = a };
	struct target_spec spec = { 0 };
	struct err e = ERR_INIT;
	struct result r;
	char *home = NULL, *issuer = NULL;
	bool loopback;
	int status, rc = -1;

	result_init(&r);
	if (login_check(a, to, &e) == 0 && place_of(&spec, a, to, &e) == 0 &&
	    (issuer = issuerurl_base(a->issuer != NULL ? a->issuer :
	    ISSUER_URL, &loopback, &e)) != NULL &&
	    (home = env_home(&e)) != NULL) {
		l.issuer = issuer;
		l.where = spec.text;
		(void)snprintf(l.whose, sizeof(l.whose), " for '%s'",
		    spec.text);
		rc = login_run(&l, &spec, home, &r, &e);
	}
	if (rc == 0)
		report_result(ui, &job, &spec, &r, 0);
	status = rc == 0 ? login_exit(&r) : ui_fail(ui, &e);
	result_clear(&r);
	target_clear(&spec);
	free(issuer);
	free(home);
	return status;
}
