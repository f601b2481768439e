/*
 * target - what is done to whom, and how it ended.
 *
 * The grammar of a target, the job a run carries to every target, the result
 * each target gets, and the table of target kinds.
 */
#ifndef TARGET_H
#define TARGET_H

#include <stdbool.h>
#include <stddef.h>

#include "cred.h"
#include "err.h"

struct net;
struct secret;
struct survey;

/* Where a target is. All strings owned; NULL where not given. */
struct target_spec {
	const struct target_kind *kind;
	char	*text;		/* as the user wrote it */
	char	*user;
	char	*host;		/* name, alias or address, without brackets;
				 * NULL: docker://, this machine's engine */
	int	 port;		/* 0: not given */
	char	*codex_home;	/* absolute; from ssh://host/codex/home */
	char	*container;	/* name, id or prefix of one */
};

/* What a run does to each of its targets. Borrowed, read-only. */
enum job_op { JOB_PUSH, JOB_REMOVE, JOB_STATUS, JOB_PULL };

struct job {
	enum job_op	 op;
	const struct cred *cred;	/* JOB_PUSH: the source; JOB_PULL: what it
					 * would replace here, or NULL */
	bool		 exact;		/* JOB_REMOVE: only cred's very bytes */
	bool		 lease;		/* JOB_PUSH: made of the login here */
	bool		 lasting;	/* JOB_PUSH: unchanged is synced, too */
	/* The digest of a file here that bears the mode mine_mode while this
	 * runs (-1: it could not be marked): where the target has that very
	 * file, nothing is done. NULL: there is none. */
	const unsigned char *mine;
	int		 mine_mode;
	const char	*codex_home;	/* --codex-home, or NULL */
	bool		 dry_run, force, backup;
	bool		 claims;	/* JOB_PUSH: it is told whose login it is */
	bool		 probe;		/* JOB_PUSH: Codex there judges it; if it
					 * would not use it, the old comes back */
	int		 timeout;	/* seconds for one target */
	const unsigned char *survey;	/* JOB_STATUS: a key of SURVEY_KEY_LEN
					 * bytes; NULL: only a look */
};

enum target_state {
	STATE_NONE,		/* no verdict yet */
	STATE_WRITTEN,
	STATE_UNCHANGED,
	STATE_WOULD_WRITE,
	STATE_REFUSED,
	STATE_FAILED,
	STATE_UNKNOWN,
	STATE_REMOVED,
	STATE_ABSENT,
	STATE_PRESENT,
	STATES
};

#define RESULT_WARNINGS_MAX 8

struct result {
	enum target_state state;
	char	*path;		/* raw bytes from the target; owned; or NULL */
	int	 mode;		/* permission bits; -1 unknown */
	long	 owner;		/* uid; -1 unknown */
	struct cred there;	/* claims of what is there now; its bytes
				 * where a pull has brought them */
	struct survey *survey;	/* owned; NULL where there was none */
	struct err err;		/* refused, failed, unknown */
	bool	 not_durable;	/* done, but a power cut there may undo it */
	bool	 twice;		/* was looked at once more (look_again) */
	char	*warnings[RESULT_WARNINGS_MAX];	/* owned */
	size_t	 nwarnings;
	double	 seconds;
};

void	result_init(struct result *r);
void	result_clear(struct result *r);

/* Sets state, and leaves r->err to the caller. Returns true if it was open. */
bool	result_end(struct result *r, enum target_state state);

/*
 * Ends it as failed (or unknown) with e. Where it has ended, a survey was cut
 * short, and that is a warning.
 */
void	result_fail(struct result *r, enum target_state state,
	    const struct err *e);

/*
 * Ends it as STATE_UNKNOWN for want of an answer; `again` is the target that the
 * hint names. Nothing where it has ended.
 */
void	result_unknown(struct result *r, const struct err *why,
	    const struct target_spec *again);

/* Adds a warning unless it is there already or the list is full. */
void	result_warn(struct result *r, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));

/* The contract's word for a state; never NULL. */
const char	*target_state_name(enum target_state s);

/*
 * Parses one target. A user is [A-Za-z0-9._-@+] and does not start with '-';
 * a host is [A-Za-z0-9._-:%] or an address in brackets and does not start with
 * '-' (CVE-2023-51385, CVE-2025-61984: names must not reach a shell); a
 * container is [a-zA-Z0-9][a-zA-Z0-9_.-]*.
 * 0, or -1 with ERR_USAGE naming the text; spec is clear then.
 */
int	target_parse(struct target_spec *spec, const char *text,
	    struct err *e);
void	target_clear(struct target_spec *spec);

/* Whether two targets name the same place (duplicates are pushed once). */
bool	target_same(const struct target_spec *a, const struct target_spec *b);

/*
 * A running attempt on one target. A kind makes one; it watches its own
 * descriptors and timers in net's loop, calls began(ctx) when its first packet
 * goes out after a wait of its own, fills the result it was given, calls
 * done(ctx) exactly once, from the loop and never from start, when the state
 * is set, and is freed by its caller.
 */
struct task;

struct task_ctx {
	struct net		 *net;
	const struct job	 *job;
	const struct target_spec *spec;
	struct result		 *result;
	void			(*began)(void *ctx);	/* the first packet */
	void			(*done)(void *ctx);
	void			 *ctx;
};

struct target_kind {
	const char	*name;		/* the contract's "kind" */
	const char	*scheme;	/* "ssh" of ssh:// */
	/* Starts; NULL only without memory. *c is copied. */
	struct task	*(*start)(const struct task_ctx *c);
	/*
	 * Whether the file may be in place, or soon be, without our knowing:
	 * then only waiting tells what became of it.
	 */
	bool		(*committing)(const struct task *t);
	/* What it waits for ("connecting", "authenticating"); constant. */
	const char	*(*stage)(const struct task *t);
	void		(*free)(struct task *t);
};

extern const struct target_kind target_ssh, target_docker, target_docker_ssh;

#endif
