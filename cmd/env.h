/*
 * env - what the environment says about this user. The rooms below are
 * handed these values; they read no environment.
 */
#ifndef ENV_H
#define ENV_H

struct err;

/*
 * The home folder: HOME, else the account's. NULL with ERR_USAGE where
 * neither tells. malloc'ed, the caller's.
 */
char	*env_home(struct err *e);

/* This machine's Codex home, by Codex's own rules. As above. */
char	*env_codex_home(struct err *e);

/* Path of the auth.json in it. As above. */
char	*env_authjson(struct err *e);

/* The folders of what is this program's own (datadir.h). As above. */
char	*env_datadir(struct err *e);
char	*env_statedir(struct err *e);

/* The value, or NULL where it is unset or empty. Borrowed. */
const char	*env_get(const char *name);

#endif
