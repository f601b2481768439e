/*
 * Codex's own settings, and what follows from them: the rows were tried on
 * codex-cli 0.169.0, whose status and exec tests/cli compares once more.
 */
#include "unit/store_credtext.h"

#include "buf.h"
#include "codexconfig.h"
#include "codexuse.h"
#include "json.h"

#define STORE	"cli_auth_credentials_store"
#define LOGIN	"forced_login_method"
#define IDS	"forced_chatgpt_workspace_id"

static int
setup(void **state)
{
	(void)state;
	json_init();
	return sodium_init() == -1 ? -1 : 0;
}

static int
add(struct codexconfig *c, enum codexconfig_file file, const char *text,
    struct err *e)
{
	return codexconfig_add(c, file, text, strlen(text), e);
}

static void
a_setting_is_found_however_it_is_written(void **state)
{
	static const char *const rows[] = {
		STORE "=\"ephemeral\"",
		"a=1\r\n" STORE " = 'ephemeral' # x\r\n",
		"\"" STORE "\"='''\nephemeral'''",
		"\"cli_auth_\\u0063redentials_store\"=\"ephemeral\"",
		"x=[\n1, # ] \n\"]\",\n]\n" STORE "=\"ephemeral\"",
	}, *const others[] = {
		"",
		"#" STORE "='ephemeral'",
		"[x]\n" STORE "='ephemeral'",
		"[[x]]\n" STORE "='ephemeral'",
		"[\"\"]\n" STORE "='ephemeral'",
		"x='''\n" STORE "='ephemeral'\n'''",
		"x={" STORE "='ephemeral'}",
		"x." STORE "='ephemeral'",
		STORE "_x='ephemeral'",
		"'" STORE ".x'='ephemeral'",
		STORE "='file'",
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct codexconfig c = { 0 };
		struct err e = ERR_INIT;

		assert_int_equal(add(&c, CODEXCONFIG_USER, rows[i], &e), 0);
		assert_int_equal(c.store, CODEXCONFIG_EPHEMERAL);
	}
	for (size_t i = 0; i < ROWS(others); i++) {
		struct codexconfig c = { 0 };
		struct err e = ERR_INIT;

		assert_int_equal(add(&c, CODEXCONFIG_USER, others[i], &e), 0);
		assert_int_equal(c.store, CODEXCONFIG_FILE);
	}
}

static void
workspaces_are_one_or_a_list(void **state)
{
	static const struct {
		const char	*text;
		size_t		 n;
		const char	*first;
	} rows[] = {
		{ IDS "='w'", 1, "w" },
		{ IDS "=' w\t'", 1, "w" },
		{ IDS "=''", 0, NULL },
		{ IDS "=[]", 0, NULL },
		{ IDS "=[' ',\n# x\n'w', 'v',]", 2, "w" },
		{ IDS "=['v,w']", 1, "v,w" },
	};
	struct codexconfig many = { 0 };
	struct err e = ERR_INIT;
	BUF_AUTO b = BUF_INIT(4096);

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct codexconfig c = { 0 };

		assert_int_equal(add(&c, CODEXCONFIG_USER, rows[i].text, &e),
		    0);
		assert_int_equal(c.nids, rows[i].n);
		assert_false(c.more_ids);
		if (rows[i].n > 0)
			assert_string_equal(c.ids[0], rows[i].first);
	}
	(void)buf_adds(&b, IDS "=[");
	for (int i = 0; i < CODEXCONFIG_IDS + 1; i++)
		(void)buf_addf(&b, "'%d',", i);
	(void)buf_adds(&b, "]");
	assert_int_equal(add(&many, CODEXCONFIG_USER, buf_str(&b), &e), 0);
	assert_int_equal(many.nids, CODEXCONFIG_IDS);
	assert_true(many.more_ids);
	/* Of two files the later counts alone. */
	assert_int_equal(add(&many, CODEXCONFIG_MANAGED, IDS "='w'", &e), 0);
	assert_int_equal(many.nids, 1);
	assert_false(many.more_ids);
}

