/*
 * authplace - where an auth.json is about to be changed.
 *
 * Threat: somebody else who makes us write a login where they can read it, or
 * over a file of ours (threats L2, L3). So
 * 1. a folder that another account owns, or that others can put names into,
 *    MUST be refused, after it was opened: what is judged is what is used;
 * 2. a link MUST be followed by hand, one step at a time, and each step has
 *    to belong to the account as well;
 * 3. a file that nobody knows of the other names of, one that is no file, and
 *    a folder in its place MUST be refused.
 * The rules are those of the recipe for far accounts (transfer/recipe.sh).
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "atomicfile.h"
#include "authplace.h"
#include "err.h"
#include "paths.h"

#define LINKS_MAX 8	/* steps; the kernel takes 40 */
#define NAME_BUF  1024	/* bytes of an account's record */

static int
unsafe(struct err *e, const char *path, const char *what)
{
	return err_set(e, ERR_UNSAFE_TARGET, "cannot use '%s': %s", path,
	    what);
}

static int
no_memory(struct err *e)
{
	return err_sys(e, ERR_INTERNAL, ENOMEM, "cannot use the Codex home");
}

static int
not_ours(struct err *e, const char *path, uid_t owner)
{
	err_set(e, ERR_UNSAFE_TARGET,
	    "cannot use '%s': it belongs to uid %lu, not to uid %lu", path,
	    (unsigned long)owner, (unsigned long)geteuid());
	return err_hint(e, "run this as the account that runs Codex");
}

/* A group that has the account's own name is most likely its alone. */
static bool
private_group(gid_t gid)
{
	char ubuf[NAME_BUF], gbuf[NAME_BUF];
	struct passwd pw, *u = NULL;
	struct group gr, *g = NULL;

	return gid == getegid() &&
	    getpwuid_r(geteuid(), &pw, ubuf, sizeof(ubuf), &u) == 0 &&
	    getgrgid_r(gid, &gr, gbuf, sizeof(gbuf), &g) == 0 &&
	    u != NULL && g != NULL && strcmp(u->pw_name, g->gr_name) == 0;
}

static int
folder_judge(int fd, const char *path, struct err *e)
{
	struct stat st;

	if (fstat(fd, &st) == -1)
		return err_sys(e, err_file(errno), errno, "cannot use '%s'",
		    path);
	if (st.st_uid != geteuid())
		return not_ours(e, path, st.st_uid);
	if ((st.st_mode & S_IWOTH) != 0)
		unsafe(e, path, "others can write to it");
	else if ((st.st_mode & S_IWGRP) != 0 && !private_group(st.st_gid))
		unsafe(e, path, "its group can write to it");
	else
		return 0;
	return err_hint(e, "chmod go-w '%s'", path);
}

