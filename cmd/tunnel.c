/*
 * tunnel - a login over there that ends in the browser here; or, with -N or a
 * command, the plain forward alone.
 */
#include "tunnel.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "args.h"
#include "buf.h"
#include "callback.h"
#include "command.h"
#include "env.h"
#include "err.h"
#include "reach.h"
#include "signals.h"
#include "target.h"
#include "terminal.h"
#include "tunnellogin.h"
#include "ui.h"

#define CONNECT_TIMEOUT	30	/* s, where none is given */
#define COMMAND_BYTES	(128 << 10)

struct session {
	struct ui	*ui;
	const struct args *args;
	const char	*target;
	struct terminal	 terminal;
	int		 notes;		/* signals_hold_terminal's */
};

static void
on_ready(void *ctx, const char *warning)
{
	struct session *s = ctx;
	cJSON *o;

	if (warning != NULL)
		ui_warn_target(s->ui, s->target, warning);
	if (!s->args->forward_only)
		return;
	if (s->ui->json) {
		o = cJSON_CreateObject();
		ui_json_text(o, "target", s->target);
		ui_json_text(o, "state", "forwarding");
		ui_json_add(o, "port", cJSON_CreateNumber(CALLBACK_PORT));
		ui_json(s->ui, o);
	} else if (!s->ui->quiet) {
		BUF_AUTO b = BUF_INIT(1024);

		buf_addf(&b, "port %d here leads to port %d of %s; Ctrl-C "
		    "ends it\n", CALLBACK_PORT, CALLBACK_PORT, s->target);
		ui_text(s->ui, buf_str(&b));
	}
}

/* Not into a screen that is somebody else's. */
static void
on_refused(void *ctx, const struct err *why)
{
	struct session *s = ctx;

	if (!s->terminal.raw)
		ui_warn_target(s->ui, s->target, why->text);
}

static void
on_raw(void *ctx, struct tunnel *t)
{
	struct session *s = ctx;
	struct ttysize size;

	terminal_raw(&s->terminal, true);
	(void)signals_hold_terminal(true);	/* a prompt has let them go */
	size = terminal_size(&s->terminal);
	tunnel_resize(t, &size);
}

/* The terminal has another size, or we are to stop, or go on again. */
static void
on_noted(void *ctx, struct tunnel *t)
{
	struct session *s = ctx;
	struct ttysize size;
	bool raw = s->terminal.raw, stop = false;
	char byte;

	while (read(s->notes, &byte, 1) == 1)
		stop |= byte == SIGTSTP;
	if (stop) {
		terminal_raw(&s->terminal, false);
		signals_stop();
	}
	if (raw)
		terminal_raw(&s->terminal, true);
	size = terminal_size(&s->terminal);
	tunnel_resize(t, &size);
}

static int
session_run(struct session *s, const struct target_spec *to,
    const char *command, const char *home, int *status, struct err *e)
{
	struct reach out;
	struct tunnel_watcher watcher = { s, on_ready, on_refused, on_raw,
		on_noted };
	struct tunnel_plan plan = {
		.target = to,
		.local_port = CALLBACK_PORT,
		.far_port = CALLBACK_PORT,
		.timeout = s->args->timeout != COMMAND_TUNNEL_TIMEOUT ?
		    s->args->timeout : CONNECT_TIMEOUT,
		.command = command,
		.ssh = &out.ssh,
		.io = &out.prompt.io,
		.note_fd = -1,
		.watcher = &watcher,
	};
	int rc;

	if (reach_open(&out, s->ui, s->args, home, e) == -1)
		return -1;
	plan.signal_fd = out.signal_fd;
	terminal_open(&s->terminal);
	plan.user = (struct ttychan_user){ STDIN_FILENO, s->terminal.out,
		STDERR_FILENO, s->terminal.tty, env_get("TERM"),
		terminal_size(&s->terminal) };
	if (plan.user.term == NULL)
		plan.user.term = "dumb";
	if (command != NULL && s->terminal.tty)
		plan.note_fd = s->notes = signals_hold_terminal(true);
	rc = tunnel_run(&plan, status, e);
	reach_close(&out);
	terminal_close(&s->terminal);
	(void)signals_hold_terminal(false);
	return rc;
}

/* The words as one line, as ssh sends them. */
static int
join(struct buf *b, const struct args *a, struct err *e)
{
	for (size_t i = 0; i < a->nrest; i++) {
		if (i > 0)
			buf_adds(b, " ");
		buf_adds(b, a->rest[i]);
	}
	if (b->failed)
		return err_set(e, ERR_USAGE, "the command is longer than %d "
		    "bytes", COMMAND_BYTES);
	return 0;
}

static int
tunnel_plain(struct ui *ui, const struct args *a,
    const struct target_spec *to)
{
	BUF_AUTO command = BUF_INIT(COMMAND_BYTES);
	struct session s = { .ui = ui, .args = a, .target = to->text };
	struct err e = ERR_INIT;
	char *home = NULL;
	int status = 0, rc = -1;

	if (to->kind != &target_ssh)
		err_set(&e, ERR_USAGE, "'%s' is no SSH host", to->text);
	else if (a->forward_only && a->rest != NULL)
		err_set(&e, ERR_USAGE, "-N runs no command");
	else if (!a->forward_only && a->nrest == 0)
		err_set(&e, ERR_USAGE, "'--' wants a command after it");
	else if (join(&command, a, &e) == 0 && (home = env_home(&e)) != NULL)
		rc = session_run(&s, to, a->forward_only ? NULL :
		    buf_str(&command), home, &status, &e);
	free(home);
	if (rc == 0)
		return status;
	/* Ctrl-C is how a forward ends, also at a prompt. */
	if (signals_first() != 0 || e.code == ERR_INTERRUPTED)
		return signals_exit();
	return ui_fail(ui, &e);
}

int
command_tunnel(struct ui *ui, const struct args *a)
{
	struct target_spec to;
	struct err e = ERR_INIT;
	int status;

	if (target_parse(&to, a->operands[0], &e) == -1)
		return ui_fail(ui, &e);
	status = a->forward_only || a->rest != NULL ? tunnel_plain(ui, a, &to) :
	    tunnellogin(ui, a, &to);
	target_clear(&to);
	return status;
}
