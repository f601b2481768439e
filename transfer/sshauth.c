#include "sshauth.h"

#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "err.h"
#include "loop.h"
#include "net.h"
#include "secret.h"
#include "sshagent.h"
#include "sshconfig.h"
#include "sshdoor.h"
#include "sshkey.h"
#include "sshways.h"
#include "text.h"

#define AUTH_PROMPTS	3	/* ssh's NumberOfPasswordPrompts */
#define AUTH_PROMPTS_MAX	1000	/* no more of them */
#define AUTH_TEXT_MAX	1024	/* bytes of a server's text that are shown */
#define AUTH_ROUNDS_MAX	16	/* keyboard-interactive questions in all */
#define AUTH_PARTIAL_MAX 8	/* methods a server may want, one by one */

/* What is being tried now. */
enum auth_stage { AUTH_WAYS, AUTH_NONE, AUTH_KBDINT, AUTH_PASSWORD };

struct sshauth {
	struct net		*net;
	ssh_session		 session;
	const struct sshhost	*host;
	bool			 can_ask;	/* a terminal, no BatchMode */
	struct sshagent		*agent;
	struct sshdoor		*door;
	struct watch		 woken;		/* the door's descriptor */
	bool			 waits;		/* for the agent */
	void			(*wake)(void *ctx);
	void			*wake_ctx;
	struct sshways		 ways;
	size_t			 at;
	enum auth_stage		 stage;
	bool			 probed;	/* a locked key: server wants it */
	int			 tries, rounds, partials;
	struct secret		*password;	/* while it is in flight */
};

struct sshauth *
sshauth_new(struct net *n, ssh_session s, const struct sshhost *h,
    struct sshkeys *keys, struct sshagent *agent)
{
	struct sshauth *a = calloc(1, sizeof(*a));

	if (a == NULL)
		return NULL;
	a->net = n;
	a->session = s;
	a->host = h;
	a->agent = agent;
	a->can_ask = net_can_ask(n) && !h->methods.batch;
	a->woken = (struct watch){ .fd = -1, .due = LOOP_NEVER };
	sshways_find(&a->ways, h, keys, agent, a->can_ask);
	a->stage = a->ways.n > 0 ? AUTH_WAYS : AUTH_NONE;
	return a;
}

void
sshauth_free(struct sshauth *a)
{
	if (a == NULL)
		return;
	loop_unwatch(a->net->loop, &a->woken);
	sshdoor_close(a->door);
	secret_free(a->password);
	sshways_clear(&a->ways);
	free(a);
}

static void
auth_woken(struct watch *w, short revents)
{
	struct sshauth *a = w->ctx;

	(void)revents;
	sshdoor_woken(a->door);
	a->waits = false;
	a->wake(a->wake_ctx);
}

static int
auth_door(struct sshauth *a)
{
	if (a->door != NULL)
		return 0;
	if ((a->door = sshdoor_open(a->agent, a->session)) == NULL)
		return -1;
	a->woken = (struct watch){ .fd = sshdoor_fd(a->door),
		.events = POLLIN, .due = LOOP_NEVER, .fn = auth_woken,
		.ctx = a };
	return loop_watch(a->net->loop, &a->woken);
}

/* An agent that refuses has sent nothing: the next way may do. */
static int
try_agent(struct sshauth *a, size_t index)
{
	int rc;

	if (auth_door(a) == -1)
		return SSH_AUTH_DENIED;
	sshdoor_show(a->door, index);
	rc = ssh_userauth_agent(a->session, NULL);
	if (rc != SSH_AUTH_ERROR || !ssh_is_connected(a->session))
		return rc;
	a->waits = sshdoor_deferred(a->door);
	if (a->waits)
		return SSH_AUTH_AGAIN;
	sshways_note(&a->ways, "the agent", "it refused to sign");
	return SSH_AUTH_DENIED;
}

/* The server is asked first, so that no passphrase is asked for in vain. */
static int
try_locked(struct sshauth *a, struct sshkey *k)
{
	int rc;

	/* Also where another session has unlocked it meanwhile: libssh has
	 * our own question pending. */
	if (!a->probed && k->public != NULL) {
		rc = ssh_userauth_try_publickey(a->session, NULL, k->public);
		if (rc != SSH_AUTH_SUCCESS)
			return rc;
	}
	a->probed = true;
	if (!sshkey_unlock(a->net, k)) {
		sshways_note(&a->ways, k->path, k->why);
		return SSH_AUTH_DENIED;
	}
	return ssh_userauth_publickey(a->session, NULL, k->private);
}

