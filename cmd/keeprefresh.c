#include "keeprefresh.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "authform.h"
#include "authjson.h"
#include "authwrite.h"
#include "buf.h"
#include "issuer.h"
#include "issuerenv.h"
#include "keepdue.h"
#include "keepnote.h"
#include "loginput.h"
#include "loop.h"
#include "secret.h"

#define LOCK_TRIES  4		/* of ten seconds: another's refresh ends */
#define STORE_TRIES 20		/* a second apart, once it is set aside */
#define OTHER_TRIES 60		/* a tenth apart: what Codex got is stored */
#define PATH_BYTES  4096
#define SECOND	    1000000000L	/* nanoseconds */

/* One refresh at work. */
struct work {
	struct keeprefresh *r;
	const char	*path;
	struct authwrite *lock;
	struct cred	 old;		/* what is on the disk */
	struct secret	*spent;		/* its refresh token */
	struct tokens	 fresh;
	struct timespec	 got;
	enum issuer_refusal refusal;
	bool		 over;
};

int
keeprefresh_check(const struct cred *c, struct err *e)
{
	if (c->mode == CRED_CHATGPT && c->refreshable)
		return 0;
	if (c->mode == CRED_CHATGPT || c->mode == CRED_LEASE)
		err_set(e, ERR_USAGE, "cannot keep a login without a refresh "
		    "token");
	else
		err_set(e, ERR_USAGE, "'keep' is for ChatGPT logins; a "
		    "credential of mode '%s' does not rotate",
		    cred_mode_name(c->mode));
	return err_hint(e, c->mode == CRED_CHATGPT || c->mode == CRED_LEASE ?
	    "run it where the login itself is, or log in here with "
	    "'codex-provision login'" :
	    "copy it with 'codex-provision push': copies do no harm");
}

static void
rest(long nanoseconds)
{
	const struct timespec t = { nanoseconds / SECOND,
		nanoseconds % SECOND };

	(void)nanosleep(&t, NULL);	/* no signal comes through here */
}

static void
end(struct work *w, enum keeprefresh_state state)
{
	w->r->state = state;
}

/* ---- before ---- */

static int
lock(struct work *w)
{
	for (int i = 0; i < LOCK_TRIES && w->lock == NULL; i++) {
		w->r->why = (struct err)ERR_INIT;
		w->lock = authwrite_open(w->path, 0, &w->r->why);
		if (w->lock == NULL && w->r->why.code != ERR_LOCKED)
			break;
	}
	return w->lock != NULL ? 0 : -1;
}

/* What an earlier keeper knows of this very login. */
static bool
noted(struct work *w)
{
	int64_t now = time(NULL);
	struct keepnote n;

	if (!keepnote_get(w->path, &n) ||
	    memcmp(n.digest, w->old.digest, sizeof(n.digest)) != 0 ||
	    (n.state == KEEPREFRESH_UNKNOWN && n.until <= now))
		return false;
	w->r->why = n.why;
	w->r->retry_after = n.until > now ? n.until - now : 0;
	end(w, n.state);
	return true;
}

/* From now on; state is what is known of it, or feared. */
static void
note(const struct work *w, enum keeprefresh_state state)
{
	int64_t now = time(NULL);
	struct keepnote n = { .state = state, .until = now,
		.why = w->r->why };

	memcpy(n.digest, w->r->digest, sizeof(n.digest));
	if (state == KEEPREFRESH_UNKNOWN && w->old.expires > now)
		n.until += (w->old.expires - now) / 2;
	if (n.why.code == ERR_NONE)
		err_set(&n.why, ERR_INTERRUPTED, "an earlier refresh was cut "
		    "short: the token may be spent");
	keepnote_put(w->path, &n);
}

