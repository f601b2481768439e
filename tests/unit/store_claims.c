/* What a credential says about itself: account, expiry, age, mode. */
#include "unit/store_credtext.h"

#include "json.h"

static void
claims_are_read(void **state)
{
	struct err e = ERR_INIT;
	struct cred c;

	(void)state;
	assert_int_equal(fixture_parse(&c,
	    CHATGPT(",\"account_id\":\"acct-1\""), &e), 0);
	assert_string_equal(c.account, "acct-1");
	assert_string_equal(c.user, "user-1");
	assert_string_equal(c.email, "ann@example.org");
	assert_string_equal(c.plan, "plus");
	assert_true(c.expires == 1800000000);
	assert_true(c.has_refreshed);
	assert_true(c.refreshed.tv_sec == 1795475208);
	assert_int_equal(c.refreshed.tv_nsec, 65866242);
	assert_string_equal(c.last_refresh, "2026-11-23T23:06:48.065866242Z");
	cred_clear(&c);
}

static void
id_tokens_are_judged_by_their_claims(void **state)
{
	static const struct {
		const char	*payload;
		int		 r;
		const char	*user, *email;
	} rows[] = {
		{ "{}", 0, "", "" },
		{ "{\"email\":null,\"exp\":\"x\"," AUTH "null}", 0, "", "" },
		{ "{" AUTH "{\"user_id\":\"u2\"}}", 0, "u2", "" },
		{ "{\"https://api.openai.com/profile\":{\"email\":\"p@x\"}}",
		    0, "", "p@x" },
		{ "{\"email\":\"a\\u001b[31m\\u202e\"}", 0, "",
		    "a\\x1b[31m\\u{202E}" },
		{ "{\"email\":5}", -1, "", "" },
		{ "{" AUTH "\"x\"}", -1, "", "" },
		{ "{" AUTH "{\"chatgpt_plan_type\":5}}", -1, "", "" },
		{ "{" AUTH "{\"chatgpt_account_id\":5}}", -1, "", "" },
		{ "{\"https://api.openai.com/profile\":1}", -1, "", "" },
		{ "{\"email\":\"a\",\"email\":\"b\"}", -1, "", "" },
		{ "{} x", -1, "", "" },
		{ "[]", -1, "", "" },
		{ "\"x\"", -1, "", "" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		char *text = fixture_fill(CHATGPT(""), rows[i].payload, NULL);
		struct err e = ERR_INIT;
		struct cred c;

		assert_int_equal(cred_parse(&c,
		    fixture_secret(text, strlen(text)), &e), rows[i].r);
		assert_string_equal(c.user, rows[i].user);
		assert_string_equal(c.email, rows[i].email);
		cred_clear(&c);
		free(text);
	}
}

static void
an_id_token_is_a_jwt(void **state)
{
	static const struct {
		const char	*jwt;
		int		 r;
	} rows[] = {
		{ "e30.e30.c2ln", 0 },		/* {} . {} . sig */
		{ "x.e30.y", 0 },		/* only the middle is read */
		{ "", -1 },
		{ "opaque", -1 },
		{ "e30.e30", -1 },
		{ "e30.e30.", -1 },
		{ ".e30.c2ln", -1 },
		{ "e30..c2ln", -1 },
		{ "e30.e30.c2ln.x", -1 },
		{ "e30.e30=.c2ln", -1 },	/* padding */
		{ "e30.e31.c2ln", -1 },		/* left-over bits */
		{ "e30.e30!.c2ln", -1 },
		{ "e30.eyJhIjoi/yJ9.c2ln", -1 },	/* not URL-safe */
		{ "e30.\\n.c2ln", -1 },
		{ "e30. e30.c2ln", -1 },
		{ "e30.e30.c2\\nln", -1 },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct err e = ERR_INIT;
		struct cred c;
		char text[200];

		snprintf(text, sizeof(text), "{\"tokens\":{\"id_token\":\"%s\""
		    ",\"access_token\":\"a\",\"refresh_token\":\"r\"}}",
		    rows[i].jwt);
		assert_int_equal(cred_parse(&c,
		    fixture_secret(text, strlen(text)), &e), rows[i].r);
		if (rows[i].r == -1)
			assert_string_equal(e.text, "'id_token' is not a JWT");
		cred_clear(&c);
	}
}

static void
expiry_is_a_whole_second_or_unknown(void **state)
{
	static const struct {
		const char	*payload;	/* NULL: an opaque token */
		int64_t		 want;
	} rows[] = {
		{ "{\"exp\":1800000000}", 1800000000 },
		{ "{\"exp\":1}", 1 },
		{ "{\"exp\":253402300799}", 253402300799 },
		{ "{\"exp\":253402300800}", 0 },
		{ "{\"exp\":0}", 0 },
		{ "{\"exp\":-5}", 0 },
		{ "{\"exp\":1.5}", 0 },
		{ "{\"exp\":1e999}", 0 },
		{ "{\"exp\":-1e999}", 0 },
		{ "{\"exp\":\"1800000000\"}", 0 },
		{ "{\"exp\":null}", 0 },
		{ "{\"Exp\":1800000000}", 0 },
		{ "{\"exp\":1,\"exp\":2}", 0 },
		{ "[1800000000]", 0 },
		{ "not json", 0 },
		{ NULL, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		char *jwt = rows[i].payload != NULL ?
		    fixture_jwt(rows[i].payload) : strdup("opaque-token");
		char *text = fixture_fill(CHATGPT(""), CLAIMS, jwt);
		struct err e = ERR_INIT;
		struct cred c;

		assert_int_equal(cred_parse(&c,
		    fixture_secret(text, strlen(text)), &e), 0);
		assert_true(c.expires == rows[i].want);
		cred_clear(&c);
		free(text);
		free(jwt);
	}
}

/* From afar: the same claims give the same fields, also unsigned. */
static void
claims_from_afar_agree_with_the_file(void **state)
{
	char *id = fixture_jwt(CLAIMS), *access = fixture_jwt(ACCESS);
	struct cred_claims cl = {
		.auth_mode = "chatgpt",
		.account_id = "acct-1",
		.id_token = id,
		.access_token = access,
		.last_refresh = "2026-11-23T23:06:48.065866242Z",
		.has_tokens = true,
		.has_refresh_token = true,
	};
	struct err e = ERR_INIT;
	struct cred file, far;

	(void)state;
	assert_int_equal(fixture_parse(&file,
	    CHATGPT(",\"account_id\":\"acct-1\""), &e), 0);
	for (int whole = 1; whole >= 0; whole--) {
		cred_from_claims(&far, &cl);
		assert_null(far.bytes);
		assert_int_equal(far.mode, file.mode);
		assert_string_equal(far.account, file.account);
		assert_string_equal(far.user, file.user);
		assert_string_equal(far.email, file.email);
		assert_string_equal(far.plan, file.plan);
		assert_string_equal(far.last_refresh, file.last_refresh);
		assert_true(far.expires == file.expires);
		assert_true(far.refreshable);
		assert_false(cred_other_account(&file, &far));
		assert_false(cred_newer(&far, &file));
		cred_clear(&far);
		*strrchr(id, '.') = '\0';	/* drop the signatures */
		*strrchr(access, '.') = '\0';
	}
	cred_clear(&file);
	free(id);
	free(access);
}

static void
modes_from_afar(void **state)
{
	static const struct {
		struct cred_claims	cl;
		enum cred_mode		mode;
	} rows[] = {
		{ { .has_tokens = true }, CRED_CHATGPT },
		{ { .has_tokens = true, .has_api_key = true }, CRED_APIKEY },
		{ { .has_tokens = true, .has_api_key = true,
		    .has_pat = true }, CRED_PAT },
		{ { .auth_mode = "chatgpt", .has_tokens = true,
		    .has_api_key = true }, CRED_CHATGPT },
		{ { .auth_mode = "chatgptAuthTokens", .has_tokens = true },
		    CRED_LEASE },
		{ { .auth_mode = "apikey", .has_api_key = true },
		    CRED_APIKEY },
		{ { .auth_mode = "personalAccessToken", .has_pat = true },
		    CRED_PAT },
		{ { .auth_mode = "agentIdentity" }, CRED_AGENT_IDENTITY },
		{ { .auth_mode = "bedrockApiKey" }, CRED_BEDROCK },
		{ { .auth_mode = "bedrockAccessKeys" }, CRED_BEDROCK },
		{ { .auth_mode = "new\x1b", .has_tokens = true },
		    CRED_NONE },
		{ { .auth_mode = "chatgpt" }, CRED_NONE },
		{ { .auth_mode = "apikey", .has_tokens = true }, CRED_NONE },
		{ { .auth_mode = "personalAccessToken" }, CRED_NONE },
		{ { .auth_mode = NULL }, CRED_NONE },
	};
	struct cred c;

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		cred_from_claims(&c, &rows[i].cl);
		assert_int_equal(c.mode, rows[i].mode);
		cred_clear(&c);
	}
}

static void
hostile_claims_from_afar_stay_harmless(void **state)
{
	struct cred_claims cl = { .auth_mode = "chatgpt", .has_tokens = true,
		.account_id = "\x1b]0;x\a", .id_token = "..", .access_token =
		"x.y.z", .last_refresh = "2026-11-23T23:06:48Z\x1b" };
	char huge[70000];
	struct cred c;

	(void)state;
	cred_from_claims(&c, &cl);
	assert_string_equal(c.account, "\\x1b]0;x\\x07");
	assert_string_equal(c.last_refresh, "");
	assert_false(c.has_refreshed);
	cred_clear(&c);
	memset(huge, 'A', sizeof(huge) - 1);
	huge[sizeof(huge) - 1] = '\0';
	cl.account_id = cl.last_refresh = huge;
	huge[1] = '.';
	cl.id_token = cl.access_token = huge;
	cred_from_claims(&c, &cl);
	assert_int_equal(strlen(c.account), CRED_FIELD_MAX - 1);
	assert_int_equal(c.mode, CRED_CHATGPT);
	cred_clear(&c);
}

static void
accounts_differ_by_what_is_known(void **state)
{
	static const struct {
		struct cred	a, b;
		bool		other;
	} rows[] = {
		{ { .mode = CRED_NONE }, { .mode = CRED_NONE }, false },
		{ { .mode = CRED_NONE }, { .mode = CRED_APIKEY }, false },
		{ { .mode = CRED_APIKEY }, { .mode = CRED_APIKEY }, false },
		{ { .mode = CRED_APIKEY }, { .mode = CRED_PAT }, true },
		{ { .mode = CRED_CHATGPT }, { .mode = CRED_APIKEY }, true },
		{ { .mode = CRED_CHATGPT }, { .mode = CRED_LEASE }, false },
		{ { .mode = CRED_CHATGPT, .account = "a" },
		    { .mode = CRED_LEASE, .account = "a" }, false },
		{ { .mode = CRED_CHATGPT, .account = "a" },
		    { .mode = CRED_LEASE, .account = "b" }, true },
		{ { .mode = CRED_CHATGPT, .account = "a" },
		    { .mode = CRED_CHATGPT }, false },
		{ { .mode = CRED_CHATGPT, .account = "a", .user = "u" },
		    { .mode = CRED_CHATGPT, .account = "a", .user = "v" },
		    true },
		{ { .mode = CRED_CHATGPT, .account = "a", .user = "u" },
		    { .mode = CRED_CHATGPT, .account = "a" }, false },
		{ { .mode = CRED_CHATGPT, .user = "u", .email = "x" },
		    { .mode = CRED_CHATGPT, .user = "u", .email = "y" },
		    false },
		{ { .mode = CRED_CHATGPT, .account = "a" },
		    { .mode = CRED_NONE, .account = "b" }, true },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		assert_int_equal(cred_other_account(&rows[i].a, &rows[i].b),
		    rows[i].other);
		assert_int_equal(cred_other_account(&rows[i].b, &rows[i].a),
		    rows[i].other);
	}
}

static void
newer_is_by_the_last_refresh(void **state)
{
	static const struct {
		const char	*there, *ours;	/* NULL: unknown */
		bool		 newer;
	} rows[] = {
		{ "2026-11-23T23:06:48Z", "2026-11-23T23:06:47Z", true },
		{ "2026-11-23T23:06:47Z", "2026-11-23T23:06:48Z", false },
		{ "2026-11-23T23:06:48Z", "2026-11-23T23:06:48Z", false },
		{ "2026-11-23T23:06:48.000000001Z", "2026-11-23T23:06:48Z",
		    true },
		{ "2026-11-23T23:06:48.1Z", "2026-11-23T23:06:48.09Z", true },
		{ "2026-11-24T00:06:48+01:00", "2026-11-23T23:06:48Z",
		    false },
		{ "2026-11-23T23:06:48-00:01", "2026-11-23T23:06:48Z",
		    true },
		{ "2026-11-23T23:06:48Z", NULL, false },
		{ NULL, "2026-11-23T23:06:48Z", false },
		{ NULL, NULL, false },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct cred_claims t = { .last_refresh = rows[i].there };
		struct cred_claims o = { .last_refresh = rows[i].ours };
		struct cred there, ours;

		cred_from_claims(&there, &t);
		cred_from_claims(&ours, &o);
		assert_int_equal(cred_newer(&there, &ours), rows[i].newer);
	}
}

static void
a_lease_would_lose_the_refresh_token(void **state)
{
	static const struct {
		struct cred there, ours;
		bool loses;
	} rows[] = {
		{ { .mode = CRED_CHATGPT, .refreshable = true },
		    { .mode = CRED_LEASE }, true },
		{ { .mode = CRED_CHATGPT, .refreshable = true },
		    { .mode = CRED_CHATGPT }, true },
		{ { .mode = CRED_CHATGPT, .refreshable = true },
		    { .mode = CRED_CHATGPT, .refreshable = true }, false },
		{ { .mode = CRED_LEASE }, { .mode = CRED_LEASE }, false },
		{ { .mode = CRED_LEASE },
		    { .mode = CRED_CHATGPT, .refreshable = true }, false },
		/* A key with tokens beside it is another kind of login. */
		{ { .mode = CRED_APIKEY, .refreshable = true },
		    { .mode = CRED_APIKEY }, false },
		{ { .mode = CRED_NONE }, { .mode = CRED_LEASE }, false },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		assert_int_equal(cred_loses_token(&rows[i].there,
		    &rows[i].ours), rows[i].loses);
}

static void
mode_names_are_the_contracts(void **state)
{
	(void)state;
	assert_string_equal(cred_mode_name(CRED_NONE), "none");
	assert_string_equal(cred_mode_name(CRED_CHATGPT), "chatgpt");
	assert_string_equal(cred_mode_name(CRED_LEASE), "lease");
	assert_string_equal(cred_mode_name(CRED_APIKEY), "apikey");
	assert_string_equal(cred_mode_name(CRED_PAT),
	    "personal_access_token");
	assert_string_equal(cred_mode_name(CRED_AGENT_IDENTITY),
	    "agent_identity");
	assert_string_equal(cred_mode_name(CRED_BEDROCK), "bedrock");
	assert_string_equal(cred_mode_name(CRED_MODES), "none");
}

static int
setup(void **state)
{
	(void)state;
	json_init();
	return sodium_init() == -1 ? -1 : 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(claims_are_read),
		cmocka_unit_test(id_tokens_are_judged_by_their_claims),
		cmocka_unit_test(an_id_token_is_a_jwt),
		cmocka_unit_test(expiry_is_a_whole_second_or_unknown),
		cmocka_unit_test(claims_from_afar_agree_with_the_file),
		cmocka_unit_test(modes_from_afar),
		cmocka_unit_test(hostile_claims_from_afar_stay_harmless),
		cmocka_unit_test(accounts_differ_by_what_is_known),
		cmocka_unit_test(newer_is_by_the_last_refresh),
		cmocka_unit_test(a_lease_would_lose_the_refresh_token),
		cmocka_unit_test(mode_names_are_the_contracts),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
