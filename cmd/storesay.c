#include "storesay.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "buf.h"
#include "codexuse.h"
#include "cred.h"
#include "report.h"
#include "text.h"
#include "ui.h"
#include "vaultimage.h"

#define LINE_BYTES  4096
#define TABLE_BYTES (8u << 20)	/* of the most entries there can be */
#define TARGET_BYTES (VAULT_NAME_MAX + sizeof("store:"))

/* What a table shows, its head first. */
enum column { NAME, MODE, LOGIN, PLAN, EXPIRES, REFRESHED, COLUMNS };

static cJSON *
object(const char *name, enum target_state state, const struct cred *says)
{
	cJSON *o = cJSON_CreateObject();
	char target[TARGET_BYTES];

	(void)snprintf(target, sizeof(target), "store:%s", name);
	ui_json_text(o, "target", target);
	ui_json_text(o, "kind", "store");
	ui_json_text(o, "state", target_state_name(state));
	if (says != NULL)
		report_claims(o, says);
	return o;
}

/* Of several, the first carries what holds for the store. */
static cJSON *
entry_object(struct ui *ui, const struct vault_entry *en)
{
	cJSON *o = object(en->name, STATE_PRESENT, &en->says);
	char when[REPORT_TIME_LEN];

	ui_json_text(o, "added", report_time(when, en->added));
	ui_json_text(o, "changed", report_time(when, en->changed));
	ui_json_warnings(ui, o);
	return o;
}

static const char *
login_of(const struct cred *c)
{
	return c->email[0] != '\0' ? c->email : c->account;
}

void
storesay(struct ui *ui, const char *name, enum target_state state,
    const struct cred *says)
{
	BUF_AUTO b = BUF_INIT(LINE_BYTES);

	if (ui->json) {
		cJSON *o = object(name, state, says);

		ui_json_warnings(ui, o);
		ui_json(ui, o);
		return;
	}
	if (ui->quiet)
		return;
	buf_addf(&b, "store:%s  %s%s%s", name,
	    ui_paint(ui, UI_GOOD), target_state_name(state),
	    ui_paint(ui, UI_PLAIN));
	if (says != NULL)
		buf_addf(&b, "  %s%s%s", cred_mode_name(says->mode),
		    login_of(says)[0] != '\0' ? ", " : "", login_of(says));
	buf_adds(&b, "\n");
	ui_out(ui, buf_str(&b));
}

/* The cells of one entry; NULL: the head. Borrowed from en and when. */
static void
cells(const char *cell[COLUMNS], const struct vault_entry *en,
    char when[REPORT_TIME_LEN])
{
	static const char *const head[COLUMNS] = { "NAME", "MODE", "LOGIN",
		"PLAN", "EXPIRES", "REFRESHED" };

	if (en == NULL) {
		memcpy(cell, head, sizeof(head));
		return;
	}
	cell[NAME] = en->name;
	cell[MODE] = cred_mode_name(en->says.mode);
	cell[LOGIN] = login_of(&en->says);
	cell[PLAN] = en->says.plan;
	cell[EXPIRES] = en->says.expires == 0 ? "" :
	    report_time(when, en->says.expires);
	cell[REFRESHED] = en->says.last_refresh;
	for (int i = 0; i < COLUMNS; i++) {
		if (cell[i][0] == '\0')
			cell[i] = "-";
	}
}

static void
widen(int width[COLUMNS], const struct vault_entry *en)
{
	char when[REPORT_TIME_LEN];
	const char *cell[COLUMNS];

	cells(cell, en, when);
	for (int i = 0; i < COLUMNS; i++) {
		if ((int)strlen(cell[i]) > width[i])
			width[i] = (int)strlen(cell[i]);
	}
}

static void
add_row(struct buf *b, const int width[COLUMNS], const struct vault_entry *en)
{
	char when[REPORT_TIME_LEN];
	const char *cell[COLUMNS];

	cells(cell, en, when);
	for (int i = 0; i < COLUMNS - 1; i++)
		buf_addf(b, "%-*s  ", width[i], cell[i]);
	buf_addf(b, "%s\n", cell[COLUMNS - 1]);
}

void
storesay_list(struct ui *ui, const struct vaultimage *v)
{
	BUF_AUTO b = BUF_INIT(TABLE_BYTES);
	int width[COLUMNS] = { 0 };

	if (ui->json) {
		for (size_t i = 0; i < v->n; i++)
			ui_json(ui, entry_object(ui, &v->entries[i]));
		return;
	}
	widen(width, NULL);
	for (size_t i = 0; i < v->n; i++)
		widen(width, &v->entries[i]);
	add_row(&b, width, NULL);
	for (size_t i = 0; i < v->n; i++)
		add_row(&b, width, &v->entries[i]);
	ui_out(ui, buf_str(&b));
}

static void
row(struct buf *b, const char *name, const char *value)
{
	if (*value != '\0')
		buf_addf(b, "%-13s %s\n", name, value);
}

static void
show_human(struct ui *ui, const struct vault_entry *en,
    const struct codexuse *use)
{
	BUF_AUTO b = BUF_INIT(LINE_BYTES);
	char when[REPORT_TIME_LEN];

	row(&b, "name", en->name);
	row(&b, "mode", cred_mode_name(en->says.mode));
	row(&b, "account", en->says.account);
	row(&b, "workspace", en->says.workspace);
	row(&b, "email", en->says.email);
	row(&b, "plan", en->says.plan);
	if (en->says.expires != 0)
		buf_addf(&b, "%-13s %s%s\n", "expires",
		    report_time(when, en->says.expires),
		    codexuse_expired(&en->says, time(NULL)) ? " (over)" : "");
	row(&b, "last_refresh", en->says.last_refresh);
	row(&b, "added", report_time(when, en->added));
	row(&b, "changed", report_time(when, en->changed));
	for (size_t i = 0; use->answer == CODEXUSE_NO && i < use->nwhy; i++)
		buf_addf(&b, "%-13s would not use it: %s\n", "codex",
		    use->why[i]);
	ui_out(ui, buf_str(&b));
}

void
storesay_show(struct ui *ui, const struct vault_entry *en)
{
	const struct codexuse_facts facts = { .cred = &en->says,
		.now = time(NULL) };
	struct codexuse use;

	codexuse_judge(&facts, &use);
	if (ui->json) {
		cJSON *o = entry_object(ui, en);

		report_codex(o, &use);
		ui_json(ui, o);
	} else {
		show_human(ui, en, &use);
	}
}

void
storesay_rekeyed(struct ui *ui, size_t n)
{
	BUF_AUTO b = BUF_INIT(LINE_BYTES);

	if (ui->json) {
		cJSON *o = cJSON_CreateObject();

		ui_json_text(o, "target", "store");
		ui_json_text(o, "kind", "store");
		ui_json_text(o, "state", target_state_name(STATE_WRITTEN));
		ui_json_warnings(ui, o);
		ui_json(ui, o);
	} else if (!ui->quiet) {
		buf_addf(&b, "new passphrase, %zu credential%s sealed "
		    "anew\n", n, n == 1 ? "" : "s");
		ui_out(ui, buf_str(&b));
	}
}