/* Whether there is something to ask for, and a place for the answer. */
static bool
ready(struct work *w)
{
	struct err *e = &w->r->why;

	if (lock(w) == -1 || authjson_read(&w->old, w->path, e) == -1)
		return false;
	memcpy(w->r->digest, w->old.digest, sizeof(w->r->digest));
	if (keeprefresh_check(&w->old, e) == -1)
		return false;
	if (keepdue_at(&w->old) > time(NULL)) {
		end(w, KEEPREFRESH_FRESH);
		return false;
	}
	if (noted(w))
		return false;
	if (authwrite_try(w->lock, w->old.bytes, w->old.digest, e) == -1)
		(void)err_wrap(e, "nothing was refreshed");
	else if ((w->spent = cred_token(&w->old, "refresh_token")) == NULL)
		err_memory(e);
	return w->spent != NULL;
}

/* ---- the network ---- */

static void
answered(void *ctx, struct issuer_answer *a)
{
	struct work *w = ctx;

	w->over = true;
	w->r->retry_after = a->retry_after;
	w->refusal = a->refusal;
	if (a->why != NULL)
		w->r->why = *a->why;
	switch (a->outcome) {
	case ISSUER_DONE:
		w->fresh = a->tokens;
		a->tokens = (struct tokens){ NULL, NULL, NULL };
		(void)clock_gettime(CLOCK_REALTIME, &w->got);
		end(w, KEEPREFRESH_DONE);
		break;
	case ISSUER_UNKNOWN:
		end(w, KEEPREFRESH_UNKNOWN);
		break;
	case ISSUER_REFUSED:
		/* A certificate that is not trusted is no word of theirs. */
		end(w, a->sent ? KEEPREFRESH_REFUSED : KEEPREFRESH_AGAIN);
		break;
	default:
		end(w, KEEPREFRESH_AGAIN);
		break;
	}
}

static void
ask(struct work *w, const struct issuer_where *where)
{
	const struct issuer_ask what = { .what = ISSUER_REFRESH,
		.token = w->spent, .reason = keepdue_reason(&w->old) };
	struct loop *loop = loop_new();
	struct issuer *issuer = NULL;

	if (loop == NULL)
		err_memory(&w->r->why);
	else
		issuer = issuer_new(loop, where, &w->r->why);
	if (issuer != NULL &&
	    issuer_call(issuer, &what, answered, w, &w->r->why) != NULL) {
		while (!w->over)
			loop_turn(loop);
	}
	issuer_free(issuer);
	loop_free(loop);
}

/* To the issuer that gave it, as the client that it was given to. */
static void
ask_its_issuer(struct work *w, const struct args *a)
{
	char *url = cred_provenance(&w->old, "issuer");
	char *client = cred_provenance(&w->old, "client_id");
	struct issuer_where where;

	issuerenv_where(&where, a);
	where.url = url;
	where.client_id = client;
	ask(w, &where);
	free(url);
	free(client);
}

/* ---- after ---- */

/* The file was changed while we asked. Whether ours is still to be put. */
static bool
still_ours(struct work *w)
{
	struct err ignored = ERR_INIT;	/* then it is not ours */
	SECRET_AUTO *there = NULL;
	struct cred now = { .mode = CRED_NONE };

	if (authjson_read(&now, w->path, &ignored) == -1)
		return false;
	there = now.mode == CRED_CHATGPT ? cred_token(&now, "refresh_token") :
	    NULL;
	if (there == NULL || !secret_equal(there, w->spent)) {
		cred_clear(&now);
		return false;
	}
	cred_clear(&w->old);
	w->old = now;	/* transferred */
	memcpy(w->r->digest, now.digest, sizeof(w->r->digest));
	return true;
}

/* The login as it is now. NULL with why set. */
static struct secret *
form(struct work *w)
{
	const struct authform_login l = { .id_token = w->fresh.id,
		.access_token = w->fresh.access,
		.refresh_token = w->fresh.refresh, .now = w->got };

	return authform_refreshed(&w->old, &l, &w->r->why);
}

