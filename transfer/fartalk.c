#include "fartalk.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cred.h"
#include "err.h"
#include "secret.h"
#include "text.h"

void
fartalk_fail(struct farscript *s, const struct err *e)
{
	if (s->over)
		return;
	s->over = true;
	s->a.events.failed(s->a.events.ctx, e);
}

void
fartalk_protocol(struct farscript *s, const char *what)
{
	struct err e = ERR_INIT;

	err_set(&e, ERR_PROTOCOL, "the far script %s", what);
	fartalk_fail(s, &e);
}

/* The words. Each returns whether it may be said now, and so. */

static bool
keep_text(char **to, const char *rest)
{
	return *rest != '\0' && *to == NULL && (*to = strdup(rest)) != NULL;
}

static bool
said_home(struct farscript *s, char *rest)
{
	return !s->ready && *rest == '/' && keep_text(&s->home, rest);
}

static bool
said_store(struct farscript *s, char *rest)
{
	return !s->ready && keep_text(&s->store, rest);
}

static bool
said_codex(struct farscript *s, char *rest)
{
	return !s->ready && keep_text(&s->codex, rest);
}

static bool
said_ready(struct farscript *s, char *rest)
{
	if (*rest != '\0' || s->ready || s->home == NULL)
		return false;
	s->ready = true;
	s->a.events.ready(s->a.events.ctx);
	return true;
}

static bool
said_said(struct farscript *s, char *rest)
{
	if (s->asked != ASKED_SAID)
		return false;
	s->a.events.said(s->a.events.ctx, rest);
	return true;
}

static bool
said_now(struct farscript *s, char *rest)
{
	int64_t status = -1;

	if (s->asked != ASKED_SAID || (strcmp(rest, "runs") != 0 &&
	    text_number(rest, 0, 255, &status) != 0))
		return false;
	s->asked = ASKED_NOTHING;
	s->a.events.now(s->a.events.ctx, (int)status);
	return true;
}

/* ME UID...; what is no number is no answer but "none" and "unknown". */
static bool
said_owner(struct farscript *s, char *rest)
{
	enum farscript_owner o = FARSCRIPT_OURS;
	char *who = strchr(rest, ' '), *uid = who, *next;
	const char *other = "";
	int64_t me, n;

	if (s->asked != ASKED_OWNER || who == NULL)
		return false;
	*who++ = '\0';
	if (text_number(rest, 0, UINT32_MAX, &me) != 0)
		return false;
	s->asked = ASKED_NOTHING;
	if (strcmp(who, "none") == 0)
		o = FARSCRIPT_NOBODY;
	else if (strcmp(who, "unknown") == 0)
		o = FARSCRIPT_UNKNOWN;
	for (uid = who; o == FARSCRIPT_OURS && uid != NULL; uid = next) {
		if ((next = strchr(uid, ' ')) != NULL)
			*next++ = '\0';
		if (text_number(uid, 0, UINT32_MAX, &n) != 0)
			return false;
		if (n != me) {
			o = FARSCRIPT_OTHERS;
			other = uid;
		}
	}
	s->a.events.owner(s->a.events.ctx, o, other);
	return true;
}

static bool
said_file(struct farscript *s, char *rest)
{
	int64_t len;

	if (s->asked != ASKED_FILE || text_number(rest, 0, CRED_SIZE_MAX,
	    &len) != 0)
		return false;
	if (len > 0) {
		s->got = 0;
		return (s->file = secret_new((size_t)len)) != NULL;
	}
	s->asked = ASKED_NOTHING;
	s->a.events.file(s->a.events.ctx, NULL);
	return true;
}

static bool
said_bye(struct farscript *s, char *rest)
{
	if (*rest != '\0' || s->asked != ASKED_END)
		return false;
	s->over = true;
	s->a.events.bye(s->a.events.ctx);
	return true;
}

/* A far side may only blame itself. */
static bool
said_err(struct farscript *s, char *rest)
{
	static const struct {
		const char *word;
		enum err_code code;
		const char *hint;
	} own[] = {
		{ "no_codex", ERR_LOGIN_REFUSED, "install it there ('npm "
		    "install -g @openai/codex'), or log in here and use "
		    "'codex-provision push'" },
		{ "no_home", ERR_NO_HOME, "say where it is with "
		    "--codex-home" },
		{ "unsafe_target", ERR_UNSAFE_TARGET, "" },
		{ "permission_denied", ERR_PERMISSION_DENIED, "" },
		{ "disk_full", ERR_DISK_FULL, "make room there" },
		{ "over", ERR_PROTOCOL, "" },
		{ "protocol", ERR_PROTOCOL, "" },
	};
	enum { OWN = sizeof(own) / sizeof(own[0]) };
	char *text = strchr(rest, ' '), safe[ERR_TEXT_MAX];
	struct err e = ERR_INIT;
	size_t i = 0;

	if (text == NULL)
		return false;
	*text++ = '\0';
	while (i < OWN - 1 && strcmp(rest, own[i].word) != 0)
		i++;
	s->gone = strcmp(rest, "over") == 0;
	err_set(&e, own[i].code, "%s", text_safes(safe, sizeof(safe), text));
	if (own[i].hint[0] != '\0')
		err_hint(&e, "%s", own[i].hint);
	fartalk_fail(s, &e);
	return true;
}

void
fartalk_line(struct farscript *s, char *word)
{
	static const struct {
		const char *word;
		bool (*fn)(struct farscript *s, char *rest);
	} words[] = {
		{ "said", said_said },
		{ "now", said_now },
		{ "home", said_home },
		{ "store", said_store },
		{ "codex", said_codex },
		{ "ready", said_ready },
		{ "owner", said_owner },
		{ "file", said_file },
		{ "bye", said_bye },
		{ "err", said_err },
	};
	char *rest = strchr(word, ' ');

	if (rest != NULL)
		*rest++ = '\0';
	else
		rest = word + strlen(word);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(word, words[i].word) != 0)
			continue;
		if (!words[i].fn(s, rest))
			fartalk_protocol(s, "answered out of turn");
		return;
	}
	fartalk_protocol(s, "said a word that is not known here");
}
