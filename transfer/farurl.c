#include "farurl.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "secret.h"
#include "text.h"

#define AUTHORIZE     "/oauth/authorize?"
#define DEVICE	      "/codex/device"
#define SHOWN	      80	/* bytes of a refused URL that are shown */
#define REDIRECT_MAX  128	/* bytes of a redirect URI */
#define STATE_MIN     16	/* codex makes 43 of 32 random bytes */
#define STATE_MAX     256
#define CHALLENGE_LEN 43	/* RFC 7636 4.2: base64url of SHA-256 */
#define LINE_BYTES    256	/* of a line of a device login */
#define BASE64URL     "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz" \
		      "0123456789-_"

/* The parameters that count; the rest is the issuer's business. */
enum param {
	PARAM_TYPE,
	PARAM_CLIENT,
	PARAM_REDIRECT,
	PARAM_CHALLENGE,
	PARAM_METHOD,
	PARAM_STATE,
	PARAMS
};

static const char *const param_names[] = {
	[PARAM_TYPE] = "response_type",
	[PARAM_CLIENT] = "client_id",
	[PARAM_REDIRECT] = "redirect_uri",
	[PARAM_CHALLENGE] = "code_challenge",
	[PARAM_METHOD] = "code_challenge_method",
	[PARAM_STATE] = "state",
};
_Static_assert(sizeof(param_names) / sizeof(*param_names) == PARAMS,
    "a name for every parameter");

/* Values as they stand in the URL, without a NUL. */
struct params {
	const char *v[PARAMS];
	size_t	 len[PARAMS];
};

static const char *
skip_blanks(const char *s)
{
	return s + strspn(s, " \t");
}

bool
farurl_is(const char *line)
{
	line = skip_blanks(line);
	return (strncmp(line, "https://", 8) == 0 ||
	    strncmp(line, "http://", 7) == 0) &&
	    strstr(line, "code_challenge=") != NULL;
}

static int
refuse(struct err *e, const char *what)
{
	return err_set(e, ERR_PROTOCOL, "codex there printed an URL that is "
	    "no login of its own: %s", what);
}

static int
refuse_issuer(const char *url, const struct farurl_want *want, struct err *e)
{
	char shown[SHOWN];
	size_t len = strcspn(url, "?");

	err_set(e, ERR_PROTOCOL, "codex there wants a login at '%s', not at "
	    "'%s'", text_safe(shown, sizeof(shown), url, len), want->issuer);
	return err_hint(e, "--issuer URL names another issuer, if that is "
	    "meant");
}

/* The query: unreserved, escapes and what codex leaves as it is. */
static bool
query_ok(const char *s)
{
	return s[strspn(s, BASE64URL ".~%+&=:,/")] == '\0';
}

static int
params_take(struct params *p, const char *pair, size_t len, struct err *e)
{
	const char *is = memchr(pair, '=', len);
	size_t name = is != NULL ? (size_t)(is - pair) : len;

	for (size_t i = 0; i < PARAMS; i++) {
		if (strlen(param_names[i]) != name ||
		    memcmp(param_names[i], pair, name) != 0)
			continue;
		if (p->v[i] != NULL)
			return refuse(e, "a parameter stands twice");
		p->v[i] = is != NULL ? is + 1 : pair + len;
		p->len[i] = is != NULL ? len - name - 1 : 0;
	}
	/* A server may decode names: ours could be hidden there. */
	if (memchr(pair, '%', name) != NULL)
		return refuse(e, "the name of a parameter is encoded");
	return 0;
}

static int
params_read(struct params *p, const char *query, struct err *e)
{
	memset(p, 0, sizeof(*p));
	for (size_t len; *query != '\0'; query += len) {
		len = strcspn(query, "&");
		if (params_take(p, query, len, e) == -1)
			return -1;
		len += query[len] == '&';
	}
	for (size_t i = 0; i < PARAMS; i++) {
		if (p->v[i] == NULL)
			return err_set(e, ERR_PROTOCOL, "codex there printed "
			    "an URL without '%s'", param_names[i]);
	}
	return 0;
}

static bool
param_is(const struct params *p, enum param i, const char *value)
{
	return p->len[i] == strlen(value) &&
	    memcmp(p->v[i], value, p->len[i]) == 0;
}

/* Whether it is made of base64url alone. */
static bool
param_random(const struct params *p, enum param i, size_t min, size_t max)
{
	return p->len[i] >= min && p->len[i] <= max &&
	    strspn(p->v[i], BASE64URL) >= p->len[i];
}

/* %XX decoded (RFC 3986 2.1) into dst. 0, or -1: too long, no escape. */
static int
percent_decode(char dst[REDIRECT_MAX], const char *s, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)s[i];
		char hex[3] = "";

		if (c == '%') {
			if (len - i < 3)
				return -1;
			memcpy(hex, s + i + 1, 2);
			if (text_unhex(&c, 1, hex) == -1)
				return -1;
			i += 2;
		}
		if (c <= ' ' || c >= 0x7f || n + 1 >= REDIRECT_MAX)
			return -1;
		dst[n++] = (char)c;
	}
	dst[n] = '\0';
	return 0;
}

