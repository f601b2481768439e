/*
 * authwrite - changes this machine's auth.json, as Codex would.
 *
 * 1. A login MUST NOT be lost: what is there stays until the new one is on
 *    the disk, and what Codex wrote meanwhile is noticed where that matters.
 * 2. No lock file may be made that Codex can't open: both are made by the
 *    account that owns the folder, or not at all (authplace refuses others).
 * 3. What Codex itself could not replace later (a hard link, a file without
 *    a write bit) MUST be refused now, while the old login is still whole.
 * 4. What can only be written in place (a mount point) is put back as it was
 *    where that fails.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "atomicfile.h"
#include "authjson.h"
#include "authplace.h"
#include "authwrite.h"
#include "err.h"
#include "lockfile.h"
#include "secret.h"

#define LOCK_MS	  10000		/* for both of Codex's locks together */
#define HOME_LOCK "auth.lock"
#define LOCK_NAME 272		/* NAME_MAX, ".lock" and the NUL, rounded */

struct authwrite {
	struct authplace place;		/* as it was given */
	struct lockfile	 lock;		/* auth.lock */
	int64_t		 deadline;	/* of waiting for locks */
	bool		 alone;
};

/* The file itself, its lock, and what it is now. */
struct target {
	struct authplace at;
	struct lockfile	 lock;
	bool		 there;
	struct stat	 st;
	struct secret	*old;	/* NULL: none, or not to be read */
};

struct authwrite *
authwrite_open(const char *path, unsigned flags, struct err *e)
{
	struct authwrite *w = calloc(1, sizeof(*w));

	if (w == NULL) {
		(void)err_sys(e, ERR_INTERNAL, ENOMEM, "cannot use '%s'",
		    path);
		return NULL;
	}
	w->lock = (struct lockfile)LOCKFILE_INIT;
	w->alone = (flags & AUTHWRITE_ALONE) != 0;
	if (authplace_open(&w->place, path, (flags & AUTHWRITE_MAKE) != 0,
	    e) == -1) {
		free(w);
		return NULL;
	}
	w->deadline = lockfile_now() + LOCK_MS;
	if (w->alone || lockfile_take(&w->lock, w->place.dirfd, HOME_LOCK,
	    w->deadline, e) == 0)
		return w;
	(void)err_wrap(e, "cannot use '%s'", w->place.dir);
	authwrite_close(w);
	return NULL;
}

void
authwrite_close(struct authwrite *w)
{
	if (w == NULL)
		return;
	lockfile_release(&w->lock);
	authplace_close(&w->place);
	free(w);
}

static int
lock_file(struct target *t, const struct authwrite *w, struct err *e)
{
	char name[LOCK_NAME];

	if (w->alone)
		return 0;
	if (snprintf(name, sizeof(name), "%s.lock", t->at.name) >=
	    (int)sizeof(name))
		return err_sys(e, ERR_UNSAFE_TARGET, ENAMETOOLONG,
		    "cannot lock '%s'", t->at.path);
	/* What was waited before is past: a refresh may have taken long. */
	if (lockfile_take(&t->lock, t->at.dirfd, name,
	    lockfile_now() > w->deadline ? lockfile_now() + LOCK_MS :
	    w->deadline, e) == 0)
		return 0;
	return err_wrap(e, "cannot use '%s'", t->at.dir);
}

