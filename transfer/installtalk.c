#include "installtalk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "codexuse.h"
#include "secret.h"
#include "survey.h"
#include "target.h"
#include "text.h"
#include "verdict.h"

void
installtalk_fail(struct install *in, const struct err *e)
{
	if (in->backing)
		result_warn(in->r, "the old file could not be brought back: "
		    "%s", e->text);
	else
		result_fail(in->r, in->recover ? STATE_UNKNOWN : STATE_FAILED,
		    e);
	in->phase = INSTALL_DONE;
}

static void
install_protocol(struct install *in, const char *what)
{
	struct err e = ERR_INIT;

	err_set(&e, ERR_PROTOCOL, "the far script %s", what);
	installtalk_fail(in, &e);
}

static int
number_parse(const char *s, long *out)
{
	int64_t n;

	if (text_number(s, 0, UINT32_MAX, &n) != 0)
		return -1;
	*out = (long)n;
	return 0;
}

static bool
said_at(struct install *in, char *rest)
{
	if (rest[0] != '/' || in->placed || in->phase == INSTALL_SENDING)
		return false;
	free(in->look.path);
	if ((in->look.path = strdup(rest)) == NULL)
		return false;
	in->placed = true;
	return true;
}

/* look none|file|opaque MODE LINKS UID ME SIZE DIGEST */
static bool
said_look(struct install *in, char *rest)
{
	enum {
		KIND,
		MODE,
		LINKS,
		UID,
		ME,
		SIZE,
		DIGEST,
		WORDS
	};
	struct look *l = &in->look;
	char *word[WORDS], *save = NULL;
	int64_t size;

	for (size_t i = 0; i < WORDS; i++) {
		word[i] = strtok_r(i == 0 ? rest : NULL, " ", &save);
		if (word[i] == NULL)
			return false;
	}
	if (strtok_r(NULL, " ", &save) != NULL || !in->placed || in->looked)
		return false;
	if (number_parse(word[ME], &l->account) != 0)
		return false;
	in->looked = true;
	l->present = strcmp(word[KIND], "none") != 0;
	if (!l->present)
		return true;
	l->readable = strcmp(word[KIND], "file") == 0;
	if (!l->readable && strcmp(word[KIND], "opaque") != 0)
		return false;
	if ((l->mode = farshell_mode(word[MODE])) < 0 ||
	    number_parse(word[UID], &l->owner) != 0 ||
	    text_number(word[SIZE], 0, INT64_MAX, &size) != 0)
		return false;
	l->outsized = size == 0 || size > CRED_SIZE_MAX;
	return !l->readable ||
	       text_unhex(l->digest, CRED_DIGEST_LEN, word[DIGEST]) == 0;
}

/* Names that aren't known here are a later script's business. */
static bool
said_claim(struct install *in, char *rest)
{
	static const char *const names[CLAIMS] = {
		[CLAIM_MODE] = "auth_mode",
		[CLAIM_ACCOUNT] = "account_id",
		[CLAIM_ID] = "id_token",
		[CLAIM_ACCESS] = "access_token",
		[CLAIM_REFRESHED] = "last_refresh",
		[CLAIM_API_KEY] = "has_api_key",
		[CLAIM_PAT] = "has_pat",
		[CLAIM_TOKENS] = "has_tokens",
		[CLAIM_REFRESH] = "has_refresh_token",
	};
	char *value = strchr(rest, ' ');

	if (value == NULL || !in->looked || in->phase != INSTALL_LOOKING)
		return false;
	*value++ = '\0';
	for (size_t i = 0; i < CLAIMS; i++) {
		if (strcmp(rest, names[i]) != 0 || in->claims[i] != NULL)
			continue;
		return (in->claims[i] = strdup(value)) != NULL;
	}
	return true;
}