static void
a_later_file_wins(void **state)
{
	struct codexconfig c = { 0 };
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(add(&c, CODEXCONFIG_SYSTEM, STORE "='keyring'\n"
	    LOGIN "='api'", &e), 0);
	assert_int_equal(c.store, CODEXCONFIG_KEYRING);
	assert_int_equal(c.login, CODEXCONFIG_API);
	assert_int_equal(add(&c, CODEXCONFIG_USER, STORE "='ephemeral'", &e),
	    0);
	assert_int_equal(c.store, CODEXCONFIG_EPHEMERAL);
	assert_int_equal(c.login, CODEXCONFIG_API);
	assert_int_equal(add(&c, CODEXCONFIG_MANAGED, LOGIN "='chatgpt'",
	    &e), 0);
	assert_int_equal(c.login, CODEXCONFIG_CHATGPT);
	/* Of requirements Codex takes the store alone, and no offence. */
	assert_int_equal(add(&c, CODEXCONFIG_REQUIRED, STORE "='auto'\n"
	    LOGIN "=1\n" IDS "='w'\nprofile='x'", &e), 0);
	assert_int_equal(c.store, CODEXCONFIG_AUTO);
	assert_int_equal(c.login, CODEXCONFIG_CHATGPT);
	assert_int_equal(c.nids, 0);
}

static void
what_codex_does_not_start_with_is_told(void **state)
{
	static const struct {
		const char	*text, *want;
	} rows[] = {
		{ STORE "='File'", "config.toml: '" STORE "' has a value that "
		    "Codex does not know" },
		{ STORE "=1", "config.toml: '" STORE "' has a value that "
		    "Codex does not know" },
		{ STORE "=['file']", "config.toml: '" STORE "' has a value "
		    "that Codex does not know" },
		{ LOGIN "=''", "config.toml: '" LOGIN "' has a value that "
		    "Codex does not know" },
		{ STORE "='file'\n" STORE "='file'", "config.toml: '" STORE
		    "' stands twice" },
		{ STORE ".x='file'", "config.toml: '" STORE "' is a table" },
		{ IDS "=1", "config.toml: '" IDS "' is no string or list of "
		    "strings" },
		{ IDS "=['w',1]", "config.toml: '" IDS "' is no string or "
		    "list of strings" },
		{ IDS "=[['w']]", "config.toml: '" IDS "' is no string or "
		    "list of strings" },
		{ IDS "='v,w'", "config.toml: '" IDS "' is a string with "
		    "commas, not a list" },
		{ "profile='x'", "config.toml: 'profile' is a setting that "
		    "Codex has given up" },
	};
	struct codexconfig c = { 0 };
	struct err e = ERR_INIT;

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		c = (struct codexconfig){ 0 };
		assert_int_equal(add(&c, CODEXCONFIG_USER, rows[i].text, &e),
		    -1);
		assert_string_equal(e.text, rows[i].want);
		assert_true(c.refused && !c.unknown);
	}
	c = (struct codexconfig){ 0 };
	assert_int_equal(add(&c, CODEXCONFIG_MANAGED, "\n" CANARY, &e), -1);
	assert_string_equal(e.text, "/etc/codex/managed_config.toml: line 2: "
	    "'=' is missing");
	assert_true(c.unknown && !c.refused);
}

#define LEASE "{\"auth_mode\":\"chatgptAuthTokens\",\"tokens\":{" \
	"\"id_token\":\"$I\",\"access_token\":\"$A\"," \
	"\"refresh_token\":\"\"}," LAST "}"
#define PAT "{\"personal_access_token\":\"at-1\"}"
#define NOW 1790000000		/* before ACCESS ends */

