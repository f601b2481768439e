/*
 * sealseen - which sealed texts this machine has opened already.
 */
#ifndef SEALSEEN_H
#define SEALSEEN_H

#include <stdbool.h>
#include <stdint.h>

struct err;
struct seal;

struct sealseen;

/*
 * Reads what was opened, kept in dir (datadir.h), and holds it locked, for
 * others at most ten seconds in vain (ERR_LOCKED). The caller's, to
 * sealseen_close; NULL with e set, ERR_BAD_CREDENTIAL where it is damaged.
 */
struct sealseen	*sealseen_open(const char *dir, struct err *e);
void		 sealseen_close(struct sealseen *s);

bool	sealseen_has(const struct sealseen *s, const struct seal *about);

/*
 * Remembers it, durably; what was over at `now` is forgotten by and by. 0, or
 * -1 where it is not, or not known to be, remembered.
 */
int	sealseen_add(struct sealseen *s, const struct seal *about,
	    int64_t now, struct err *e);

static inline void
sealseen_close_auto(struct sealseen **s)
{
	sealseen_close(*s);
}
#define SEALSEEN_AUTO \
	__attribute__((cleanup(sealseen_close_auto))) struct sealseen

#endif
