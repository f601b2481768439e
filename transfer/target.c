#include "target.h"

#include <arpa/inet.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "container.h"
#include "curlapi.h"
#include "survey.h"
#include "text.h"

/* A new kind is one file ending in its table, and one row here. */
static const struct target_kind *const kinds[] = {
	&target_ssh, &target_docker, &target_docker_ssh,
};

static const char *const state_names[] = {
	[STATE_NONE] = "none",
	[STATE_WRITTEN] = "written",
	[STATE_UNCHANGED] = "unchanged",
	[STATE_WOULD_WRITE] = "would_write",
	[STATE_REFUSED] = "refused",
	[STATE_FAILED] = "failed",
	[STATE_UNKNOWN] = "unknown",
	[STATE_REMOVED] = "removed",
	[STATE_ABSENT] = "absent",
	[STATE_PRESENT] = "present",
};
_Static_assert(sizeof(state_names) / sizeof(*state_names) == STATES,
    "a name for every state");

const char *
target_state_name(enum target_state s)
{
	return state_names[s];
}

void
result_init(struct result *r)
{
	*r = (struct result){ .mode = -1, .owner = -1 };
}

void
result_clear(struct result *r)
{
	free(r->path);
	cred_clear(&r->there);
	survey_free(r->survey);
	for (size_t i = 0; i < r->nwarnings; i++)
		free(r->warnings[i]);
	result_init(r);
}

bool
result_end(struct result *r, enum target_state state)
{
	if (r->state != STATE_NONE)
		return false;
	r->state = state;
	return true;
}

void
result_fail(struct result *r, enum target_state state, const struct err *e)
{
	if (result_end(r, state))
		r->err = *e;
	else
		result_warn(r, "whether Codex would use it could not be told: "
		    "%s", e->text);
}

void
result_unknown(struct result *r, const struct err *why,
    const struct target_spec *again)
{
	if (!result_end(r, STATE_UNKNOWN))
		return;
	r->err = *why;
	err_wrap(&r->err, "the outcome is not known");
	err_hint(&r->err, "codex-provision status %s", again->text);
}

