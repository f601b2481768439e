/*
 * vaultfile - reads the file that holds the store.
 */
#ifndef VAULTFILE_H
#define VAULTFILE_H

#include <stddef.h>

struct err;

#define VAULTFILE_NAME "store"	/* in its folder */

struct vaultfile {
	unsigned char	*p;	/* owned; NULL: there is no file */
	size_t		 len;
};

/*
 * All of it, from the folder dirfd, whose path is dir. It must be a regular
 * file, ours and for us alone (ERR_UNSAFE_TARGET), of VAULT_FILE_MAX bytes at
 * most. That there is none is no failure.
 */
int	vaultfile_read(struct vaultfile *f, int dirfd, const char *dir,
	    struct err *e);

void	vaultfile_clear(struct vaultfile *f);

/* Says of an error about its bytes which file it is. Returns -1. */
int	vaultfile_useless(struct err *e, const char *dir);

#endif
