/*
 * loginput - puts a finished login where it belongs, and says so.
 *
 * What an issuer has given is not lost: where it cannot be stored, or the user
 * wants that no more, it is put into a file of ours that is named (threats F63
 * and F64).
 */
#ifndef LOGINPUT_H
#define LOGINPUT_H

#include <stdbool.h>

#include "storeopen.h"

struct args;
struct buf;
struct cred;
struct err;
struct issuer_who;
struct secret;
struct ui;

#define LOGINPUT_SPARES 8	/* descriptors, kept for when it is stored */

/* This machine's auth.json, or the store's NAME of --to store:NAME. */
struct loginput {
	struct ui	*ui;
	const struct args *args;
	char		*path;		/* owned; NULL: the store */
	const char	*name;
	struct storeopen store;
	int		 spares[LOGINPUT_SPARES], nspares;
};

/* A login that is done. */
struct loginput_login {
	const struct secret	*authjson;
	const struct issuer_who	*who;	/* of a key, as told; or NULL */
	bool			 given;	/* by an issuer, for this login */
};

/*
 * Whether it could be put there, as far as that can be told before anybody is
 * asked for a login: the folder and the file are ours to write, there is room
 * on the disk and for open files, and the lock is free; or the store is open.
 * 0, or -1 with e set; to be closed either way, and *p must stay where it is.
 */
int	loginput_open(struct loginput *p, struct ui *ui, const struct args *a,
	    struct err *e);
void	loginput_close(struct loginput *p);

/* Puts it there and says whose it is: the exit status. */
int	loginput(struct loginput *p, const struct loginput_login *login);

#define LOGINPUT_AUTO \
	__attribute__((cleanup(loginput_close))) struct loginput

/*
 * Puts it into a file of ours instead: beside the store, else in the home,
 * else in a private folder where another disk, or memory, may take it. The
 * path is added to where. 0 or -1 with e set.
 */
int	loginput_rescue(const struct cred *c, struct buf *where,
	    struct err *e);

/*
 * The same for a login of path, when nothing has it any more: the hint of why,
 * which is set, says where it is, or that it is lost.
 */
void	loginput_aside(const struct cred *c, const char *path,
	    struct err *why);

#endif
