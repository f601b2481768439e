/*
 * Threat model, as rules:
 *  1. Nothing is opened before it is known to be a regular file: opening a
 *     FIFO would hang the server.
 *  2. A link is followed only where it, its target and the target's folder
 *     belong to the account and nobody else can write them.
 *  3. What a server can't tell (no modes, no owners) is never guessed.
 *
 * Version 3 has no link count: hard links can't be seen this way.
 */
#include "sftplook.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "secret.h"
#include "sftpleft.h"
#include "sftpput.h"
#include "sftpsync.h"
#include "target.h"

char *
sftplook_join(const char *dir, const char *name)
{
	size_t len = strlen(dir);
	char *path;

	while (len > 0 && dir[len - 1] == '/')
		len--;
	if (asprintf(&path, "%.*s/%s", (int)len, dir, name) == -1)
		return NULL;
	return path;
}

bool
sftplook_told(const struct answer *a)
{
	uint32_t need = FXA_UIDGID | FXA_MODE;

	if (S_ISREG(a->attrs.mode))
		need |= FXA_SIZE | FXA_TIME;
	return (a->attrs.flags & need) == need;
}

int
sftplook_status(struct sftp *s, enum ask ask, const char *verb,
    const char *path, struct err *e)
{
	const struct answer *a = &s->a[ask];
	enum err_code code = ERR_PROTOCOL;

	if (a->status == FX_PERMISSION_DENIED)
		return err_set(e, ERR_PERMISSION_DENIED,
		    "cannot %s '%s': permission denied", verb, path);
	if (a->status == FX_NO_SUCH_FILE)
		return err_set(e,
		    ask == ASK_MKDIR ? ERR_NO_HOME : ERR_PROTOCOL,
		    "cannot %s '%s': no such file or folder", verb, path);
	if (strcasestr(a->text, "no space") != NULL ||
	    strcasestr(a->text, "quota") != NULL)
		code = ERR_DISK_FULL;
	else if (strcasestr(a->text, "read-only") != NULL)
		code = ERR_READ_ONLY;
	else
		s->vague = true;
	return err_set(e, code, "cannot %s '%s': the server says '%s' (%u)",
	    verb, path, a->text, a->status);
}

static void
look_fail(struct sftp *s, enum ask ask, const char *path)
{
	struct err e = ERR_INIT;

	sftplook_status(s, ask, "look at", path, &e);
	sftpput_fail(s, &e);
}

static bool
is_link(const struct sftp *s)
{
	return s->a[ASK_LINK].ok && S_ISLNK(s->a[ASK_LINK].attrs.mode);
}

static bool
absent(const struct answer *a)
{
	return !a->ok && a->status == FX_NO_SUCH_FILE;
}

/* Safety */

/* Others: anybody; group: also members of a group. */
static int
owner_safe(const struct answer *a, const char *path, long uid, uint32_t others,
    struct err *e)
{
	if (uid != -1 && (long)a->attrs.uid != uid)
		return err_set(e, ERR_UNSAFE_TARGET,
		    "'%s' belongs to uid %u, not to uid %ld", path,
		    a->attrs.uid, uid);
	if (a->attrs.mode & others)
		return err_set(e, ERR_UNSAFE_TARGET,
		    "others can write to '%s' (mode %04o)", path,
		    a->attrs.mode & 07777);
	return 0;
}

int
sftplook_safe(const struct sftp *s, long uid, struct err *e)
{
	/* A folder of a user's own group is common: version 3 has numbers
	 * only, so it can't be told from a shared group. */
	if (s->a[ASK_DIR].ok &&
	    owner_safe(&s->a[ASK_DIR], s->dir, uid, 0002, e) == -1)
		return -1;
	if (!is_link(s) || s->job->op == JOB_REMOVE)
		return 0;	/* a remove never follows it */
	/* Whoever we are: all of it must belong to one account. */
	if (uid == -1)
		uid = (long)s->a[ASK_DIR].attrs.uid;
	if (owner_safe(&s->a[ASK_LINK], s->file, uid, 0, e) == -1 ||
	    owner_safe(&s->a[ASK_RDIR], s->rdir, uid, 0022, e) == -1 ||
	    (s->a[ASK_FILE].ok &&
	    owner_safe(&s->a[ASK_FILE], s->real, uid, 0022, e) == -1))
		return err_wrap(e, "'%s' is a link that is not safe", s->file);
	return 0;
}

