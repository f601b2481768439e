/*
 * run - one job on all targets of a call: what push, remove and status share.
 */
#ifndef RUN_H
#define RUN_H

struct args;
struct job;
struct ui;

/* Sets what every job has from the options. */
void	run_job(struct job *job, const struct args *a);

/*
 * Reads all targets, then runs the job, printing each verdict as it comes,
 * then the summary. Returns the exit status (codex-provision(1)). Nothing is
 * contacted before every target was understood; `before` (or NULL) is called
 * between the two.
 */
int	run_targets(struct ui *ui, const struct args *a, const struct job *job,
	    void (*before)(struct ui *ui, const struct job *job));

#endif
