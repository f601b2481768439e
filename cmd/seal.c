/*
 * seal - prints a login as a text that only its recipients can open.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "args.h"
#include "armor.h"
#include "buf.h"
#include "command.h"
#include "cred.h"
#include "duration.h"
#include "err.h"
#include "recipients.h"
#include "report.h"
#include "seal.h"
#include "source.h"
#include "ui.h"

#define EXPIRES_DEFAULT 600	/* seconds */
#define TEXT_MAX	(2 * SEAL_BYTES_MAX)

/* What is worth knowing before the text is sent. */
static void
warn(struct ui *ui, const struct recipients *to, const struct cred *c)
{
	if (c->mode == CRED_CHATGPT && c->refreshable)
		ui_warn(ui, "a ChatGPT refresh token works once: the first "
		    "copy that Codex refreshes signs all others out, this "
		    "machine's too");
	source_warn(ui, c);
	if (to->passed > 0)
		ui_warn(ui, "%zu of the SSH keys are not ssh-ed25519, or a "
		    "certificate authority's: they will not open the text",
		    to->passed);
	if (to->n > 1)
		ui_warn(ui, "%zu keys can open the text, each once on the "
		    "machine where it is", to->n);
}

/* ui_json_text would escape its line ends. */
static void
tell(struct ui *ui, const char *text, const struct recipients *to,
    const struct cred *c, int64_t expires)
{
	char when[REPORT_TIME_LEN];
	cJSON *o;

	if (!ui->json) {
		ui_out(ui, text);
		return;
	}
	o = cJSON_CreateObject();
	ui_json_add(o, "sealed", cJSON_CreateString(text));
	ui_json_text(o, "expires", report_time(when, expires));
	cJSON_AddNumberToObject(o, "recipients", (double)to->n);
	if (c->account[0] != '\0')
		ui_json_text(o, "account", c->account);
	ui_json_warnings(ui, o);
	ui_json(ui, o);
}

static int
seal(struct ui *ui, const struct args *a, const struct recipients *to,
    const struct cred *c)
{
	BUF_AUTO sealed = BUF_INIT(SEAL_BYTES_MAX);
	BUF_AUTO text = BUF_INIT(TEXT_MAX);
	struct err e = ERR_INIT;
	int64_t expires = EXPIRES_DEFAULT;

	if (a->expires != NULL)
		(void)duration_parse(a->expires, &expires);	/* valid */
	expires += time(NULL);
	if (seal_close(&sealed, c->bytes, to->v, to->n, expires, &e) == -1)
		return ui_fail(ui, &e);
	if (armor_write(&text, sealed.p, sealed.len) == -1) {
		err_memory(&e);
		return ui_fail(ui, &e);
	}
	warn(ui, to, c);
	tell(ui, buf_str(&text), to, c, expires);
	return EXIT_SUCCESS;
}

static bool
is_stdin(const char *value)
{
	return value != NULL && strcmp(value, "-") == 0;
}

static int
read_recipients(struct recipients *to, const struct args *a, struct err *e)
{
	bool twice = is_stdin(a->from) || is_stdin(a->passphrase_file);

	if (a->to.n == 0) {
		err_set(e, ERR_USAGE, "'seal' needs --to RECIPIENT");
		return err_hint(e, "run 'codex-provision recipient' on the "
		    "machine that is to open it");
	}
	for (size_t i = 0; i < a->to.n; i++) {
		if (is_stdin(a->to.v[i]) && twice)
			return err_set(e, ERR_USAGE, "standard input can be "
			    "read for one option only");
		twice |= is_stdin(a->to.v[i]);
		if (recipients_add(to, a->to.v[i], e) == -1)
			return -1;
	}
	return 0;
}

int
command_seal(struct ui *ui, const struct args *a)
{
	struct recipients to = { .n = 0 };
	struct err e = ERR_INIT;
	struct cred c = { 0 };
	int status;

	if (read_recipients(&to, a, &e) == -1 ||
	    source_read(&c, ui, a, &e) == -1)
		return ui_fail(ui, &e);
	status = seal(ui, a, &to, &c);
	cred_clear(&c);
	return status;
}
