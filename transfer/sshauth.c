#include "sshauth.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "err.h"
#include "net.h"
#include "secret.h"
#include "sshagent.h"
#include "sshconfig.h"
#include "sshkey.h"
#include "text.h"

#define AUTH_WAYS_MAX	64
#define AUTH_PASSWORD_TRIES 3	/* ssh's NumberOfPasswordPrompts */
#define AUTH_ROUNDS_MAX	16	/* keyboard-interactive questions */
#define AUTH_PATH_MAX	1024

enum way_kind { WAY_CERT, WAY_KEY, WAY_LOCKED, WAY_AGENT };

struct way {
	enum way_kind	 kind;
	struct sshkey	*key;		/* not for WAY_AGENT */
	ssh_key		 certified;	/* WAY_CERT; owned */
	size_t		 index;		/* WAY_AGENT */
};

/* What is being tried now. */
enum auth_stage { AUTH_WAYS, AUTH_NONE, AUTH_KBDINT, AUTH_PASSWORD };

struct sshauth {
	struct net		*net;
	ssh_session		 session;
	const struct sshhost	*host;
	struct sshkeys		*keys;
	struct sshagent		*agent;
	struct sshagent_door	*door;
	struct way		 ways[AUTH_WAYS_MAX];
	size_t			 nways, at;
	enum auth_stage		 stage;
	bool			 probed;	/* WAY_LOCKED: server wants it */
	int			 tries;
	struct secret		*password;	/* while it is in flight */
	struct buf		 notes;		/* why keys were not used */
};

static void
way_add(struct sshauth *a, struct way w)
{
	if (a->nways < AUTH_WAYS_MAX)
		a->ways[a->nways++] = w;
	else
		ssh_key_free(w.certified);
}

static bool
agent_find(const struct sshauth *a, const char *base64, size_t *index)
{
	if (a->agent == NULL || base64 == NULL)
		return false;
	for (size_t i = 0; i < sshagent_count(a->agent); i++) {
		if (strcmp(sshagent_key(a->agent, i), base64) == 0) {
			*index = i;
			return true;
		}
	}
	return false;
}

static void
way_add_cert(struct sshauth *a, struct sshkey *k, const char *path)
{
	ssh_key both = sshkey_certified(k, path);

	if (both != NULL)
		way_add(a, (struct way){ WAY_CERT, k, both, 0 });
}

/* Certificates named in the configuration, then the one beside the key. */
static void
ways_certified(struct sshauth *a, struct sshkey *k)
{
	char beside[AUTH_PATH_MAX];
	int n;

	for (char **c = a->host->certificate_files; c && *c; c++)
		way_add_cert(a, k, *c);
	n = snprintf(beside, sizeof(beside), "%s-cert.pub", k->path);
	if (n > 0 && (size_t)n < sizeof(beside))
		way_add_cert(a, k, beside);
}

static void
ways_from_file(struct sshauth *a, struct sshkey *k)
{
	size_t i;

	if (k->state == SSHKEY_READY) {
		ways_certified(a, k);
		way_add(a, (struct way){ WAY_KEY, k, NULL, 0 });
	} else if (agent_find(a, k->base64, &i)) {
		way_add(a, (struct way){ WAY_AGENT, NULL, NULL, i });
	} else if (k->why != NULL) {
		(void)buf_addf(&a->notes, "%s'%s': %s",
		    a->notes.len ? "; " : "", k->path, k->why);
	}
}

static bool
agent_listed(const struct sshauth *a, size_t index)
{
	for (size_t i = 0; i < a->nways; i++) {
		const struct way *w = &a->ways[i];

		if ((w->kind == WAY_AGENT && w->index == index) ||
		    (w->kind == WAY_KEY && w->key->base64 != NULL &&
		    strcmp(w->key->base64,
		    sshagent_key(a->agent, index)) == 0))
			return true;
	}
	return false;
}

static void
ways_build(struct sshauth *a)
{
	char **files = a->host->identity_files, **f;
	struct sshkey *k;

	for (f = files; f && *f; f++) {
		if ((k = sshkeys_get(a->keys, *f)) != NULL)
			ways_from_file(a, k);
	}
	if (a->agent != NULL && !a->host->identities_only) {
		for (size_t i = 0; i < sshagent_count(a->agent); i++) {
			if (!agent_listed(a, i))
				way_add(a, (struct way){ WAY_AGENT, NULL,
				    NULL, i });
		}
	}
	for (f = files; net_can_ask(a->net) && f && *f; f++) {
		size_t i;

		k = sshkeys_get(a->keys, *f);
		if (k != NULL && k->state == SSHKEY_ENCRYPTED &&
		    !agent_find(a, k->base64, &i))
			way_add(a, (struct way){ WAY_LOCKED, k, NULL, 0 });
	}
}

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
	a->keys = keys;
	a->agent = agent;
	a->notes = (struct buf)BUF_INIT(ERR_HINT_MAX);
	ways_build(a);
	a->stage = a->nways > 0 ? AUTH_WAYS : AUTH_NONE;
	return a;
}