static int
try_way(struct sshauth *a, const struct sshway *w)
{
	switch (w->kind) {
	case SSHWAY_CERT:
		return ssh_userauth_publickey(a->session, NULL, w->certified);
	case SSHWAY_KEY:
		return ssh_userauth_publickey(a->session, NULL,
		    w->key->private);
	case SSHWAY_LOCKED:
		return try_locked(a, w->key);
	case SSHWAY_AGENT:
		return try_agent(a, w->index);
	}
	return SSH_AUTH_ERROR;
}

/* The server's text on one line each, in front of its question. */
static void
prompt_add(struct buf *b, const char *theirs, const char *end)
{
	char text[AUTH_TEXT_MAX];

	if (theirs == NULL || *theirs == '\0')
		return;
	text_safes(text, sizeof(text), theirs);
	(void)buf_addf(b, "%s%s", text, end);
}

static int
answer_prompt(struct sshauth *a, unsigned int i)
{
	char echo = 0;
	const char *theirs = ssh_userauth_kbdint_getprompt(a->session, i,
	    &echo);
	BUF_AUTO prompt = BUF_INIT(4 * AUTH_TEXT_MAX);
	SECRET_AUTO *answer = NULL;

	if (i == 0) {
		prompt_add(&prompt, ssh_userauth_kbdint_getname(a->session),
		    "\n");
		prompt_add(&prompt,
		    ssh_userauth_kbdint_getinstruction(a->session), "\n");
	}
	(void)buf_addf(&prompt, "(%s@%s) ", a->host->user, a->host->name);
	prompt_add(&prompt, theirs, "");
	if ((answer = net_ask(a->net, buf_str(&prompt), echo != 0)) == NULL)
		return -1;
	return ssh_userauth_kbdint_setanswer(a->session, i,
	    (const char *)secret_expose(answer, NULL)) < 0 ? -1 : 0;
}

static int
try_kbdint(struct sshauth *a)
{
	int rc, prompts;

	while ((rc = ssh_userauth_kbdint(a->session, NULL, NULL)) ==
	    SSH_AUTH_INFO) {
		if (a->rounds++ > AUTH_ROUNDS_MAX)
			return SSH_AUTH_ERROR;
		prompts = ssh_userauth_kbdint_getnprompts(a->session);
		for (int i = 0; i < prompts; i++) {
			if (answer_prompt(a, (unsigned int)i) == -1) {
				a->tries = AUTH_PROMPTS_MAX;
				return SSH_AUTH_DENIED;
			}
		}
	}
	return rc;
}

static int
try_password(struct sshauth *a)
{
	char prompt[300];
	int rc;

	if (a->password == NULL) {
		(void)snprintf(prompt, sizeof(prompt), "%s@%s's password: ",
		    a->host->user, a->host->name);
		a->password = net_ask(a->net, prompt, false);
		if (a->password == NULL) {
			a->tries = AUTH_PROMPTS_MAX;
			return SSH_AUTH_DENIED;
		}
	}
	rc = ssh_userauth_password(a->session, NULL,
	    (const char *)secret_expose(a->password, NULL));
	if (rc != SSH_AUTH_AGAIN) {
		secret_free(a->password);
		a->password = NULL;
	}
	return rc;
}

static int
try_stage(struct sshauth *a)
{
	switch (a->stage) {
	case AUTH_WAYS:
		return try_way(a, &a->ways.list[a->at]);
	case AUTH_NONE:
		return ssh_userauth_none(a->session, NULL);
	case AUTH_KBDINT:
		return try_kbdint(a);
	case AUTH_PASSWORD:
		return try_password(a);
	}
	return SSH_AUTH_ERROR;
}

/*
 * What the server would take, as it said after the last refusal, and we may
 * use. Before it has refused anything (a key that never left the agent) that
 * is not known.
 */
static unsigned int
auth_methods(const struct sshauth *a)
{
	const struct sshmethods *w = &a->host->methods;
	int list = ssh_userauth_list(a->session, NULL);
	unsigned int m = list > 0 ? (unsigned int)list :
	    SSH_AUTH_METHOD_PUBLICKEY;

	if (w->no_publickey)
		m &= ~SSH_AUTH_METHOD_PUBLICKEY;
	if (w->no_kbdint || !a->can_ask)
		m &= ~SSH_AUTH_METHOD_INTERACTIVE;
	if (w->no_password || !a->can_ask)
		m &= ~SSH_AUTH_METHOD_PASSWORD;
	return m;
}

/* The first of the terminal's methods behind `after` that may be used. */
static bool
stage_ask(struct sshauth *a, enum auth_stage after, unsigned int methods)
{
	if (after < AUTH_KBDINT && (methods & SSH_AUTH_METHOD_INTERACTIVE))
		a->stage = AUTH_KBDINT;
	else if (after < AUTH_PASSWORD &&
	    (methods & SSH_AUTH_METHOD_PASSWORD))
		a->stage = AUTH_PASSWORD;
	else
		return false;
	a->tries = 0;
	return true;
}

