/* Codes, words and exit statuses are codex-provision(1)'s; texts are one line. */
#include <errno.h>

#include "unit/store_fixture.h"

#include "err.h"
#include "text.h"

/* Written out again from codex-provision(1): the table must not prove itself. */
static const struct {
	enum err_code	 code;
	const char	*name;
	int		 exit;
} contract[] = {
	{ ERR_USAGE, "usage", 2 },
	{ ERR_NO_CREDENTIAL, "no_credential", 3 },
	{ ERR_BAD_CREDENTIAL, "bad_credential", 3 },
	{ ERR_OTHER_ACCOUNT, "other_account", 3 },
	{ ERR_NEWER_THERE, "newer_there", 3 },
	{ ERR_UNREACHABLE, "unreachable", 5 },
	{ ERR_TIMEOUT, "timeout", 5 },
	{ ERR_HOSTKEY_UNKNOWN, "hostkey_unknown", 6 },
	{ ERR_HOSTKEY_CHANGED, "hostkey_changed", 6 },
	{ ERR_HOSTKEY_REVOKED, "hostkey_revoked", 6 },
	{ ERR_AUTH_FAILED, "auth_failed", 6 },
	{ ERR_UNSAFE_TARGET, "unsafe_target", 7 },
	{ ERR_PERMISSION_DENIED, "permission_denied", 7 },
	{ ERR_DISK_FULL, "disk_full", 7 },
	{ ERR_READ_ONLY, "read_only", 7 },
	{ ERR_NO_HOME, "no_home", 7 },
	{ ERR_NO_SHELL, "no_shell", 7 },
	{ ERR_NO_CONTAINER, "no_container", 7 },
	{ ERR_AMBIGUOUS_CONTAINER, "ambiguous_container", 7 },
	{ ERR_NOT_RUNNING, "not_running", 7 },
	{ ERR_ENGINE_UNREACHABLE, "engine_unreachable", 5 },
	{ ERR_ENGINE_ERROR, "engine_error", 7 },
	{ ERR_PROTOCOL, "protocol", 7 },
	{ ERR_INTERFERENCE, "interference", 7 },
	{ ERR_PORT_IN_USE, "port_in_use", 4 },
	{ ERR_LOCKED, "locked", 8 },
	{ ERR_BAD_PASSPHRASE, "bad_passphrase", 8 },
	{ ERR_LOGIN_REFUSED, "login_refused", 4 },
	{ ERR_CANCELLED, "cancelled", 4 },
	{ ERR_INTERRUPTED, "interrupted", 130 },
	{ ERR_INTERNAL, "internal", 70 },
};

static void
codes_have_the_contracts_words_and_statuses(void **state)
{
	(void)state;
	assert_int_equal(ROWS(contract), ERR_CODES - 1);
	for (size_t i = 0; i < ROWS(contract); i++) {
		assert_int_equal(contract[i].code, i + 1);
		assert_string_equal(err_name(contract[i].code),
		    contract[i].name);
		assert_int_equal(err_exit(contract[i].code), contract[i].exit);
	}
	assert_int_equal(err_exit(ERR_NONE), 0);
}

static void
an_impossible_code_is_internal(void **state)
{
	(void)state;
	assert_string_equal(err_name(ERR_CODES), "internal");
	assert_string_equal(err_name((enum err_code)-1), "internal");
	assert_int_equal(err_exit((enum err_code)9999), 70);
}

static void
set_replaces_everything(void **state)
{
	struct err e = { ERR_TIMEOUT, 5, "old", "old hint" };

	(void)state;
	assert_int_equal(err_set(&e, ERR_USAGE, "no such option '%s'", "-z"),
	    -1);
	assert_int_equal(e.code, ERR_USAGE);
	assert_int_equal(e.sys, 0);
	assert_string_equal(e.text, "no such option '-z'");
	assert_string_equal(e.hint, "");
	/* Its own text as an argument. */
	assert_int_equal(err_set(&e, ERR_INTERNAL, "again: %s", e.text), -1);
	assert_string_equal(e.text, "again: no such option '-z'");
}