/* A file that its owner made read-only is not replaced behind his back. */
static int
writable_check(struct sftp *s, struct err *e)
{
	bool ours = s->me == -1 || (long)s->seen.uid == s->me;

	if (!s->look.present || !ours || (s->seen.mode & 0200) != 0)
		return 0;
	if (s->job->op == JOB_PUSH)
		return err_set(e, ERR_PERMISSION_DENIED,
		    "'%s' is read-only (mode %04o)", s->real,
		    s->seen.mode & 07777);
	if (s->job->op == JOB_STATUS)
		result_warn(s->r, "'%s' is read-only", s->real);
	return 0;
}

/* Deciding */

static void
decide_fetched(struct sftp *s)
{
	if (s->look.bytes == NULL || !look_fetched(&s->look, s->r))
		sftp_nomem(s);
	else
		sftpput_finish(s);
}

static void
decide(struct sftp *s)
{
	const struct job *job = s->job;
	bool writes = job->op == JOB_PUSH && !job->dry_run;
	struct err e = ERR_INIT;
	/* The home's owner is a guess at who we are; a file that we made
	 * tells. So a push judges then; for a remove the kernel does. */
	long uid = writes || job->op == JOB_REMOVE ? -1 : s->me;

	if (s->look_only) {
		/* What only its owner can read, and we did, is ours. */
		if (s->look.readable && (s->look.mode & 0077) == 0)
			s->look.account = s->look.owner;
		look_recover(&s->look, job, &s->why, s->r);
		sftpput_finish(s);
		return;
	}
	if (sftplook_safe(s, uid, &e) == -1 || writable_check(s, &e) == -1) {
		sftpput_fail(s, &e);
		return;
	}
	if (look_again(&s->look, job, s->r)) {
		sftp_then(s, sftplook_start);
		return;
	}
	if (look_judge(&s->look, job, s->r)) {
		if (job->op == JOB_REMOVE)
			sftpput_remove(s);
		else if (job->op == JOB_PULL)
			decide_fetched(s);
		else
			sftpput_start(s);
		return;
	}
	if (s->r->state == STATE_WOULD_WRITE && job->op == JOB_PUSH &&
	    sftpput_able(s, &e) == -1) {
		s->r->state = STATE_NONE;
		sftpput_fail(s, &e);
		return;
	}
	if (s->r->state == STATE_UNCHANGED && job->lasting)
		sftpsync_unchanged(s);
	else
		sftpput_finish(s);
}

/* Looking */

void
sftplook_about(struct sftp *s, const char *path)
{
	struct look *l = &s->look;

	l->mode = (int)(s->seen.mode & 07777);
	l->owner = (long)s->seen.uid;
	l->account = s->me;
	free(l->path);
	if ((l->path = strdup(path)) == NULL)
		sftp_nomem(s);
}

static void
look_done(struct sftp *s)
{
	bool link = is_link(s);

	s->look.present = s->seen.flags != 0;
	if (s->job->op == JOB_REMOVE && link)
		s->look.present = true;		/* dangling: it is the link */
	sftplook_about(s, s->job->op == JOB_REMOVE ? s->file : s->real);
	if (!s->done)
		decide(s);
}

static void
look_bytes(struct sftp *s)
{
	enum ask failed = ASKS;

	if (sftplook_fill(s, &failed))
		look_done(s);
	else if (failed != ASKS)
		look_fail(s, failed, s->real);
	else
		sftpput_again(s);
}

static void
look_opened(struct sftp *s)
{
	const struct answer *file = &s->a[ASK_FILE], *open = &s->a[ASK_OPEN];
	struct err e = ERR_INIT;

	if (is_link(s)) {
		if (!s->a[ASK_RDIR].ok)
			look_fail(s, ASK_RDIR, s->rdir);
		else if (!file->ok && !absent(file))
			look_fail(s, ASK_FILE, s->real);
		else if ((file->ok && (!S_ISREG(file->attrs.mode) ||
		    !sftplook_told(file))) || !sftplook_told(&s->a[ASK_RDIR])) {
			err_set(&e, ERR_UNSAFE_TARGET, "'%s' is a link that "
			    "the server does not follow", s->file);
			sftpput_fail(s, &e);
		}
		if (s->failure.code != ERR_NONE)
			return;
		s->seen = file->attrs;
	}
	if (open->ok && s->seen.flags != 0 && s->seen.size <= CRED_SIZE_MAX)
		sftplook_read(s, look_bytes);
	else if (!open->asked || open->status == FX_PERMISSION_DENIED)
		look_done(s);
	else if (open->ok || absent(open))
		sftpput_again(s);	/* it was another file then */
	else
		look_fail(s, ASK_OPEN, s->real);
}

