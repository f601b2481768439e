/*
 * signals - what would end us, SIGINT and SIGTERM first, as bytes to be read:
 * a terminal without echo, or a target in flight, is put right before.
 *
 * A signal has no argument, so this is the one place with mutable globals.
 * Until signals_open nothing has begun and a signal may simply end us.
 */
#ifndef SIGNALS_H
#define SIGNALS_H

#include <stdbool.h>

struct err;

/*
 * From now on each of them writes one byte; one that our parent had
 * ignored (nohup) stays ignored. Calling it again is fine. 0 or -1.
 */
int	signals_open(struct err *e);

/* Readable after a signal; -1 before signals_open. */
int	signals_fd(void);

/* The first that came, 0 for none; and the exit status it leads to. */
int	signals_first(void);
int	signals_exit(void);

/*
 * While on, SIGTSTP, SIGCONT and SIGWINCH write their number to the descriptor
 * that is returned; -1 if off. signals_stop then stops us, as SIGTSTP would
 * have, and returns when we go on.
 */
int	signals_hold_terminal(bool on);
void	signals_stop(void);

/*
 * While on, SIGTSTP writes a byte to the descriptor that is returned instead
 * of stopping us: a prompt has to restore the terminal first. -1 if off.
 */
int	signals_hold_stop(bool on);

#endif
