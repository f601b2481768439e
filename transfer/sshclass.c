#include "sshclass.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "buf.h"
#include "pattern.h"
#include "sshtoken.h"

#define DEPTH_MAX    16		/* of Include, as ssh */
#define FILES_MAX    1000
#define TEXT_MAX     (4 << 20)	/* bytes of a file */
#define SYSTEM_DIR   "/etc/ssh"
#define SYSTEM_FILE  SYSTEM_DIR "/ssh_config"
#define BLANKS	     " \t"
#define SPACE	     " \t\r\n\f"

struct words {
	char  **p;
	size_t	n, cap;
};

struct sshclass {
	bool	     off;
	struct words hosts;	/* the arguments of each Host line */
	struct words hostnames; /* the values of HostName */
	size_t	     files;
	const char  *home;	/* for Include: ssh takes $HOME there */
};

/* Where a line stands. */
struct place {
	struct sshclass *c;
	int		 depth;
	bool		 user;	/* the user's file, not the system's */
};

static void	file_read(const struct place *at, const char *path, bool must);

static void
words_add(struct sshclass *c, struct words *w, const char *s)
{
	char **p;

	if (w->n == w->cap) {
		size_t cap = w->cap * 2 + 16;

		if ((p = reallocarray(w->p, cap, sizeof(*p))) == NULL) {
			c->off = true;
			return;
		}
		w->p = p;
		w->cap = cap;
	}
	if ((w->p[w->n] = strdup(s)) == NULL)
		c->off = true;
	else
		w->n++;
}

static void
words_free(struct words *w)
{
	for (size_t i = 0; i < w->n; i++)
		free(w->p[i]);
	free(w->p);
}

/*
 * Cuts a comment off; false if the value holds what ssh's quoting rules would
 * have to be known for.
 */
static bool
plain_words(char *v)
{
	for (char *p = v; *p != '\0'; p++) {
		if (*p == '#') {
			if (p > v && strchr(BLANKS, p[-1]) == NULL)
				return false;
			*p = '\0';
			return true;
		}
		if (*p == '"' || *p == '\'' || *p == '\\' ||
		    ((unsigned char)*p < ' ' && *p != '\t'))
			return false;
	}
	return true;
}

static void
include_one(const struct place *at, const char *arg)
{
	BUF_AUTO path = BUF_INIT(4096);
	const struct place inside = { at->c, at->depth + 1, at->user };
	glob_t g;
	int rc;

	/* ~user and, in later versions of ssh, tokens: left alone. */
	if (strpbrk(arg, "%$") != NULL || (*arg == '~' &&
	    (!at->user || arg[1] != '/'))) {
		at->c->off = true;
		return;
	}
	if (*arg == '~')
		(void)buf_addf(&path, "%s%s", at->c->home, arg + 1);
	else if (*arg == '/')
		(void)buf_adds(&path, arg);
	else if (at->user)
		(void)buf_addf(&path, "%s/.ssh/%s", at->c->home, arg);
	else
		(void)buf_addf(&path, SYSTEM_DIR "/%s", arg);
	if (path.failed) {
		at->c->off = true;
		return;
	}
	rc = glob(buf_str(&path), 0, NULL, &g);
	if (rc == GLOB_NOMATCH)
		return;
	if (rc != 0) {
		at->c->off = true;
		return;
	}
	for (size_t i = 0; i < g.gl_pathc && !at->c->off; i++)
		file_read(&inside, g.gl_pathv[i], true);
	globfree(&g);
}

static void
include(const struct place *at, char *v)
{
	for (char *w; (w = strsep(&v, BLANKS)) != NULL;)
		if (*w != '\0')
			include_one(at, w);
}

static void
trim(char *v)
{
	size_t n = strlen(v);

	while (n > 0 && strchr(BLANKS, v[n - 1]) != NULL)
		v[--n] = '\0';
}

/* Keywords whose values `ssh -G` prints as they are, or that aren't used. */
static bool
tokens_harmless(const char *key)
{
	static const char *const keys[] = {
		"identityfile", "certificatefile", "proxycommand",
		"controlpath", "localcommand", "remotecommand",
		"knownhostscommand", "localforward", "remoteforward",
		"setenv", "sendenv",
	};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (strcasecmp(key, keys[i]) == 0)
			return true;
	return false;
}

/* What one "keyword value" means for sharing. */
static void
setting(const struct place *at, const char *key, char *v)
{
	struct sshclass *c = at->c;
	bool host = strcasecmp(key, "host") == 0;
	bool name = strcasecmp(key, "hostname") == 0;

	if (host || name || strcasecmp(key, "match") == 0 ||
	    strcasecmp(key, "include") == 0 ||
	    strncasecmp(key, "canonical", strlen("canonical")) == 0) {
		if (!plain_words(v)) {
			c->off = true;
			return;
		}
		trim(v);
	}
	if (host)
		words_add(c, &c->hosts, v);
	else if (strcasecmp(key, "include") == 0)
		include(at, v);
	else if (strcasecmp(key, "match") == 0)
		c->off |= strcasecmp(v, "all") != 0;
	else if (strcasecmp(key, "canonicalizehostname") == 0)
		c->off |= strcasecmp(v, "no") != 0;
	else if (strcasecmp(key, "canonicalizepermittedcnames") == 0)
		c->off |= strcasecmp(v, "none") != 0;
	else if (strchr(v, '%') != NULL && !tokens_harmless(key))
		c->off = true;
	if (name)
		words_add(c, &c->hostnames, v);
}

