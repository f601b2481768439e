/*
 * codexfiles - reads this machine's configuration of Codex.
 */
#ifndef CODEXFILES_H
#define CODEXFILES_H

struct codexconfig;
struct err;

/*
 * All four files, home being the Codex home. Those that aren't there say
 * nothing. One that can't be read or understood leaves c->unknown or
 * c->refused and the first reason in e: then it is -1, and *c is what the
 * others say. A FIFO or a huge file is not waited for.
 */
int	codexfiles_read(struct codexconfig *c, const char *home,
	    struct err *e);

#endif
