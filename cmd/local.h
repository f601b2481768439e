/*
 * local - installs a login on this machine as a push does on a target: the
 * same refusals, the same verdicts, the same lines of output.
 */
#ifndef LOCAL_H
#define LOCAL_H

#include <stdbool.h>

struct args;
struct job;
struct result;
struct target_kind;
struct ui;

/* "local": a name for output; nothing can be started on it. */
extern const struct target_kind local_kind;

/*
 * Installs job->cred as this machine's auth.json by what a push guarantees:
 * another account's login or a newer one is refused unless job->force; under
 * Codex's locks; read back. With job->dry_run nothing is changed. The verdict
 * is in r, which the caller has initialised and clears.
 */
void	local_install(struct result *r, const struct job *job);

/* The same at path, which is the Codex home's (home) or any other file. */
void	local_install_at(struct result *r, const struct job *job,
	    const char *path, bool home);

/* The verdict and what login it is, as lines or JSON; the exit status. */
int	local_report(struct ui *ui, const struct job *job,
	    const struct result *r);

#endif
