/*
 * passcommand - a passphrase from a command of the user's, as restic and borg
 * have it: `pass show store`, `secret-tool lookup ...`.
 *
 * The command may talk to the user on the terminal; its standard input is
 * empty, so that it can't eat a credential that is piped to us.
 */
#ifndef PASSCOMMAND_H
#define PASSCOMMAND_H

struct err;
struct secret;

/*
 * What `/bin/sh -c command` writes to its standard output, PASSPHRASE_BYTES
 * (passphrase.h) at most: the caller's. NULL where it can't be run, fails,
 * says more, or takes five minutes (ERR_BAD_PASSPHRASE), or with a signal
 * (ERR_INTERRUPTED). After signals_open.
 */
struct secret	*passcommand_run(const char *command, struct err *e);

#endif
