/*
 * loginput - puts a finished login where it belongs, and says so.
 *
 * What an issuer has given is not lost: where it cannot be stored, it is put
 * into a file of ours that is named (threat F63).
 */
#ifndef LOGINPUT_H
#define LOGINPUT_H

#include <stdbool.h>

struct args;
struct err;
struct issuer_who;
struct secret;
struct ui;

/* A login that is done. */
struct loginput {
	const struct secret	*authjson;
	const struct issuer_who	*who;	/* of a key, as told; or NULL */
	bool			 given;	/* by an issuer, for this login */
};

/*
 * Whether it could be put there, as far as that can be told before anybody is
 * asked for a login: the folder is there, ours to write, and its lock free. 0
 * or -1 with e set.
 */
int	loginput_try(const struct args *a, struct err *e);

/* Installs it as this machine's auth.json, says whose it is; exit status. */
int	loginput(struct ui *ui, const struct args *a,
	    const struct loginput *login);

#endif
