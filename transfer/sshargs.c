#include "sshargs.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "buf.h"
#include "err.h"
#include "sshconfig.h"

#define TEXT_MAX (64 << 10)
#define PORT_LEN 8

static size_t
count(const char *const *list)
{
	size_t n = 0;

	while (list != NULL && list[n] != NULL)
		n++;
	return n;
}

/* Two more arguments; they are never written to. */
static char **
pair(char **v, const char *flag, const char *value)
{
	if (value == NULL)
		return v;
	*v++ = (char *)(uintptr_t)flag;
	*v++ = (char *)(uintptr_t)value;
	return v;
}

static char **
each(char **v, const char *flag, const char *const *list)
{
	for (; list != NULL && *list != NULL; list++)
		v = pair(v, flag, *list);
	return v;
}

char **
sshargs_new(const struct sshargs *a)
{
	const struct sshopts *o = a->opts;
	size_t n = 16 + 2 * (count(o->identities) + count(o->options));
	int port = a->port != 0 || a->jump ? a->port : o->port;
	const char *user = a->user != NULL || a->jump ? a->user : o->user;
	char **args = calloc(1, n * sizeof(*args) + PORT_LEN), **v, *digits;

	if (args == NULL)
		return NULL;
	digits = (char *)(args + n);
	(void)snprintf(digits, PORT_LEN, "%d", port);
	v = pair(args, "ssh", "-G");
	v = pair(v, "-F", o->config);
	if (!a->jump) {
		v = each(v, "-i", o->identities);
		v = pair(v, "-J", o->jump);
	}
	v = pair(v, "-l", user);
	v = pair(v, "-p", port != 0 ? digits : NULL);
	if (!a->jump)
		v = each(v, "-o", o->options);
	(void)pair(v, "--", a->name);
	return args;
}

/* Whether anything would have to be looked up in a configuration. */
static bool
configured(const struct sshargs *a, const char *home)
{
	BUF_AUTO path = BUF_INIT(4096);

	if (!a->jump && count(a->opts->options) > 0)
		return true;
	if (a->opts->config != NULL)
		return strcmp(a->opts->config, "none") != 0;
	return buf_addf(&path, "%s/.ssh/config", home) == -1 ||
	    access(buf_str(&path), F_OK) == 0 || errno != ENOENT;
}

char *
sshargs_defaults(const struct sshargs *a, const char *home,
    const char *local_user, struct err *e)
{
	static const char *const keys[] = { "rsa", "ecdsa", "ecdsa_sk",
		"ed25519", "ed25519_sk" };
	const struct sshopts *o = a->opts;
	const char *user = a->user != NULL || a->jump ? a->user : o->user;
	int port = a->port != 0 || a->jump ? a->port : o->port;
	BUF_AUTO t = BUF_INIT(TEXT_MAX);

	if (configured(a, home)) {
		(void)err_set(e, ERR_USAGE, "cannot run 'ssh', which resolves "
		    "ssh_config: no such program");
		(void)err_hint(e, "install openssh-client");
		return NULL;
	}
	(void)buf_addf(&t, "hostname %s\nuser %s\nport %d\n", a->name,
	    user != NULL ? user : local_user, port != 0 ? port : 22);
	for (size_t i = 0; !a->jump && i < count(o->identities); i++)
		(void)buf_addf(&t, "identityfile %s\n", o->identities[i]);
	if (a->jump || count(o->identities) == 0)
		for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
			(void)buf_addf(&t, "identityfile ~/.ssh/id_%s\n",
			    keys[i]);
	if (!a->jump && o->jump != NULL)
		(void)buf_addf(&t, "proxyjump %s\n", o->jump);
	(void)buf_addf(&t, "stricthostkeychecking ask\n"
	    "userknownhostsfile %s/.ssh/known_hosts %s/.ssh/known_hosts2\n"
	    "globalknownhostsfile /etc/ssh/ssh_known_hosts "
	    "/etc/ssh/ssh_known_hosts2\n", home, home);
	if (t.failed)
		(void)err_memory(e);
	return buf_take(&t);
}