/* After a refusal: the next thing to try, or false when nothing is left. */
static bool
stage_next(struct sshauth *a)
{
	int prompts = a->host->methods.prompts > 0 ? a->host->methods.prompts :
	    AUTH_PROMPTS;
	unsigned int methods = auth_methods(a);

	a->probed = false;
	if (a->stage == AUTH_WAYS && ++a->at < a->ways.n &&
	    (methods & SSH_AUTH_METHOD_PUBLICKEY))
		return true;
	if (a->stage >= AUTH_KBDINT && ++a->tries < prompts)
		return true;
	return stage_ask(a, a->stage, methods);
}

/*
 * After a success that is not enough (AuthenticationMethods): the next key
 * where one was just taken, all keys where something else was, or a question.
 */
static bool
stage_partial(struct sshauth *a)
{
	unsigned int methods = auth_methods(a);

	a->probed = false;
	if (++a->partials > AUTH_PARTIAL_MAX)
		return false;
	if (methods & SSH_AUTH_METHOD_PUBLICKEY) {
		a->at = a->stage == AUTH_WAYS ? a->at + 1 : 0;
		a->stage = AUTH_WAYS;
		if (a->at < a->ways.n)
			return true;
	}
	return stage_ask(a, AUTH_NONE, methods);
}

static enum sshauth_progress
auth_refused(struct sshauth *a, struct err *e)
{
	static const struct {
		unsigned int bit;
		const char *name;
	} names[] = {
		{ SSH_AUTH_METHOD_PUBLICKEY, "publickey" },
		{ SSH_AUTH_METHOD_PASSWORD, "password" },
		{ SSH_AUTH_METHOD_INTERACTIVE, "keyboard-interactive" },
		{ SSH_AUTH_METHOD_HOSTBASED, "hostbased" },
		{ SSH_AUTH_METHOD_GSSAPI_MIC, "gssapi-with-mic" },
	};
	unsigned int methods = (unsigned int)ssh_userauth_list(a->session,
	    NULL);
	BUF_AUTO list = BUF_INIT(128);

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (methods & names[i].bit)
			(void)buf_addf(&list, "%s%s", list.len ? "," : "",
			    names[i].name);
	}
	err_set(e, ERR_AUTH_FAILED, "permission denied for '%s' (%s)",
	    a->host->user, list.len > 0 ? buf_str(&list) : "nothing to try");
	if (a->ways.notes.len > 0)
		err_hint(e, "%s", buf_str(&a->ways.notes));
	else
		err_hint(e, "name a key with -i, or check 'ssh %s@%s true'",
		    a->host->user, a->host->name);
	return SSHAUTH_FAILED;
}

/* libssh reports AGAIN for ever on a session the server has left. */
static enum sshauth_progress
auth_broken(struct sshauth *a, struct err *e)
{
	const char *why = ssh_get_error(a->session);

	if (strstr(why, "Too many authentication failures") == NULL) {
		err_set(e, strstr(why, "MSG_DISCONNECT") != NULL ?
		    ERR_AUTH_FAILED : ERR_UNREACHABLE,
		    "authentication of '%s' broke off: %s", a->host->user,
		    why);
		err_hint(e, "see whether 'ssh %s@%s' gets through",
		    a->host->user, a->host->name);
		return SSHAUTH_FAILED;
	}
	err_set(e, ERR_AUTH_FAILED,
	    "the server refused '%s' after %zu keys: too many authentication "
	    "failures", a->host->user, a->at + 1);
	err_hint(e, "name the right key: -i FILE -o IdentitiesOnly=yes");
	return SSHAUTH_FAILED;
}

enum sshauth_progress
sshauth_step(struct sshauth *a, struct err *e)
{
	for (;;) {
		switch (try_stage(a)) {
		case SSH_AUTH_SUCCESS:
			return SSHAUTH_DONE;
		case SSH_AUTH_AGAIN:
			if (a->waits)
				return SSHAUTH_WAITS;
			if (!ssh_is_connected(a->session))
				return auth_broken(a, e);
			return SSHAUTH_AGAIN;
		case SSH_AUTH_DENIED:
			if (!ssh_is_connected(a->session))
				return auth_broken(a, e);
			if (!stage_next(a))
				return auth_refused(a, e);
			break;
		case SSH_AUTH_PARTIAL:
			if (!stage_partial(a))
				return auth_refused(a, e);
			break;
		default:
			return auth_broken(a, e);
		}
	}
}

void
sshauth_on_wake(struct sshauth *a, void (*wake)(void *ctx), void *ctx)
{
	a->wake = wake;
	a->wake_ctx = ctx;
}
