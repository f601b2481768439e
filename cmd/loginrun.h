/*
 * loginrun - one login at work: its loop, its issuer, and how it ended.
 *
 * The ways that take a while (logindevice.c, loginweb.c) begin on it and wait
 * here; a signal ends the wait.
 */
#ifndef LOGINRUN_H
#define LOGINRUN_H

#include <stdbool.h>

#include "err.h"
#include "issuer.h"
#include "loop.h"

struct args;
struct secret;
struct ui;

struct loginrun {
	struct ui	*ui;
	const struct args *args;
	int		 seconds;	/* until it is given up */
	/* Whose login it is, and the how manieth of how many; NULL: this
	 * machine's. Borrowed. */
	const char	*target;
	size_t		 turn, turns;
	struct issuer_where where;
	struct loop	*loop;
	struct issuer	*issuer;
	struct watch	 signal, tick;
	/* Called once a second while it is waited for, or NULL. */
	void		(*each_second)(void *ctx);
	/* Asked at a signal, or NULL: whether it has ended with what it was
	 * given already, and so in loginrun_ended. */
	bool		(*hurry)(void *ctx);
	void		*ctx;
	bool		 over;
	struct secret	*authjson;	/* once over; or why not */
	struct err	 why;
};

/*
 * 0; or -1 with e set, and nothing to close. Contacts nobody. The login is
 * this machine's and given up after --timeout unless the caller says other.
 */
int	loginrun_open(struct loginrun *r, struct ui *ui, const struct args *a,
	    struct err *e);
void	loginrun_close(struct loginrun *r);

/* " for 'web1' (1 of 3)", safe to show; "" where it is this machine's. */
#define LOGINRUN_WHOSE 256
const char *loginrun_whose(const struct loginrun *r,
	    char out[LOGINRUN_WHOSE]);

/* Says how long it is still waited for: until due, by the loop's clock. */
void	loginrun_left(const struct loginrun *r, int64_t due);

/* The login_fn of the ways; ctx is the loginrun. */
void	loginrun_ended(void *ctx, struct secret *authjson_take,
	    const struct err *why);

/*
 * Until it is over: the auth.json, the caller's, or NULL with e set;
 * ERR_INTERRUPTED after a signal.
 */
struct secret	*loginrun_wait(struct loginrun *r, struct err *e);

#endif