void
sshauth_free(struct sshauth *a)
{
	if (a == NULL)
		return;
	for (size_t i = 0; i < a->nways; i++)
		ssh_key_free(a->ways[i].certified);
	sshagent_door_close(a->door);
	secret_free(a->password);
	buf_clear(&a->notes);
	free(a);
}

/* The agent may wait for a touch: nobody else pays for that time. */
static int
try_agent(struct sshauth *a, size_t index)
{
	int64_t began = net_clock();
	int rc;

	if (a->door == NULL)
		a->door = sshagent_door_open(a->agent, a->session);
	if (a->door == NULL)
		return SSH_AUTH_DENIED;
	sshagent_door_show(a->door, index);
	rc = ssh_userauth_agent(a->session, NULL);
	if (net_clock() - began > 100)
		net_forgive_since(a->net, began);
	return rc;
}

/* The server is asked first, so that no passphrase is asked for in vain. */
static int
try_locked(struct sshauth *a, struct sshkey *k)
{
	int rc;

	if (!a->probed && k->state == SSHKEY_ENCRYPTED && k->public != NULL) {
		rc = ssh_userauth_try_publickey(a->session, NULL, k->public);
		if (rc != SSH_AUTH_SUCCESS)
			return rc;
	}
	a->probed = true;
	if (!sshkey_unlock(a->net, k))
		return SSH_AUTH_DENIED;
	return ssh_userauth_publickey(a->session, NULL, k->private);
}

static int
try_way(struct sshauth *a, const struct way *w)
{
	switch (w->kind) {
	case WAY_CERT:
		return ssh_userauth_publickey(a->session, NULL, w->certified);
	case WAY_KEY:
		return ssh_userauth_publickey(a->session, NULL,
		    w->key->private);
	case WAY_LOCKED:
		return try_locked(a, w->key);
	case WAY_AGENT:
		return try_agent(a, w->index);
	}
	return SSH_AUTH_ERROR;
}

/* One question of the server; its text is foreign. */
static int
answer_prompt(struct sshauth *a, unsigned int i)
{
	char echo = 0, text[200], prompt[300];
	const char *theirs = ssh_userauth_kbdint_getprompt(a->session, i,
	    &echo);
	SECRET_AUTO *answer = NULL;

	text_safes(text, sizeof(text), theirs ? theirs : "");
	(void)snprintf(prompt, sizeof(prompt), "(%s@%s) %s", a->host->user,
	    a->host->name, text);
	if ((answer = net_ask(a->net, prompt, echo != 0)) == NULL)
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
		if (a->tries++ > AUTH_ROUNDS_MAX)
			return SSH_AUTH_ERROR;
		prompts = ssh_userauth_kbdint_getnprompts(a->session);
		for (int i = 0; i < prompts; i++) {
			if (answer_prompt(a, (unsigned int)i) == -1)
				return SSH_AUTH_DENIED;
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
			a->tries = AUTH_PASSWORD_TRIES;
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
		return try_way(a, &a->ways[a->at]);
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
 * What the server would take, as it said after the last refusal. Before it
 * has refused anything (a key that never left the agent) that is not known.
 */
static unsigned int
auth_methods(const struct sshauth *a)
{
	int methods = ssh_userauth_list(a->session, NULL);

	return methods > 0 ? (unsigned int)methods : SSH_AUTH_METHOD_PUBLICKEY;
}

/* After a refusal: the next thing to try, or false when nothing is left. */
static bool
stage_next(struct sshauth *a)
{
	unsigned int methods = auth_methods(a);

	a->probed = false;
	if (a->stage == AUTH_WAYS && ++a->at < a->nways &&
	    (methods & SSH_AUTH_METHOD_PUBLICKEY))
		return true;
	if (a->stage == AUTH_PASSWORD)
		return ++a->tries < AUTH_PASSWORD_TRIES;
	if (!net_can_ask(a->net))
		return false;
	if (a->stage < AUTH_KBDINT &&
	    (methods & SSH_AUTH_METHOD_INTERACTIVE)) {
		a->stage = AUTH_KBDINT;
	} else if (methods & SSH_AUTH_METHOD_PASSWORD) {
		a->stage = AUTH_PASSWORD;
	} else {
		return false;
	}
	a->tries = 0;
	return true;
}

/* After a success that is not enough: publickey was taken, what else? */
static bool
stage_partial(struct sshauth *a)
{
	unsigned int methods = auth_methods(a);

	if ((methods & SSH_AUTH_METHOD_PUBLICKEY) && a->stage == AUTH_WAYS &&
	    a->at + 1 < a->nways) {
		a->at++;
		return true;
	}
	a->at = a->nways;
	if (a->stage > AUTH_NONE)
		a->stage = AUTH_NONE;
	return stage_next(a);
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
	unsigned int methods = auth_methods(a);
	BUF_AUTO list = BUF_INIT(128);

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (methods & names[i].bit)
			(void)buf_addf(&list, "%s%s", list.len ? "," : "",
			    names[i].name);
	}
	err_set(e, ERR_AUTH_FAILED, "permission denied for '%s' (%s)",
	    a->host->user, buf_str(&list));
	if (a->notes.len > 0)
		err_hint(e, "%s", buf_str(&a->notes));
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
