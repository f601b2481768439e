/*
 * codex-provision - puts a Codex login where codex runs.
 */
#include <stdbool.h>

#include "args.h"
#include "buf.h"
#include "command.h"
#include "err.h"
#include "harden.h"
#include "help.h"
#include "memory.h"
#include "ui.h"

/* Without any word there is nothing to say but how it is used. */
static int
usage(struct ui *ui)
{
	BUF_AUTO b = BUF_INIT(HELP_BYTES);

	help_text(&b, NULL);
	ui_text(ui, buf_str(&b));
	return err_exit(ERR_USAGE);
}

static int
run(struct ui *ui, const struct args *a)
{
	int status;

	if (a->command == NULL)
		return usage(ui);
	if (a->help)
		return command_help(ui, a);
	if (a->version)
		return command_version(ui, a);
	if (a->command->harmless)
		return a->command->run(ui, a);
	memory_try(ui);
	status = a->command->run(ui, a);
	memory_check(ui);
	return status;
}

int
main(int argc, char *argv[])
{
	struct err e = ERR_INIT;
	struct args a = { .color = "auto" };
	struct ui ui;
	bool ready;
	int status;

	ready = harden(&e) == 0 && args_parse(&a, argc, argv, &e) == 0;
	ui_init(&ui, &a);
	status = ui_end(&ui, ready ? run(&ui, &a) : ui_fail(&ui, &e));
	args_clear(&a);
	return status;
}
