/*
 * Threat model, as rules:
 *  1. The new bytes are in a 0600 file of the account, beside the old one,
 *     and every write was acknowledged, before the rename is sent.
 *  2. Codex's locks can't be taken by SFTP: what was looked at is compared
 *     once more as late as possible, and there is no warning about it since
 *     nobody could do anything about it.
 *  3. Whatever fails removes the temp file first. What a lost link leaves,
 *     the next run removes (sftpleft.c).
 */
#include "sftpput.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "secret.h"
#include "sftpleft.h"
#include "sftplook.h"
#include "sftpsync.h"
#include "target.h"

#define LOOKS_MAX	2	/* the first, and one after a change */

static void	put_opened(struct sftp *s);
static void	put_write(struct sftp *s);

static void
finish_end(struct sftp *s)
{
	s->done = true;		/* a leftover that stays is tried next time */
}

static void
finish_sweep(struct sftp *s)
{
	sftpleft_remove(s);
	sftp_then(s, finish_end);
}

void
sftpput_finish(struct sftp *s)
{
	sftpleft_names(s);	/* if no batch took them along yet */
	sftp_then(s, finish_sweep);
}

/* Failing */

/* Queues what removes our traces; `back`: the folder we made, too. */
static void
undo(struct sftp *s, bool back)
{
	if (s->temp_open)
		sftp_ask_handle(s, ASK_UNDO_CLOSE, FXP_CLOSE, ASK_TEMP);
	if (s->temp_there)
		sftp_ask_path(s, ASK_UNDO, FXP_REMOVE, s->temp);
	if (s->made_dir && back) {
		sftp_ask_path(s, ASK_RMDIR, FXP_RMDIR, s->dir);
		s->made_dir = false;
	}
	s->temp_open = s->temp_there = false;
}

static void
fail_end(struct sftp *s)
{
	const struct answer *fs = &s->a[ASK_STATVFS], *un = &s->a[ASK_UNDO];
	struct err *e = &s->failure;
	char text[ERR_TEXT_MAX];

	(void)snprintf(text, sizeof(text), "%s", e->text);
	if (fs->asked && fs->ok && fs->read_only)
		err_set(e, ERR_READ_ONLY, "%s: read-only file system", text);
	else if (fs->asked && fs->ok && fs->full)
		err_set(e, ERR_DISK_FULL, "%s: no space left", text);
	else if (s->vague)
		err_hint(e, "is the disk full, or the folder read-only?");
	if (un->asked && !un->ok)
		result_warn(s->r, "'%s' could not be removed", s->temp);
	if (result_end(s->r, STATE_FAILED))
		s->r->err = *e;
	sftpput_finish(s);
}

void
sftpput_fail(struct sftp *s, const struct err *e)
{
	const struct answer *home = &s->a[ASK_HOME];

	s->failure = *e;
	/* Asked before our file goes: that may be what fills the disk. */
	if (s->vague && s->can_statvfs)
		sftp_ask_statvfs(s, ASK_STATVFS, s->rdir != NULL &&
		    (s->a[ASK_DIR].ok || s->made_dir) ? s->rdir :
		    home->ok ? home->name : "/");
	undo(s, true);
	sftp_then(s, fail_end);
}

static void
fail_status(struct sftp *s, enum ask a, const char *verb, const char *path)
{
	struct err e = ERR_INIT;

	sftplook_status(s, a, verb, path, &e);
	sftpput_fail(s, &e);
}

void
sftpput_again(struct sftp *s)
{
	struct err e = ERR_INIT;

	if (++s->changes == LOOKS_MAX) {
		err_set(&e, ERR_PROTOCOL, "'%s' keeps changing", s->file);
		err_hint(&e, "try again when Codex is idle there");
		sftpput_fail(s, &e);
		return;
	}
	s->backed = false;
	undo(s, false);
	sftp_then(s, sftplook_start);
}

/* Putting */

int
sftpput_able(const struct sftp *s, struct err *e)
{
	if (s->can_rename)
		return 0;
	/* OpenSSH has had both for ever and hides what it would refuse. */
	if (s->can_statvfs)
		return err_set(e, ERR_READ_ONLY, "the SFTP server forbids to "
		    "replace files (it was started read-only?)");
	return err_set(e, ERR_PROTOCOL, "the SFTP server cannot replace a "
	    "file in one step (it offers no posix-rename@openssh.com)");
}

/* Which bytes go into the temp file: the new ones, or first the old ones. */
static const struct secret *
put_source(const struct sftp *s)
{
	return s->backing ? s->old : s->job->cred->bytes;
}