/* auth.json's own place: where its link leads, or where it is or will be. */
static int
find_real(struct sftp *s, struct err *e)
{
	const struct answer *real = &s->a[ASK_REAL];
	bool named = real->ok && real->name[0] == '/';
	const char *slash;
	char *temp;

	if (is_link(s) && (!named ||
	    real->name[strlen(real->name) - 1] == '/'))
		return err_set(e, ERR_UNSAFE_TARGET,
		    "'%s' is a link that cannot be followed", s->file);
	/* A server may resolve no name that does not exist. */
	free(s->real);
	free(s->rdir);
	free(s->temp);
	s->rdir = s->temp = NULL;
	s->real = strdup(named ? real->name : s->file);
	if (s->real == NULL)
		return err_memory(e);
	slash = strrchr(s->real, '/');
	s->rdir = strndup(s->real, (size_t)(slash - s->real) + 1);
	if (s->rdir == NULL ||
	    (temp = sftplook_join(s->rdir, SFTP_TEMP)) == NULL)
		return err_memory(e);
	if (asprintf(&s->temp, "%s%s", temp, s->nonce) == -1)
		s->temp = NULL;
	free(temp);
	if (s->rdir[1] != '\0')
		s->rdir[strlen(s->rdir) - 1] = '\0';
	return s->temp != NULL ? 0 :
	    err_memory(e);
}

static int
find_home(struct sftp *s, struct err *e)
{
	const struct answer *home = &s->a[ASK_HOME], *me = &s->a[ASK_ME];

	s->me = me->ok && (me->attrs.flags & FXA_UIDGID) ?
	    (long)me->attrs.uid : -1;
	if (s->base[0] != '/' && (!home->ok || home->name[0] != '/'))
		return err_set(e, ERR_NO_HOME,
		    "the server names no folder to work in");
	free(s->dir);
	free(s->file);
	s->file = NULL;
	s->dir = s->base[0] == '/' ? strdup(s->base) :
	    sftplook_join(home->name, s->base);
	if (s->dir == NULL ||
	    (s->file = sftplook_join(s->dir, "auth.json")) == NULL)
		return err_memory(e);
	return 0;
}

/* What the names stand for, as far as it needs no second question. */
static int
check_kinds(struct sftp *s, struct err *e)
{
	const struct answer *dir = &s->a[ASK_DIR], *link = &s->a[ASK_LINK],
	    *to = &s->a[ASK_STAT];

	if (!dir->ok && !absent(dir))
		return sftplook_status(s, ASK_DIR, "look at", s->dir, e);
	if (dir->ok && !S_ISDIR(dir->attrs.mode) &&
	    (dir->attrs.flags & FXA_MODE))
		return err_set(e, ERR_UNSAFE_TARGET,
		    "'%s' is not a folder", s->dir);
	if (!link->ok && !absent(link))
		return sftplook_status(s, ASK_LINK, "look at", s->file, e);
	if ((dir->ok && !sftplook_told(dir)) ||
	    (link->ok && !sftplook_told(link)) ||
	    (to->ok && !sftplook_told(to)))
		return err_set(e, ERR_PROTOCOL,
		    "the SFTP server reports no file modes and owners");
	if (link->ok && !S_ISLNK(link->attrs.mode) &&
	    !S_ISREG(link->attrs.mode))
		return err_set(e, ERR_UNSAFE_TARGET,
		    "'%s' is not a regular file", s->file);
	if (is_link(s) && !to->ok && !absent(to))
		return err_set(e, ERR_UNSAFE_TARGET,
		    "'%s' is a link that cannot be followed", s->file);
	if (is_link(s) && to->ok && !S_ISREG(to->attrs.mode))
		return err_set(e, ERR_UNSAFE_TARGET,
		    "'%s' leads to what is not a regular file", s->file);
	return 0;
}

