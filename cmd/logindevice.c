#include "logindevice.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "args.h"
#include "buf.h"
#include "devicelogin.h"
#include "env.h"
#include "loginrun.h"
#include "qr.h"
#include "text.h"
#include "ui.h"

#define SHOWN_BYTES (64 * 1024)	/* the QR code's blocks are 3 bytes each */
#define NAME_BYTES  256

struct device {
	struct loginrun	*run;
	struct devicelogin *login;
	bool		 shown;
};

static void
show_json(const struct loginrun *r, const char *url, const char *code)
{
	cJSON *o = cJSON_CreateObject(), *device = cJSON_CreateObject();

	ui_json_text(device, "url", url);
	ui_json_text(device, "user_code", code);
	cJSON_AddNumberToObject(device, "seconds", r->seconds);
	if (r->target != NULL)
		ui_json_text(device, "for", r->target);
	ui_json_add(o, "device", device);
	ui_json(r->ui, o);
}

/* RFC 8628 5.3, 5.4: who gets in by this code, and whom not to trust. */
static void
show_text(struct buf *b, const struct loginrun *r, const char *url,
    const char *code)
{
	char host[NAME_BYTES] = "", safe[NAME_BYTES], whose[LOGINRUN_WHOSE];
	int minutes = (r->seconds + 59) / 60;

	(void)gethostname(host, sizeof(host) - 1);	/* "" will do */
	buf_addf(b, "\nTo log in%s, open this page in a browser, here or on "
	    "any other device:\n\n    %s\n\n", loginrun_whose(r, whose), url);
	if (qr_fits(stderr))
		(void)qr_draw(b, url, r->ui->color);
	buf_addf(b, "and enter this code, which works for %d minute%s:\n\n"
	    "    %s%s%s\n\n", minutes, minutes == 1 ? "" : "s",
	    ui_paint(r->ui, UI_GOOD), code, ui_paint(r->ui, UI_PLAIN));
	buf_addf(b, "It lets '%s' use your account. Enter it only if you began "
	    "this login yourself,\nand never give it to anybody: such codes "
	    "are a common way to steal accounts.\n\n",
	    text_safes(safe, sizeof(safe),
	    r->target != NULL ? r->target : host));
}

static void
show(void *ctx, const char *url, const char *code)
{
	struct device *d = ctx;
	struct ui *ui = d->run->ui;
	BUF_AUTO b = BUF_INIT(SHOWN_BYTES);

	show_text(&b, d->run, url, code);
	ui_text(ui, buf_str(&b));
	if (ui->json)
		show_json(d->run, url, code);
	d->shown = true;
}

static void
countdown(void *ctx)
{
	const struct device *d = ctx;
	int64_t left = devicelogin_due(d->login) - loop_now(d->run->loop);
	char line[NAME_BYTES];

	if (!d->shown || left < 0)
		return;
	(void)snprintf(line, sizeof(line), "waiting for the browser: %d:%02d "
	    "left", (int)(left / 60000), (int)(left / 1000 % 60));
	progress_say(&d->run->ui->progress, line);
}

static void
device_ended(void *ctx, struct secret *authjson_take, const struct err *why)
{
	loginrun_ended(((struct device *)ctx)->run, authjson_take, why);
}

struct secret *
logindevice(struct loginrun *r, struct err *e)
{
	struct device d = { .run = r };
	struct secret *done;

	r->each_second = countdown;
	r->ctx = &d;
	d.login = devicelogin_new(r->loop, &(struct devicelogin_ask){
	    .issuer = r->issuer, .seconds = r->seconds, .show = show,
	    .ended = device_ended, .ctx = &d }, e);
	if (d.login == NULL)
		return NULL;
	done = loginrun_wait(r, e);
	r->each_second = NULL;
	devicelogin_free(d.login);
	return done;
}
