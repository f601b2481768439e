/*
 * codexconfig - what Codex's configuration says about where its login is.
 *
 * Each rule was tried on codex-cli 0.169.0 (tests/cli compares once more).
 */
#include <string.h>

#include "codexconfig.h"
#include "err.h"
#include "toml.h"

#define BLANK " \t\n\v\f\r"

static const char *const names[] = {
	[CODEXCONFIG_SYSTEM] = "/etc/codex/config.toml",
	[CODEXCONFIG_USER] = "config.toml",
	[CODEXCONFIG_MANAGED] = "/etc/codex/managed_config.toml",
	[CODEXCONFIG_REQUIRED] = "/etc/codex/requirements.toml",
};

static const char *const stores[] = {
	[CODEXCONFIG_FILE] = "file",
	[CODEXCONFIG_KEYRING] = "keyring",
	[CODEXCONFIG_AUTO] = "auto",
	[CODEXCONFIG_EPHEMERAL] = "ephemeral",
};

static const char *const logins[] = {
	[CODEXCONFIG_ANY] = "",		/* has no word */
	[CODEXCONFIG_CHATGPT] = "chatgpt",
	[CODEXCONFIG_API] = "api",
};
#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

enum setting { STORE, LOGIN, IDS, PROFILE, SETTINGS };

static const char *const settings[] = {
	[STORE] = "cli_auth_credentials_store",
	[LOGIN] = "forced_login_method",
	[IDS] = "forced_chatgpt_workspace_id",
	[PROFILE] = "profile",
};

/* One file on its way. */
struct reading {
	struct codexconfig	*c;
	enum codexconfig_file	 file;
	bool			 seen[SETTINGS];
};

const char *
codexconfig_name(enum codexconfig_file file)
{
	return names[file];
}

const char *
codexconfig_store_name(enum codexconfig_store store)
{
	return stores[store];
}

static int
refuse(struct reading *r, enum setting s, const char *what, struct err *e)
{
	r->c->refused = true;
	return err_set(e, ERR_BAD_CREDENTIAL, "'%s' %s", settings[s], what);
}

/* The place of v's word in a table of them, from first on; -1: refused. */
static int
word(struct reading *r, enum setting s, const struct toml_value *v,
    const char *const *words, int n, int first, struct err *e)
{
	for (int i = first; i < n && v->type == TOML_STRING; i++)
		if (strcmp(v->text, words[i]) == 0)
			return i;
	return refuse(r, s, "has a value that Codex does not know", e);
}

/* A workspace, without the white space around it; a blank one is none. */
static int
id_add(struct reading *r, const struct toml_value *v, struct err *e)
{
	struct codexconfig *c = r->c;
	const char *s = v->text + strspn(v->text, BLANK);
	size_t n = strlen(s);

	if (v->type != TOML_STRING || v->array > 1)
		return refuse(r, IDS, "is no string or list of strings", e);
	if (v->array == 0 && strchr(s, ',') != NULL)
		return refuse(r, IDS, "is a string with commas, not a list",
		    e);
	while (n > 0 && strchr(BLANK, s[n - 1]) != NULL)
		n--;
	if (n == 0)
		return 0;
	if (c->nids == CODEXCONFIG_IDS || n >= CODEXCONFIG_ID_MAX) {
		c->more_ids = true;
		return 0;
	}
	memcpy(c->ids[c->nids], s, n);
	c->ids[c->nids++][n] = '\0';
	return 0;
}

static int
ids_take(struct reading *r, const struct toml_value *v, struct err *e)
{
	if (v->array == 0) {
		r->c->nids = 0;		/* those of an earlier file */
		r->c->more_ids = false;
	}
	if (v->array == 0 && v->type == TOML_ARRAY)
		return 0;
	return id_add(r, v, e);
}

/* Whether v is the setting, or something below it as if it were a table. */
static bool
is_setting(const struct toml_value *v, enum setting s, bool *below)
{
	size_t n = strlen(settings[s]);

	if (strncmp(v->path, settings[s], n) != 0)
		return false;
	*below = v->path[n] == '.';
	return v->path[n] == '\0' || *below;
}

static int
take(struct reading *r, enum setting s, const struct toml_value *v,
    struct err *e)
{
	int i = 0;

	if (v->array == 0 && r->seen[s])
		return refuse(r, s, "stands twice", e);
	r->seen[s] = true;
	switch (s) {
	case STORE:
		i = word(r, s, v, stores, COUNT(stores), 0, e);
		if (i != -1)
			r->c->store = (enum codexconfig_store)i;
		break;
	case LOGIN:
		i = word(r, s, v, logins, COUNT(logins), CODEXCONFIG_CHATGPT,
		    e);
		if (i != -1)
			r->c->login = (enum codexconfig_login)i;
		break;
	case IDS:
		i = ids_take(r, v, e);
		break;
	default:
		return refuse(r, s, "is a setting that Codex has given up",
		    e);
	}
	return i == -1 ? -1 : 0;
}

static int
each(void *ctx, const struct toml_value *v, struct err *e)
{
	struct reading *r = ctx;
	bool below;

	for (int s = 0; s < SETTINGS; s++) {
		if (!is_setting(v, (enum setting)s, &below))
			continue;
		if (r->file == CODEXCONFIG_REQUIRED && s != STORE)
			return 0;
		if (below)
			return refuse(r, (enum setting)s, "is a table", e);
		return take(r, (enum setting)s, v, e);
	}
	return 0;
}

int
codexconfig_add(struct codexconfig *c, enum codexconfig_file file,
    const char *p, size_t len, struct err *e)
{
	struct reading r = { .c = c, .file = file };

	if (toml_walk(p, len, each, &r, ERR_BAD_CREDENTIAL, e) == 0)
		return 0;
	if (!c->refused)
		c->unknown = true;
	return err_wrap(e, "%s", names[file]);
}
