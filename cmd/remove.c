/*
 * remove - deletes auth.json on each target. Nothing is revoked: that would
 * sign out every other copy too.
 */
#include "command.h"
#include "run.h"
#include "target.h"

int
command_remove(struct ui *ui, const struct args *a)
{
	struct job job = { .op = JOB_REMOVE };

	run_job(&job, a);
	return run_targets(ui, a, &job, NULL);
}
