/*
 * sshclass - which hosts one call of `ssh -G` can speak for.
 *
 * Reads the files that ssh would read, but only for what tells hosts apart:
 * the Host lines. Two names that the same Host lines match get the same
 * settings. MUST: whatever could make them differ in another way, and
 * whatever isn't understood beyond doubt, ends all sharing.
 */
#ifndef SSHCLASS_H
#define SSHCLASS_H

#include <stdbool.h>

struct buf;
struct sshclass;

/*
 * config: -F, or NULL for home/.ssh/config and /etc/ssh/ssh_config. options:
 * -o, NULL-terminated or NULL. NULL: no memory.
 */
struct sshclass	*sshclass_new(const char *config, const char *home,
		    char *const *envp, const char *const *options);
void		 sshclass_free(struct sshclass *c);

/*
 * Whether the name's settings may be shared. If so the class is added to key:
 * equal for names that the same lines match.
 */
bool		 sshclass_key(const struct sshclass *c, const char *name,
		    struct buf *key);

/* Whether sharing is off as a whole (for tests). */
bool		 sshclass_off(const struct sshclass *c);

/* Reads one file's text, as if ssh read it: for the fuzzer and tests. */
void		 sshclass_text(struct sshclass *c, const char *text);

#endif
