#include "memory.h"

#include "cred.h"
#include "secret.h"
#include "ui.h"

void
memory_try(struct ui *ui)
{
	secret_free(secret_new(CRED_SIZE_MAX));
	memory_check(ui);
}

void
memory_check(struct ui *ui)
{
	if (secret_locked() || ui->unlocked)
		return;
	ui->unlocked = true;
	ui_warn(ui, "memory could not be locked, so the credential may get "
	    "into swap: raise 'ulimit -l'");
}
