/*
 * version - says which program this is.
 */
#include <stdlib.h>

#include "command.h"
#include "ui.h"

int
command_version(struct ui *ui, const struct args *a)
{
	cJSON *o;

	(void)a;
	if (ui->json) {
		o = cJSON_CreateObject();
		ui_json_text(o, "version", VERSION);
		ui_json(ui, o);
	} else {
		ui_out(ui, "codex-provision " VERSION "\n");
	}
	return EXIT_SUCCESS;
}
