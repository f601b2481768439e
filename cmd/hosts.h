/*
 * hosts - a --hosts file: one target a line, # comments, blank lines.
 */
#ifndef HOSTS_H
#define HOSTS_H

struct err;
struct targets;

/*
 * Adds what the file names ("-": standard input). 0, or -1 with ERR_USAGE
 * naming file and line; targets read until then stay in the list.
 */
int	hosts_read(struct targets *t, const char *file, struct err *e);

#endif
