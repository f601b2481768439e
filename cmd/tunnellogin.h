/*
 * tunnellogin - the login on a far host or in a container, as the user sees
 * it.
 */
#ifndef TUNNELLOGIN_H
#define TUNNELLOGIN_H

struct args;
struct target_spec;
struct ui;

/* Runs it on `to` (with --container: in that one); the exit status. */
int	tunnellogin(struct ui *ui, const struct args *a,
	    const struct target_spec *to);

#endif
