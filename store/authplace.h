/*
 * authplace - where an auth.json is about to be changed: its folder, open and
 * judged, and the links that lead to it.
 */
#ifndef AUTHPLACE_H
#define AUTHPLACE_H

#include <stdbool.h>

#include <sys/stat.h>

struct err;

/* One name in one open folder. */
struct authplace {
	int		 dirfd;
	char		*dir;	/* the folder's path */
	char		*name;
	char		*path;	/* both */
};
#define AUTHPLACE_INIT { -1, NULL, NULL, NULL }

/*
 * Opens the folder of path. With make it is made, 0700, where it is not there
 * (its parent has to be). ERR_NO_HOME without it; ERR_UNSAFE_TARGET where it
 * is another account's, or others can put names into it.
 */
int	authplace_open(struct authplace *p, const char *path, bool make,
	    struct err *e);

/*
 * Follows the link that p is, and links after that, as Codex does: *to is
 * where the file itself is or would be; p stays. ERR_UNSAFE_TARGET where a
 * link or a folder on the way belongs to somebody else or others can write
 * there. Where p is no link, *to is a second handle on it.
 */
int	authplace_follow(const struct authplace *p, struct authplace *to,
	    struct err *e);

/*
 * What is there. False: nothing, and *st is zero. ERR_UNSAFE_TARGET, as an
 * error in e, for what is no regular file.
 */
int	authplace_look(const struct authplace *p, bool *there,
	    struct stat *st, struct err *e);

/* AUTHPLACE_INIT is fine. */
void	authplace_close(struct authplace *p);

#endif
