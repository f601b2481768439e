#include "loginshow.h"

#include <stdio.h>

#include "buf.h"
#include "qr.h"
#include "text.h"
#include "ui.h"

#define SHOWN_BYTES (64 * 1024)	/* the QR code's blocks are 3 bytes each */
#define NAME_BYTES  256

static void
show_json(struct ui *ui, const char *name, const struct loginshow *s)
{
	cJSON *o = cJSON_CreateObject(), *login = cJSON_CreateObject();

	ui_json_text(login, "url", s->url);
	if (s->code != NULL)
		ui_json_text(login, "user_code", s->code);
	cJSON_AddNumberToObject(login, "seconds", s->seconds);
	if (s->target != NULL)
		ui_json_text(login, "for", s->target);
	ui_json_add(o, name, login);
	ui_json(ui, o);
}

void
loginshow_url(struct ui *ui, const struct loginshow *s)
{
	BUF_AUTO b = BUF_INIT(SHOWN_BYTES);

	buf_addf(&b, "\nLog in%s at %s in a browser%s:\n\n%s\n\n", s->whose,
	    s->issuer, s->by_hand ? "" : " on this machine", s->url);
	if (s->by_hand)
		buf_adds(&b, "It ends at an address of this machine that does "
		    "not open: copy that address.\n\n");
	ui_text(ui, buf_str(&b));
	if (ui->json)
		show_json(ui, "browser", s);
}

void
loginshow_code(struct ui *ui, const struct loginshow *s)
{
	int minutes = (s->seconds + 59) / 60;
	BUF_AUTO b = BUF_INIT(SHOWN_BYTES);
	char safe[NAME_BYTES];

	buf_addf(&b, "\nTo log in%s, open this page in a browser, here or on "
	    "any other device:\n\n    %s\n\n", s->whose, s->url);
	if (qr_fits(stderr))
		(void)qr_draw(&b, s->url, ui->color);
	buf_addf(&b, "and enter this code within %d minute%s:\n\n"
	    "    %s%s%s\n\n", minutes, minutes == 1 ? "" : "s",
	    ui_paint(ui, UI_GOOD), s->code, ui_paint(ui, UI_PLAIN));
	buf_addf(&b, "It lets '%s' use your account. Enter it only if you "
	    "began this login yourself,\nand never give it to anybody: such "
	    "codes are a common way to steal accounts.\n\n",
	    text_safes(safe, sizeof(safe), s->who));
	ui_text(ui, buf_str(&b));
	if (ui->json)
		show_json(ui, "device", s);
}
