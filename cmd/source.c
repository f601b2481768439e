#include "source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "args.h"
#include "authjson.h"
#include "codexuse.h"
#include "cred.h"
#include "env.h"
#include "err.h"
#include "report.h"
#include "storeopen.h"
#include "ui.h"
#include "vaultimage.h"

/* The user's own pipe, "--from <(pass show codex)": waiting is right here. */
static int
read_pipe(struct cred *c, const char *path, struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY), rc;

	if (fd == -1)
		return err_sys(e, errno == EINTR ? ERR_INTERRUPTED :
		    ERR_NO_CREDENTIAL, errno, "cannot open '%s'", path);
	rc = authjson_read_fd(c, fd, path, e);
	(void)close(fd);	/* only read from */
	return rc;
}

static int
read_path(struct cred *c, const char *path, struct err *e)
{
	struct stat st;

	if (stat(path, &st) == 0 && S_ISFIFO(st.st_mode))
		return read_pipe(c, path, e);
	return authjson_read(c, path, e);
}

static int
read_local(struct cred *c, struct err *e)
{
	char *path = env_authjson(e);
	int rc;

	if (path == NULL)
		return -1;
	rc = authjson_read(c, path, e);
	free(path);
	return rc;
}

static int
read_store(struct cred *c, struct ui *ui, const struct args *a,
    const char *name, struct err *e)
{
	STOREOPEN_AUTO s = { 0 };
	const struct vault_entry *en;

	if (vaultimage_name_check(name, e) == -1 ||
	    storeopen(&s, ui, a, false, e) == -1 ||
	    (en = vaultimage_need(vault_image(s.vault), name, e)) == NULL)
		return -1;
	return vaultimage_get(vault_image(s.vault), en, c, e);
}

int
source_read(struct cred *c, struct ui *ui, const struct args *a,
    struct err *e)
{
	const char *name;

	if (a->from == NULL)
		return read_local(c, e);
	if ((name = storeopen_name(a->from)) != NULL)
		return read_store(c, ui, a, name, e);
	if (strcmp(a->from, "-") != 0)
		return read_path(c, a->from, e);
	for (size_t i = 0; i < a->hosts.n; i++) {
		if (strcmp(a->hosts.v[i], "-") == 0)
			return err_set(e, ERR_USAGE, "standard input cannot "
			    "be both --from - and --hosts -");
	}
	return authjson_read_fd(c, STDIN_FILENO, "standard input", e);
}

void
source_warn(struct ui *ui, const struct cred *c)
{
	char when[REPORT_TIME_LEN];
	bool tokens = c->mode == CRED_CHATGPT || c->mode == CRED_LEASE;

	if (tokens && !c->has_refreshed)
		ui_warn(ui, "the credential has no last_refresh: 'codex exec' "
		    "will send no authorization with it");
	if (tokens && !c->refreshable && codexuse_expired(c, time(NULL)))
		ui_warn(ui, "the access token ended at %s and there is no "
		    "refresh token", report_time(when, c->expires));
}
