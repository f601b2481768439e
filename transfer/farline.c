/*
 * farline - the far script's stream, and what is told by it.
 */
#include <stdlib.h>
#include <string.h>

#include "enginexec.h"
#include "farscript.h"
#include "farstate.h"
#include "farway.h"
#include "secret.h"
#include "text.h"

#define ANSWER_MS	10000	/* without an answer the link is dead */

/* How often codex is asked for news, in ms; each shows that we live, too. */
#define POLL_SOON	150
#define POLL_DEVICE	2000
#define POLL_USER	5000

static void
line_data(void *ctx, int type, const void *p, size_t len)
{
	struct farlogin *f = ctx;

	if (type == 1)
		farscript_feed(f->script, p, len);
	else
		farscript_feed_error(f->script, p, len);
}

static const void *
line_pending(void *ctx, size_t *len)
{
	return farscript_pending(((struct farlogin *)ctx)->script, len);
}

static void
line_sent(void *ctx, size_t len)
{
	farscript_sent(((struct farlogin *)ctx)->script, len);
}

static bool
line_finished(void *ctx)
{
	return farscript_over(((struct farlogin *)ctx)->script);
}

static void
line_ended(void *ctx, int status, const struct err *why)
{
	struct farlogin *f = ctx;

	if (why != NULL && !farscript_over(f->script))
		farstate_fail(f, why);
	else
		farscript_end(f->script, status);
}

/* Asked; the answer is waited for. */
static void
asks(struct farlogin *f)
{
	f->asked = loop_now(f->net.loop);
	farcall_poke(f->line);
}

static void
answered(struct farlogin *f)
{
	f->asked = 0;
}

/* What codex said last, for the user: its own prefix goes. */
static void
said_keep(struct farlogin *f, const char *line)
{
	static const char prefix[] = "Error logging in: ";

	if (strncmp(line, prefix, sizeof(prefix) - 1) == 0)
		line += sizeof(prefix) - 1;
	if (line[strspn(line, " \t\r")] != '\0')
		text_safes(f->words, sizeof(f->words), line);
}

/* Its address; told again after a lost link, where it has to be the same. */
static void
url_said(struct farlogin *f, const char *line)
{
	struct farurl url;
	struct err e = ERR_INIT;

	if (farurl_parse(&url, line, &f->plan->want, &e) == -1) {
		farstate_fail(f, &e);
	} else if (f->url.text == NULL) {
		f->url = url;	/* transferred */
	} else {
		if (strcmp(url.text, f->url.text) != 0)
			farstate_fail_text(f, ERR_PROTOCOL, "codex there "
			    "changed its address");
		farurl_clear(&url);
	}
}

static void
on_said(void *ctx, const char *line)
{
	struct farlogin *f = ctx;
	struct err e = ERR_INIT;

	net_trace(&f->net, 2, "codex", "%s", farurl_is(line) ?
	    "(the address)" : line);
	if (f->plan->device && f->code.code[0] == '\0') {
		if (farcode_line(&f->code, line, &f->plan->want, &e) == -1)
			farstate_fail(f, &e);
	} else if (!f->plan->device && farurl_is(line)) {
		url_said(f, line);
		return;
	}
	said_keep(f, line);
}

/* It ended without a login. */
static void
fail_codex(struct farlogin *f)
{
	struct err e = ERR_INIT;

	err_set(&e, ERR_LOGIN_REFUSED, "codex there did not log in: %s",
	    f->words[0] != '\0' ? f->words : "it says nothing");
	farstate_fail(f, &e);
}

static void
on_now(void *ctx, int status)
{
	struct farlogin *f = ctx;
	bool have = f->plan->device ? f->code.code[0] != '\0' :
	    f->url.text != NULL;

	answered(f);
	f->status = status;
	if (f->phase == FAR_READ && have && status == -1)
		farstate_go(f, f->plan->device ? FAR_DEVICE : FAR_OWNER);
	else if (f->phase == FAR_READ && status >= 0)
		fail_codex(f);
	else if (status >= 0 && (f->phase == FAR_BROWSER ||
	    f->phase == FAR_DEVICE || f->phase == FAR_WAIT))
		farstate_go(f, FAR_FILE);
}

static void
on_ready(void *ctx)
{
	struct farlogin *f = ctx;

	answered(f);
	if (f->phase != FAR_START)
		return;
	if (f->joining) {
		farback_joined(f);
		return;
	}
	free(f->home);
	f->home = strdup(farscript_home(f->script));
	if (f->home == NULL) {
		farstate_fail_text(f, ERR_INTERNAL, "out of memory");
		return;
	}
	if (farscript_store(f->script) != NULL)
		result_warn(f->r, "the settings there say '%s': Codex may "
		    "not use the file", farscript_store(f->script));
	net_trace(&f->net, 1, f->plan->target->text, "runs '%s' for '%s'",
	    farscript_codex(f->script), f->home);
	farstate_go(f, FAR_LOOK);
}

