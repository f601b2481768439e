/*
 * SFTP where not all goes well: servers that can't, disks that are full,
 * others at the same time, the link cut everywhere. And removing, looking.
 */
#include "unit/transfer_sftpworld.h"

/* Servers that can't */

static void
read_only_server(void **state)
{
	struct world *w = *state;
	char *old = older();

	w->arg = "-R";
	run(w, STATE_FAILED, ERR_READ_ONLY);
	put_dir(w, w->dir, 0700);
	put(w, w->file, old, 0600);
	run(w, STATE_FAILED, ERR_READ_ONLY);
	w->job.op = JOB_REMOVE;
	run(w, STATE_FAILED, ERR_PERMISSION_DENIED);
	assert_file(w, w->file, old, 0600);
	free(old);
}

static void
server_without_rename(void **state)
{
	struct world *w = *state;

	w->arg = "-P";
	w->value = "posix-rename,statvfs";
	run(w, STATE_FAILED, ERR_PROTOCOL);
	assert_int_equal(access(w->dir, F_OK), -1);
	/* Without fsync it still goes, and may not last. */
	w->value = "fsync";
	run(w, STATE_WRITTEN, ERR_NONE);
	assert_file(w, w->file, w->ours_text, 0600);
	assert_true(w->r.not_durable);
	assert_int_equal(w->r.nwarnings, 1);
	w->job.lasting = true;
	run(w, STATE_UNCHANGED, ERR_NONE);
	assert_true(w->r.not_durable);
}

static bool
small_disk(struct world *w)
{
	if (unshare(CLONE_NEWNS) == -1 ||
	    mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) == -1 ||
	    mount("none", w->home, "tmpfs", 0, "size=64k") == -1) {
		print_message("can't mount a small disk here\n");
		return false;
	}
	w->mounted = true;
	assert_int_equal(chmod(w->home, 0755), 0);
	own(w, w->home);
	return true;
}