/* Its bytes: NULL for what can't be read or is no credential's size. */
static struct secret *
read_old(const struct target *t)
{
	struct err ignored = ERR_INIT;	/* then it is not what we have */
	struct secret *s = NULL;
	int fd;

	if (!t->there || t->st.st_size > CRED_SIZE_MAX)
		return NULL;
	fd = openat(t->at.dirfd, t->at.name, O_RDONLY | O_NOFOLLOW |
	    O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	if (fd == -1)
		return NULL;
	s = authjson_bytes(fd, false, t->at.path, &ignored);
	(void)close(fd);	/* only read */
	return s;
}

static int
see(struct target *t, struct err *e)
{
	secret_free(t->old);
	t->old = NULL;
	if (authplace_look(&t->at, &t->there, &t->st, e) == -1)
		return -1;
	t->old = read_old(t);
	return 0;
}

/* Whether the file is the one with that digest; zero is none. */
static bool
is_expected(const struct target *t, const unsigned char *expect)
{
	unsigned char digest[CRED_DIGEST_LEN] = { 0 };
	const unsigned char *p;
	size_t len;

	if (t->there && t->old == NULL)
		return false;
	if (t->there) {
		p = secret_expose(t->old, &len);
		(void)crypto_hash_sha256(digest, p, len);	/* always 0 */
	}
	return memcmp(digest, expect, sizeof(digest)) == 0;
}

static int
check_expected(const struct target *t, const unsigned char *expect,
    struct authwrite_done *done, struct err *e)
{
	if (expect == NULL || is_expected(t, expect))
		return 0;
	done->state = AUTHWRITE_CHANGED;
	return err_set(e, ERR_NEWER_THERE, "'%s' was changed meanwhile",
	    t->at.path);
}

/* Whether Codex could replace it, and we may. */
static int
check_file(const struct target *t, bool linked, struct err *e)
{
	const char *path = t->at.path;

	if (!t->there)
		return 0;
	if (linked && t->st.st_uid != geteuid())
		return err_set(e, ERR_UNSAFE_TARGET,
		    "cannot use '%s': it belongs to uid %lu", path,
		    (unsigned long)t->st.st_uid);
	if (linked && (t->st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return err_set(e, ERR_UNSAFE_TARGET,
		    "cannot use '%s': others can write to it", path);
	if (t->st.st_nlink > 1) {
		err_set(e, ERR_UNSAFE_TARGET,
		    "cannot use '%s': it has hard links, which Codex does "
		    "not replace", path);
		return err_hint(e, "remove the other names of the file");
	}
	if (t->st.st_uid == geteuid() && (t->st.st_mode & S_IWUSR) == 0) {
		err_set(e, ERR_PERMISSION_DENIED, "cannot use '%s': it is "
		    "read-only, and Codex could not refresh it", path);
		return err_hint(e, "chmod u+w '%s'", path);
	}
	return 0;
}

static bool
same(const struct target *t, const struct secret *bytes)
{
	size_t len;
	const unsigned char *p = secret_expose(bytes, &len);

	return t->old != NULL && secret_len(t->old) == len &&
	    sodium_memcmp(secret_expose(t->old, NULL), p, len) == 0 &&
	    (t->st.st_mode & 07777) == 0600 && t->st.st_uid == geteuid();
}

/* All of it into fd; the rest of what was there goes. 0, or -1 and errno. */
static int
overwrite(int fd, const struct secret *s)
{
	size_t len, at = 0;
	const unsigned char *p = secret_expose(s, &len);

	while (at < len) {
		ssize_t n = pwrite(fd, p + at, len - at, (off_t)at);

		if (n == 0)
			errno = EIO;
		if (n == 0 || (n == -1 && errno != EINTR))
			return -1;
		at += n > 0 ? (size_t)n : 0;
	}
	if (ftruncate(fd, (off_t)len) == -1 || fchmod(fd, 0600) == -1)
		return -1;
	return fsync(fd);
}

/* Into a mount point. Should the disk be full, the old bytes fit again. */
static int
put_in_place(const struct target *t, const struct secret *bytes,
    struct err *e)
{
	int fd = openat(t->at.dirfd, t->at.name, O_WRONLY | O_NOFOLLOW |
	    O_CLOEXEC);
	int sys = 0;

	if (fd == -1 || overwrite(fd, bytes) == -1)
		sys = errno;
	if (sys != 0 && fd != -1 && t->old != NULL)
		(void)overwrite(fd, t->old);	/* all that can be done */
	if (fd != -1 && close(fd) == -1 && sys == 0)
		sys = errno;
	return sys == 0 ? 0 : err_sys(e, err_file(sys), sys,
	    "cannot write '%s'", t->at.path);
}

static int
put(struct target *t, const struct secret *bytes, const unsigned char *expect,
    struct authwrite_done *done, struct err *e)
{
	ATOMICFILE_AUTO f = { 0 };
	size_t len;
	const unsigned char *p = secret_expose(bytes, &len);
	bool durable = true;

	atomicfile_sweep(t->at.dirfd);
	if (atomicfile_write(&f, t->at.dirfd, t->at.dir, p, len, e) == -1)
		return -1;
	/* An old Codex takes no lock: as late as can be. */
	if (expect != NULL && (see(t, e) == -1 ||
	    check_expected(t, expect, done, e) == -1))
		return -1;
	if (atomicfile_rename(&f, t->at.name, &durable, e) == -1) {
		if (e->sys != EBUSY || !t->there)
			return -1;
		if (put_in_place(t, bytes, e) == -1)
			return -1;
		*e = (struct err)ERR_INIT;
		done->in_place = true;
	}
	done->not_durable = !durable;
	done->state = AUTHWRITE_WRITTEN;
	return 0;
}

static void
target_clear(struct target *t)
{
	lockfile_release(&t->lock);
	authplace_close(&t->at);
	secret_free(t->old);
}

int
authwrite_put(struct authwrite *w, const struct secret *bytes,
    const unsigned char *expect, struct authwrite_done *done, struct err *e)
{
	struct target t = { AUTHPLACE_INIT, LOCKFILE_INIT, false, { 0 },
		NULL };
	int r = -1;

	*done = (struct authwrite_done){ .state = AUTHWRITE_NONE };
	if (authplace_follow(&w->place, &t.at, e) == -1)
		return -1;
	if (lock_file(&t, w, e) == -1 || see(&t, e) == -1 ||
	    check_expected(&t, expect, done, e) == -1)
		goto out;
	if (same(&t, bytes)) {
		done->state = AUTHWRITE_UNCHANGED;
		r = 0;
	} else if (check_file(&t, strcmp(w->place.path, t.at.path) != 0,
	    e) == 0) {
		r = put(&t, bytes, expect, done, e);
	}
out:
	target_clear(&t);
	return r;
}

/* The name is taken away, whatever it leads to. */
static int
unlink_name(const struct authplace *p, struct authwrite_done *done,
    struct err *e)
{
	if (unlinkat(p->dirfd, p->name, 0) == 0) {
		done->state = AUTHWRITE_REMOVED;
		done->not_durable = !atomicfile_sync(p->dirfd);
		return 0;
	}
	if (errno == ENOENT) {
		done->state = AUTHWRITE_ABSENT;
		return 0;
	}
	err_sys(e, err_file(errno), errno, "cannot remove '%s'", p->path);
	if (e->sys == EBUSY)
		err_hint(e, "it is a mount point: unmount it first");
	return -1;
}

int
authwrite_try(struct authwrite *w, const struct secret *bytes,
    const unsigned char *expect, struct err *e)
{
	struct target t = { AUTHPLACE_INIT, LOCKFILE_INIT, false, { 0 },
		NULL };
	struct authwrite_done done;
	ATOMICFILE_AUTO f = { 0 };
	size_t len;
	const unsigned char *p = secret_expose(bytes, &len);
	int r = -1;

	if (authplace_follow(&w->place, &t.at, e) == -1)
		return -1;
	if (lock_file(&t, w, e) == 0 && see(&t, e) == 0 &&
	    check_expected(&t, expect, &done, e) == 0 &&
	    check_file(&t, strcmp(w->place.path, t.at.path) != 0, e) == 0)
		r = atomicfile_write(&f, t.at.dirfd, t.at.dir, p, len, e);
	atomicfile_drop(&f);	/* its folder is closed next */
	target_clear(&t);
	return r;
}

int
authwrite_remove(struct authwrite *w, const unsigned char *expect,
    struct authwrite_done *done, struct err *e)
{
	struct target t = { AUTHPLACE_INIT, LOCKFILE_INIT, false, { 0 },
		NULL };
	bool led;
	int r = -1;

	*done = (struct authwrite_done){ .state = AUTHWRITE_NONE };
	/* A link that leads nowhere good has no lock, and may go. */
	led = authplace_follow(&w->place, &t.at, e) == 0;
	if (led ? lock_file(&t, w, e) == -1 : expect != NULL)
		goto out;
	*e = (struct err)ERR_INIT;
	atomicfile_sweep(w->place.dirfd);
	if (expect == NULL || (see(&t, e) == 0 &&
	    check_expected(&t, expect, done, e) == 0))
		r = unlink_name(&w->place, done, e);
out:
	target_clear(&t);
	return r;
}

int
authwrite_install(const char *path, unsigned flags,
    const struct secret *bytes, const unsigned char *expect,
    struct authwrite_done *done, struct err *e)
{
	AUTHWRITE_AUTO *w = authwrite_open(path, flags, e);

	*done = (struct authwrite_done){ .state = AUTHWRITE_NONE };
	return w == NULL ? -1 : authwrite_put(w, bytes, expect, done, e);
}

int
authwrite_delete(const char *path, const unsigned char *expect,
    struct authwrite_done *done, struct err *e)
{
	AUTHWRITE_AUTO *w = authwrite_open(path, 0, e);

	*done = (struct authwrite_done){ .state = AUTHWRITE_NONE };
	if (w != NULL)
		return authwrite_remove(w, expect, done, e);
	if (e->code != ERR_NO_HOME)
		return -1;
	*e = (struct err)ERR_INIT;
	done->state = AUTHWRITE_ABSENT;
	return 0;
}

bool
authwrite_sync(const char *path)
{
	char *real = realpath(path, NULL), *slash;
	int fd = real != NULL ? open(real, O_RDONLY | O_CLOEXEC | O_NONBLOCK |
	    O_NOCTTY) : -1;
	bool done = fd != -1 && atomicfile_sync(fd);

	if (fd != -1)
		(void)close(fd);	/* synced */
	if (done && (slash = strrchr(real, '/')) != NULL) {
		slash[slash == real] = '\0';
		fd = open(real, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		done = fd != -1 && atomicfile_sync(fd);
		if (fd != -1)
			(void)close(fd);	/* synced */
	}
	free(real);
	return done;
}