void
result_warn(struct result *r, const char *fmt, ...)
{
	char raw[ERR_TEXT_MAX], safe[ERR_TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(raw, sizeof(raw), fmt, ap);	/* cut is fine */
	va_end(ap);
	text_safes(safe, sizeof(safe), raw);
	for (size_t i = 0; i < r->nwarnings; i++) {
		if (strcmp(r->warnings[i], safe) == 0)
			return;
	}
	if (r->nwarnings == RESULT_WARNINGS_MAX)
		return;
	if ((r->warnings[r->nwarnings] = strdup(safe)) != NULL)
		r->nwarnings++;
}

/* Every byte is an ASCII letter, a digit, or in `more`; not empty; no '-'
 * first, because names end up in argument lists. */
static bool
name_ok(const char *s, const char *more)
{
	static const char alnum[] = "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

	if (*s == '\0' || *s == '-')
		return false;
	for (; *s != '\0'; s++) {
		if (strchr(alnum, *s) == NULL && strchr(more, *s) == NULL)
			return false;
	}
	return true;
}

/* Somebody may have written a password before the '@': it is not repeated. */
static int
spec_refuse(const char *text, const char *why, struct err *e)
{
	const char *at = strrchr(text, '@'), *sep = strstr(text, "://");
	const char *user = sep != NULL ? sep + 3 : text;

	if (at > user && memchr(user, ':', (size_t)(at - user)) != NULL)
		err_set(e, ERR_USAGE, "cannot use target '...%s': a password "
		    "in it", at);
	else
		err_set(e, ERR_USAGE, "cannot use target '%s': %s", text, why);
	return err_hint(e, "a target is [user@]host[:port] or "
	    "ssh://[user@]host[:port][/codex/home], docker://CONTAINER or "
	    "docker+ssh://[user@]host[:port]/CONTAINER");
}

/*
 * One part of a parsed URL as the caller's own string, NULL where absent.
 * 0, or -1 for one that can't be decoded: that must not pass as absent.
 */
static int
url_part(const struct curlapi *curl, CURLU *u, CURLUPart part, char **out)
{
	char *theirs;

	*out = NULL;
	switch (curl->url_get(u, part, &theirs, CURLU_URLDECODE)) {
	case CURLUE_OK:
		*out = strdup(theirs);
		curl->free(theirs);
		return *out != NULL ? 0 : -1;
	case CURLUE_NO_USER:
	case CURLUE_NO_PASSWORD:
	case CURLUE_NO_OPTIONS:
	case CURLUE_NO_PORT:
	case CURLUE_NO_QUERY:
	case CURLUE_NO_FRAGMENT:
		return 0;
	default:
		return -1;
	}
}

static int
port_parse(const char *s, int *port)
{
	int64_t number;

	if (text_number(s, 1, 65535, &number) == -1)
		return -1;
	*port = (int)number;
	return 0;
}

/* "[::1]" becomes "::1" and "[web1]" "web1", as ssh has it; in place. */
static int
host_unbracket(char *host)
{
	unsigned char v6[sizeof(struct in6_addr)];
	size_t len = strlen(host);
	char *zone;
	int rc;

	if (len < 2 || host[0] != '[' || host[len - 1] != ']')
		return strpbrk(host, "[]") == NULL ? 0 : -1;
	memmove(host, host + 1, len - 2);
	host[len - 2] = '\0';
	if (strchr(host, ':') == NULL)
		return 0;
	if ((zone = strchr(host, '%')) != NULL)
		*zone = '\0';
	rc = inet_pton(AF_INET6, host, v6) == 1 ? 0 : -1;
	if (zone != NULL)
		*zone = '%';
	return rc;
}

/* Only what we know may stand in a URL: a query would be dropped in silence. */
static int
spec_from_url(struct target_spec *spec, const char *url, struct err *e)
{
	static const CURLUPart strangers[] = { CURLUPART_PASSWORD,
		CURLUPART_OPTIONS, CURLUPART_QUERY, CURLUPART_FRAGMENT };
	struct curlapi curl;
	CURLU *u;
	char *part = NULL;
	int rc = -1;

	if (curlapi_load(&curl, e) == -1 || (u = curl.url()) == NULL)
		return -1;
	if (curl.url_set(u, CURLUPART_URL, url, CURLU_NON_SUPPORT_SCHEME |
	    CURLU_PATH_AS_IS) != CURLUE_OK)
		goto out;
	for (size_t i = 0; i < sizeof(strangers) / sizeof(*strangers); i++) {
		if (url_part(&curl, u, strangers[i], &part) == -1 ||
		    part != NULL)
			goto out;
	}
	if (url_part(&curl, u, CURLUPART_PORT, &part) == -1 ||
	    (part != NULL && port_parse(part, &spec->port) == -1) ||
	    url_part(&curl, u, CURLUPART_USER, &spec->user) == -1 ||
	    url_part(&curl, u, CURLUPART_HOST, &spec->host) == -1 ||
	    url_part(&curl, u, CURLUPART_PATH, &spec->codex_home) == -1)
		goto out;
	rc = host_unbracket(spec->host);
out:
	free(part);
	curl.url_cleanup(u);
	return rc;
}

/*
 * "[user@]host[:port]": the last '@' parts the user off, as in ssh; a colon
 * that is not the only one is part of an address.
 */
static int
spec_from_plain(struct target_spec *spec, const char *text)
{
	const char *at = strrchr(text, '@'), *host = at ? at + 1 : text;
	const char *end = host[0] == '[' ? strchr(host, ']') : NULL;
	const char *colon = strchr(end != NULL ? end : host, ':');

	if (end == NULL && colon != NULL && strchr(colon + 1, ':') != NULL) {
		unsigned char v6[sizeof(struct in6_addr)];

		if (inet_pton(AF_INET6, host, v6) != 1)
			return -1;
		colon = NULL;
	}
	if (colon != NULL && port_parse(colon + 1, &spec->port) == -1)
		return -1;
	spec->host = colon == NULL ? strdup(host) :
	    strndup(host, (size_t)(colon - host));
	if (at != NULL)
		spec->user = strndup(text, (size_t)(at - text));
	if (spec->host == NULL || (at != NULL && spec->user == NULL))
		return -1;
	return host_unbracket(spec->host);
}

/*
 * "docker://NAME" is no URL to libcurl: it would make an address of an id
 * that is all digits.
 */
static int
spec_from_container(struct target_spec *spec, const char *name)
{
	spec->container = strdup(name);
	return spec->container != NULL && container_name_ok(name) ? 0 : -1;
}

/* What was read as a path names the container. */
static int
spec_path_is_container(struct target_spec *spec)
{
	const char *path = spec->codex_home;

	if (path == NULL || *path != '/' ||
	    spec_from_container(spec, path + 1) == -1)
		return -1;
	free(spec->codex_home);
	spec->codex_home = NULL;
	return 0;
}

static const struct target_kind *
kind_of(const char *text, size_t len)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		if (strlen(kinds[i]->scheme) == len &&
		    strncmp(kinds[i]->scheme, text, len) == 0)
			return kinds[i];
	}
	return NULL;
}

