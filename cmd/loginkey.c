#include "loginkey.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "args.h"
#include "authform.h"
#include "authjson.h"
#include "err.h"
#include "issuer.h"
#include "loginrun.h"
#include "prompt.h"
#include "secret.h"
#include "signals.h"
#include "ui.h"

#define PAT_PREFIX "at-"
#define BLANK	   " \t\r\n\v\f"

static struct secret *
key_asked(struct ui *ui, const struct args *a, const char *what,
    struct err *e)
{
	struct prompt prompt;
	struct secret *key = NULL;

	prompt_open(&prompt, ui, a->no_input);
	if (prompt.io.ask != NULL)
		key = prompt.io.ask(prompt.io.ctx, what, false);
	prompt_close(&prompt);
	if (key == NULL && signals_first() != 0)
		err_set(e, ERR_INTERRUPTED, "interrupted; nothing was changed");
	else if (key == NULL)
		err_set(e, ERR_USAGE, "no key was given: pipe it into the "
		    "standard input");
	return key;
}

/* From a program; a signal that comes before its first byte is not lost. */
static struct secret *
key_piped(struct err *e)
{
	struct pollfd fds[] = {
		{ .fd = STDIN_FILENO, .events = POLLIN },
		{ .fd = signals_fd(), .events = POLLIN },
	};
	struct secret *key = NULL;

	while (poll(fds, 2, -1) == -1 && errno == EINTR)
		;
	if (signals_first() == 0)
		key = authjson_bytes(STDIN_FILENO, true, "standard input", e);
	if (key == NULL && signals_first() != 0)
		err_set(e, ERR_INTERRUPTED, "interrupted; nothing was changed");
	return key;
}

/* What is given, without the white space around it. */
static struct secret *
key_read(struct ui *ui, const struct args *a, const char *what,
    struct err *e)
{
	SECRET_AUTO *given = NULL;
	struct secret *key;
	const char *p;
	size_t len, skip;

	if (signals_open(e) == -1)
		return NULL;
	given = isatty(STDIN_FILENO) == 1 ? key_asked(ui, a, what, e) :
	    key_piped(e);
	if (given == NULL)
		return NULL;
	p = (const char *)secret_expose(given, &len);
	skip = strspn(p, BLANK);
	while (len > skip && strchr(BLANK, p[len - 1]) != NULL)
		len--;
	if (len == skip) {
		err_set(e, ERR_NO_CREDENTIAL, "the standard input holds no key");
		err_hint(e, "as in: pass show openai | codex-provision login "
		    "--with-api-key");
		return NULL;
	}
	if ((key = secret_copy(p + skip, len - skip)) == NULL)
		err_memory(e);
	return key;
}

struct secret *
loginkey_api(struct ui *ui, const struct args *a, struct err *e)
{
	SECRET_AUTO *key = key_read(ui, a, "API key (not shown): ", e);
	struct secret *done;

	if (key == NULL)
		return NULL;
	if ((done = authform_apikey(key, e)) == NULL)
		err_wrap(e, "cannot use the API key");
	return done;
}

/* ---- personal access tokens ---- */

struct pat {
	struct loginrun	 run;
	struct issuer_who *who;
};

static void
told(void *ctx, struct issuer_answer *a)
{
	struct pat *p = ctx;

	*p->who = a->who;
	loginrun_ended(&p->run, NULL, a->why);
}

static int
pat_check(struct pat *p, const struct secret *token, struct err *e)
{
	struct issuer_call *call = issuer_call(p->run.issuer,
	    &(struct issuer_ask){ .what = ISSUER_WHOAMI, .token = token },
	    told, p, e);

	if (call == NULL)
		return -1;
	(void)loginrun_wait(&p->run, e);	/* it has no auth.json to give */
	return e->code == ERR_NONE ? 0 : -1;
}

struct secret *
loginkey_pat(struct ui *ui, const struct args *a, struct issuer_who *who,
    struct err *e)
{
	SECRET_AUTO *pat = key_read(ui, a, "access token (not shown): ", e);
	struct secret *done = NULL;
	struct pat p = { .who = who };

	if (pat == NULL)
		return NULL;
	if (strncmp((const char *)secret_expose(pat, NULL), PAT_PREFIX,
	    sizeof(PAT_PREFIX) - 1) != 0) {
		err_set(e, ERR_BAD_CREDENTIAL, "that is no personal access "
		    "token: one begins with '" PAT_PREFIX "'");
		err_hint(e, "an API key goes to --with-api-key; the tokens of "
		    "an auth.json work nowhere else");
		return NULL;
	}
	if ((done = authform_pat(pat, e)) == NULL) {
		err_wrap(e, "cannot use the access token");
		return NULL;
	}
	if (loginrun_open(&p.run, ui, a, e) == -1) {
		secret_free(done);
		return NULL;
	}
	if (pat_check(&p, pat, e) == -1) {
		secret_free(done);
		done = NULL;
	}
	loginrun_close(&p.run);
	return done;
}
