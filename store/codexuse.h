/*
 * codexuse - whether the Codex of a place would use an auth.json there.
 *
 * Pure memory: what is known about the place comes in as facts, from this
 * machine or from a far look, and comes out as an answer with its reasons.
 * Each of them was seen on codex-cli 0.169.
 */
#ifndef CODEXUSE_H
#define CODEXUSE_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

struct codexconfig;
struct cred;

#define CODEXUSE_WHY 12		/* reasons there can be at most */
#define CODEXUSE_LEN 256	/* bytes of one, NUL included */

enum codexuse_answer { CODEXUSE_YES, CODEXUSE_NO, CODEXUSE_UNKNOWN };

struct codexuse_facts {
	const struct cred	 *cred;		/* NULL: there is no file */
	const struct codexconfig *config;	/* NULL: not looked at */
	/* Why config is refused or unknown, or NULL. */
	const char	*config_error;
	/* What its own doctor has against the login, or NULL. */
	const char	*doctor;
	/* The CODEX_HOME that Codex has, if that is another folder; or NULL. */
	const char	*home;
	/* What interactive shells alone have, and that beats it; or NULL. */
	const char	*aside;
	bool		 no_keyring;	/* known: no session bus to ask */
	bool		 env_api_key;	/* CODEX_API_KEY is set */
	bool		 env_access_token;	/* CODEX_ACCESS_TOKEN is */
	time_t		 now;
};

struct codexuse {
	enum codexuse_answer answer;
	/* For NO what speaks against it, for UNKNOWN what could. */
	char	why[CODEXUSE_WHY][CODEXUSE_LEN];
	size_t	nwhy;
};

void	codexuse_judge(const struct codexuse_facts *f, struct codexuse *u);

/* Whether the access token is past its end. */
bool	codexuse_expired(const struct cred *c, time_t now);

#endif
