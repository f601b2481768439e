/*
 * unseal - opens a sealed text from standard input and installs what is in it
 * on this machine.
 *
 * Who sealed it is not known (seal.c, rule 4): so another account's login is
 * not replaced without --force, and which login it is is said.
 */
#include <errno.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "args.h"
#include "armor.h"
#include "command.h"
#include "cred.h"
#include "duration.h"
#include "env.h"
#include "err.h"
#include "identity.h"
#include "local.h"
#include "report.h"
#include "run.h"
#include "seal.h"
#include "sealseen.h"
#include "secret.h"
#include "signals.h"
#include "target.h"
#include "ui.h"

#define READ_BYTES 4096
#define AHEAD_MAX  86400	/* seconds that the sealer's clock may be ahead */

/*
 * Reads until END, not until the end of input: who pastes it into a console
 * need not know how to type that.
 */
static int
read_text(struct ui *ui, struct armor *a, struct err *e)
{
	char part[READ_BYTES];
	ssize_t n = 1;

	if (isatty(STDIN_FILENO) == 1 && !ui->quiet)
		ui_text(ui, "Paste the sealed text:\n");
	while (n != 0 && !a->done) {
		n = read(STDIN_FILENO, part, sizeof(part));
		if (n == -1 && errno != EINTR)
			return err_sys(e, ERR_BAD_CREDENTIAL, errno,
			    "cannot read the standard input");
		if (n > 0)
			armor_feed(a, part, (size_t)n);
	}
	if (armor_end(a, e) == 0)
		return 0;
	return err_wrap(e, "cannot read the sealed text");
}

/* What is true of a text once it is open. */
static int
judge(const struct seal *about, const struct sealseen *seen, int64_t now,
    struct err *e)
{
	char until[REPORT_TIME_LEN], at[REPORT_TIME_LEN];

	report_time(until, about->expires);
	report_time(at, now);
	if (sealseen_has(seen, about)) {
		err_set(e, ERR_BAD_CREDENTIAL,
		    "the sealed text was opened here already");
	} else if (about->expires <= now) {
		err_set(e, ERR_BAD_CREDENTIAL, "the sealed text expired at %s,"
		    " and this machine's clock says %s", until, at);
	} else if (about->expires > now + DURATION_MAX + AHEAD_MAX) {
		err_set(e, ERR_BAD_CREDENTIAL, "the sealed text expires at %s,"
		    " later than any does: this machine's clock says %s",
		    until, at);
		return err_hint(e, "set the clock right");
	} else {
		return 0;
	}
	return err_hint(e, "ask for a new one: codex-provision seal --to ...");
}

/* Installs it, and has it remembered that it was opened (sealseen.c). */
static int
install(struct ui *ui, const struct args *a, const struct cred *c,
    const struct seal *about, struct sealseen *seen)
{
	struct job job = { .op = JOB_PUSH, .cred = c };
	struct err e = ERR_INIT;
	struct result r;
	int status;

	run_job(&job, a);
	result_init(&r);
	if (signals_open(&r.err) == -1)
		result_end(&r, STATE_FAILED);
	else
		local_install(&r, &job);
	if ((r.state == STATE_WRITTEN || r.state == STATE_UNCHANGED) &&
	    !job.dry_run && sealseen_add(seen, about, time(NULL), &e) == -1)
		result_warn(&r, "the text could be opened here again: %s",
		    e.text);
	status = local_report(ui, &job, &r);
	result_clear(&r);
	return status;
}

/* Judges what came out of the text, and installs it. */
static int
use(struct ui *ui, const struct args *a, const struct seal *about,
    struct secret *what_take)
{
	struct err e = ERR_INIT;
	char *dir = env_datadir(&e);
	SEALSEEN_AUTO *seen = NULL;
	struct cred c = { 0 };
	int status;

	if (dir != NULL)
		seen = sealseen_open(dir, &e);
	free(dir);
	if (seen == NULL || judge(about, seen, time(NULL), &e) == -1) {
		secret_free(what_take);
		return ui_fail(ui, &e);
	}
	if (cred_parse(&c, what_take, &e) == -1) {
		(void)err_wrap(&e, "cannot use what was sealed");
		return ui_fail(ui, &e);
	}
	status = install(ui, a, &c, about, seen);
	cred_clear(&c);
	return status;
}

int
command_unseal(struct ui *ui, const struct args *a)
{
	struct err e = ERR_INIT;
	struct secret *what = NULL;
	struct armor text;
	struct seal about;
	int status;

	armor_begin(&text, SEAL_BYTES_MAX);
	if (read_text(ui, &text, &e) == 0)
		what = identity_open(ui, a, &text, &about, &e);
	status = what == NULL ? ui_fail(ui, &e) : use(ui, a, &about, what);
	armor_clear(&text);
	return signals_first() != 0 ? signals_exit() : status;
}
