/*
 * datadir - the folders that hold what this program keeps for itself: the
 * store, this machine's key, the ids of opened texts; and what it has seen.
 */
#ifndef DATADIR_H
#define DATADIR_H

struct err;

/*
 * $XDG_DATA_HOME/codex-provision, or ~/.local/share/codex-provision; the
 * arguments are the values of XDG_DATA_HOME and HOME, or NULL. An
 * XDG_DATA_HOME that is not absolute is ignored, as its specification wants.
 * malloc'ed, the caller's; NULL with ERR_NO_HOME.
 */
char	*datadir_path(const char *xdg_data_home, const char *home,
	    struct err *e);

/* The same for $XDG_STATE_HOME, or ~/.local/state. */
char	*datadir_state(const char *xdg_state_home, const char *home,
	    struct err *e);

/*
 * Opens the folder, which must be ours and writable by nobody else
 * (ERR_UNSAFE_TARGET). ERR_NO_HOME where there is none. -1 or a descriptor,
 * the caller's.
 */
int	datadir_open(const char *dir, struct err *e);

/*
 * Makes the folder, and those above it that are missing, 0700. One that is
 * there is judged as by datadir_open. 0 or -1.
 */
int	datadir_make(const char *dir, struct err *e);

#endif
