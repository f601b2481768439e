#include "harden.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sodium.h>

#include "err.h"
#include "json.h"

#define NAME_MAX_ENV 128	/* bytes of a variable's name */

static int
open_standard(struct err *e)
{
	for (int fd = 0; fd <= 2; fd++) {
		if (fcntl(fd, F_GETFD) != -1 || errno != EBADF)
			continue;
		/* the lowest free descriptor is fd itself */
		if (open("/dev/null", O_RDWR) != fd)
			return err_sys(e, ERR_INTERNAL, errno,
			    "cannot open '/dev/null'");
	}
	/* Kept open for us alone: "--hosts <(inventory)" is one of them. A
	 * kernel before 5.11 can't; our own descriptors are O_CLOEXEC anyway */
	(void)close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
	return 0;
}

static int
forbid_dumps(struct err *e)
{
	const struct rlimit none = { 0, 0 };

	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == -1 ||
	    setrlimit(RLIMIT_CORE, &none) == -1)
		return err_sys(e, ERR_INTERNAL, errno,
		    "cannot turn core dumps off");
	return 0;
}

/* Each target in flight takes some descriptors; the soft limit is a default
 * for programs that use select(2). */
static void
allow_descriptors(void)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) == 0) {
		r.rlim_cur = r.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &r);
	}
}

static int
refuse_privilege(struct err *e)
{
	if (getauxval(AT_SECURE) == 0 && getuid() == geteuid() &&
	    getgid() == getegid())
		return 0;
	err_set(e, ERR_USAGE, "refusing to run setuid, setgid or with file "
	    "capabilities");
	return err_hint(e, "use sudo, or log in as the account itself");
}

/* SSLKEYLOGFILE makes TLS libraries write their secrets to a file. */
static bool
variable_unwanted(const char *entry)
{
	static const char *const prefixes[] = { "SSLKEYLOGFILE=", "CURL_",
		"LIBSSH_", "LD_" };

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(*prefixes); i++) {
		if (strncmp(entry, prefixes[i], strlen(prefixes[i])) == 0)
			return true;
	}
	return false;
}

static int
clean_environment(struct err *e)
{
	char **entry = environ;

	while (entry != NULL && *entry != NULL) {
		size_t len = strcspn(*entry, "=");
		char name[NAME_MAX_ENV];

		if (!variable_unwanted(*entry) || (*entry)[len] == '\0') {
			entry++;
			continue;
		}
		if (len >= sizeof(name))
			return err_set(e, ERR_USAGE,
			    "a variable '%.16s...' has too long a name",
			    *entry);
		memcpy(name, *entry, len);
		name[len] = '\0';
		(void)unsetenv(name);	/* the next one is here now */
	}
	return 0;
}

int
harden(struct err *e)
{
	if (open_standard(e) == -1)
		return -1;
	(void)umask(077);
	if (forbid_dumps(e) == -1 || refuse_privilege(e) == -1 ||
	    clean_environment(e) == -1)
		return -1;
	/* No setlocale: what ssh, engines and targets say is parsed in C.
	 * INT, TERM and HUP become readable where work begins (signals.h). */
	if (signal(SIGPIPE, SIG_IGN) == SIG_ERR ||
	    signal(SIGXFSZ, SIG_IGN) == SIG_ERR)
		return err_sys(e, ERR_INTERNAL, errno,
		    "cannot ignore SIGPIPE");
	allow_descriptors();
	if (sodium_init() == -1)
		return err_set(e, ERR_INTERNAL, "cannot start libsodium");
	json_init();
	return 0;
}
