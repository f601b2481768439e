/*
 * farlogin - a login of Codex on a far host or in a container that ends in
 * the browser here.
 *
 * Threat model, as rules (threat 2.6):
 *  1. The far codex runs in a home of its own, so that a login that does not
 *     end well leaves the account's own file and its tokens as they were.
 *  2. The browser is opened only after: the URL was judged (farurl.h), its
 *     port is listened on by the account alone, and a request got there.
 *  3. The browser speaks to our own listener (callback.h), never to the far
 *     side: one request of ours goes there, with the code and the state
 *     (farhttp.h), and its answer comes no further than here.
 *  4. What the far codex wrote is taken from there and installed by the
 *     recipe with all its guarantees; its exit status and its words prove
 *     nothing.
 *  5. Whatever ends it, nothing stays: here at once; there when it is told,
 *     or when we were killed; in FARSCRIPT_LINGER seconds where it can't know.
 */
#ifndef FARLOGIN_H
#define FARLOGIN_H

#include <stdbool.h>

#include "farurl.h"

struct dockopts;
struct err;
struct io;
struct result;
struct secret;
struct sshopts;
struct target_spec;

/* What the owner is told, from the loop. All but open may be NULL. */
struct farlogin_watcher {
	/* What it waits for, each time that changes; and a second later. */
	void	(*stage)(void *ctx, const char *what, int left);
	/* Something the user should know: a link that was lost. Safe. */
	void	(*note)(void *ctx, const char *text);
	/* To be shown, and opened in a browser. again: the first is void. */
	void	(*open)(void *ctx, const char *url, bool again);
	/* With --device-auth. */
	void	(*code)(void *ctx, const struct farcode *c);
	/*
	 * The callback's URL by hand; blocks. NULL: the user gave up. why:
	 * the last one was another's, or NULL.
	 */
	struct secret *(*paste)(void *ctx, const struct err *why);
	void	 *ctx;
};

struct farlogin_plan {
	const struct target_spec *target;
	const char	*codex_home;	/* NULL: the account's own */
	struct farurl_want want;
	bool		 device;	/* --device-auth */
	bool		 paste;		/* no listener here */
	bool		 backup;
	int		 timeout;	/* seconds in all */
	int		 signal_fd;	/* readable: stop; -1: none */
	const struct io	*io;
	const struct sshopts *ssh;
	const struct dockopts *docker;
	const struct farlogin_watcher *watcher;
};

/*
 * Runs it to its end, which is in r (STATE_WRITTEN, _UNCHANGED, or an error),
 * with what is there now in r->there. 0, or -1 with ERR_INTERNAL when it
 * could not begin.
 */
int	farlogin_run(const struct farlogin_plan *plan, struct result *r,
	    struct err *e);

#endif
