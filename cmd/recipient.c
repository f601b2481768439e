/*
 * recipient - prints the key that others seal for, making it on first use.
 */
#include <stdlib.h>

#include "command.h"
#include "env.h"
#include "err.h"
#include "recipient.h"
#include "recipientkey.h"
#include "secret.h"
#include "ui.h"

static void
tell(struct ui *ui, const struct secret *key)
{
	char text[RECIPIENT_TEXT_LEN], line[RECIPIENT_TEXT_LEN + 1];
	struct recipient r;
	cJSON *o;

	recipient_of(&r, key);
	recipient_text(text, &r);
	if (ui->json) {
		o = cJSON_CreateObject();
		ui_json_text(o, "recipient", text);
		ui_json(ui, o);
	} else {
		(void)snprintf(line, sizeof(line), "%s\n", text);
		ui_out(ui, line);
	}
}

int
command_recipient(struct ui *ui, const struct args *a)
{
	struct err e = ERR_INIT;
	char *dir = env_datadir(&e);
	SECRET_AUTO *key = NULL;

	(void)a;
	if (dir != NULL)
		key = recipientkey_make(dir, &e);
	free(dir);
	if (key == NULL)
		return ui_fail(ui, &e);
	tell(ui, key);
	return EXIT_SUCCESS;
}