static void
look_where(struct sftp *s)
{
	const struct answer *link = &s->a[ASK_LINK], *to = &s->a[ASK_STAT];
	struct err e = ERR_INIT;

	if (find_home(s, &e) == -1 || check_kinds(s, &e) == -1 ||
	    find_real(s, &e) == -1) {
		sftpput_fail(s, &e);
		return;
	}
	s->seen = (struct sftpattrs){ 0 };
	if (is_link(s)) {
		sftp_ask_path(s, ASK_FILE, FXP_LSTAT, s->real);
		sftp_ask_path(s, ASK_RDIR, FXP_STAT, s->rdir);
	} else if (link->ok)
		s->seen = link->attrs;
	if (link->ok && to->ok && S_ISREG(to->attrs.mode) &&
	    to->attrs.size <= CRED_SIZE_MAX)
		sftp_ask_open(s, ASK_OPEN, s->real, FXF_READ);
	/* A put lists later, when it asks for its temp file. */
	if (link->ok || s->job->op == JOB_REMOVE)
		sftpleft_list(s);
	/* What is larger than any credential is a file that is none. */
	s->look.readable = to->ok && to->attrs.size > CRED_SIZE_MAX;
	s->look.outsized = to->ok && (to->attrs.size == 0 ||
	    to->attrs.size > CRED_SIZE_MAX);
	sftp_then(s, look_opened);
}

void
sftplook_start(struct sftp *s)
{
	for (size_t i = 0; i < ASKS; i++)
		s->a[i].asked = s->a[i].ok = false;
	s->nleft = 0;
	look_clear(&s->look);
	look_init(&s->look);
	sftp_ask_path(s, ASK_HOME, FXP_REALPATH, ".");
	sftp_ask_path(s, ASK_ME, FXP_STAT, ".");
	sftp_ask_path(s, ASK_DIR, FXP_STAT, s->base);
	sftp_ask_path(s, ASK_LINK, FXP_LSTAT, s->named);
	sftp_ask_path(s, ASK_STAT, FXP_STAT, s->named);
	sftp_ask_path(s, ASK_REAL, FXP_REALPATH, s->named);
	sftp_then(s, look_where);
}

/* Reading */

void
sftplook_read(struct sftp *s, sftp_step then)
{
	/* One byte more than there was: so that a longer file is seen. */
	uint32_t left = (uint32_t)s->seen.size + 1, n;

	secret_free(s->bytes);
	if ((s->bytes = secret_new(left)) == NULL) {
		sftp_nomem(s);
		return;
	}
	for (s->pieces = 0; left > 0; left -= n) {
		n = left < SFTP_PIECE ? left : SFTP_PIECE;
		sftp_ask_read(s, ASK_READ + s->pieces, ASK_OPEN,
		    s->pieces * SFTP_PIECE, n);
		s->pieces++;
	}
	sftp_ask_handle(s, ASK_FSTAT, FXP_FSTAT, ASK_OPEN);
	sftp_ask_handle(s, ASK_CLOSE, FXP_CLOSE, ASK_OPEN);
	sftpleft_names(s);
	sftp_then(s, then);
}

/* Judges what was read; the bytes are gone after that. */
static void
fill_claims(struct sftp *s)
{
	struct err ignored = ERR_INIT;	/* no credential: no claims */
	struct look *l = &s->look;

	l->readable = true;
	sftp_digest(s->bytes, l->digest);
	cred_clear(&l->claims);
	secret_free(l->bytes);
	l->bytes = s->job->op == JOB_PULL ? secret_dup(s->bytes) : NULL;
	if (cred_parse(&l->claims, s->bytes, &ignored) == 0)
		look_token(s->r, &l->claims, s->job);
	s->bytes = NULL;	/* transferred */
	secret_free(l->claims.bytes);
	l->claims.bytes = NULL;
}

bool
sftplook_fill(struct sftp *s, enum ask *failed)
{
	const struct answer *a, *stat = &s->a[ASK_FSTAT];
	size_t len = 0;

	for (unsigned int i = 0; i < s->pieces; i++) {
		a = &s->a[ASK_READ + i];
		if (!a->ok) {
			*failed = ASK_READ + i;
			return false;
		}
		if (a->got > 0 && a->offset != len)
			return false;
		len += a->got;
	}
	if (!stat->ok || stat->attrs.size != len ||
	    stat->attrs.size != s->seen.size ||
	    stat->attrs.mtime != s->seen.mtime)
		return false;
	secret_truncate(s->bytes, len);
	if (s->job->backup && s->job->op == JOB_PUSH) {
		secret_free(s->old);
		if ((s->old = secret_dup(s->bytes)) == NULL) {
			sftp_nomem(s);
			return true;
		}
	}
	fill_claims(s);
	return true;
}
