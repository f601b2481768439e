#include "sshtoken.h"

#include <pwd.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "buf.h"
#include "err.h"
#include "text.h"

#define VALUE_MAX   16384
#define SHA1_LEN    20
#define PASSWD_MAX  16384

const char *
sshtoken_env(char *const *envp, const char *name, size_t len)
{
	for (; envp != NULL && *envp != NULL; envp++)
		if (strncmp(*envp, name, len) == 0 && (*envp)[len] == '=')
			return *envp + len + 1;
	return NULL;
}

/* %C: the hash of %l%h%p%r, without what lies between them. */
static int
add_hash(const struct sshtokens *t, struct buf *out)
{
	BUF_AUTO all = BUF_INIT(VALUE_MAX);
	unsigned char hash[SHA1_LEN];
	char hex[2 * SHA1_LEN + 1];
	size_t len;

	(void)buf_addf(&all, "%s%s%s%s", t->local_host, t->hostname, t->port,
	    t->user);
	if (all.failed || !EVP_Q_digest(NULL, "SHA1", NULL, buf_str(&all),
	    all.len, hash, &len) || len != sizeof(hash))
		return -1;
	text_hex(hex, hash, sizeof(hash));
	return buf_adds(out, hex);
}

static const char *
token(const struct sshtokens *t, enum sshtoken_kind kind, char c)
{
	if (kind == SSHTOKEN_PROXY && strchr("%hknpr", c) == NULL)
		return NULL;
	switch (c) {
	case '%':
		return "%";
	case 'd':
		return t->home;
	case 'h':
		return t->hostname;
	case 'i':
		return t->uid;
	case 'j':
		return t->jump;
	case 'k':
		return t->alias;
	case 'l':
		return t->local_host;
	case 'n':
		return t->name;
	case 'p':
		return t->port;
	case 'r':
		return t->user;
	case 'u':
		return t->local_user;
	default:
		return NULL;
	}
}

static int
add_token(const struct sshtokens *t, enum sshtoken_kind kind, char c,
    struct buf *out)
{
	const char *s = c == '\0' ? NULL : token(t, kind, c);

	if (s != NULL)
		return buf_adds(out, s);
	if (c == 'C' && kind == SSHTOKEN_FILE)
		return add_hash(t, out);
	if (c == 'L' && kind == SSHTOKEN_FILE)
		return buf_add(out, t->local_host,
		    strcspn(t->local_host, "."));
	return -1;
}

/* ~ and ~user at the front; *rest is what follows. */
static int
add_home(const struct sshtokens *t, const char *value, const char **rest,
    struct buf *out)
{
	size_t n = strcspn(value, "/");
	char user[256], scratch[PASSWD_MAX];
	struct passwd pw, *found = NULL;
	const char *home = t->home;

	if (n - 1 >= sizeof(user))
		return -1;
	if (n > 1) {
		memcpy(user, value + 1, n - 1);
		user[n - 1] = '\0';
		if (getpwnam_r(user, &pw, scratch, sizeof(scratch),
		    &found) != 0 || found == NULL)
			return -1;
		home = pw.pw_dir;
	}
	*rest = value + n + strspn(value + n, "/");
	(void)buf_adds(out, home);
	if (out->len == 0 || out->p[out->len - 1] != '/')
		(void)buf_adds(out, "/");
	return out->failed ? -1 : 0;
}

/* One piece of value at p: the bytes it takes, or 0 if it is wrong. */
static size_t
add_piece(const struct sshtokens *t, enum sshtoken_kind kind, const char *p,
    struct buf *out)
{
	const char *env;
	size_t n;

	if (kind == SSHTOKEN_FILE && p[0] == '$' && p[1] == '{') {
		n = strcspn(p + 2, "}");
		env = sshtoken_env(t->envp, p + 2, n);
		if (n == 0 || p[2 + n] == '\0' || env == NULL ||
		    buf_adds(out, env) == -1)
			return 0;
		return n + 3;
	}
	if (kind != SSHTOKEN_TILDE && *p == '%')
		return add_token(t, kind, p[1], out) == -1 ? 0 : 2;
	return buf_add(out, p, 1) == -1 ? 0 : 1;
}

char *
sshtoken_expand(const struct sshtokens *t, enum sshtoken_kind kind,
    const char *keyword, const char *value, struct err *e)
{
	BUF_AUTO out = BUF_INIT(VALUE_MAX);
	const char *p = value;
	size_t n = 1;
	char *s;

	if (kind != SSHTOKEN_PROXY && *value == '~' &&
	    add_home(t, value, &p, &out) == -1)
		n = 0;
	for (; n != 0 && *p != '\0'; p += n)
		n = add_piece(t, kind, p, &out);
	if (n == 0 || buf_adds(&out, "") == -1) {
		(void)err_set(e, ERR_USAGE,
		    "cannot expand '%s', the %s of '%s'", value, keyword,
		    t->name);
		return NULL;
	}
	if ((s = strdup(buf_str(&out))) == NULL)
		(void)err_memory(e);
	return s;
}
