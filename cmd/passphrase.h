/*
 * passphrase - where the store's passphrase comes from.
 *
 * --passphrase-file, else the command in CODEX_PROVISION_PASSPHRASE_COMMAND,
 * else the terminal, without echo. Never an argument or a variable itself:
 * both are for others to read (threats L4 and L5).
 */
#ifndef PASSPHRASE_H
#define PASSPHRASE_H

#include <stdbool.h>

struct args;
struct err;
struct secret;
struct ui;

#define PASSPHRASE_BYTES    1024	/* with its end of line */
#define PASSPHRASE_VARIABLE "CODEX_PROVISION_PASSPHRASE_COMMAND"

/*
 * Whether it can be asked for as the options say: standard input is one thing
 * at a time. ERR_USAGE. The others do it too, but perhaps too late.
 */
int	passphrase_check(const struct args *a, struct err *e);

/*
 * The passphrase of the store that is there. *asked tells whether somebody
 * typed it, and might type it better. The caller's; NULL with e set.
 */
struct secret	*passphrase_get(struct ui *ui, const struct args *a,
		    bool *asked, struct err *e);

/* One for a new store; typed, it is asked for twice. */
struct secret	*passphrase_new(struct ui *ui, const struct args *a,
		    struct err *e);

/* The next one of a store; from --new-passphrase-file, or typed twice. */
struct secret	*passphrase_next(struct ui *ui, const struct args *a,
		    struct err *e);

#endif