/* Whether a component is "..". */
static bool
path_climbs(const char *path)
{
	for (; (path = strstr(path, "/..")) != NULL; path += 3) {
		if (path[3] == '/' || path[3] == '\0')
			return true;
	}
	return false;
}

static int
spec_fill(struct target_spec *spec, const char *text, struct err *e)
{
	const char *sep = strstr(text, "://");
	size_t len;

	if ((spec->text = strdup(text)) == NULL)
		return err_memory(e);
	spec->kind = &target_ssh;
	if (sep != NULL) {
		spec->kind = kind_of(text, (size_t)(sep - text));
		if (spec->kind == NULL)
			return spec_refuse(text,
			    "this version knows no such kind", e);
	}
	if (spec->kind == &target_docker)
		return spec_from_container(spec, sep + 3) == 0 ? 0 :
		    spec_refuse(text, "it is not a container's name", e);
	if ((sep != NULL ? spec_from_url(spec, text, e) :
	    spec_from_plain(spec, text)) == -1)
		return e->code == ERR_INTERNAL ? -1 :
		    spec_refuse(text, "it is not a host", e);
	if (!name_ok(spec->host, "._-:%"))
		return spec_refuse(text, "bad host name", e);
	if (spec->user != NULL && !name_ok(spec->user, "._-@+"))
		return spec_refuse(text, "bad user name", e);
	if (spec->kind == &target_docker_ssh)
		return spec_path_is_container(spec) == 0 ? 0 :
		    spec_refuse(text, "it names no container", e);
	if (spec->codex_home == NULL)
		return 0;
	if (strchr(spec->codex_home, '\n') != NULL)
		return spec_refuse(text, "a newline in the folder's name", e);
	if (path_climbs(spec->codex_home))
		return spec_refuse(text, "'..' in the folder's name", e);
	/* A path of one slash says nothing; a slash at the end neither. */
	len = strlen(spec->codex_home);
	while (len > 0 && spec->codex_home[len - 1] == '/')
		spec->codex_home[--len] = '\0';
	if (len == 0) {
		free(spec->codex_home);
		spec->codex_home = NULL;
	}
	return 0;
}

int
target_parse(struct target_spec *spec, const char *text, struct err *e)
{
	*spec = (struct target_spec){ 0 };
	e->code = ERR_NONE;
	if (spec_fill(spec, text, e) == 0)
		return 0;
	target_clear(spec);
	return -1;
}

void
target_clear(struct target_spec *spec)
{
	free(spec->text);
	free(spec->user);
	free(spec->host);
	free(spec->codex_home);
	free(spec->container);
	*spec = (struct target_spec){ 0 };
}

static bool
same_or_none(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

bool
target_same(const struct target_spec *a, const struct target_spec *b)
{
	if (a->kind != b->kind || (a->host == NULL) != (b->host == NULL) ||
	    (a->host != NULL && strcasecmp(a->host, b->host) != 0))
		return false;
	return same_or_none(a->container, b->container) &&
	    a->port == b->port && same_or_none(a->user, b->user) &&
	    same_or_none(a->codex_home, b->codex_home);
}