static void
codex_uses_what_nothing_speaks_against(void **state)
{
	static const struct {
		const char	*file, *config;
		enum codexuse_answer answer;
		const char	*why;	/* how the only reason begins */
	} rows[] = {
		{ CHATGPT(""), "", CODEXUSE_YES, NULL },
		{ KEY("\"x\":1"), "", CODEXUSE_YES, NULL },
		{ NULL, "", CODEXUSE_NO, "there is no auth.json" },
		{ "{" TOKENS "}", "", CODEXUSE_NO, "without last_refresh" },
		{ CHATGPT(""), STORE "='ephemeral'", CODEXUSE_NO,
		    "the credential store is 'ephemeral'" },
		{ KEY("\"x\":1"), STORE "='keyring'", CODEXUSE_NO,
		    "the credential store is 'keyring'" },
		{ CHATGPT(""), STORE "='auto'", CODEXUSE_UNKNOWN,
		    "the credential store is 'auto'" },
		{ CHATGPT(""), LOGIN "='chatgpt'", CODEXUSE_YES, NULL },
		{ CHATGPT(""), LOGIN "='api'", CODEXUSE_NO,
		    "forced_login_method is 'api'" },
		{ LEASE, LOGIN "='api'", CODEXUSE_NO,
		    "forced_login_method is 'api'" },
		{ PAT, LOGIN "='api'", CODEXUSE_NO,
		    "forced_login_method is 'api'" },
		{ PAT, LOGIN "='chatgpt'", CODEXUSE_YES, NULL },
		{ KEY("\"x\":1"), LOGIN "='api'", CODEXUSE_YES, NULL },
		{ KEY("\"x\":1"), LOGIN "='chatgpt'", CODEXUSE_NO,
		    "forced_login_method is 'chatgpt'" },
		{ "{\"bedrock_api_key\":" BEDROCK "}", LOGIN "='chatgpt'",
		    CODEXUSE_NO, "forced_login_method is 'chatgpt'" },
		{ CHATGPT(""), IDS "=['v','acct-claim']", CODEXUSE_YES,
		    NULL },
		/* The token's claim, and what stands beside it too. */
		{ CHATGPT(",\"account_id\":\"other\""), IDS "='acct-claim'",
		    CODEXUSE_NO, "forced_chatgpt_workspace_id is not its" },
		{ CHATGPT(",\"account_id\":\"other\""),
		    IDS "=['other','acct-claim']", CODEXUSE_YES, NULL },
		{ CHATGPT(",\"account_id\":\"other\""), IDS "='other'",
		    CODEXUSE_NO, "forced_chatgpt_workspace_id is another" },
		{ LEASE, IDS "='w'", CODEXUSE_NO,
		    "forced_chatgpt_workspace_id is another" },
		{ KEY("\"x\":1"), IDS "='w'", CODEXUSE_YES, NULL },
		{ PAT, IDS "='w'", CODEXUSE_UNKNOWN,
		    "forced_chatgpt_workspace_id is set" },
		{ CHATGPT(""), STORE "=1", CODEXUSE_NO,
		    "Codex does not start with config.toml: '" STORE "'" },
		{ CHATGPT(""), "x", CODEXUSE_UNKNOWN,
		    "its configuration was not understood: config.toml: line" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct codexconfig config = { 0 };
		struct codexuse_facts f = { .config = &config, .now = NOW };
		struct err e = ERR_INIT, ignored = ERR_INIT;
		struct codexuse u;
		struct cred c = { .mode = CRED_NONE };

		if (rows[i].file != NULL) {
			assert_int_equal(fixture_parse(&c, rows[i].file,
			    &ignored), 0);
			f.cred = &c;
		}
		(void)add(&config, CODEXCONFIG_USER, rows[i].config, &e);
		f.config_error = e.text;
		codexuse_judge(&f, &u);
		assert_int_equal(u.nwhy, rows[i].why != NULL);
		if (rows[i].why != NULL)
			assert_memory_equal(u.why[0], rows[i].why,
			    strlen(rows[i].why));
		assert_int_equal(u.answer, rows[i].answer);
		cred_clear(&c);
	}
}

static void
what_is_around_the_file_counts_too(void **state)
{
	struct codexconfig config = { .store = CODEXCONFIG_AUTO };
	struct codexuse_facts f = { .config = &config, .no_keyring = true,
		.now = NOW };
	struct err e = ERR_INIT;
	struct codexuse u;
	struct cred c;

	(void)state;
	assert_int_equal(fixture_parse(&c, LEASE, &e), 0);
	f.cred = &c;
	codexuse_judge(&f, &u);
	assert_int_equal(u.answer, CODEXUSE_YES);
	f.now = c.expires;
	f.env_api_key = f.env_access_token = true;
	f.no_keyring = false;
	codexuse_judge(&f, &u);
	/* The doubt about the keyring is not one of the reasons. */
	assert_int_equal(u.answer, CODEXUSE_NO);
	assert_int_equal(u.nwhy, 3);
	assert_string_equal(u.why[0], "the access token has expired and there "
	    "is no refresh token");
	assert_string_equal(u.why[1], "CODEX_API_KEY is set: 'codex exec' "
	    "uses that instead");
	f = (struct codexuse_facts){ .cred = &c, .config = &config,
		.home = "/else", .no_keyring = true, .now = NOW };
	codexuse_judge(&f, &u);
	assert_int_equal(u.answer, CODEXUSE_NO);
	assert_string_equal(u.why[0], "CODEX_HOME is '/else' there: Codex "
	    "looks in that folder");
	f = (struct codexuse_facts){ .cred = &c, .now = NOW };
	codexuse_judge(&f, &u);
	assert_int_equal(u.answer, CODEXUSE_UNKNOWN);
	assert_string_equal(u.why[0], "its configuration was not looked at");
	cred_clear(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_setting_is_found_however_it_is_written),
		cmocka_unit_test(workspaces_are_one_or_a_list),
		cmocka_unit_test(a_later_file_wins),
		cmocka_unit_test(what_codex_does_not_start_with_is_told),
		cmocka_unit_test(codex_uses_what_nothing_speaks_against),
		cmocka_unit_test(what_is_around_the_file_counts_too),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
