/*
 * cred - what a Codex credential says, and its bytes.
 *
 * Pure memory. Parsed to judge, never printed again from the parse: what is
 * transferred are the original bytes. Rules observed on codex-cli 0.130.0 to
 * 0.169.0; where the text below says "Codex refuses", so do we.
 */
#ifndef CRED_H
#define CRED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

struct err;
struct secret;

#define CRED_SIZE_MAX	65536	/* bytes of an auth.json */
#define CRED_DIGEST_LEN	32	/* SHA-256 */
#define CRED_FIELD_MAX	256	/* bytes of a displayed claim, NUL included */

enum cred_mode {
	CRED_NONE,		/* nothing there, or nothing readable */
	CRED_CHATGPT,
	CRED_LEASE,		/* chatgptAuthTokens: access token, no refresh */
	CRED_APIKEY,
	CRED_PAT,		/* personal access token */
	CRED_AGENT_IDENTITY,
	CRED_BEDROCK,
	CRED_MODES
};

struct cred {
	enum cred_mode	mode;
	char		account[CRED_FIELD_MAX];	/* "" where unknown */
	char		user[CRED_FIELD_MAX];		/* chatgpt_user_id claim */
	char		login[CRED_FIELD_MAX];	/* login_owner_id: one a login,
						 * kept over refreshes */
	/* The id_token's own account, which forced_chatgpt_workspace_id is
	 * compared with, whatever tokens.account_id says. */
	char		workspace[CRED_FIELD_MAX];
	char		email[CRED_FIELD_MAX];
	char		plan[CRED_FIELD_MAX];
	int64_t		expires;	/* access token's, Unix seconds; 0 unknown */
	bool		has_refreshed;	/* last_refresh is there and valid */
	struct timespec	refreshed;	/* last_refresh */
	char		last_refresh[64];	/* as written, RFC 3339 */
	bool		refreshable;	/* holds a refresh token */
	unsigned char	digest[CRED_DIGEST_LEN];	/* of the bytes; zero without */
	struct secret	*bytes;		/* owned; NULL when only claims are known */
};

/*
 * The same claims as seen on a target, without a secret: what the far look
 * sends. Any member may be NULL. The tokens are the first two segments of a
 * JWT ("header.payload") or the whole JWT; signatures are never looked at.
 */
struct cred_claims {
	const char	*auth_mode;
	const char	*account_id;
	const char	*id_token;
	const char	*access_token;
	const char	*last_refresh;
	bool		 has_api_key, has_pat, has_tokens, has_refresh_token;
};

/*
 * Judges bytes (at most CRED_SIZE_MAX) as Codex's parser would, and further:
 * what holds no usable token is refused too. On success *c owns `take`; on
 * failure (ERR_BAD_CREDENTIAL, text without a byte of the input) `take` is
 * freed and *c is cleared.
 */
int	cred_parse(struct cred *c, struct secret *take, struct err *e);

/*
 * Fills *c from claims as far as they are readable; never fails: what can't
 * be understood stays empty, and a mode that can't be told is CRED_NONE.
 */
void	cred_from_claims(struct cred *c, const struct cred_claims *claims);

void	cred_clear(struct cred *c);

/*
 * A member of its "tokens" ("refresh_token"), the caller's. NULL where it is
 * not there or empty, and without memory.
 */
struct secret	*cred_token(const struct cred *c, const char *name);

/*
 * A member of its tokens' "oauth_provenance": the "issuer" that gave it, the
 * "client_id" that it was given to. As above, but malloc'ed: no secret.
 */
char		*cred_provenance(const struct cred *c, const char *name);

/* The contract's word: "chatgpt", "lease", "apikey", ... ; "none". */
const char	*cred_mode_name(enum cred_mode mode);

/*
 * Whether two credentials are of different accounts: another account id,
 * another user of the same workspace, or another kind of login. Unknown
 * fields do not differ; keys carry no account, so key over key is the same.
 */
bool	cred_other_account(const struct cred *a, const struct cred *b);

/* Whether `there` was refreshed later than `ours`; false where unknown. */
bool	cred_newer(const struct cred *there, const struct cred *ours);

/*
 * Whether `ours` in the place of `there` would take a ChatGPT refresh token
 * away, having none: a lease of that very login, as a rule.
 */
bool	cred_loses_token(const struct cred *there, const struct cred *ours);

/* RFC 3339 date-time ("2026-11-23T23:06:48.065Z"). 0 and *out, or -1. */
int	cred_time(const char *s, struct timespec *out);

#endif
