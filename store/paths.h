/*
 * paths - where Codex keeps its files on this machine.
 */
#ifndef PATHS_H
#define PATHS_H

struct err;

/*
 * The Codex home by Codex's own rules: codex_home where it is set and not
 * empty (it must be an existing directory), else home + "/.codex" (which need
 * not exist). Arguments are the values of CODEX_HOME and HOME, or NULL: the
 * store reads no environment. malloc'ed, the caller's; NULL with e set
 * (ERR_NO_CREDENTIAL; ERR_INTERNAL without memory).
 */
char	*paths_codex_home(const char *codex_home, const char *home,
	    struct err *e);

/* dir + "/" + name, malloc'ed; NULL only without memory. */
char	*paths_join(const char *dir, const char *name);

#endif
