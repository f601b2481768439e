/*
 * farstate - the inside of a farlogin: its phases, and who moves it on.
 *
 * What arrives (an answer, an end, a lost way) comes in the middle of somebody
 * else's work, so it is only taken note of: farstate_go, farstate_fail and
 * farstate_lost make the next step due, and that is made from the loop.
 *
 * farlogin.c runs and ends it; farstep.c, farline.c and farport.c have the
 * steps, farback.c what is done about a lost link.
 */
#ifndef FARSTATE_H
#define FARSTATE_H

#include <stdbool.h>
#include <stdint.h>

#include "callquery.h"
#include "cred.h"
#include "err.h"
#include "farlogin.h"
#include "farshell.h"
#include "loop.h"
#include "net.h"
#include "target.h"

enum farphase {
	FAR_CONNECT,	/* the way */
	FAR_PROBE,	/* whether we are let to its ports */
	FAR_START,	/* the far script, until it is ready */
	FAR_LOOK,	/* whether the real home could take a file */
	FAR_READ,	/* what codex prints */
	FAR_OWNER,	/* who listens at its port */
	FAR_TRY,	/* a request that means nothing */
	FAR_BROWSER,	/* the user */
	FAR_DEVICE,	/* the user, elsewhere */
	FAR_EXCHANGE,	/* the callback, there */
	FAR_SUCCESS,	/* its last page, which ends codex */
	FAR_WAIT,	/* for codex to end by itself */
	FAR_FILE,	/* what it wrote */
	FAR_END,	/* of the far script */
	FAR_INSTALL,
	FAR_SHOW,	/* the page to the browser */
	FAR_OVER,
	FAR_PHASES
};

struct farlogin {
	const struct farlogin_plan *plan;
	struct net	 net;
	struct result	*r;
	enum farphase	 phase;
	bool		 begun;		/* the phase's first step was made */
	struct watch	 step;		/* due: the next step */
	struct watch	 limit;		/* of the phase */
	struct watch	 poll;		/* asks codex's news */
	struct watch	 deadline;	/* of all */
	struct watch	 signals, tick;

	struct farway	*way;
	int		 held;		/* the lost one's; -1: none */
	struct farscript *script;	/* what it knows outlives its line */
	struct farcall	*line;		/* its stream; NULL: none */
	struct enginexec_peer *peer;	/* the line's */
	bool		 joining;
	int64_t		 asked;		/* when; 0: answered */
	char		 words[FARSHELL_HEARD_MAX];	/* codex's last */
	int		 status;	/* codex's; -1: it runs */
	struct farurl	 url;
	struct farcode	 code;

	struct callback	*callback;
	bool		 showing;	/* it shows how it ended */
	struct callquery answer;
	struct farask	*ask;

	char		*home;		/* the real one */
	struct job	 job;
	struct cred	 cred;
	struct farrecipe *recipe;
	struct result	 look;		/* what was there before */
	char		 nonce[FARSHELL_NONCE_LEN];	/* of a lost recipe */
	struct err	 lost_why;	/* and why it was lost */
	int		 changes;

	bool		 failed;	/* why says how */
	struct err	 why;
	int		 stopping;	/* how often we were told */
	bool		 lost;		/* the way has to be made anew */
	int64_t		 lost_since;	/* 0: it is not */
	enum farphase	 resume;	/* where it goes on then */
	bool		 cut;		/* in the middle of the exchange */
	bool		 restart;	/* codex is ended for another login */
	bool		 anew;		/* the login there is over */
	int		 again;		/* logins begun anew */
};

/* The next step. The last thing that a callback does. */
void	farstate_go(struct farlogin *f, enum farphase phase);

/* It has failed: everything is ended, and said. Only the first counts. */
void	farstate_fail(struct farlogin *f, const struct err *why);

void	farstate_fail_text(struct farlogin *f, enum err_code code,
	    const char *text);

/* The link is lost, or as good as that. */
void	farstate_lost(struct farlogin *f, const struct err *why);

/* The first step of a phase; farstep.c. 0, or -1 with e set. */
int	farstep_begin(struct farlogin *f, struct err *e);

/* Those of the far script's stream; farline.c. */
int	farline_start(struct farlogin *f, struct err *e);
int	farline_poll(struct farlogin *f, struct err *e);
int	farline_device(struct farlogin *f, struct err *e);
int	farline_owner(struct farlogin *f, struct err *e);
int	farline_file(struct farlogin *f, struct err *e);
int	farline_end(struct farlogin *f, struct err *e);

/* In FAR_END, the far script has ended, or has had its time. */
void	farline_over(struct farlogin *f);

/* Asks for codex's news, where nothing else is asked. */
void	farline_news(struct farlogin *f);

/* Those of the ports; farport.c. */
int	farport_try(struct farlogin *f, struct err *e);
int	farport_browser(struct farlogin *f, struct err *e);
int	farport_exchange(struct farlogin *f, struct err *e);
int	farport_success(struct farlogin *f, struct err *e);

/* Ends the line, the request and the recipe; the way stays. */
void	farstep_drop(struct farlogin *f);

/* From the loop, where f->lost: another way; or it fails. */
void	farback_lost(struct farlogin *f);

/* What is held of a lost way is let go. */
void	farback_let(struct farlogin *f);

/* The way stands again: goes on where it was. */
void	farback_up(struct farlogin *f);

/* The far script was joined: goes on. */
void	farback_joined(struct farlogin *f);

/*
 * The login there is over; from a callback. Then from the loop, where
 * f->anew: one more, if there has been one only.
 */
void	farback_again(struct farlogin *f, const struct err *why);
void	farback_anew(struct farlogin *f);

#endif