/* http://127.0.0.1:1455/auth/callback, or localhost, or 1457. */
static int
redirect_read(struct farurl *u, const struct params *p, struct err *e)
{
	char uri[REDIRECT_MAX], *at = uri + 17, *path;
	size_t len;

	if (percent_decode(uri, p->v[PARAM_REDIRECT],
	    p->len[PARAM_REDIRECT]) == -1)
		return refuse(e, "its redirect_uri is malformed");
	if (strncmp(uri, "http://localhost:", 17) != 0 &&
	    strncmp(uri, "http://127.0.0.1:", 17) != 0)
		return refuse(e, "it does not redirect to this machine");
	u->port = strncmp(at, "1455/", 5) == 0 ? 1455 :
	    strncmp(at, "1457/", 5) == 0 ? 1457 : 0;
	if (u->port == 0)
		return refuse(e, "it redirects to neither port 1455 nor 1457");
	path = at + 4;
	len = strlen(path);
	if (len < 2 || len >= sizeof(u->path) ||
	    path[1 + strspn(path + 1, BASE64URL "/.")] != '\0' ||
	    strstr(path, "..") != NULL || strcmp(path, "/cancel") == 0 ||
	    strcmp(path, "/success") == 0)
		return refuse(e, "it redirects to an odd path");
	memcpy(u->path, path, len + 1);
	return 0;
}

static int
url_judge(struct farurl *u, const char *query, const struct farurl_want *want,
    struct err *e)
{
	struct params p;

	if (params_read(&p, query, e) == -1 || redirect_read(u, &p, e) == -1)
		return -1;
	if (!param_is(&p, PARAM_TYPE, "code"))
		return refuse(e, "its response_type is not 'code'");
	if (!param_is(&p, PARAM_CLIENT, want->client_id)) {
		refuse(e, "its client_id is another one");
		return err_hint(e, "--client-id ID names it, if that is "
		    "meant");
	}
	if (!param_is(&p, PARAM_METHOD, "S256") ||
	    !param_random(&p, PARAM_CHALLENGE, CHALLENGE_LEN, CHALLENGE_LEN))
		return refuse(e, "it has no PKCE challenge by S256");
	if (!param_random(&p, PARAM_STATE, STATE_MIN, STATE_MAX))
		return refuse(e, "its state is too short or malformed");
	u->state = secret_copy(p.v[PARAM_STATE], p.len[PARAM_STATE]);
	return u->state != NULL ? 0 :
	    err_memory(e);
}

int
farurl_parse(struct farurl *u, const char *line,
    const struct farurl_want *want, struct err *e)
{
	const char *url = skip_blanks(line), *query;
	size_t base = strlen(want->issuer), len = strlen(url);

	memset(u, 0, sizeof(*u));
	while (len > 0 && strchr(" \t\r", url[len - 1]) != NULL)
		len--;
	if (len > FARURL_TEXT_MAX)
		return refuse(e, "it is too long");
	if (strncmp(url, want->issuer, base) != 0 ||
	    strncmp(url + base, AUTHORIZE, strlen(AUTHORIZE)) != 0)
		return refuse_issuer(url, want, e);
	if ((u->text = strndup(url, len)) == NULL)
		return err_memory(e);
	query = u->text + base + strlen(AUTHORIZE);
	if (query_ok(query) ? url_judge(u, query, want, e) == 0 :
	    refuse(e, "it holds characters that do not belong there") == 0)
		return 0;
	farurl_clear(u);
	return -1;
}

void
farurl_clear(struct farurl *u)
{
	free(u->text);
	secret_free(u->state);
	memset(u, 0, sizeof(*u));
}

/*
 * The line without its colours (ECMA-48 5.4: ESC [ parameters final) and
 * without blanks at its ends; false for one that holds anything else odd.
 */
static bool
line_plain(char dst[LINE_BYTES], const char *s)
{
	size_t n = 0;

	for (; *s != '\0'; s++) {
		if (s[0] == '\033' && s[1] == '[') {
			s += 2;
			s += strspn(s, "0123456789;");
			if (*s < '@' || *s > '~')
				return false;
			continue;
		}
		if (*s < ' ' || *s > '~') {
			if (*s != '\t' && *s != '\r')
				return false;
			continue;
		}
		if ((n == 0 && *s == ' ') || n + 1 >= LINE_BYTES) {
			if (n == 0)
				continue;
			return false;
		}
		dst[n++] = *s;
	}
	while (n > 0 && dst[n - 1] == ' ')
		n--;
	dst[n] = '\0';
	return true;
}

/* "ABCD-12345": capitals and digits in groups, with at least one hyphen or
 * digit, so that no word is taken for one. */
static bool
code_ok(const char *s)
{
	size_t len = strlen(s);

	return len >= 6 && len < FARURL_CODE_MAX &&
	    strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") == len &&
	    strpbrk(s, "0123456789-") != NULL && s[0] != '-' &&
	    s[len - 1] != '-';
}

int
farcode_line(struct farcode *c, const char *line,
    const struct farurl_want *want, struct err *e)
{
	size_t base = strlen(want->issuer), len;
	char s[LINE_BYTES];

	if (!line_plain(s, line))
		return 0;
	len = strlen(s);
	if (strncmp(s, "https://", 8) == 0 || strncmp(s, "http://", 7) == 0) {
		if (strncmp(s, want->issuer, base) != 0 ||
		    strcmp(s + base, DEVICE) != 0 || len >= sizeof(c->url))
			return refuse_issuer(s, want, e);
		memcpy(c->url, s, len + 1);
	} else if (c->url[0] != '\0' && c->code[0] == '\0' && code_ok(s)) {
		memcpy(c->code, s, len + 1);
	}
	return 0;
}
