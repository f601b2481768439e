#include "statusfar.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include <sodium.h>

#include "args.h"
#include "buf.h"
#include "codexuse.h"
#include "cred.h"
#include "err.h"
#include "report.h"
#include "run.h"
#include "survey.h"
#include "target.h"
#include "text.h"
#include "ui.h"
#include "verdict.h"

#define ROW_BYTES	(16 * 1024)	/* with its notes */
#define CELL_BYTES	256
#define NAMES_MAX	8	/* that a note lists; a fleet may share it all */

enum { COL_TARGET, COL_LOGIN, COL_WHO, COL_PLAN, COL_EXPIRES, COL_CODEX,
	COLS };

struct table {
	struct job	 job;
	unsigned char	 key[SURVEY_KEY_LEN];
	int		 width[COLS];
};

static void
settle(void *ctx, const struct target_spec *spec, struct result *r)
{
	(void)ctx;
	(void)spec;
	verdict_warn(r);
}

/* ---- the same refresh token in several places ---- */

static const struct survey *
token_of(const struct run_held *h)
{
	const struct survey *s = h->r->survey;

	return s != NULL && s->has_token ? s : NULL;
}

/*
 * The digests are of this call alone, so equal ones mean the same token. For
 * one target at a time: of all of them it would be the square of a fleet.
 */
static void
find_shared(const struct run_held *held, size_t n, size_t i)
{
	for (size_t k = 0; token_of(&held[i]) != NULL && k < n; k++) {
		if (k == i || token_of(&held[k]) == NULL ||
		    memcmp(held[i].r->survey->token,
		    held[k].r->survey->token, SURVEY_TOKEN_LEN) != 0)
			continue;
		(void)buf_addf(&held[i].r->survey->shared, "%s\n",
		    held[k].spec->text);
	}
}

static void
forget_shared(const struct run_held *h)
{
	if (token_of(h) != NULL)
		buf_clear(&h->r->survey->shared);
}

/* ---- the table ---- */

static const char *
who(const struct cred *c)
{
	return c->email[0] != '\0' ? c->email : c->account;
}

static void
cell(char out[CELL_BYTES], const struct run_held *h, int col)
{
	const struct result *r = h->r;
	bool there = r->state == STATE_PRESENT;
	char when[REPORT_TIME_LEN], text[CELL_BYTES];
	struct codexuse use;
	const char *s = "";

	switch (col) {
	case COL_TARGET:
		s = h->spec->text;
		break;
	case COL_LOGIN:
		s = there ? cred_mode_name(r->there.mode) :
		    target_state_name(r->state);
		break;
	case COL_WHO:
		s = there ? who(&r->there) : "";
		break;
	case COL_PLAN:
		s = there ? r->there.plan : "";
		break;
	case COL_EXPIRES:
		if (!there || r->there.expires == 0)
			break;
		(void)snprintf(text, sizeof(text), "%s%s",
		    report_time(when, r->there.expires), codexuse_expired(
		    &r->there, verdict_now(r, time(NULL))) ? " (over)" : "");
		s = text;
		break;
	case COL_CODEX:
		verdict_result(r, time(NULL), &use);
		s = !there ? err_name(r->err.code) :
		    use.answer == CODEXUSE_YES ? "uses it" :
		    use.answer == CODEXUSE_NO ? "would not use it" :
		    "may use it";
		break;
	default:
		break;
	}
	if (*s == '\0' || (col == COL_CODEX && !there &&
	    r->err.code == ERR_NONE))
		s = "-";
	text_safes(out, CELL_BYTES, s);
}

static void
row(struct buf *b, const struct table *t, const struct run_held *h)
{
	static const char *const heads[COLS] = { "TARGET", "LOGIN", "WHO",
		"PLAN", "EXPIRES", "CODEX" };
	char text[CELL_BYTES];

	for (int c = 0; c < COLS; c++) {
		if (h != NULL)
			cell(text, h, c);
		else
			(void)snprintf(text, sizeof(text), "%s", heads[c]);
		(void)buf_addf(b, "%-*s%s", c < COLS - 1 ? t->width[c] : 0,
		    text, c < COLS - 1 ? "  " : "\n");
	}
}

/* What stands below a row: why not, and who else has that token. */
static void
notes(struct buf *b, const struct run_held *h)
{
	struct codexuse use;
	char safe[CELL_BYTES];
	const char *s, *end;
	size_t n = 0;

	verdict_result(h->r, time(NULL), &use);
	for (size_t i = 0; h->r->state == STATE_PRESENT && i < use.nwhy; i++)
		(void)buf_addf(b, "    %s\n", use.why[i]);
	if (h->r->survey == NULL || h->r->survey->shared.len == 0)
		return;
	(void)buf_adds(b, "    the same refresh token as");
	for (s = buf_str(&h->r->survey->shared); *s != '\0'; s = end + 1) {
		end = strchr(s, '\n');
		if (n++ < NAMES_MAX)
			(void)buf_addf(b, " %s", text_safe(safe, sizeof(safe),
			    s, (size_t)(end - s)));
	}
	if (n > NAMES_MAX)
		(void)buf_addf(b, " and %zu more", n - NAMES_MAX);
	(void)buf_adds(b, ": the first that refreshes signs the others out\n");
}

/* The heads for NULL. */
static void
say_row(struct ui *ui, const struct table *t, const struct run_held *h)
{
	BUF_AUTO b = BUF_INIT(ROW_BYTES);

	row(&b, t, h);
	if (h != NULL)
		notes(&b, h);
	ui_out(ui, buf_str(&b));
}

static void
table(struct ui *ui, struct table *t, const struct run_held *held, size_t n)
{
	static const int heads[COLS] = { 6, 5, 3, 4, 7, 5 };
	char text[CELL_BYTES];

	memcpy(t->width, heads, sizeof(heads));
	for (size_t i = 0; i < n; i++) {
		for (int c = 0; c < COLS; c++) {
			cell(text, &held[i], c);
			if ((int)strlen(text) > t->width[c])
				t->width[c] = (int)strlen(text);
		}
	}
	say_row(ui, t, NULL);
	for (size_t i = 0; i < n; i++) {
		find_shared(held, n, i);
		say_row(ui, t, &held[i]);
		forget_shared(&held[i]);
	}
}

static void
all(void *ctx, struct ui *ui, struct run_held *held, size_t n)
{
	struct table *t = ctx;

	if (!ui->json && !ui->quiet)
		table(ui, t, held, n);
	for (size_t i = 0; i < n; i++) {
		if (ui->json)
			find_shared(held, n, i);
		report_result(ui, &t->job, held[i].spec, held[i].r, 0);
		forget_shared(&held[i]);
	}
}

int
statusfar(struct ui *ui, const struct args *a)
{
	struct table t = { .job = { .op = JOB_STATUS } };
	struct run_hooks hooks = { .ctx = &t, .settle = settle, .all = all };

	randombytes_buf(t.key, sizeof(t.key));
	run_job(&t.job, a);
	t.job.survey = t.key;
	return run_targets(ui, a, &t.job, &hooks);
}
