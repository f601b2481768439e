/*
 * loginweb - the login through a browser as the user sees it.
 */
#ifndef LOGINWEB_H
#define LOGINWEB_H

#include <stdbool.h>

struct args;
struct err;
struct loginrun;
struct loginweb;
struct secret;

/* Whether the options of a login go together. 0, or -1 with ERR_USAGE. */
int	loginweb_check(const struct args *a, struct err *e);

/*
 * Prints the URL, opens it, and waits: the finished auth.json, the caller's,
 * or NULL with e set. In both cases the browser goes on waiting for how it
 * all ended, which is loginweb_end's to say.
 */
struct secret	*loginweb(struct loginrun *r, struct loginweb **w,
		    struct err *e);

/* Shows the browser its page and closes the port. NULL is fine. */
void		 loginweb_end(struct loginweb *w, bool good);

#endif