static void
sys_ends_in_the_cause(void **state)
{
	static const struct {
		int		 sys;
		const char	*text;
	} rows[] = {
		{ EACCES, "cannot read '/home/a': permission denied" },
		{ ENOENT, "cannot read '/home/a': no such file or directory" },
		{ EIO, "cannot read '/home/a': input/output error" },
		{ EREMOTEIO, "cannot read '/home/a': remote I/O error" },
		{ ERFKILL,
		    "cannot read '/home/a': operation not possible due to "
		    "RF-kill" },
		{ EDOTDOT, "cannot read '/home/a': RFS specific error" },
		{ 99999, "cannot read '/home/a': error 99999" },
	};
	struct err e = ERR_INIT;

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		assert_int_equal(err_sys(&e, ERR_NO_HOME, rows[i].sys,
		    "cannot read '%s'", "/home/a"), -1);
		assert_string_equal(e.text, rows[i].text);
		assert_int_equal(e.sys, rows[i].sys);
		assert_int_equal(e.code, ERR_NO_HOME);
	}
}

static void
a_long_path_never_hides_the_cause(void **state)
{
	struct err e = ERR_INIT;
	char path[5000];

	(void)state;
	memset(path, 'p', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	(void)err_sys(&e, ERR_NO_HOME, EACCES, "cannot read '%s'", path);
	assert_int_equal(strlen(e.text), ERR_TEXT_MAX - 1);
	assert_non_null(strstr(e.text, "ppp...: permission denied"));
	(void)err_wrap(&e, "cannot push to '%s'", path);
	assert_true(strlen(e.text) < ERR_TEXT_MAX);
	assert_non_null(strstr(e.text, "ppp...: cannot read 'ppp"));
}

static void
wrap_prefixes_and_keeps_the_rest(void **state)
{
	struct err e = ERR_INIT;

	(void)state;
	(void)err_sys(&e, ERR_DISK_FULL, ENOSPC, "cannot write");
	assert_int_equal(err_hint(&e, "free %d bytes", 7), -1);
	assert_int_equal(err_wrap(&e, "cannot push to '%s'", "web1"), -1);
	assert_string_equal(e.text,
	    "cannot push to 'web1': cannot write: no space left on device");
	assert_string_equal(e.hint, "free 7 bytes");
	assert_int_equal(e.code, ERR_DISK_FULL);
	assert_int_equal(e.sys, ENOSPC);
}

static void
foreign_text_is_escaped_and_cut(void **state)
{
	struct err e = ERR_INIT;
	char huge[4000];

	(void)state;
	(void)err_set(&e, ERR_PROTOCOL, "said '%s'", "\x1b]52;c;x\a\n\xff");
	assert_string_equal(e.text, "said '\\x1b]52;c;x\\x07\\x0a\\xff'");
	(void)err_hint(&e, "run '%s'", "\r\n");
	assert_string_equal(e.hint, "run '\\x0d\\x0a'");
	(void)err_wrap(&e, "on '%s'", "\x9b");
	assert_string_equal(e.text,
	    "on '\\x9b': said '\\x1b]52;c;x\\x07\\x0a\\xff'");
	/* Cut between characters, whatever the format buffer cut. */
	for (size_t i = 0; i + 2 < sizeof(huge); i += 3)
		memcpy(huge + i, "\u20ac", 4);
	(void)err_set(&e, ERR_PROTOCOL, "x%s", huge);
	assert_true(strlen(e.text) < ERR_TEXT_MAX);
	assert_true(strlen(e.text) > ERR_TEXT_MAX - 8);
	assert_true(text_utf8(e.text, strlen(e.text)));
	assert_string_equal(e.text + strlen(e.text) - 3, "...");
	memset(huge, '\x1b', sizeof(huge) - 1);
	(void)err_hint(&e, "%s", huge);
	assert_true(strlen(e.hint) < ERR_HINT_MAX);
	assert_null(strchr(e.hint, '\x1b'));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(codes_have_the_contracts_words_and_statuses),
		cmocka_unit_test(an_impossible_code_is_internal),
		cmocka_unit_test(set_replaces_everything),
		cmocka_unit_test(sys_ends_in_the_cause),
		cmocka_unit_test(a_long_path_never_hides_the_cause),
		cmocka_unit_test(wrap_prefixes_and_keeps_the_rest),
		cmocka_unit_test(foreign_text_is_escaped_and_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