static bool
said_warn(struct install *in, char *rest)
{
	static const struct {
		const char *word, *before, *after;
	} known[] = {
		{ "hardlink", "", ": Codex refuses to refresh it" },
		{ "readonly", "", ": Codex cannot refresh it" },
		{ "linkleft", "the link is gone, what it led to stays: ", "" },
		{ "durability",
		    "a crash of the target may bring the old "
		    "state back: ",
		    "" },
	};
	char *text = strchr(rest, ' '), safe[FARSHELL_HEARD_MAX];

	if (text == NULL)
		return false;
	*text++ = '\0';
	text_safes(safe, sizeof(safe), text);
	in->unsure |= strcmp(rest, "durability") == 0;
	in->r->not_durable |= in->unsure;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strcmp(rest, known[i].word) == 0) {
			result_warn(in->r, "%s%s%s", known[i].before, safe,
			    known[i].after);
			return true;
		}
	}
	result_warn(in->r, "%s", safe);
	return true;
}

/* From here on a second look may be told. */
static void
look_forget(struct install *in)
{
	look_clear(&in->look);
	in->placed = in->looked = false;
}

/*
 * Nothing is put or removed, so there is nothing to bring back. What is to last
 * is synced; until it says so it may not.
 */
static bool
ask_alone(struct install *in)
{
	static const unsigned char no_key[SURVEY_KEY_LEN];

	in->phase = INSTALL_SENDING;
	if (in->job->op == JOB_REMOVE)
		return survey_stays(&in->go_on, true) == 0;
	in->r->not_durable = in->job->lasting;
	if (in->job->lasting && survey_sync(&in->go_on) == -1)
		return false;
	if (!in->job->probe)
		return buf_adds(&in->go_on, " exit 0;\n") == 0;
	in->r->survey = survey_new();
	return in->r->survey != NULL &&
	    survey_script(&in->go_on, no_key) == 0;
}

static bool
said_synced(struct install *in, char *rest)
{
	if (rest[0] != '\0' || in->phase != INSTALL_RECEIVING ||
	    !in->job->lasting || in->r->state != STATE_UNCHANGED)
		return false;
	in->r->not_durable = in->unsure;
	if (in->r->survey == NULL)
		in->phase = INSTALL_DONE;
	return true;
}

static bool
said_ready(struct install *in, char *rest)
{
	char *const *c = in->claims;
	struct cred_claims claims = {
		.auth_mode = c[CLAIM_MODE],
		.account_id = c[CLAIM_ACCOUNT],
		.id_token = c[CLAIM_ID],
		.access_token = c[CLAIM_ACCESS],
		.last_refresh = c[CLAIM_REFRESHED],
		.has_api_key = c[CLAIM_API_KEY] != NULL,
		.has_pat = c[CLAIM_PAT] != NULL,
		.has_tokens = c[CLAIM_TOKENS] != NULL,
		.has_refresh_token = c[CLAIM_REFRESH] != NULL,
	};

	if (rest[0] != '\0' || !in->looked || in->phase != INSTALL_LOOKING)
		return false;
	if (in->look.readable)
		cred_from_claims(&in->look.claims, &claims);
	memcpy(in->look.claims.digest, in->look.digest, CRED_DIGEST_LEN);
	if (in->recover) {
		look_recover(&in->look, in->job, &in->why, in->r);
		in->phase = INSTALL_DONE;
	} else if (look_again(&in->look, in->job, in->r)) {
		in->phase = INSTALL_AGAIN;
	} else if (in->job->survey != NULL && in->job->op == JOB_STATUS) {
		(void)look_judge(&in->look, in->job, in->r);
		in->r->survey = survey_new();
		if (in->r->survey == NULL ||
		    survey_script(&in->go_on, in->job->survey) == -1)
			return false;
		in->phase = INSTALL_SENDING;
	} else if (look_judge(&in->look, in->job, in->r)) {
		if ((in->job->op == JOB_REMOVE &&
		    survey_stays(&in->go_on, false) == -1) ||
		    (in->job->op == JOB_PUSH && in->job->probe &&
		    survey_probe(&in->go_on) == -1))
			return false;
		in->phase = INSTALL_SENDING;
		if (in->job->op != JOB_PULL)
			look_forget(in);
	} else if ((in->r->state == STATE_UNCHANGED &&
	    (in->job->probe || in->job->lasting)) ||
	    (in->r->state == STATE_ABSENT && in->job->op == JOB_REMOVE)) {
		return ask_alone(in);
	} else {
		in->phase = INSTALL_DONE;
	}
	return true;
}

