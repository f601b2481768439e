#include "sftpleft.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "sftplook.h"
#include "target.h"

#define STALE		60	/* seconds, by the server's clock */
#define STALE_OURS	600	/* by ours, where its clock is not known */

/* Whether this run may remove files at all; not where others can write. */
static bool
sweeps(const struct sftp *s)
{
	return !s->look_only && !s->job->dry_run &&
	    (s->job->op == JOB_PUSH || s->job->op == JOB_REMOVE) && s->rdir != NULL &&
	    s->failure.code != ERR_UNSAFE_TARGET;
}

void
sftpleft_list(struct sftp *s)
{
	if (sweeps(s) && !s->a[ASK_LIST].asked)
		sftp_ask_path(s, ASK_LIST, FXP_OPENDIR, s->rdir);
}

void
sftpleft_names(struct sftp *s)
{
	if (!sweeps(s) || !s->a[ASK_LIST].ok || s->a[ASK_NAMES].asked)
		return;
	/* Servers give about 100 names at a time: a Codex home has fewer. */
	for (enum ask a = ASK_NAMES; a <= ASK_NAMES_END; a++)
		sftp_ask_handle(s, a, FXP_READDIR, ASK_LIST);
	sftp_ask_handle(s, ASK_LIST_CLOSE, FXP_CLOSE, ASK_LIST);
}

void
sftpleft_entry(struct sftp *s, const unsigned char *name, size_t len,
    const struct sftpattrs *attrs)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.";
	struct leftover *l = &s->left[s->nleft];

	if (s->nleft == SFTP_LEFT_MAX || len >= sizeof(l->name) ||
	    len < strlen(SFTP_TEMP) ||
	    memcmp(name, SFTP_TEMP, strlen(SFTP_TEMP)) != 0 ||
	    !(attrs->flags & FXA_TIME) || !(attrs->flags & FXA_MODE) ||
	    !S_ISREG(attrs->mode))
		return;
	memcpy(l->name, name, len);
	l->name[len] = '\0';
	l->mtime = attrs->mtime;
	if (strspn(l->name, plain) == len &&
	    strcmp(l->name + strlen(SFTP_TEMP), s->nonce) != 0)
		s->nleft++;
}

static bool
stale(const struct sftp *s, const struct leftover *l)
{
	if (s->temp_clock)
		return (uint64_t)l->mtime + STALE <= s->temp_mtime;
	return (int64_t)l->mtime + STALE_OURS <= (int64_t)time(NULL);
}

void
sftpleft_remove(struct sftp *s)
{
	char *path;

	for (size_t i = 0; sweeps(s) && i < s->nleft; i++) {
		if (!stale(s, &s->left[i]))
			continue;
		path = sftplook_join(s->rdir, s->left[i].name);
		if (path == NULL)
			return;		/* the next run has memory for it */
		sftp_ask_path(s, ASK_LEFT + (enum ask)i, FXP_REMOVE, path);
		free(path);
	}
}
