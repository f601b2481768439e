/*
 * sshrun - one short-lived program whose output is wanted.
 *
 * Started by posix_spawnp with stdin from /dev/null; the loop reads both
 * pipes and reaps. Nothing here blocks but sshrun_cancel, which kills first.
 */
#ifndef SSHRUN_H
#define SSHRUN_H

#include <stdbool.h>

struct loop;
struct sshrun;

struct sshrun_result {
	int		 status;	/* exit status; -1: unknown or a signal */
	bool		 timeout;	/* it was killed at the deadline */
	bool		 overflow;	/* it said more than is read */
	const char	*out, *err;	/* borrowed, never NULL */
};

/* Called once, from the loop; the run is freed after it. */
typedef void (*sshrun_fn)(void *ctx, const struct sshrun_result *r);

/* NULL and *sys (ENOENT: there is no such program) if it can't be started. */
struct sshrun	*sshrun_start(struct loop *l, char *const argv[],
		    char *const envp[], sshrun_fn done, void *ctx, int *sys);

/* Kills, reaps, frees; done is not called. */
void		 sshrun_cancel(struct sshrun *r);

#endif
