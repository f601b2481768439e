/*
 * passwd - who a user of a container is, by its own /etc/passwd and group.
 *
 * The texts come from the container and are hostile: a line that is not an
 * entry is skipped, the first that fits wins, as for the Engine itself
 * (moby/sys/user, GetExecUser), so that this agrees with what exec would do.
 */
#ifndef PASSWD_H
#define PASSWD_H

#include <stddef.h>

struct err;

#define PASSWD_HOME_MAX 1024	/* bytes, the NUL included */

struct passwd_account {
	long	uid, gid;
	char	home[PASSWD_HOME_MAX];	/* absolute; "/" where none is said */
};

/* A file's text; p may be NULL where the container has no such file. */
struct passwd_text {
	const char	*p;
	size_t		 len;
};

/*
 * Resolves Config.User: "" (uid 0), NAME, UID, either with :GROUP or :GID.
 * A number needs no entry: gid 0 and home "/" then. 0, or -1 with
 * ERR_NO_HOME naming the user or group that is not there.
 */
int	passwd_find(struct passwd_account *a, const char *user,
	    struct passwd_text passwd, struct passwd_text group,
	    struct err *e);

#endif