static int
open_folder(int at, const char *dir)
{
	int fd;

	do
		fd = openat(at, dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	while (fd == -1 && errno == EINTR);
	return fd;
}

/* The folder and the name of path, which p owns from here on. */
static int
split(struct authplace *p, const char *path)
{
	const char *slash = strrchr(path, '/');

	*p = (struct authplace)AUTHPLACE_INIT;
	p->path = strdup(path);
	p->name = strdup(slash != NULL ? slash + 1 : path);
	p->dir = slash == NULL ? strdup(".") : slash == path ? strdup("/") :
	    strndup(path, (size_t)(slash - path));
	return p->path != NULL && p->name != NULL && p->dir != NULL ? 0 : -1;
}

/* Opens p's folder, from at. */
static int
enter(struct authplace *p, int at, const char *dir, bool make, struct err *e)
{
	p->dirfd = open_folder(at, dir);
	if (p->dirfd == -1 && errno == ENOENT && make) {
		/* Codex may be making it at this moment. */
		if (atomicfile_mkdir(at, dir) == -1 && errno != EEXIST)
			return err_sys(e, errno == ENOENT ? ERR_NO_HOME :
			    err_file(errno), errno, "cannot make '%s'",
			    p->dir);
		p->dirfd = open_folder(at, dir);
	}
	if (p->dirfd == -1)
		return err_sys(e, errno == ENOENT ? ERR_NO_HOME :
		    err_file(errno), errno, "cannot open '%s'", p->dir);
	return folder_judge(p->dirfd, p->dir, e);
}

int
authplace_open(struct authplace *p, const char *path, bool make,
    struct err *e)
{
	int r;

	if (split(p, path) == -1)
		r = no_memory(e);
	else if (p->name[0] == '\0' || strcmp(p->name, ".") == 0 ||
	    strcmp(p->name, "..") == 0)
		r = unsafe(e, path, "is a directory");
	else
		r = enter(p, AT_FDCWD, p->dir, make, e);
	if (r == -1)
		authplace_close(p);
	return r;
}

/* Whether p is a link: then target holds where it leads, 0 or -1. */
static int
read_link(const struct authplace *p, char target[PATH_MAX], bool *link,
    struct err *e)
{
	struct stat st;
	ssize_t n = readlinkat(p->dirfd, p->name, target, PATH_MAX - 1);

	*link = n != -1;
	if (n == -1 && (errno == EINVAL || errno == ENOENT))
		return 0;
	if (n == -1 || fstatat(p->dirfd, p->name, &st,
	    AT_SYMLINK_NOFOLLOW) == -1)
		return err_sys(e, err_file(errno), errno, "cannot follow '%s'",
		    p->path);
	target[n] = '\0';
	if (st.st_uid != geteuid())
		return not_ours(e, p->path, st.st_uid);
	return 0;
}

/* Takes p one step along its link; p is whole, or closed, afterwards. */
static int
step(struct authplace *p, const char *target, struct err *e)
{
	struct authplace to;
	char *full = target[0] == '/' ? strdup(target) :
	    paths_join(p->dir, target);
	int at = target[0] == '/' ? AT_FDCWD : p->dirfd, r;
	const char *slash = strrchr(target, '/');
	char *from = slash == NULL ? strdup(".") :
	    strndup(target, slash == target ? 1 : (size_t)(slash - target));

	to = (struct authplace)AUTHPLACE_INIT;
	if (full == NULL || from == NULL || split(&to, full) == -1)
		r = no_memory(e);
	else if (to.name[0] == '\0' || strcmp(to.name, ".") == 0 ||
	    strcmp(to.name, "..") == 0)
		r = unsafe(e, p->path, "it leads to a directory");
	else
		r = enter(&to, at, from, false, e);
	if (r == -1)
		authplace_close(&to);
	free(full);
	free(from);
	authplace_close(p);
	*p = to;	/* transferred */
	return r;
}

int
authplace_follow(const struct authplace *p, struct authplace *to,
    struct err *e)
{
	char target[PATH_MAX];
	bool link = true;

	if (split(to, p->path) == -1) {
		authplace_close(to);
		return no_memory(e);
	}
	to->dirfd = fcntl(p->dirfd, F_DUPFD_CLOEXEC, 0);
	if (to->dirfd == -1) {
		(void)err_sys(e, err_file(errno), errno, "cannot use '%s'",
		    p->dir);
		authplace_close(to);
		return -1;
	}
	for (int i = 0; i < LINKS_MAX && link; i++)
		if (read_link(to, target, &link, e) == -1 ||
		    (link && step(to, target, e) == -1)) {
			authplace_close(to);
			return -1;
		}
	if (!link)
		return 0;
	authplace_close(to);
	return err_sys(e, ERR_UNSAFE_TARGET, ELOOP, "cannot follow '%s'",
	    p->path);
}

int
authplace_look(const struct authplace *p, bool *there, struct stat *st,
    struct err *e)
{
	*there = fstatat(p->dirfd, p->name, st, AT_SYMLINK_NOFOLLOW) == 0;
	if (!*there && errno == ENOENT) {
		*st = (struct stat){ 0 };
		return 0;
	}
	if (!*there)
		return err_sys(e, err_file(errno), errno, "cannot look at '%s'",
		    p->path);
	if (S_ISDIR(st->st_mode))
		return unsafe(e, p->path, "is a directory");
	if (!S_ISREG(st->st_mode))
		return unsafe(e, p->path, "not a regular file");
	return 0;
}

void
authplace_close(struct authplace *p)
{
	if (p->dirfd != -1)
		(void)close(p->dirfd);	/* only read */
	free(p->dir);
	free(p->name);
	free(p->path);
	*p = (struct authplace)AUTHPLACE_INIT;
}
