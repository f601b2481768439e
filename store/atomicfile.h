/*
 * atomicfile - puts a file in the place of another: at every moment, killed
 * or without power, the whole old one or the whole new one is there.
 */
#ifndef ATOMICFILE_H
#define ATOMICFILE_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

struct err;

#define ATOMICFILE_NAME 32	/* bytes of a temp file's name, NUL included */

/* A new file beside the one to replace. {0} holds nothing. */
struct atomicfile {
	int		 dirfd;		/* borrowed */
	const char	*dir;		/* its path for errors, borrowed */
	char		 temp[ATOMICFILE_NAME];	/* "": none */
	sigset_t	 before;	/* while there is one, signals wait */
};

/*
 * Makes it, 0600 from its first byte, with these len bytes, and has them on
 * the disk. Failure leaves nothing.
 */
int	atomicfile_write(struct atomicfile *f, int dirfd, const char *dir,
	    const void *p, size_t len, struct err *e);

/*
 * Gives it its name, in the place of what has that. Where the name is there
 * but could not be made to outlast a power cut, that is success with *durable
 * false. After a failure (e->sys says which) the temp is still there.
 */
int	atomicfile_rename(struct atomicfile *f, const char *name,
	    bool *durable, struct err *e);

/* Removes what was not renamed; signals come through again. {0} is fine. */
void	atomicfile_drop(struct atomicfile *f);

/* All three. */
int	atomicfile_replace(int dirfd, const char *dir, const char *name,
	    const void *p, size_t len, bool *durable, struct err *e);

/*
 * Has a file's bytes or a folder's names on the disk; false where they can't
 * be known to be.
 */
bool	atomicfile_sync(int fd);

/*
 * mkdirat(2) with 0700, and the new name on the disk: what is put there is lost
 * with it. A parent that may be written but not read is not synced. -1 with
 * errno, EEXIST for what is there already.
 */
int	atomicfile_mkdir(int at, const char *dir);

/*
 * Removes what killed runs left in the folder: temp files of this module, of
 * our account, not touched for a minute. What can't be removed stays.
 */
void	atomicfile_sweep(int dirfd);

static inline void
atomicfile_drop_auto(struct atomicfile *f)
{
	atomicfile_drop(f);
}
#define ATOMICFILE_AUTO \
	__attribute__((cleanup(atomicfile_drop_auto))) struct atomicfile

#endif