void
sftpput_start(struct sftp *s)
{
	struct err e = ERR_INIT;

	s->backing = s->job->backup && s->look.present && !s->backed;
	if (sftpput_able(s, &e) == -1) {
		sftpput_fail(s, &e);
		return;
	}
	if (s->backing && s->old == NULL) {
		err_set(&e, ERR_PERMISSION_DENIED,
		    "cannot keep '%s': it cannot be read whole", s->real);
		sftpput_fail(s, &e);
		return;
	}
	s->making = !s->a[ASK_DIR].ok && !s->made_dir;
	if (s->making)
		sftp_ask_mkdir(s, ASK_MKDIR, s->dir);
	sftp_ask_open(s, ASK_TEMP, s->temp, FXF_WRITE | FXF_CREAT | FXF_EXCL);
	sftp_ask_path(s, ASK_TEMP_STAT, FXP_LSTAT, s->temp);
	sftpleft_list(s);
	sftp_then(s, put_opened);
}

/* The file we made tells who we are. False: it is over. */
static bool
put_me(struct sftp *s, long me)
{
	struct err e = ERR_INIT;

	s->me = me;
	if (sftplook_safe(s, me, &e) == -1) {
		sftpput_fail(s, &e);
		return false;
	}
	if (s->look.account == me)
		return true;
	s->look.account = me;
	if (look_judge(&s->look, s->job, s->r))
		return true;
	undo(s, true);
	sftp_then(s, sftpput_finish);
	return false;
}

static void
put_mode(struct sftp *s)
{
	const struct answer *stat = &s->a[ASK_TEMP_STAT];
	struct err e = ERR_INIT;

	if (stat->ok && (stat->attrs.mode & 07777) == 0600) {
		put_write(s);
		return;
	}
	err_set(&e, ERR_UNSAFE_TARGET,
	    "a new file in '%s' cannot be kept from others", s->rdir);
	sftpput_fail(s, &e);
}

/* False: it is over, or begins anew. */
static bool
put_made(struct sftp *s)
{
	const struct answer *temp = &s->a[ASK_TEMP],
	    *stat = &s->a[ASK_TEMP_STAT], *dir = &s->a[ASK_MKDIR];
	struct err e = ERR_INIT;

	s->temp_open = s->temp_there = temp->ok;
	s->made_dir = s->made_dir || (s->making && dir->ok);
	if (s->making && !dir->ok && temp->ok)
		sftpput_again(s);	/* somebody else made the folder */
	else if (s->making && !dir->ok)
		fail_status(s, ASK_MKDIR, "make", s->dir);
	else if (!temp->ok)
		fail_status(s, ASK_TEMP, "write", s->temp);
	else if (!stat->ok)
		fail_status(s, ASK_TEMP_STAT, "look at", s->temp);
	else if (!S_ISREG(stat->attrs.mode) || !sftplook_told(stat) ||
	    stat->attrs.size != 0) {
		err_set(&e, ERR_PROTOCOL,
		    "'%s' is not the new file that was asked for", s->temp);
		sftpput_fail(s, &e);
	} else
		return true;
	return false;
}

static void
put_opened(struct sftp *s)
{
	const struct sftpattrs *made = &s->a[ASK_TEMP_STAT].attrs;

	if (!put_made(s))
		return;
	s->temp_clock = true;
	s->temp_mtime = made->mtime;
	if (!put_me(s, (long)made->uid))
		return;
	if ((made->mode & 07777) == 0600) {
		put_write(s);
		return;
	}
	sftp_ask_chmod(s, ASK_TEMP_MODE, ASK_TEMP);
	sftp_ask_handle(s, ASK_TEMP_STAT, FXP_FSTAT, ASK_TEMP);
	sftp_then(s, put_mode);
}

/* Whether auth.json is as it was when it was looked at. */
static bool
put_still(const struct sftp *s)
{
	const struct answer *now = &s->a[ASK_STILL];

	if (s->seen.flags == 0)
		return !now->ok && now->status == FX_NO_SUCH_FILE;
	return now->ok && now->attrs.mode == s->seen.mode &&
	    now->attrs.uid == s->seen.uid &&
	    now->attrs.size == s->seen.size &&
	    now->attrs.mtime == s->seen.mtime;
}

/* Reading back what the rename put there. */
static void
put_confirm(struct sftp *s)
{
	enum ask failed = ASKS;
	struct err e = ERR_INIT;

	s->look.readable = false;
	if (!sftplook_fill(s, &failed) && failed != ASKS) {
		sftplook_status(s, failed, "read back", s->real, &e);
		sftp_break(s, &e);
		return;
	}
	look_confirm(&s->look, s->job, s->r);
	sftpsync_tell(s);
	sftpput_finish(s);
}

static void
put_renamed(struct sftp *s)
{
	const struct answer *back = &s->a[ASK_BACK];
	struct err e = ERR_INIT;

	if (!s->a[ASK_RENAME].ok) {
		s->commit_end = 0;
		fail_status(s, ASK_RENAME, "replace", s->real);
		return;
	}
	s->temp_there = s->made_dir = false;
	if (!back->ok || !sftplook_told(back) || !s->a[ASK_OPEN].ok) {
		sftplook_status(s, back->ok ? ASK_OPEN : ASK_BACK,
		    "read back", s->real, &e);
		sftp_break(s, &e);
		return;
	}
	s->seen = back->attrs;
	s->look.present = S_ISREG(back->attrs.mode);
	s->look.replaced = true;
	sftplook_about(s, s->real);
	sftpsync_ask(s);
	if (s->look.present && s->seen.size == secret_len(put_source(s))) {
		sftplook_read(s, put_confirm);
		return;
	}
	s->look.readable = false;
	look_confirm(&s->look, s->job, s->r);
	sftpput_finish(s);
}

