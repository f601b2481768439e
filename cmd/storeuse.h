/*
 * storeuse - makes a login of the store this machine's own.
 */
#ifndef STOREUSE_H
#define STOREUSE_H

struct args;
struct err;
struct storeopen;
struct ui;

/*
 * 'store use NAME': installs it into $CODEX_HOME under Codex's locks, after
 * what is there has been put back into the store: its entry gets what Codex
 * has refreshed since, on the disk, before it is replaced. A login that no
 * entry holds is refused unless --force. Read back. Opens *s, which is the
 * caller's to close; 0, or -1 with e set and perhaps the line of what was put
 * back said.
 */
int	storeuse(struct storeopen *s, struct ui *ui, const struct args *a,
	    struct err *e);

#endif
