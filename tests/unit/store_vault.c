/* The store on the disk: kept, judged, locked, and never gone back unseen. */
#include <fcntl.h>
#include <limits.h>

#include <sys/stat.h>
#include <sys/wait.h>

#include "unit/store_vaultfixture.h"

#include "vault.h"
#include "vaultfmt.h"

#define WRITERS 20
#define FILE_PATH "data/store"

static const struct vault_place place = { "data", "state" };
static char base[PATH_MAX];

static int
setup(void **state)
{
	(void)state;
	(void)umask(077);
	json_init();
	return fixture_enter(base, sizeof(base));
}

static void
put_file(const char *path, const void *p, size_t len)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_int_not_equal(fd, -1);
	assert_int_equal(write(fd, p, len), len);
	assert_int_equal(close(fd), 0);
}

static unsigned char *
get_file(const char *path, size_t *len)
{
	static unsigned char bytes[1 << 20];
	int fd = open(path, O_RDONLY);
	ssize_t n = read(fd, bytes, sizeof(bytes));

	assert_in_range(n, 1, sizeof(bytes) - 1);
	(void)close(fd);
	*len = (size_t)n;
	return bytes;
}

/* A store that opens at once: its parameters stay when it is saved. */
static int
fresh(void **state)
{
	struct err e = ERR_INIT;
	struct vaultimage v;
	unsigned char *file;
	size_t len;

	(void)state;
	if (mkdir("data", 0700) == -1)
		return -1;
	assert_int_equal(vaultimage_init(&v, &fixture_kdf,
	    fixture_key(&fixture_kdf, "p"), &e), 0);
	v.generation = 1;
	file = vaultfmt_seal(&v, &len, &e);
	assert_non_null(file);
	put_file(FILE_PATH, file, len);
	free(file);
	vaultimage_clear(&v);
	return 0;
}

static int
gone(void **state)
{
	pid_t pid = fork();
	int status;

	(void)state;
	if (pid == 0) {
		(void)execl("/bin/rm", "rm", "-rf", "data", "state",
		    (char *)NULL);
		_exit(127);
	}
	return waitpid(pid, &status, 0) == pid ? status : -1;
}

static int
teardown(void **state)
{
	(void)state;
	return chdir("/") | rmdir(base);
}

static struct vault *
open_pass(const char *pass, bool make, struct err *e)
{
	*e = (struct err)ERR_INIT;
	return vault_open(&place, make, fixture_secret(pass, strlen(pass)),
	    e);
}

static struct vault *
opened(void)
{
	struct err e;
	struct vault *v = open_pass("p", false, &e);

	assert_string_equal(e.text, "");
	assert_non_null(v);
	return v;
}

static int
apply_put(void *ctx, struct vaultimage *image, bool *changed, struct err *e)
{
	char text[64];

	(void)e;
	snprintf(text, sizeof(text), "{\"OPENAI_API_KEY\":\"sk-%s\"}",
	    (char *)ctx);
	fixture_put(image, ctx, text, 1);
	*changed = true;
	return 0;
}

static void
add(struct vault *v, char *name)
{
	struct vault_edit edit = { apply_put, name, false };
	struct err e = ERR_INIT;

	assert_int_equal(vault_change(v, &edit, &e), 0);
	assert_true(edit.durable);
}