static void
full_disk_keeps_the_old_file(void **state)
{
	struct world *w = *state;
	char fill[128], page[4096] = "", *old = older();
	int fd;

	if (!small_disk(w))
		skip();
	put_dir(w, w->dir, 0700);
	put(w, w->file, old, 0600);
	(void)snprintf(fill, sizeof(fill), "%s/fill", w->home);
	fd = open(fill, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	while (write(fd, page, sizeof(page)) > 0)
		;
	close(fd);
	run(w, STATE_FAILED, ERR_DISK_FULL);
	assert_file(w, w->file, old, 0600);
	assert_clean(w);
	w->job.backup = true;
	run(w, STATE_FAILED, ERR_DISK_FULL);
	assert_file(w, w->file, old, 0600);
	assert_clean(w);
	/* A folder that was made for nothing goes again. */
	w->job.backup = false;
	(void)snprintf(fill, sizeof(fill), "%s/new", w->home);
	w->job.codex_home = fill;
	run(w, STATE_FAILED, ERR_DISK_FULL);
	assert_int_equal(access(fill, F_OK), -1);
	w->job.codex_home = NULL;
	assert_int_equal(mount("none", w->home, "none",
	    MS_REMOUNT | MS_RDONLY, NULL), 0);
	run(w, STATE_FAILED, ERR_READ_ONLY);
	assert_file(w, w->file, old, 0600);
	free(old);
}

/* Removing and looking */

static void
remove_removes(void **state)
{
	struct world *w = *state;
	char to[128];
	struct stat st;

	(void)snprintf(to, sizeof(to), "%s/creds", w->home);
	w->job.op = JOB_REMOVE;
	run(w, STATE_ABSENT, ERR_NONE);
	put_dir(w, w->dir, 0700);
	run(w, STATE_ABSENT, ERR_NONE);
	put(w, w->file, w->ours_text, 0600);
	w->job.dry_run = true;
	run(w, STATE_PRESENT, ERR_NONE);
	assert_file(w, w->file, w->ours_text, 0600);
	w->job.dry_run = false;
	run(w, STATE_REMOVED, ERR_NONE);
	assert_int_equal(lstat(w->file, &st), -1);
	/* Of a link the link goes, and what stays is named. */
	put(w, to, w->ours_text, 0600);
	assert_int_equal(symlink(to, w->file), 0);
	own(w, w->file);
	run(w, STATE_REMOVED, ERR_NONE);
	assert_int_equal(lstat(w->file, &st), -1);
	assert_file(w, to, w->ours_text, 0600);
	assert_int_equal(w->r.nwarnings, 1);
	assert_non_null(strstr(w->r.warnings[0], to));
	/* So goes one that leads nowhere. */
	assert_int_equal(symlink("nothing", w->file), 0);
	own(w, w->file);
	run(w, STATE_REMOVED, ERR_NONE);
	assert_int_equal(lstat(w->file, &st), -1);
	/* What can't be removed is said so. */
	put(w, w->file, w->ours_text, 0600);
	assert_int_equal(chmod(w->dir, 0500), 0);
	run(w, STATE_FAILED, ERR_PERMISSION_DENIED);
	assert_int_equal(chmod(w->dir, 0700), 0);
}

static void
status_tells(void **state)
{
	struct world *w = *state;

	w->job.op = JOB_STATUS;
	w->job.cred = NULL;
	run(w, STATE_ABSENT, ERR_NONE);
	put_dir(w, w->dir, 0700);
	put(w, w->file, w->ours_text, 0640);
	run(w, STATE_PRESENT, ERR_NONE);
	assert_int_equal(w->r.mode, 0640);
	assert_int_equal(w->r.owner, w->uid);
	assert_string_equal(w->r.there.account, "acct-1");
	assert_null(w->r.there.bytes);
	assert_int_equal(chmod(w->file, 0400), 0);
	run(w, STATE_PRESENT, ERR_NONE);
	assert_int_equal(w->r.nwarnings, 1);
	assert_int_equal(chmod(w->file, 0000), 0);
	run(w, STATE_PRESENT, ERR_NONE);
	assert_int_equal(w->r.there.mode, CRED_NONE);
}

/* Others at the same time */

/* Writes another login when our temp file is asked for. */
static void
rival(struct world *w, const void *p, size_t len, const char *account)
{
	char *text;

	if (memmem(p, len, "fsync@openssh.com", 17) == NULL)
		return;
	w->spied++;
	text = login_text(account, w->spied == 1 ? "2026-02-01T00:00:00Z" :
	    "2026-02-01T00:00:00.123Z");
	put(w, w->file, text, 0600);
	free(text);
}

static void
rival_other(struct world *w, const void *p, size_t len)
{
	rival(w, p, len, "acct-22");
}

static void
rival_same(struct world *w, const void *p, size_t len)
{
	if (w->spied == 0)
		rival(w, p, len, "acct-1");
}

static void
rival_always(struct world *w, const void *p, size_t len)
{
	rival(w, p, len, "acct-1");
}

static void
a_change_meanwhile_is_seen(void **state)
{
	struct world *w = *state;
	char *text;

	w->spy = rival_other;
	run(w, STATE_REFUSED, ERR_OTHER_ACCOUNT);
	text = login_text("acct-22", "2026-02-01T00:00:00Z");
	assert_file(w, w->file, text, 0600);
	free(text);
	assert_clean(w);
	assert_int_equal(unlink(w->file), 0);
	w->spy = rival_same;
	w->spied = 0;
	run(w, STATE_WRITTEN, ERR_NONE);
	assert_int_equal(w->spied, 1);
	assert_file(w, w->file, w->ours_text, 0600);
	assert_clean(w);
	assert_int_equal(unlink(w->file), 0);
	w->spy = rival_always;
	w->spied = 0;
	run(w, STATE_FAILED, ERR_PROTOCOL);
	assert_int_equal(w->spied, 2);
	assert_clean(w);
}

static void
leftovers_are_swept(void **state)
{
	static const char name[] = ".cxp.sftp.00112233445566778899aabbccddeeff";
	struct world *w = *state;
	char left[160];

	(void)snprintf(left, sizeof(left), "%s/%s", w->dir, name);
	put_dir(w, w->dir, 0700);
	/* A run beside this one keeps its file. */
	put(w, left, "young", 0600);
	assert_int_equal(strangers(w->dir, "", "", 30), 1);
	run(w, STATE_WRITTEN, ERR_NONE);
	assert_int_equal(access(left, F_OK), 0);
	/* Ours has the server's clock: a minute is enough. */
	assert_int_equal(strangers(w->dir, "auth.json", "", 90), 1);
	put(w, w->file, "{}", 0600);
	w->job.dry_run = true;
	run(w, STATE_WOULD_WRITE, ERR_NONE);
	w->job.dry_run = false;
	assert_int_equal(access(left, F_OK), 0);
	run(w, STATE_WRITTEN, ERR_NONE);
	assert_int_equal(access(left, F_OK), -1);
	/* Where nothing is written our clock counts. */
	put(w, left, "old", 0600);
	assert_int_equal(strangers(w->dir, "auth.json", "", 90), 1);
	run(w, STATE_UNCHANGED, ERR_NONE);
	assert_int_equal(access(left, F_OK), 0);
	assert_int_equal(strangers(w->dir, "auth.json", "", 700), 1);
	run(w, STATE_UNCHANGED, ERR_NONE);
	assert_int_equal(access(left, F_OK), -1);
	/* A remove leaves no copy of it either; a dry run removes nothing. */
	put(w, left, "old", 0600);
	assert_int_equal(strangers(w->dir, "auth.json", "", 700), 1);
	w->job.op = JOB_REMOVE;
	w->job.dry_run = true;
	run(w, STATE_PRESENT, ERR_NONE);
	assert_int_equal(access(left, F_OK), 0);
	w->job.dry_run = false;
	run(w, STATE_REMOVED, ERR_NONE);
	assert_int_equal(access(left, F_OK), -1);
	/* What only looks like one stays. */
	(void)snprintf(left, sizeof(left), "%s/.cxp.sftp.a b", w->dir);
	put(w, left, "old", 0600);
	assert_int_equal(strangers(w->dir, "", "", 700), 1);
	run(w, STATE_ABSENT, ERR_NONE);
	assert_int_equal(access(left, F_OK), 0);
}

/* The link lost */

/* Whether the new file is there; it must be that or `old`. */
static bool
new_there(struct world *w, const char *old)
{
	struct stat st;
	bool is_new;

	assert_int_equal(stat(w->file, &st), 0);
	is_new = (size_t)st.st_size == strlen(w->ours_text);
	assert_file(w, w->file, is_new ? w->ours_text : old, 0600);
	return is_new;
}

/* One cut, what the owner of the stream does about it, and the next run. */
static bool
cut_once(struct world *w, const char *old)
{
	struct err why = ERR_INIT;
	bool is_new, done;

	put(w, w->file, old, 0600);
	result_clear(&w->r);
	done = attempt(w, false, NULL);
	w->cut_up = w->cut_down = -1;
	is_new = new_there(w, old);
	assert_true(done || w->r.state == STATE_NONE ||
	    w->r.state == STATE_WRITTEN);
	if (done)
		assert_int_equal(w->r.state, STATE_WRITTEN);
	if (w->r.state == STATE_WRITTEN)
		assert_true(is_new);
	else if (!w->committing)
		assert_false(is_new);
	else {
		result_clear(&w->r);
		err_set(&why, ERR_UNREACHABLE, "the link was lost");
		assert_true(attempt(w, true, &why));
		assert_int_equal(w->r.state,
		    is_new ? STATE_WRITTEN : STATE_FAILED);
		assert_int_equal(w->r.err.code,
		    is_new ? ERR_NONE : ERR_UNREACHABLE);
	}
	assert_true(strangers(w->dir, "auth.json", "", 3600) <= 1);
	run(w, is_new ? STATE_UNCHANGED : STATE_WRITTEN, ERR_NONE);
	assert_file(w, w->file, w->ours_text, 0600);
	assert_clean(w);
	return done;
}

static void
cut_everywhere(void **state)
{
	struct world *w = *state;
	const char *step = getenv("SFTP_CUT_STEP");
	long by = step != NULL ? strtol(step, NULL, 10) : 50;
	char *old = older();
	bool done = false;

	put_dir(w, w->dir, 0700);
	/* The sizes tell old and new apart. */
	old[strlen(old) - 1] = ' ';
	old = realloc(old, strlen(old) + 2);
	assert_non_null(old);
	strcat(old, "}");
	for (long at = 0; !done; at += by) {
		w->cut_up = at;
		done = cut_once(w, old);
	}
	done = false;
	for (long at = 0; !done; at += by) {
		w->cut_down = at;
		done = cut_once(w, old);
	}
	free(old);
}

static void
lost_remove_is_learnt(void **state)
{
	struct world *w = *state;
	struct err why = ERR_INIT;

	err_set(&why, ERR_UNREACHABLE, "the link was lost");
	w->job.op = JOB_REMOVE;
	put_dir(w, w->dir, 0700);
	put(w, w->file, w->ours_text, 0600);
	result_clear(&w->r);
	assert_true(attempt(w, true, &why));
	assert_int_equal(w->r.state, STATE_FAILED);
	assert_int_equal(w->r.err.code, ERR_UNREACHABLE);
	assert_int_equal(unlink(w->file), 0);
	result_clear(&w->r);
	assert_true(attempt(w, true, &why));
	assert_int_equal(w->r.state, STATE_REMOVED);
}

static void
bad_homes_are_refused(void **state)
{
	struct world *w = *state;

	assert_null(sftp_new(&w->job, "relative", false, NULL, &w->r, &w->e));
	assert_int_equal(w->e.code, ERR_USAGE);
	assert_null(sftp_new(&w->job, "/a\nb", false, NULL, &w->r, &w->e));
	assert_int_equal(w->e.code, ERR_USAGE);
	assert_int_equal(w->r.state, STATE_NONE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(read_only_server),
		CASE(server_without_rename),
		CASE(full_disk_keeps_the_old_file),
		CASE(remove_removes),
		CASE(status_tells),
		CASE(a_change_meanwhile_is_seen),
		CASE(leftovers_are_swept),
		CASE(cut_everywhere),
		CASE(lost_remove_is_learnt),
		CASE(bad_homes_are_refused),
	};

	if (access(SERVER, X_OK) == -1) {
		fprintf(stderr, "SKIP: no %s (apt install "
		    "openssh-sftp-server)\n", SERVER);
		return 77;
	}
	(void)umask(022);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
