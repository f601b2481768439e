/*
 * passwd - the container's own passwd and group, as the Engine reads them.
 */
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "err.h"
#include "passwd.h"
#include "text.h"

#define FIELDS_MAX 7		/* name:password:uid:gid:gecos:home:shell */
#define ID_LAST	   2147483647	/* moby/sys/user: maxID */
#define WORD_MAX   256		/* of a user or group in Config.User */

struct field {
	const char	*p;
	size_t		 len;
};

/* The next line of t, cut at its colons; how many fields, -1 at the end. */
static int
next_line(struct passwd_text *t, struct field f[FIELDS_MAX])
{
	const char *end, *p = t->p;
	size_t len;
	int n = 0;

	if (t->p == NULL || t->len == 0)
		return -1;
	end = memchr(p, '\n', t->len);
	len = end != NULL ? (size_t)(end - p) : t->len;
	t->p += end != NULL ? len + 1 : len;
	t->len -= end != NULL ? len + 1 : len;
	memset(f, 0, FIELDS_MAX * sizeof(*f));
	for (end = p + len; n < FIELDS_MAX; p += f[n++].len + 1) {
		const char *colon = memchr(p, ':', (size_t)(end - p));

		f[n] = (struct field){ p,
			(size_t)((colon != NULL ? colon : end) - p) };
		if (colon == NULL)
			return n + 1;
	}
	return n;
}

static bool
field_is(struct field f, const char *s)
{
	return f.len == strlen(s) && memcmp(f.p, s, f.len) == 0;
}

static int
number(struct field f, long *out)
{
	char s[16];
	int64_t n;

	if (f.len == 0 || f.len >= sizeof(s))
		return -1;
	memcpy(s, f.p, f.len);
	s[f.len] = '\0';
	if (text_number(s, 0, ID_LAST, &n) == -1)
		return -1;
	*out = (long)n;
	return 0;
}

/* A home that can be used as a path; else "/" is what the Engine takes. */
static void
set_home(struct passwd_account *a, struct field f)
{
	memcpy(a->home, "/", 2);
	if (f.len == 0 || f.len >= sizeof(a->home) || *f.p != '/')
		return;
	for (size_t i = 0; i < f.len; i++)
		if ((unsigned char)f.p[i] < 0x20 || f.p[i] == 0x7f)
			return;
	memcpy(a->home, f.p, f.len);
	a->home[f.len] = '\0';
}

static bool
find_user(struct passwd_account *a, const char *name, bool is_number,
    struct passwd_text t)
{
	struct field f[FIELDS_MAX];
	long uid, gid;
	int n;

	while ((n = next_line(&t, f)) != -1) {
		if (n < 4 || number(f[2], &uid) == -1 ||
		    number(f[3], &gid) == -1 || f[0].len == 0)
			continue;
		if (!field_is(f[0], name) && !(is_number && uid == a->uid))
			continue;
		a->uid = uid;
		a->gid = gid;
		set_home(a, f[5]);
		return true;
	}
	return false;
}

static bool
find_group(struct passwd_account *a, const char *name,
    struct passwd_text t)
{
	struct field f[FIELDS_MAX];
	long wanted = -1, gid;
	int n;

	(void)number((struct field){ name, strlen(name) }, &wanted);
	while ((n = next_line(&t, f)) != -1) {
		if (n < 3 || number(f[2], &gid) == -1 || f[0].len == 0)
			continue;
		if (field_is(f[0], name) || gid == wanted) {
			a->gid = gid;
			return true;
		}
	}
	if (wanted != -1)
		a->gid = wanted;
	return wanted != -1;
}

int
passwd_find(struct passwd_account *a, const char *user,
    struct passwd_text passwd, struct passwd_text group, struct err *e)
{
	const char *colon = strchr(user, ':');
	size_t len = colon != NULL ? (size_t)(colon - user) : strlen(user);
	char name[WORD_MAX] = "0";
	bool is_number;

	*a = (struct passwd_account){ .uid = -1, .gid = 0, .home = "/" };
	if (len >= sizeof(name))
		return err_set(e, ERR_NO_HOME,
		    "the container's user has a name of %zu bytes", len);
	if (len > 0) {
		memcpy(name, user, len);
		name[len] = '\0';
	}
	is_number = number((struct field){ name, strlen(name) }, &a->uid) == 0;
	if (!find_user(a, name, is_number, passwd) && !is_number)
		return err_set(e, ERR_NO_HOME,
		    "the container's passwd has no user '%s'", name);
	if (colon != NULL && colon[1] != '\0' &&
	    !find_group(a, colon + 1, group))
		return err_set(e, ERR_NO_HOME,
		    "the container's group file has no group '%s'", colon + 1);
	return 0;
}
