/*
 * What is in a home before a push by SFTP, and what is there afterwards.
 * Hostile servers are in transfer_sftpfake.c, lost links in
 * transfer_sftplost.c.
 */
#include "unit/transfer_sftpworld.h"

/* Putting */

static void
absent_folder_is_made(void **state)
{
	struct world *w = *state;
	struct stat st;

	run(w, STATE_WRITTEN, ERR_NONE);
	assert_file(w, w->file, w->ours_text, 0600);
	assert_int_equal(stat(w->dir, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_string_equal(w->r.path, w->file);
	assert_int_equal(w->r.mode, 0600);
	assert_int_equal(w->r.owner, w->uid);
	assert_clean(w);
}

static void
fresh_file_keeps_folder(void **state)
{
	struct world *w = *state;
	struct stat st;

	put_dir(w, w->dir, 0755);
	run(w, STATE_WRITTEN, ERR_NONE);
	assert_file(w, w->file, w->ours_text, 0600);
	assert_int_equal(stat(w->dir, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0755);
	assert_clean(w);
}

static void
named_home_is_used(void **state)
{
	struct world *w = *state;
	char dir[128], file[160];

	(void)snprintf(dir, sizeof(dir), "%s/odd $(x) dir'q", w->home);
	(void)snprintf(file, sizeof(file), "%s/auth.json", dir);
	w->job.codex_home = dir;
	run(w, STATE_WRITTEN, ERR_NONE);
	assert_file(w, file, w->ours_text, 0600);
	assert_int_equal(strangers(w->home, "odd $(x) dir'q", "", 0), 0);
	/* The folder above is not made. */
	(void)snprintf(dir, sizeof(dir), "%s/a/b", w->home);
	run(w, STATE_FAILED, ERR_NO_HOME);
	w->job.codex_home = NULL;
}

static void
replaces_an_older_login(void **state)
{
	struct world *w = *state;
	char *old = older();

	put_dir(w, w->dir, 0700);
	put(w, w->file, old, 0600);
	run(w, STATE_WRITTEN, ERR_NONE);
	assert_file(w, w->file, w->ours_text, 0600);
	assert_clean(w);
	free(old);
}

static void
same_file_is_unchanged(void **state)
{
	struct world *w = *state;
	struct stat a, b;

	put_dir(w, w->dir, 0700);
	put(w, w->file, w->ours_text, 0600);
	assert_int_equal(stat(w->file, &a), 0);
	run(w, STATE_UNCHANGED, ERR_NONE);
	assert_int_equal(stat(w->file, &b), 0);
	assert_int_equal(a.st_ino, b.st_ino);
	assert_clean(w);
	w->job.lasting = true;
	run(w, STATE_UNCHANGED, ERR_NONE);
	assert_false(w->r.not_durable);
	assert_int_equal(w->r.nwarnings, 0);
}

static void
our_own_file_is_told_by_its_mark(void **state)
{
	struct world *w = *state;

	put_dir(w, w->dir, 0700);
	put(w, w->file, w->ours_text, 0600);
	w->job.mine = w->ours.digest;
	w->job.mine_mode = 0700;
	run(w, STATE_UNCHANGED, ERR_NONE);
	assert_true(w->r.twice);
	assert_int_equal(chmod(w->file, 0700), 0);
	run(w, STATE_FAILED, ERR_UNSAFE_TARGET);
	assert_false(w->r.twice);
	assert_file(w, w->file, w->ours_text, 0700);
}

static void
wider_mode_is_repaired(void **state)
{
	struct world *w = *state;

	put_dir(w, w->dir, 0700);
	put(w, w->file, w->ours_text, 0644);
	run(w, STATE_WRITTEN, ERR_NONE);
	assert_file(w, w->file, w->ours_text, 0600);
	assert_clean(w);
}

static void
large_files_go_in_pieces(void **state)
{
	static const size_t sizes[] = { 32767, 32768, 32769, 65535, 65536 };
	struct world *w = *state;
	struct err e = ERR_INIT;
	char *text;

	for (size_t i = 0; i < ROWS(sizes); i++) {
		text = malloc(sizes[i] + 1);
		assert_non_null(text);
		memset(text, ' ', sizes[i]);
		text[sizes[i]] = '\0';
		memcpy(text, w->ours_text, strlen(w->ours_text));
		cred_clear(&w->ours);
		assert_int_equal(cred_parse(&w->ours,
		    secret_copy(text, sizes[i]), &e), 0);
		run(w, STATE_WRITTEN, ERR_NONE);
		assert_file(w, w->file, text, 0600);
		run(w, STATE_UNCHANGED, ERR_NONE);
		free(text);
	}
	assert_clean(w);
}

static void
too_large_and_no_login_are_replaced(void **state)
{
	struct world *w = *state;
	char *big = malloc(200001);

	assert_non_null(big);
	memset(big, 'x', 200000);
	big[200000] = '\0';
	put_dir(w, w->dir, 0700);
	put(w, w->file, big, 0600);
	run(w, STATE_WRITTEN, ERR_NONE);
	assert_int_equal(w->r.nwarnings, 1);
	assert_file(w, w->file, w->ours_text, 0600);
	put(w, w->file, "", 0600);
	run(w, STATE_WRITTEN, ERR_NONE);
	assert_file(w, w->file, w->ours_text, 0600);
	/* Too large to be kept as a backup. */
	w->job.backup = true;
	put(w, w->file, big, 0600);
	run(w, STATE_FAILED, ERR_PERMISSION_DENIED);
	assert_clean(w);
	free(big);
}

static void
other_account_and_newer_are_refused(void **state)
{
	struct world *w = *state;
	char *other = login_text("acct-2", "2026-01-01T00:00:00Z");
	char *newer = login_text("acct-1", "2026-09-01T00:00:00Z");

	put_dir(w, w->dir, 0700);
	put(w, w->file, other, 0600);
	run(w, STATE_REFUSED, ERR_OTHER_ACCOUNT);
	assert_file(w, w->file, other, 0600);
	put(w, w->file, newer, 0600);
	run(w, STATE_REFUSED, ERR_NEWER_THERE);
	assert_file(w, w->file, newer, 0600);
	assert_clean(w);
	w->job.force = true;
	run(w, STATE_WRITTEN, ERR_NONE);
	assert_file(w, w->file, w->ours_text, 0600);
	free(other);
	free(newer);
}

static void
dry_run_writes_nothing(void **state)
{
	struct world *w = *state;
	char *old = older();

	w->job.dry_run = true;
	run(w, STATE_WOULD_WRITE, ERR_NONE);
	assert_int_equal(access(w->dir, F_OK), -1);
	put_dir(w, w->dir, 0700);
	put(w, w->file, old, 0640);
	run(w, STATE_WOULD_WRITE, ERR_NONE);
	assert_file(w, w->file, old, 0640);
	assert_clean(w);
	w->arg = "-R";
	run(w, STATE_FAILED, ERR_READ_ONLY);
	assert_int_equal(chmod(w->dir, 0777), 0);
	run(w, STATE_FAILED, ERR_UNSAFE_TARGET);
	free(old);
}

static void
backup_keeps_the_old_file(void **state)
{
	struct world *w = *state;
	char bak[160], *old = older();

	(void)snprintf(bak, sizeof(bak), "%s.bak", w->file);
	w->job.backup = true;
	run(w, STATE_WRITTEN, ERR_NONE);
	assert_int_equal(access(bak, F_OK), -1);
	put(w, w->file, old, 0644);
	put(w, bak, "what was there before", 0644);
	run(w, STATE_WRITTEN, ERR_NONE);
	assert_file(w, w->file, w->ours_text, 0600);
	assert_file(w, bak, old, 0600);
	/* What is no login, even empty, is kept as well. */
	put(w, w->file, "", 0600);
	run(w, STATE_WRITTEN, ERR_NONE);
	assert_file(w, bak, "", 0600);
	put(w, w->file, "{\"no\":\"login\"}", 0600);
	run(w, STATE_WRITTEN, ERR_NONE);
	assert_file(w, bak, "{\"no\":\"login\"}", 0600);
	/* Where it can't be kept nothing is replaced. */
	assert_int_equal(unlink(bak), 0);
	put_dir(w, bak, 0700);
	put(w, w->file, old, 0600);
	run(w, STATE_FAILED, ERR_PROTOCOL);
	assert_file(w, w->file, old, 0600);
	assert_int_equal(strangers(w->dir, "auth.json", "auth.json.bak", 0), 0);
	free(old);
}

static void
narrow_umask_does_not_matter(void **state)
{
	struct world *w = *state;

	put_dir(w, w->dir, 0700);
	w->arg = "-u";
	w->value = "0277";
	run(w, STATE_WRITTEN, ERR_NONE);
	assert_file(w, w->file, w->ours_text, 0600);
}

/* Links and what is no file */

static void
safe_link_is_kept(void **state)
{
	struct world *w = *state;
	char to[160], folder[96], *old = older();
	struct stat st;

	(void)snprintf(folder, sizeof(folder), "%s/dot", w->home);
	(void)snprintf(to, sizeof(to), "%s/creds", folder);
	put_dir(w, w->dir, 0700);
	put_dir(w, folder, 0755);
	put(w, to, old, 0600);
	assert_int_equal(symlink("../dot/creds", w->file), 0);
	own(w, w->file);
	run(w, STATE_WRITTEN, ERR_NONE);
	assert_string_equal(w->r.path, to);
	assert_file(w, to, w->ours_text, 0600);
	assert_int_equal(lstat(w->file, &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	assert_int_equal(strangers(folder, "creds", "", 0), 0);
	assert_clean(w);
	run(w, STATE_UNCHANGED, ERR_NONE);
	/* One that leads to nothing yet. */
	assert_int_equal(unlink(to), 0);
	run(w, STATE_WRITTEN, ERR_NONE);
	assert_file(w, to, w->ours_text, 0600);
	/* A Codex home that is a link. */
	(void)snprintf(to, sizeof(to), "%s/link", w->home);
	assert_int_equal(symlink("dot", to), 0);
	own(w, to);
	w->job.codex_home = to;
	run(w, STATE_WRITTEN, ERR_NONE);
	(void)snprintf(to, sizeof(to), "%s/auth.json", folder);
	assert_string_equal(w->r.path, to);
	assert_file(w, to, w->ours_text, 0600);
	free(old);
}

static void
assert_link_refused(struct world *w, const char *to, const char *old)
{
	assert_int_equal(symlink(to, w->file), 0);
	own(w, w->file);
	run(w, STATE_FAILED, ERR_UNSAFE_TARGET);
	assert_non_null(strstr(w->r.err.text, w->file));
	if (old != NULL)
		assert_file(w, to, old, 0600);
	assert_int_equal(unlink(w->file), 0);
	assert_clean(w);
}

static void
unsafe_links_are_refused(void **state)
{
	struct world *w = *state;
	char to[160], folder[96], *old = older();

	(void)snprintf(folder, sizeof(folder), "%s/dot", w->home);
	(void)snprintf(to, sizeof(to), "%s/creds", folder);
	put_dir(w, w->dir, 0700);
	put_dir(w, folder, 0770);
	put(w, to, old, 0600);
	assert_link_refused(w, to, old);	/* the group's folder */
	assert_int_equal(chmod(folder, 0700), 0);
	assert_int_equal(chmod(to, 0620), 0);
	assert_link_refused(w, to, NULL);	/* the group's file */
	assert_link_refused(w, "/dev/null", NULL);
	assert_link_refused(w, "/etc/hostname", NULL);
	assert_link_refused(w, "auth.json", NULL);	/* a loop */
	assert_link_refused(w, "../nowhere/at/all", NULL);
	assert_int_equal(unlink(to), 0);
	assert_int_equal(mkfifo(to, 0600), 0);
	own(w, to);
	assert_link_refused(w, to, NULL);	/* must not hang */
	if (getuid() == 0) {	/* somebody else's link */
		assert_int_equal(unlink(to), 0);
		put(w, to, old, 0600);
		assert_int_equal(symlink(to, w->file), 0);
		assert_int_equal(lchown(w->file, OTHER, OTHER), 0);
		run(w, STATE_FAILED, ERR_UNSAFE_TARGET);
		assert_file(w, to, old, 0600);
	}
	assert_int_equal(strangers(folder, "creds", "", 0), 0);
	free(old);
}

static void
what_is_no_file_is_refused(void **state)
{
	struct world *w = *state;

	put_dir(w, w->dir, 0700);
	assert_int_equal(mkfifo(w->file, 0600), 0);
	own(w, w->file);
	run(w, STATE_FAILED, ERR_UNSAFE_TARGET);
	assert_int_equal(unlink(w->file), 0);
	put_dir(w, w->file, 0700);
	run(w, STATE_FAILED, ERR_UNSAFE_TARGET);
	assert_int_equal(rmdir(w->file), 0);
	assert_int_equal(rmdir(w->dir), 0);
	put(w, w->dir, "a file", 0600);
	run(w, STATE_FAILED, ERR_UNSAFE_TARGET);
}

static void
rights_that_are_missing(void **state)
{
	struct world *w = *state;
	char *old = older();

	put_dir(w, w->dir, 0700);
	put(w, w->file, old, 0400);
	run(w, STATE_FAILED, ERR_PERMISSION_DENIED);
	assert_file(w, w->file, old, 0400);
	assert_int_equal(chmod(w->file, 0600), 0);
	assert_int_equal(chmod(w->dir, 0500), 0);
	run(w, STATE_FAILED, ERR_PERMISSION_DENIED);
	assert_int_equal(chmod(w->dir, 0000), 0);
	run(w, STATE_FAILED, ERR_PERMISSION_DENIED);
	assert_int_equal(chmod(w->dir, 0700), 0);
	assert_file(w, w->file, old, 0600);
	assert_clean(w);
	free(old);
}

static void
folder_of_others_is_refused(void **state)
{
	struct world *w = *state;
	char *old = older();

	put_dir(w, w->dir, 0702);
	put(w, w->file, old, 0600);
	run(w, STATE_FAILED, ERR_UNSAFE_TARGET);
	assert_file(w, w->file, old, 0600);
	if (getuid() == 0) {
		/* We can write there, but somebody else owns it. */
		assert_int_equal(chmod(w->dir, 0770), 0);
		assert_int_equal(chown(w->dir, OTHER, NOBODY), 0);
		run(w, STATE_FAILED, ERR_UNSAFE_TARGET);
		assert_file(w, w->file, old, 0600);
	}
	assert_clean(w);
	free(old);
}

static void
home_of_others_does_not_matter(void **state)
{
	struct world *w = *state;

	if (getuid() != 0) {
		print_message("not root: a home of root can't be made\n");
		skip();
	}
	/* Who we are is told by our own file, not by the home's owner. */
	put_dir(w, w->dir, 0700);
	assert_int_equal(chown(w->home, 0, 0), 0);
	run(w, STATE_WRITTEN, ERR_NONE);
	assert_file(w, w->file, w->ours_text, 0600);
	run(w, STATE_UNCHANGED, ERR_NONE);
	assert_clean(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(absent_folder_is_made),
		CASE(fresh_file_keeps_folder),
		CASE(named_home_is_used),
		CASE(replaces_an_older_login),
		CASE(same_file_is_unchanged),
		CASE(our_own_file_is_told_by_its_mark),
		CASE(wider_mode_is_repaired),
		CASE(large_files_go_in_pieces),
		CASE(too_large_and_no_login_are_replaced),
		CASE(other_account_and_newer_are_refused),
		CASE(dry_run_writes_nothing),
		CASE(backup_keeps_the_old_file),
		CASE(narrow_umask_does_not_matter),
		CASE(safe_link_is_kept),
		CASE(unsafe_links_are_refused),
		CASE(what_is_no_file_is_refused),
		CASE(rights_that_are_missing),
		CASE(folder_of_others_is_refused),
		CASE(home_of_others_does_not_matter),
	};

	if (access(SERVER, X_OK) == -1) {
		fprintf(stderr, "SKIP: no %s (apt install "
		    "openssh-sftp-server)\n", SERVER);
		return 77;
	}
	(void)umask(022);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
