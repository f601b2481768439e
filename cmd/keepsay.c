#include "keepsay.h"

#include <time.h>

#include "args.h"
#include "buf.h"
#include "keepround.h"
#include "report.h"
#include "ui.h"

#define LINE_BYTES 4096
#define SECOND	   1000	/* ms */

static const char *
word(const struct keep *k, const struct keepround *r)
{
	static const char *const words[] = {
		[KEEPREFRESH_DONE] = "refreshed",
		[KEEPREFRESH_FRESH] = "fresh",
		[KEEPREFRESH_AGAIN] = "failed",
		[KEEPREFRESH_REFUSED] = "refused",
		[KEEPREFRESH_UNKNOWN] = "unknown",
		[KEEPREFRESH_ASIDE] = "not_stored",
	};

	if (k->lost)
		return "failed";
	return r->tried || !k->dead ? words[r->state] :
	    words[KEEPREFRESH_REFUSED];
}

/* When there is something to do, as far as is known; 0: who knows. */
static int64_t
next(const struct keep *k)
{
	int64_t now = loop_clock(), at = keepround_next(k);

	if (at - now < LOOP_NEVER / 2 && at <= k->not_before)
		return time(NULL) + (k->not_before - now) / SECOND;
	for (size_t i = 0; i < k->targets.n; i++) {
		if (k->turns[i].due == at)
			return time(NULL) + (at - now) / SECOND;
	}
	return k->dead ? 0 : k->due;
}

static void
say_json(struct keep *k, const struct keepround *r)
{
	cJSON *line = cJSON_CreateObject(), *o = cJSON_CreateObject();
	char when[REPORT_TIME_LEN];
	int64_t at = next(k);

	ui_json_text(o, "at", report_time(when, time(NULL)));
	ui_json_text(o, "refresh", word(k, r));
	if (k->account[0] != '\0')
		ui_json_text(o, "account", k->account);
	if (k->expires != 0)
		ui_json_text(o, "expires", report_time(when, k->expires));
	report_counts(o, &r->n);
	if (at != 0)
		ui_json_text(o, "next", report_time(when, at));
	if (r->why.code != ERR_NONE)
		ui_json_add(o, "error", ui_json_error(&r->why));
	ui_json_warnings(k->ui, o);
	ui_json_add(line, "round", o);
	ui_json(k->ui, line);
}

static void
say_human(struct keep *k, const struct keepround *r)
{
	BUF_AUTO b = BUF_INIT(LINE_BYTES);
	char when[REPORT_TIME_LEN];
	int64_t at = next(k);

	buf_addf(&b, "%s  %s", report_time(when, time(NULL)), word(k, r));
	if (k->expires != 0)
		buf_addf(&b, ", ends %s", report_time(when, k->expires));
	if (r->n.total > 0) {
		buf_adds(&b, "; ");
		report_counted(&b, &r->n);
	}
	if (at != 0 && !k->args->once)
		buf_addf(&b, "; next %s", report_time(when, at));
	buf_adds(&b, "\n");
	ui_out(k->ui, buf_str(&b));
}

void
keepsay(struct keep *k, const struct keepround *r, bool first)
{
	if (r->why.code != ERR_NONE)
		ui_error(k->ui, NULL, &r->why);
	if (!first && !r->tried && !r->leased && r->why.code == ERR_NONE)
		return;
	if (k->ui->json)
		say_json(k, r);
	else if (!k->ui->quiet)
		say_human(k, r);
}