static void
put_backed(struct sftp *s)
{
	if (!s->a[ASK_RENAME].ok) {
		fail_status(s, ASK_RENAME, "make auth.json.bak beside",
		    s->real);
		return;
	}
	s->temp_there = false;
	s->backed = true;
	sftpput_start(s);
}

static void
put_rename(struct sftp *s)
{
	char *bak;

	if (!s->backing) {
		sftp_ask_rename(s, ASK_RENAME, s->temp, s->real);
		sftp_commit(s);
		sftp_ask_path(s, ASK_BACK, FXP_LSTAT, s->real);
		sftp_ask_open(s, ASK_OPEN, s->real, FXF_READ);
		sftpsync_open(s, s->rdir);
		sftp_then(s, put_renamed);
		return;
	}
	if ((bak = sftplook_join(s->rdir, "auth.json.bak")) == NULL) {
		sftp_nomem(s);
		return;
	}
	sftp_ask_rename(s, ASK_RENAME, s->temp, bak);
	free(bak);
	sftp_then(s, put_backed);
}

static void
put_written(struct sftp *s)
{
	const struct answer *stat = &s->a[ASK_WRITTEN];
	struct err e = ERR_INIT;

	for (enum ask a = ASK_WRITE; a <= ASK_WRITE_END; a++) {
		if (s->a[a].asked && !s->a[a].ok) {
			fail_status(s, a, "write", s->temp);
			return;
		}
	}
	if (s->can_fsync && !s->a[ASK_FSYNC].ok)
		fail_status(s, ASK_FSYNC, "sync", s->temp);
	else if (!s->a[ASK_TEMP_CLOSE].ok)
		fail_status(s, ASK_TEMP_CLOSE, "close", s->temp);
	else if (!stat->ok || (stat->attrs.mode & 07777) != 0600 ||
	    stat->attrs.size != secret_len(put_source(s))) {
		err_set(&e, ERR_PROTOCOL,
		    "'%s' is not what was written", s->temp);
		sftpput_fail(s, &e);
	} else if (!put_still(s))
		sftpput_again(s);
	else
		put_rename(s);
}

static void
put_write(struct sftp *s)
{
	const struct secret *from = put_source(s);
	uint32_t left = (uint32_t)secret_len(from), at = 0, n;
	enum ask a = ASK_WRITE;

	s->a[ASK_WRITE].asked = s->a[ASK_WRITE_END].asked = false;
	for (; left > 0; left -= n, at += n) {
		n = left < SFTP_PIECE ? left : SFTP_PIECE;
		sftp_ask_write(s, a++, ASK_TEMP, from, at, n);
	}
	if (s->can_fsync)
		sftp_ask_fsync(s, ASK_FSYNC, ASK_TEMP);
	sftp_ask_handle(s, ASK_WRITTEN, FXP_FSTAT, ASK_TEMP);
	sftp_ask_handle(s, ASK_TEMP_CLOSE, FXP_CLOSE, ASK_TEMP);
	s->temp_open = false;
	sftp_ask_path(s, ASK_STILL, FXP_LSTAT, s->real);
	sftpleft_names(s);
	sftp_then(s, put_written);
}

/* Removing */

static void
removed_synced(struct sftp *s)
{
	sftpsync_tell(s);
	sftpput_finish(s);
}

static void
removed(struct sftp *s)
{
	const struct answer *gone = &s->a[ASK_REMOVE], *back = &s->a[ASK_BACK];
	struct err e = ERR_INIT;

	if (!gone->ok && gone->status != FX_NO_SUCH_FILE) {
		s->commit_end = 0;
		fail_status(s, ASK_REMOVE, "remove", s->file);
		return;
	}
	if (!back->ok && back->status != FX_NO_SUCH_FILE) {
		sftplook_status(s, ASK_BACK, "look at", s->file, &e);
		sftp_break(s, &e);
		return;
	}
	s->look.present = back->ok;
	if (!back->ok && S_ISLNK(s->a[ASK_LINK].attrs.mode))
		result_warn(s->r, "'%s' was a link: '%s' is still there",
		    s->file, s->real);
	look_confirm(&s->look, s->job, s->r);
	sftpsync_ask(s);
	sftpleft_names(s);
	sftp_then(s, removed_synced);
}

void
sftpput_remove(struct sftp *s)
{
	/* A link goes, what it leads to stays, as with Codex's own logout. */
	sftp_ask_path(s, ASK_REMOVE, FXP_REMOVE, s->file);
	sftp_commit(s);
	sftp_ask_path(s, ASK_BACK, FXP_LSTAT, s->file);
	sftpsync_open(s, s->dir);
	sftp_then(s, removed);
}
