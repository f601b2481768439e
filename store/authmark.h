/*
 * authmark - marks a file of this machine, so that a target that has the very
 * same one (a shared home, a bind mount) can be told from one with a copy.
 *
 * The mark is a mode, 0700: nobody else may do anything with the file then,
 * and Codex reads and replaces it as any other. It is the same for every name
 * and mount of the file, and it costs none of its bytes. What a killed run
 * leaves harms nobody; the next mark takes it away.
 */
#ifndef AUTHMARK_H
#define AUTHMARK_H

#include <sys/types.h>

struct err;

#define AUTHMARK_MODE 0700

struct authmark {
	int	fd;	/* -1: not marked */
	mode_t	before;
};
#define AUTHMARK_INIT { -1, 0 }

/*
 * Marks the regular file that path is or leads to, until authmark_clear. 0,
 * or -1 with nothing changed: not ours, or a file system that knows no modes.
 */
int	authmark_set(struct authmark *m, const char *path);

/* The mode is as before, wherever the file is now. AUTHMARK_INIT is fine. */
void	authmark_clear(struct authmark *m);

#endif