static void
test_made_on_first_use(void **state)
{
	struct err e;
	struct vault *v;
	struct stat st;

	(void)state;
	(void)gone(NULL);
	assert_false(vault_there(&place));
	assert_null(open_pass("p", false, &e));
	assert_int_equal(e.code, ERR_NO_CREDENTIAL);
	assert_non_null(strstr(e.hint, "store add"));
	v = open_pass("p", true, &e);
	assert_non_null(v);
	assert_int_equal(stat(FILE_PATH, &st), -1);	/* not yet */
	add(v, (char[]){ "a" });
	vault_close(v);
	assert_true(vault_there(&place));
	assert_int_equal(stat(FILE_PATH, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(stat("data", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	v = opened();
	assert_non_null(vaultimage_find(vault_image(v), "a"));
	assert_int_equal(vault_image(v)->kdf.memory, 256 << 20);
	vault_close(v);
}

static void
test_a_wrong_passphrase(void **state)
{
	struct err e;

	(void)state;
	assert_null(open_pass("q", false, &e));
	assert_string_equal(e.text, "wrong passphrase");
	assert_int_equal(e.code, ERR_BAD_PASSPHRASE);
}

static int
apply_fail(void *ctx, struct vaultimage *image, bool *changed, struct err *e)
{
	(void)apply_put(ctx, image, changed, e);
	return err_set(e, ERR_NEWER_THERE, "no");
}

static int
apply_nothing(void *ctx, struct vaultimage *image, bool *changed,
    struct err *e)
{
	(void)ctx;
	(void)image;
	(void)changed;
	(void)e;
	return 0;
}

static void
test_what_is_not_changed_is_not_written(void **state)
{
	struct vault_edit fail = { apply_fail, (char[]){ "x" }, false };
	struct vault_edit nothing = { apply_nothing, NULL, false };
	struct vault *v = opened();
	struct err e = ERR_INIT;
	struct stat before, after;

	(void)state;
	assert_int_equal(stat(FILE_PATH, &before), 0);
	assert_int_equal(vault_change(v, &nothing, &e), 0);
	assert_int_equal(vault_change(v, &fail, &e), -1);
	assert_int_equal(e.code, ERR_NEWER_THERE);
	assert_int_equal(stat(FILE_PATH, &after), 0);
	assert_int_equal(before.st_ino, after.st_ino);
	vault_close(v);
}

static void
test_what_others_can_reach_is_refused(void **state)
{
	struct err e;

	(void)state;
	assert_int_equal(chmod(FILE_PATH, 0640), 0);
	assert_null(open_pass("p", false, &e));
	assert_int_equal(e.code, ERR_UNSAFE_TARGET);
	assert_string_equal(e.hint, "chmod 600 'data/store'");
	assert_int_equal(chmod(FILE_PATH, 0600), 0);

	assert_int_equal(chmod("data", 0770), 0);
	assert_null(open_pass("p", false, &e));
	assert_int_equal(e.code, ERR_UNSAFE_TARGET);
	assert_int_equal(chmod("data", 0755), 0);
	vault_close(opened());

	assert_int_equal(rename(FILE_PATH, "data/other"), 0);
	assert_int_equal(symlink("other", FILE_PATH), 0);
	assert_null(open_pass("p", false, &e));
	assert_int_equal(e.code, ERR_UNSAFE_TARGET);
	assert_true(vault_there(&place));
	assert_int_equal(unlink(FILE_PATH), 0);
	assert_int_equal(mkfifo(FILE_PATH, 0600), 0);
	assert_null(open_pass("p", false, &e));
	assert_int_equal(e.code, ERR_UNSAFE_TARGET);
	if (geteuid() != 0)
		return;
	assert_int_equal(unlink(FILE_PATH), 0);
	assert_int_equal(rename("data/other", FILE_PATH), 0);
	assert_int_equal(chown(FILE_PATH, 12345, 12345), 0);
	assert_null(open_pass("p", false, &e));
	assert_int_equal(e.code, ERR_UNSAFE_TARGET);
}

static void
test_damage_is_told_from_a_wrong_passphrase(void **state)
{
	unsigned char *file;
	struct err e;
	size_t len;

	(void)state;
	file = get_file(FILE_PATH, &len);
	file[len / 2] ^= 1;
	put_file(FILE_PATH, file, len);
	assert_null(open_pass("p", false, &e));
	assert_string_equal(e.text,
	    "cannot open the store 'data/store': it is damaged");
	assert_int_equal(e.code, ERR_BAD_CREDENTIAL);
	assert_int_equal(truncate(FILE_PATH, 0), 0);
	assert_null(open_pass("p", true, &e));
	assert_string_equal(e.text,
	    "cannot open the store 'data/store': it is no store");
	/* A hole costs nothing to make: it must not cost us either. */
	assert_int_equal(truncate(FILE_PATH, (off_t)1 << 40), 0);
	assert_null(open_pass("p", false, &e));
	assert_string_equal(e.text,
	    "cannot open the store 'data/store': larger than 64 MB");
}

static void
test_an_older_file_is_noticed(void **state)
{
	unsigned char *file;
	struct vault *v;
	size_t len;

	(void)state;
	v = opened();
	assert_false(vault_older(v));
	file = get_file(FILE_PATH, &len);
	add(v, (char[]){ "a" });
	assert_int_equal(vault_image(v)->generation, 2);
	vault_close(v);

	put_file(FILE_PATH, file, len);		/* as a backup would */
	v = opened();
	assert_true(vault_older(v));
	add(v, (char[]){ "b" });
	assert_int_equal(vault_image(v)->generation, 3);
	vault_close(v);
	v = opened();
	assert_false(vault_older(v));
	assert_null(vaultimage_find(vault_image(v), "a"));
	vault_close(v);

	put_file(FILE_PATH, file, len);
	v = opened();
	assert_true(vault_older(v));
	vault_close(v);

}

static void
unseen(const char *why)
{
	struct vault *v = opened();
	const struct err *e = vault_unseen(v);

	assert_false(vault_older(v));
	if (why == NULL)
		assert_null(e);
	else
		assert_non_null(strstr(e != NULL ? e->text : "", why));
	add(v, (char[]){ "c" });
	vault_close(v);
}

/* Without the note nothing is known and nothing fails, but it is told. */
static void
test_what_cannot_be_noticed_is_told(void **state)
{
	char hex[2 * VAULT_ID_LEN + 1], note[64];
	struct vault *v;

	(void)state;
	unseen(NULL);
	assert_int_equal(chmod("state", 0777), 0);
	unseen("cannot use 'state': others can write to it");
	assert_int_equal(chmod("state", 0700), 0);
	unseen(NULL);
	v = opened();
	snprintf(note, sizeof(note), "state/seen-%s", sodium_bin2hex(hex,
	    sizeof(hex), vault_image(v)->id, VAULT_ID_LEN));
	vault_close(v);
	put_file(note, "12", 2);
	unseen("is damaged");
	unseen(NULL);	/* and written anew */
	put_file(note, "", 0);
	unseen("is damaged");
	assert_int_equal(unlink(note), 0);
	assert_int_equal(mkdir(note, 0700), 0);
	unseen("is a directory");
	assert_int_equal(rmdir(note), 0);
	assert_int_equal(rename("state", "data/state"), 0);
	put_file("state", "", 0);
	unseen("cannot use 'state'");
	assert_int_equal(unlink("state"), 0);
	unseen(NULL);
}

/* Reads while another writes: never old, never torn. */
static void
test_readers_and_a_writer(void **state)
{
	pid_t pid = fork();
	int status;

	(void)state;
	if (pid == 0) {
		struct vault *v = opened();

		for (int i = 0; i < 40; i++)
			add(v, (char[]){ (char)('a' + i % 26), '\0' });
		vault_close(v);
		_exit(0);
	}
	while (waitpid(pid, &status, WNOHANG) == 0) {
		struct vault *v = opened();

		assert_false(vault_older(v));
		vault_close(v);
	}
	assert_int_equal(status, 0);
}

static void
writer(int i)
{
	char name[8];
	struct vault *v = opened();

	snprintf(name, sizeof(name), "n%d", i);
	add(v, name);
	vault_close(v);
	_exit(0);
}

static void
test_many_writers_lose_nothing(void **state)
{
	struct vault *v;
	int status;

	(void)state;
	for (int i = 0; i < WRITERS; i++) {
		pid_t pid = fork();

		assert_int_not_equal(pid, -1);
		if (pid == 0)
			writer(i);
	}
	for (int i = 0; i < WRITERS; i++) {
		assert_int_not_equal(wait(&status), -1);
		assert_int_equal(status, 0);
	}
	v = opened();
	assert_int_equal(vault_image(v)->n, WRITERS);
	assert_int_equal(vault_image(v)->generation, 1 + WRITERS);
	vault_close(v);
}

/* Two that are open, the passphrase changed by one of them. */
static void
test_a_new_passphrase(void **state)
{
	struct vault_edit put = { apply_put, (char[]){ "x" }, false };
	struct vault *v = opened(), *other = opened();
	struct err e = ERR_INIT;
	bool durable;

	(void)state;
	add(v, (char[]){ "a" });
	assert_int_equal(vault_rekey(v, fixture_secret("q", 1), &durable,
	    &e), 0);
	assert_true(durable);
	assert_int_equal(vault_image(v)->kdf.memory, 256 << 20);
	add(v, (char[]){ "b" });
	vault_close(v);
	assert_int_equal(vault_change(other, &put, &e), -1);
	assert_int_equal(e.code, ERR_BAD_PASSPHRASE);
	vault_close(other);
	assert_null(open_pass("p", false, &e));
	assert_int_equal(e.code, ERR_BAD_PASSPHRASE);
	v = open_pass("q", false, &e);
	assert_non_null(v);
	assert_int_equal(vault_image(v)->n, 2);
	vault_close(v);
}

/* Both began when there was none. */
static void
test_two_make_the_first_one(void **state)
{
	struct vault *v, *other;
	struct err e;

	(void)state;
	(void)gone(NULL);
	v = open_pass("p", true, &e);
	other = open_pass("p", true, &e);
	assert_true(v != NULL && other != NULL);
	add(v, (char[]){ "a" });
	add(other, (char[]){ "b" });
	assert_int_equal(vault_image(other)->n, 2);
	vault_close(v);
	vault_close(other);
	v = opened();
	assert_int_equal(vault_image(v)->n, 2);
	vault_close(v);
}

static void
test_removed_meanwhile_stays_removed(void **state)
{
	struct vault_edit put = { apply_put, (char[]){ "x" }, false };
	struct vault *v = opened();
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(unlink(FILE_PATH), 0);
	assert_int_equal(vault_change(v, &put, &e), -1);
	assert_int_equal(e.code, ERR_NO_CREDENTIAL);
	vault_close(v);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fresh, gone)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_made_on_first_use),
		TEST(test_a_wrong_passphrase),
		TEST(test_what_is_not_changed_is_not_written),
		TEST(test_what_others_can_reach_is_refused),
		TEST(test_damage_is_told_from_a_wrong_passphrase),
		TEST(test_an_older_file_is_noticed),
		TEST(test_what_cannot_be_noticed_is_told),
		TEST(test_readers_and_a_writer),
		TEST(test_many_writers_lose_nothing),
		TEST(test_a_new_passphrase),
		TEST(test_two_make_the_first_one),
		TEST(test_removed_meanwhile_stays_removed),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
