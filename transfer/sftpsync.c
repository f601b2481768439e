#include "sftpsync.h"

#include "sftpask.h"
#include "sftpput.h"
#include "target.h"

void
sftpsync_open(struct sftp *s, const char *dir)
{
	s->a[ASK_DIR_SYNC].ok = false;
	s->a[ASK_DIR_OPEN].ok = false;
	if (s->can_fsync)
		sftp_ask_open(s, ASK_DIR_OPEN, dir, FXF_READ);
}

void
sftpsync_ask(struct sftp *s)
{
	if (!s->a[ASK_DIR_OPEN].ok)
		return;
	sftp_ask_fsync(s, ASK_DIR_SYNC, ASK_DIR_OPEN);
	sftp_ask_handle(s, ASK_DIR_CLOSE, FXP_CLOSE, ASK_DIR_OPEN);
}

void
sftpsync_tell(struct sftp *s)
{
	if (s->a[ASK_DIR_SYNC].ok)
		return;
	s->r->not_durable = true;
	result_warn(s->r, "a crash of the target may bring the old state "
	    "back: its SFTP server does not sync %s",
	    s->can_fsync ? "folders" : "files");
}

static void
unchanged_end(struct sftp *s)
{
	if (!s->a[ASK_FSYNC].ok)
		s->a[ASK_DIR_SYNC].ok = false;
	sftpsync_tell(s);
	sftpput_finish(s);
}

static void
unchanged_opened(struct sftp *s)
{
	s->a[ASK_FSYNC].ok = false;
	if (s->a[ASK_OPEN].ok) {
		sftp_ask_fsync(s, ASK_FSYNC, ASK_OPEN);
		sftp_ask_handle(s, ASK_CLOSE, FXP_CLOSE, ASK_OPEN);
	}
	sftpsync_ask(s);
	sftp_then(s, unchanged_end);
}

void
sftpsync_unchanged(struct sftp *s)
{
	s->a[ASK_OPEN].ok = false;
	if (s->can_fsync)
		sftp_ask_open(s, ASK_OPEN, s->real, FXF_READ);
	sftpsync_open(s, s->rdir);
	sftp_then(s, unchanged_opened);
}
