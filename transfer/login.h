/*
 * login - what every way of logging in ends in: a finished auth.json.
 *
 * The browser (weblogin.h) and the device code (devicelogin.h) get tokens
 * each in their own way; from there on they are the same.
 */
#ifndef LOGIN_H
#define LOGIN_H

struct err;
struct issuer;
struct secret;
struct tokens;

/* The seconds a login may take where nobody says otherwise; Codex's own. */
#define LOGIN_SECONDS (15 * 60)

/*
 * A login has ended: authjson is the callee's, or NULL and why says why.
 * Called once, from the loop; may free the login.
 */
typedef void (*login_fn)(void *ctx, struct secret *authjson_take,
    const struct err *why);

/*
 * The bytes of auth.json for these tokens, as codex 0.169 writes them, with
 * last_refresh now and a login_owner_id of its own. api_key may be NULL. The
 * caller's; NULL with e set where Codex could not read them.
 */
struct secret	*login_authjson(const struct issuer *i,
		    const struct tokens *t, const struct secret *api_key,
		    struct err *e);

#endif
