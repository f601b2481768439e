/*
 * statusfar - says what is on each target, and whether its Codex will use it:
 * a table for people, an object each for scripts.
 */
#ifndef STATUSFAR_H
#define STATUSFAR_H

struct args;
struct ui;

/* The exit status; has printed everything. */
int	statusfar(struct ui *ui, const struct args *a);

#endif
