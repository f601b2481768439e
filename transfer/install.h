/*
 * install - the one recipe that looks, installs, reads back, fetches and
 * removes, over any byte stream to a far POSIX shell.
 *
 * Threat model, as rules:
 *  1. The far login shell, its start-up files and the names of its folders
 *     are hostile noise: nothing is believed but lines that begin with
 *     "CXP1 " and this run's nonce, and no byte of the credential is sent
 *     before such a line said "ready".
 *  2. A lost link is an ordinary end of file over there: length and digest
 *     are checked by the far script before the rename.
 *  3. No secret in the command line: it holds the nonce, the length and
 *     SHA-256 of the file, and the folder's name in octal.
 *  4. What the far side says is foreign text and bounded.
 *
 * This file does no input or output: the owner of the stream feeds what
 * arrives and sends what is pending, so the same code serves an SSH channel,
 * a container's exec stream and a fuzzer.
 *
 * Lines of the far script (recipe.sh), each after CXP1 and the nonce:
 *   at PATH               the resolved auth.json
 *   look none|file|opaque MODE LINKS UID ME SIZE DIGEST
 *   claim NAME VALUE      auth_mode, account_id, id_token, ...
 *   warn WORD TEXT        goes into the result's warnings
 *   ready                 waits for "go NONCE\n" and the file, or end of file
 *   fact NAME VALUE       after a look that was told to go on, or a put that
 *                         is judged: survey.h
 *   synced                after an unchanged that is to last: `warn durability`
 *                         precedes it where that may fail
 *   surveyed              that was all; a put then waits for "keep NONCE" or
 *                         "back NONCE" (probe.sh)
 *   kept [changed]        the new file stays; changed: it is another by now
 *   back                  what was there before is there again
 *   bytes SIZE            after a get: the file itself follows
 *   changed               what was looked at changed meanwhile; start again
 *   done renamed|inplace  after a put; `at`, `look` precede it
 *   gone                  after a remove
 *   lacks UID GID DIR     (before err) the account can't make that folder
 *   err CODE TEXT         ends it
 */
#ifndef INSTALL_H
#define INSTALL_H

#include <stdbool.h>
#include <stddef.h>

struct err;
struct job;
struct result;
struct install;

enum install_phase {
	INSTALL_WAIT,		/* no marker yet: nothing was sent */
	INSTALL_LOOKING,	/* marker seen, look not complete */
	INSTALL_SENDING,	/* go was said; the file can't be whole there */
	INSTALL_RECEIVING,	/* a pull, a survey: all was handed over */
	INSTALL_COMMITTING,	/* all handed over: the outcome is over there */
	INSTALL_AGAIN,		/* "changed": begin anew with a new install */
	INSTALL_DONE		/* the result has its verdict */
};

/*
 * For one attempt. `after` is NULL, or the nonce of an earlier attempt whose
 * link was lost: the far script then waits for that attempt's end, only
 * looks, and the verdict is look_recover's with `why`. job and r are borrowed
 * until install_free; codex_home (NULL: the target's own) is copied. NULL
 * without memory, or with a folder name that is empty or holds a newline; e
 * is set.
 */
struct install	*install_new(const struct job *job, const char *codex_home,
		    const char *after, const struct err *why,
		    struct result *r, struct err *e);
void		 install_free(struct install *in);

/*
 * The line for the far login shell; the same as words, for where no shell
 * stands in between; and this attempt's nonce. Borrowed.
 */
const char	*install_command(const struct install *in);
const char *const *install_argv(const struct install *in);
const char	*install_nonce(const struct install *in);

/* What arrived on the far standard output, and on its standard error. */
void		 install_feed(struct install *in, const void *p, size_t len);
void		 install_feed_error(struct install *in, const void *p,
		    size_t len);

/*
 * What to send now (NULL and *len 0: nothing), and how much of it was taken
 * by the transport.
 */
const void	*install_pending(const struct install *in, size_t *len);
void		 install_sent(struct install *in, size_t len);

/*
 * The far side ended (status -1: with the link; FARSHELL_SILENT: waiting was
 * given up). Before INSTALL_DONE this sets the verdict that fits:
 * interference, no_shell, protocol, ... In INSTALL_COMMITTING it sets nothing
 * and returns false: the link was lost and the owner has to look again
 * (install_new with `after`).
 */
bool		 install_end(struct install *in, int status);

/*
 * The folder that the account, uid:gid in `who`, could not make (the verdict
 * says so); NULL for any other end. Borrowed.
 */
const char	*install_lacks(const struct install *in, const char **who);

enum install_phase install_phase(const struct install *in);

#endif