static bool
said_changed(struct install *in, char *rest)
{
	if (rest[0] != '\0' || in->phase < INSTALL_SENDING ||
	    (in->job->op != JOB_PUSH && in->job->op != JOB_REMOVE))
		return false;
	in->phase = INSTALL_AGAIN;
	return true;
}

static bool
said_done(struct install *in, char *rest)
{
	in->look.replaced = strcmp(rest, "renamed") == 0;
	if ((!in->look.replaced && strcmp(rest, "inplace") != 0) ||
	    in->phase != INSTALL_COMMITTING || !in->looked ||
	    in->job->op != JOB_PUSH)
		return false;
	look_confirm(&in->look, in->job, in->r);
	in->phase = INSTALL_DONE;
	if (in->job->probe && in->r->state == STATE_WRITTEN) {
		in->probing = true;
		in->phase = INSTALL_RECEIVING;
		return (in->r->survey = survey_new()) != NULL;
	}
	return true;
}

/* bytes SIZE: from here on they are no lines. */
static bool
said_bytes(struct install *in, char *rest)
{
	int64_t size;

	if (in->phase != INSTALL_RECEIVING || in->job->op != JOB_PULL ||
	    in->fetching != 0 ||
	    text_number(rest, 1, CRED_SIZE_MAX, &size) != 0)
		return false;
	in->look.bytes = secret_new((size_t)size);
	in->fetching = in->look.bytes == NULL ? 0 : (size_t)size;
	return in->fetching != 0;
}

static bool
said_fact(struct install *in, char *rest)
{
	return in->phase == INSTALL_RECEIVING && in->r->survey != NULL &&
	    survey_fact(in->r->survey, rest, (int64_t)time(NULL));
}

static void
probe_answer(struct install *in, const char *word)
{
	if (!in->probing)
		return;
	buf_clear(&in->go_on);
	(void)snprintf(in->go, sizeof(in->go), "%s %s\n", word, in->nonce);
	in->sent = 0;
	in->phase = INSTALL_SENDING;
}

/* Until the far side says that the old file is back, that is not known. */
static void
probed(struct install *in)
{
	struct result *r = in->r;
	struct codexuse use;

	verdict_result(r, time(NULL), &use);
	if (r->survey->codex[0] == '\0') {
		result_warn(r, "no codex was found there to judge it");
	} else if (use.answer == CODEXUSE_NO) {
		err_set(&r->err, ERR_PERMISSION_DENIED, "Codex there would "
		    "not use it: %s", use.why[0]);
		err_hint(&r->err, "change what its Codex is told there, or "
		    "push without --probe");
		in->backing = in->probing;
		r->state = in->backing ? STATE_UNKNOWN : STATE_FAILED;
	} else if (use.answer == CODEXUSE_UNKNOWN) {
		result_warn(r, "whether Codex there uses it is not certain: %s",
		    use.nwhy > 0 ? use.why[0] : "it does not say");
	}
	probe_answer(in, in->backing ? "back" : "keep");
}

static bool
said_surveyed(struct install *in, char *rest)
{
	if (rest[0] != '\0' || in->phase != INSTALL_RECEIVING ||
	    (in->r->survey == NULL && in->job->op != JOB_REMOVE))
		return false;
	if (in->r->survey != NULL)
		in->r->survey->whole = true;
	in->phase = INSTALL_DONE;
	if (in->job->op == JOB_PUSH)
		probed(in);
	return true;
}

static bool
said_kept(struct install *in, char *rest)
{
	if (!in->probing || in->phase != INSTALL_RECEIVING)
		return false;
	in->phase = INSTALL_DONE;
	if (!in->backing)
		return true;
	in->r->state = STATE_FAILED;
	if (strcmp(rest, "changed") == 0)
		result_warn(in->r, "the file there was changed meanwhile, and "
		    "stays");
	return true;
}

