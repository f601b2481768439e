/*
 * codexhere - what the Codex of this machine would do with a login.
 */
#ifndef CODEXHERE_H
#define CODEXHERE_H

struct codexconfig;
struct codexuse;
struct cred;
struct err;
struct ui;

/*
 * Judges by its settings, which fill *config, and by the environment. Nothing
 * is contacted; c may be NULL: no file.
 */
void	codexhere_judge(const struct cred *c, const char *home,
	    struct codexconfig *config, struct codexuse *use);

/* Warns of what speaks against a login that is now in its home. */
void	codexhere_warn(struct ui *ui, const struct cred *c);

/* There is no file: whether its login could be elsewhere, as e's hint. */
void	codexhere_hint(const struct codexconfig *config, struct err *e);

#endif