/* One line without its newline. */
static void
line_read(const struct place *at, char *line)
{
	char key[64], *v;
	size_t n = strlen(line);

	while (n > 0 && strchr(SPACE, line[n - 1]) != NULL)
		line[--n] = '\0';
	line += strspn(line, BLANKS);
	if (*line == '\0' || *line == '#')
		return;
	for (n = 0; isalnum((unsigned char)line[n]);)
		n++;
	/* ssh's own rules for quotes and '=' here are not worth knowing. */
	if (n == 0 || n >= sizeof(key) || strchr(BLANKS "=", line[n]) == NULL) {
		at->c->off = true;
		return;
	}
	memcpy(key, line, n);
	key[n] = '\0';
	v = line + n;
	v += strspn(v, BLANKS);
	if (*v == '=')
		v++;
	v += strspn(v, BLANKS);
	setting(at, key, v);
}

static void
text_read(const struct place *at, char *text)
{
	for (char *line; !at->c->off && (line = strsep(&text, "\n")) != NULL;)
		line_read(at, line);
}

/* must: a file that isn't there is odd. */
static void
file_read(const struct place *at, const char *path, bool must)
{
	BUF_AUTO text = BUF_INIT(TEXT_MAX);
	char chunk[16384];
	ssize_t n;
	int fd;

	if (at->depth > DEPTH_MAX || ++at->c->files > FILES_MAX) {
		at->c->off = true;
		return;
	}
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd == -1) {
		at->c->off |= must || (errno != ENOENT && errno != ENOTDIR);
		return;
	}
	while ((n = read(fd, chunk, sizeof(chunk))) > 0 &&
	    buf_add(&text, chunk, (size_t)n) == 0)
		;
	(void)close(fd); /* was only read */
	if (n != 0 || memchr(buf_str(&text), '\0', text.len) != NULL)
		at->c->off = true;
	else if (text.p != NULL)
		text_read(at, text.p);
}

void
sshclass_text(struct sshclass *c, const char *text)
{
	const struct place at = { c, 0, true };
	char *copy = strdup(text);

	if (copy == NULL)
		c->off = true;
	else
		text_read(&at, copy);
	free(copy);
}

struct sshclass *
sshclass_new(const char *config, const char *home, char *const *envp,
    const char *const *options)
{
	struct sshclass *c = calloc(1, sizeof(*c));
	struct place user = { c, 0, true }, sys = { c, 0, false };
	const char *env = sshtoken_env(envp, "HOME", strlen("HOME"));
	BUF_AUTO path = BUF_INIT(4096);

	if (c == NULL)
		return NULL;
	c->home = env != NULL ? env : home;
	if (config == NULL) {
		if (buf_addf(&path, "%s/.ssh/config", home) == -1)
			c->off = true;
		else
			file_read(&user, buf_str(&path), false);
		file_read(&sys, SYSTEM_FILE, false);
	} else if (strcasecmp(config, "none") != 0) {
		file_read(&user, config, true);
	}
	for (; options != NULL && *options != NULL && !c->off; options++)
		sshclass_text(c, *options);
	return c;
}

void
sshclass_free(struct sshclass *c)
{
	if (c == NULL)
		return;
	words_free(&c->hosts);
	words_free(&c->hostnames);
	free(c);
}

/* As ssh's Host: capitals count, one '!' that matches beats the rest. */
static bool
host_line_matches(const char *args, const char *name)
{
	bool found = false;
	size_t n;

	for (;; args += n) {
		bool negated;

		args += strspn(args, BLANKS);
		if (*args == '\0')
			return found;
		negated = *args == '!';
		args += negated;
		n = strcspn(args, BLANKS);
		if (!pattern_matches(args, n, false, name))
			continue;
		if (negated)
			return false;
		found = true;
	}
}

/*
 * Names that ssh doesn't change by itself: it makes capitals small and prints
 * an address ("127.1", "0x7f.1", "::0") in its canonical form.
 */
static bool
name_plain(const char *name)
{
	struct addrinfo hints = { .ai_flags = AI_NUMERICHOST }, *ai;
	struct in_addr in;

	if (name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789._-")] !=
	    '\0')
		return false;
	if (inet_pton(AF_INET, name, &in) == 1)
		return true;
	if (!isdigit((unsigned char)name[0]))
		return name[0] != '\0';
	if (getaddrinfo(name, NULL, &hints, &ai) != 0)
		return true;
	freeaddrinfo(ai);
	return false;
}

bool
sshclass_key(const struct sshclass *c, const char *name, struct buf *key)
{
	if (c->off || !name_plain(name))
		return false;
	/* "HostName a" could be a's own name or not: such names stay alone. */
	for (size_t i = 0; i < c->hostnames.n; i++)
		if (strcasecmp(c->hostnames.p[i], name) == 0)
			return false;
	for (size_t i = 0; i < c->hosts.n; i++)
		if (buf_add(key, host_line_matches(c->hosts.p[i], name) ?
		    "1" : "0", 1) == -1)
			return false;
	return true;
}

bool
sshclass_off(const struct sshclass *c)
{
	return c->off;
}