static void
on_owner(void *ctx, enum farscript_owner o, const char *who)
{
	struct farlogin *f = ctx;
	struct err e = ERR_INIT;

	answered(f);
	if (f->phase != FAR_OWNER)
		return;
	switch (o) {
	case FARSCRIPT_OURS:
		farstate_go(f, FAR_TRY);
		return;
	case FARSCRIPT_OTHERS:
		err_set(&e, ERR_UNSAFE_TARGET, "port %d there is uid %s's, "
		    "not the account's: that uid would get the login",
		    f->url.port, who);
		break;
	case FARSCRIPT_NOBODY:
		err_set(&e, ERR_PROTOCOL, "nobody listens at port %d there, "
		    "where codex wants its callback", f->url.port);
		break;
	case FARSCRIPT_UNKNOWN:
		err_set(&e, ERR_UNSAFE_TARGET, "whose port %d there is cannot "
		    "be told (no /proc/net/tcp, no lsof)", f->url.port);
		break;
	}
	err_hint(&e, "use --device-auth, which needs no port there");
	farstate_fail(f, &e);
}

static void
on_file(void *ctx, struct secret *take)
{
	struct farlogin *f = ctx;
	struct err e = ERR_INIT;

	answered(f);
	if (f->phase != FAR_FILE) {
		secret_free(take);
	} else if (take != NULL) {
		if (cred_parse(&f->cred, take, &e) == -1) {
			err_wrap(&e, "codex there wrote no usable login");
			farstate_fail(f, &e);
		} else {
			farstate_go(f, FAR_END);
		}
	} else if (f->cut && f->status == -1) {
		f->restart = true;	/* once this one has ended */
		farstate_go(f, FAR_END);
	} else {
		fail_codex(f);
	}
}

void
farline_over(struct farlogin *f)
{
	answered(f);
	if (f->phase != FAR_END)
		return;
	if (f->failed)
		farstate_go(f, FAR_SHOW);
	else if (f->restart)
		farback_again(f, &f->lost_why);
	else
		farstate_go(f, FAR_INSTALL);
}

static void
on_bye(void *ctx)
{
	farline_over(ctx);
}

static void
on_failed(void *ctx, const struct err *why)
{
	struct farlogin *f = ctx;

	answered(f);
	if (f->phase == FAR_END)
		farline_over(f);
	else if (why->code == ERR_UNREACHABLE)
		farstate_lost(f, why);
	else if (f->joining || farscript_gone(f->script))
		farback_again(f, why);
	else
		farstate_fail(f, why);
}

static int
script_new(struct farlogin *f, struct err *e)
{
	struct farscript_ask ask = { .codex_home = f->plan->codex_home,
		.device = f->plan->device,
		.life = f->plan->timeout + FARSCRIPT_LINGER,
		/* The user is asked, and nothing else is heard meanwhile. */
		.linger = f->plan->paste ? f->plan->timeout : 0,
		.events = { on_ready, on_said, on_now, on_owner, on_file,
		    on_bye, on_failed, f } };

	f->status = -1;
	f->words[0] = '\0';
	f->script = farscript_new(&ask, e);
	return f->script == NULL ? -1 : 0;
}

int
farline_start(struct farlogin *f, struct err *e)
{
	if (f->script == NULL ? script_new(f, e) == -1 :
	    farscript_join(f->script, e) == -1)
		return -1;
	*f->peer = (struct enginexec_peer){ .data = line_data,
		.pending = line_pending, .sent = line_sent,
		.finished = line_finished, .ended = line_ended, .ctx = f };
	f->line = farway_run(f->way, farscript_command(f->script),
	    farscript_argv(f->script), f->peer);
	return f->line != NULL ? 0 :
	    err_memory(e);
}

/* News of codex */

static int
poll_pause(const struct farlogin *f)
{
	switch (f->phase) {
	case FAR_READ:
	case FAR_WAIT:
		return POLL_SOON;
	case FAR_DEVICE:
		return POLL_DEVICE;
	case FAR_BROWSER:
		return POLL_USER;
	default:
		return 0;
	}
}

void
farline_news(struct farlogin *f)
{
	int64_t now = loop_now(f->net.loop);
	struct err e = ERR_INIT;

	if (f->phase == FAR_END || f->phase == FAR_FILE) {	/* it was busy */
		f->begun = false;
		f->step.due = 0;
		return;
	}
	if (poll_pause(f) == 0 || f->line == NULL)
		return;
	if (f->asked == 0 && farscript_ask_said(f->script)) {
		asks(f);
	} else if (f->asked != 0 && now - f->asked > ANSWER_MS) {
		err_set(&e, ERR_UNREACHABLE, "the connection is dead: no "
		    "answer for %d s", ANSWER_MS / 1000);
		farstate_lost(f, &e);
		return;
	}
	f->poll.due = now + poll_pause(f);
}

int
farline_poll(struct farlogin *f, struct err *e)
{
	(void)e;
	farline_news(f);
	return 0;
}

int
farline_device(struct farlogin *f, struct err *e)
{
	const struct farlogin_watcher *w = f->plan->watcher;

	if (w->code != NULL)
		w->code(w->ctx, &f->code);
	return farline_poll(f, e);
}

int
farline_owner(struct farlogin *f, struct err *e)
{
	(void)e;
	if (farscript_ask_owner(f->script, f->url.port))
		asks(f);
	return 0;
}

int
farline_file(struct farlogin *f, struct err *e)
{
	(void)e;
	if (farscript_ask_file(f->script))
		asks(f);
	else	/* one answer is still to come: then again */
		f->poll.due = loop_now(f->net.loop) + POLL_SOON;
	return 0;
}

int
farline_end(struct farlogin *f, struct err *e)
{
	(void)e;
	if (f->line == NULL || farscript_over(f->script))
		farline_over(f);
	else if (farscript_ask_end(f->script))
		asks(f);
	else
		f->poll.due = loop_now(f->net.loop) + POLL_SOON;
	return 0;
}