/* What the result told of the file was told of ours. */
static bool
said_back(struct install *in, char *rest)
{
	struct result *r = in->r;

	if (rest[0] != '\0' || !in->backing || in->phase != INSTALL_RECEIVING)
		return false;
	in->phase = INSTALL_DONE;
	r->state = STATE_FAILED;
	r->mode = -1;
	cred_clear(&r->there);
	return true;
}

static bool
said_gone(struct install *in, char *rest)
{
	char *path = in->r->path;

	if (rest[0] != '\0' || in->phase != INSTALL_COMMITTING ||
	    in->job->op != JOB_REMOVE)
		return false;
	if (path != NULL && (in->look.path = strdup(path)) == NULL)
		return false;
	look_confirm(&in->look, in->job, in->r);
	in->phase = INSTALL_DONE;
	return true;
}

/* lacks UID GID DIR */
static bool
said_lacks(struct install *in, char *rest)
{
	char *gid = strchr(rest, ' '), *dir;
	long u, g;

	if (gid == NULL || (dir = strchr(gid + 1, ' ')) == NULL ||
	    dir[1] != '/' || in->lacks != NULL ||
	    in->phase >= INSTALL_AGAIN)
		return false;
	*gid++ = *dir++ = '\0';
	if (number_parse(rest, &u) != 0 || number_parse(gid, &g) != 0)
		return false;
	(void)snprintf(in->lacks_who, sizeof(in->lacks_who), "%ld:%ld", u, g);
	return (in->lacks = strdup(dir)) != NULL;
}

/* A far side may only blame itself: not the host key, say. */
static bool
said_err(struct install *in, char *rest)
{
	static const struct {
		enum err_code code;
		const char *hint;
	} own[] = {
		{ ERR_UNSAFE_TARGET,
		    "file and folder must belong to the "
		    "account that runs Codex, be writable for nobody else, "
		    "and have one name" },
		{ ERR_PERMISSION_DENIED,
		    "Codex itself could not refresh it "
		    "there: make file and folder writable for its account" },
		{ ERR_DISK_FULL, "make room there and run it again" },
		{ ERR_READ_ONLY, "" },
		{ ERR_NO_HOME, "say where it is with --codex-home" },
		{ ERR_LOCKED, "wait for the codex that runs there, then run "
			      "it again" },
		{ ERR_PROTOCOL, "" },
	};
	enum {
		OWN = sizeof(own) / sizeof(own[0])
	};
	char *text = strchr(rest, ' '), safe[ERR_TEXT_MAX];
	struct err e = ERR_INIT;
	size_t i = 0;

	if (text == NULL)
		return false;
	*text++ = '\0';
	text_safes(safe, sizeof(safe), text);
	while (i < OWN - 1 && strcmp(rest, err_name(own[i].code)) != 0)
		i++;
	err_set(&e, own[i].code, "%s", safe);
	if (own[i].hint[0] != '\0')
		err_hint(&e, "%s", own[i].hint);
	installtalk_fail(in, &e);
	return true;
}

void
installtalk_line(struct install *in, char *s)
{
	static const struct {
		const char *word;
		bool (*fn)(struct install *in, char *rest);
	} words[] = {
		{ "at", said_at },
		{ "look", said_look },
		{ "claim", said_claim },
		{ "warn", said_warn },
		{ "ready", said_ready },
		{ "changed", said_changed },
		{ "done", said_done },
		{ "gone", said_gone },
		{ "bytes", said_bytes },
		{ "fact", said_fact },
		{ "synced", said_synced },
		{ "surveyed", said_surveyed },
		{ "kept", said_kept },
		{ "back", said_back },
		{ "lacks", said_lacks },
		{ "err", said_err },
	};
	char *rest = strchr(s, ' ');

	if (rest != NULL)
		*rest++ = '\0';
	else
		rest = s + strlen(s);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(s, words[i].word) != 0)
			continue;
		if (!words[i].fn(in, rest))
			install_protocol(in, "answered out of turn");
		return;
	}
	install_protocol(in, "said a word that is not known here");
}