/* Whether it is decided: it is on the disk, or another login is. */
static bool
put(struct work *w, bool *mine)
{
	SECRET_AUTO *bytes = NULL;
	struct authwrite_done done;

	do {
		w->r->why = (struct err)ERR_INIT;
		secret_free(bytes);
		if ((bytes = form(w)) == NULL)
			return false;
		*mine = authwrite_put(w->lock, bytes, w->old.digest, &done,
		    &w->r->why) == 0;
	} while (!*mine && done.state == AUTHWRITE_CHANGED && still_ours(w));
	return *mine || done.state == AUTHWRITE_CHANGED;
}

/* Its place does not take it: first into a file of ours, then once more. */
static void
put_aside(struct work *w)
{
	BUF_AUTO where = BUF_INIT(PATH_BYTES);
	struct err first = w->r->why, e = ERR_INIT;
	struct secret *bytes = form(w);
	struct cred c = { .mode = CRED_NONE };
	bool mine = false, aside;

	aside = bytes != NULL && cred_parse(&c, bytes, &e) == 0 &&
	    loginput_rescue(&c, &where, &e) == 0;
	cred_clear(&c);
	for (int i = 0; i < STORE_TRIES; i++) {
		rest(SECOND);
		if (!put(w, &mine))
			continue;
		if (aside)
			(void)unlink(buf_str(&where));	/* one too many */
		end(w, mine ? KEEPREFRESH_DONE : KEEPREFRESH_FRESH);
		return;
	}
	w->r->why = first;
	(void)err_wrap(&w->r->why, "refreshed, but not stored");
	if (aside)
		err_hint(&w->r->why, "it is not lost; when that is mended: mv "
		    "'%s' '%s'", buf_str(&where), w->path);
	else
		err_hint(&w->r->why, "the login is lost: log in again");
	end(w, KEEPREFRESH_ASIDE);
}

/* A Codex here that asked at the same time stores what it got by now: it
 * waited for our lock. */
static void
look_for_other(struct work *w)
{
	struct err ignored = ERR_INIT;
	struct cred now;
	bool other = false;

	authwrite_close(w->lock);
	w->lock = NULL;
	for (int i = 0; i < OTHER_TRIES && !other; i++) {
		rest(SECOND / 10);
		if (authjson_read(&now, w->path, &ignored) == -1)
			continue;
		other = memcmp(now.digest, w->old.digest,
		    sizeof(now.digest)) != 0;
		cred_clear(&now);
	}
	if (other)
		end(w, KEEPREFRESH_FRESH);
}

/* What the next keeper has to know. */
static void
leave_note(const struct work *w)
{
	switch (w->r->state) {
	case KEEPREFRESH_REFUSED:
	case KEEPREFRESH_UNKNOWN:
	case KEEPREFRESH_ASIDE:
		note(w, w->r->state);
		break;
	default:
		keepnote_drop(w->path);
		break;
	}
}

void
keeprefresh(struct keeprefresh *r, const struct args *a, const char *path)
{
	struct work w = { .r = r, .path = path,
		.old = { .mode = CRED_NONE } };
	bool mine = false;

	*r = (struct keeprefresh){ .state = KEEPREFRESH_AGAIN,
		.why = ERR_INIT };
	if (ready(&w)) {
		note(&w, KEEPREFRESH_UNKNOWN);
		ask_its_issuer(&w, a);
	}
	if (r->state == KEEPREFRESH_DONE) {
		if (!put(&w, &mine))
			put_aside(&w);
		else if (!mine)
			end(&w, KEEPREFRESH_FRESH);
	} else if (r->state == KEEPREFRESH_REFUSED &&
	    w.refusal == REFUSAL_REUSED) {
		look_for_other(&w);
	}
	if (r->state == KEEPREFRESH_DONE || r->state == KEEPREFRESH_FRESH)
		r->why = (struct err)ERR_INIT;
	if (w.spent != NULL)
		leave_note(&w);
	tokens_clear(&w.fresh);
	secret_free(w.spent);
	cred_clear(&w.old);
	authwrite_close(w.lock);
}
