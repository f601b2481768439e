/*
 * engine - the container engines of a run, one for each place, each with its
 * reused connections.
 *
 * Paths are unversioned: the engine answers in its own version.
 */
#ifndef ENGINE_H
#define ENGINE_H

struct engine;
struct err;
struct http;
struct http_answer;
struct net;
struct target_spec;

/*
 * The one that spec means: that of spec->host over SSH, else (or spec NULL)
 * the user's own (engineconfig.h). Shared, the run's. NULL with e set.
 */
struct engine	*engine_get(struct net *n, const struct target_spec *spec,
		    struct err *e);
void		 engine_free_all(struct net *n);

/* Asked for anew for each call: how much the way bears may have changed. */
struct http	*engine_http(struct engine *g);
const char	*engine_name(const struct engine *g);

/* What it waits for before it is connected, or NULL; constant. */
const char	*engine_stage(const struct engine *g);

/* What the user should know about the way to it, or NULL. */
const char	*engine_warning(const struct engine *g);

/*
 * e says what the engine's refusal means: no_container, ambiguous_container,
 * not_running, read_only, no_shell, engine_error; with its own words. what:
 * "cannot look at 'web'".
 */
void		 engine_refusal(const struct http_answer *a, const char *what,
		    struct err *e);

/* Why there was no answer (status 0), or as engine_refusal. */
void		 engine_failure(const struct engine *g,
		    const struct http_answer *a, const char *what,
		    struct err *e);

#endif
