/*
 * What Codex reads and what it doesn't: the verdicts were compared with
 * codex-cli 0.169.0 row by row.
 */
#include "unit/store_credtext.h"

#include "json.h"

static const struct {
	const char	*text;
	enum cred_mode	 mode;
	bool		 refreshable;
	const char	*account;
} accepted[] = {
	/* 0.130: no auth_mode, no provenance; 0.160; 0.166 to 0.169 */
	{ "{\"OPENAI_API_KEY\":null," TOKENS "," LAST "}", CRED_CHATGPT,
	    true, "acct-claim" },
	{ CHATGPT(",\"account_id\":\"acct-1\""), CRED_CHATGPT, true,
	    "acct-1" },
	{ CHATGPT(",\"oauth_provenance\":" PROVENANCE ",\"login_owner_id\":"
	    "\"bG9naW4tb3duZXI\",\"account_id\":\"acct-1\""), CRED_CHATGPT,
	    true, "acct-1" },
	{ "{\"auth_mode\":\"chatgpt\",\"OPENAI_API_KEY\":\"sk-x\"," TOKENS
	    "}", CRED_CHATGPT, true, "acct-claim" },
	{ CHATGPT(",\"account_id\":null,\"oauth_provenance\":null,"
	    "\"login_owner_id\":null,\"new_in_0_200\":[{}]"), CRED_CHATGPT,
	    true, "acct-claim" },
	{ CHATGPT(",\"account_id\":\"\""), CRED_CHATGPT, true,
	    "acct-claim" },
	{ "{" TOKENS "}", CRED_CHATGPT, true, "acct-claim" },
	{ "{\"auth_mode\":null," TOKENS "}", CRED_CHATGPT, true,
	    "acct-claim" },
	{ " {\n  \"auth_mode\": \"chatgpt\",\r\n\t" TOKENS "\n}\n",
	    CRED_CHATGPT, true, "acct-claim" },
	{ "{\"\\u0061uth_mode\":\"apikey\",\"OPENAI_API_KEY\":\"sk-1\"}",
	    CRED_APIKEY, false, "" },
	/* no refresh token: chatgpt in name, and the lease */
	{ "{\"auth_mode\":\"chatgpt\",\"tokens\":{\"id_token\":\"$I\","
	    "\"access_token\":\"opaque\",\"refresh_token\":\"\"}}",
	    CRED_CHATGPT, false, "acct-claim" },
	{ "{\"auth_mode\":\"chatgptAuthTokens\",\"tokens\":{\"id_token\":"
	    "\"$I\",\"access_token\":\"$A\",\"refresh_token\":\"\"}," LAST
	    "}", CRED_LEASE, false, "acct-claim" },
	/* keys */
	{ "{\"auth_mode\":\"apikey\",\"OPENAI_API_KEY\":\"sk-proj-1_2\"}",
	    CRED_APIKEY, false, "" },
	{ "{\"OPENAI_API_KEY\":\"sk-1\"}", CRED_APIKEY, false, "" },
	{ "{\"OPENAI_API_KEY\":\"sk-1\"," TOKENS "}", CRED_APIKEY, true,
	    "" },
	{ KEY("\"tokens\":null,\"last_refresh\":null,\"x\":1e999"),
	    CRED_APIKEY, false, "" },
	{ KEY("\"n\":9007199254740993"), CRED_APIKEY, false, "" },
	/* personal access tokens have no auth_mode, and come first */
	{ "{\"OPENAI_API_KEY\":null,\"personal_access_token\":\"at-1\"}",
	    CRED_PAT, false, "" },
	{ "{\"auth_mode\":\"personalAccessToken\","
	    "\"personal_access_token\":\"at-1\"}", CRED_PAT, false, "" },
	{ "{\"OPENAI_API_KEY\":\"sk-1\",\"personal_access_token\":\"at-1\","
	    "\"bedrock_api_key\":" BEDROCK "}", CRED_PAT, false, "" },
	{ "{\"auth_mode\":\"chatgpt\",\"personal_access_token\":\"at-1\","
	    TOKENS "}", CRED_CHATGPT, true, "acct-claim" },
	/* the rest; Bedrock comes before the key */
	{ "{\"auth_mode\":\"agentIdentity\",\"agent_identity\":\"$I\"}",
	    CRED_AGENT_IDENTITY, false, "" },
	{ "{\"auth_mode\":\"agentIdentity\",\"agent_identity\":" AGENT "}",
	    CRED_AGENT_IDENTITY, false, "" },
	{ "{\"agent_identity\":" AGENT "," TOKENS "}", CRED_CHATGPT, true,
	    "acct-claim" },
	{ "{\"auth_mode\":\"bedrockApiKey\",\"bedrock_api_key\":" BEDROCK
	    "}", CRED_BEDROCK, false, "" },
	{ "{\"auth_mode\":\"bedrockAccessKeys\",\"bedrock_access_keys\":" AWS
	    "}", CRED_BEDROCK, false, "" },
	{ "{\"OPENAI_API_KEY\":\"sk-1\",\"bedrock_api_key\":" BEDROCK "}",
	    CRED_BEDROCK, false, "" },
	{ "{" TOKENS ",\"bedrock_access_keys\":" AWS "}", CRED_BEDROCK, true,
	    "" },
	/* last_refresh as RFC 3339 lets it be */
	{ REFRESHED("null"), CRED_CHATGPT, true, "acct-claim" },
	{ REFRESHED("\"2026-11-23T23:06:48Z\""), CRED_CHATGPT, true,
	    "acct-claim" },
	{ REFRESHED("\"2026-11-23t23:06:48.1+05:30\""), CRED_CHATGPT, true,
	    "acct-claim" },
	{ REFRESHED("\"2026-11-23T23:06:48.0000000000000000000000000000000000"
	    "00000000Z\""), CRED_CHATGPT, true, "acct-claim" },
};

static void
what_codex_reads_is_accepted(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(accepted); i++) {
		struct err e = ERR_INIT;
		struct cred c;

		(void)fixture_parse(&c, accepted[i].text, &e);
		assert_string_equal(e.text, "");
		assert_int_equal(c.mode, accepted[i].mode);
		assert_string_equal(c.account, accepted[i].account);
		assert_int_equal(c.refreshable, accepted[i].refreshable);
		assert_non_null(c.bytes);
		cred_clear(&c);
	}
}

static const struct {
	const char	*text, *why;
} refused[] = {
	/* where cJSON is laxer */
	{ "", "not JSON: empty at byte 0" },
	{ " \n", "not JSON: unexpected end at byte 2" },
	{ "{\"auth_mode\":\"chatgpt\",\"tok",
	    "not JSON: unfinished string at byte 27" },
	{ "{\"OPENAI_API_KEY\":\"sk-1\",\"OPENAI_API_KEY\":\"sk-2\"}",
	    "not JSON: duplicate name at byte 25" },
	{ KEY("\"\\u006fdd\":1,\"odd\":2"),
	    "not JSON: duplicate name at byte 59" },
	{ "{\"tokens\":{\"id_token\":\"$I\",\"access_token\":\"a\","
	    "\"Refresh_Token\":\"EVIL\"}}", "'refresh_token' is missing" },
	{ "{\"openai_api_key\":\"sk-1\"}",
	    "no usable token: 'tokens' is missing" },
	{ KEY("\"a\":1") " x", "not JSON: more after the end at byte 53" },
	{ "\xef\xbb\xbf" KEY("\"a\":1"),
	    "not JSON: byte order mark at byte 0" },
	{ KEY("\"a\":\"\\u0000\""), "not JSON: NUL in a string at byte 53" },
	{ KEY("\"a\":\"\xff\""), "not JSON: invalid UTF-8 at byte 51" },
	{ KEY("\"a\":\"\n\""),
	    "not JSON: control character in a string at byte 51" },
	{ KEY("\"a\":007"), "not JSON: number with a leading zero at byte 51" },
	{ KEY("\"a\":\"\\ud800\""),
	    "not JSON: lone surrogate in a string at byte 53" },
	{ KEY("\"a\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]"
	    "]]]]]]]]"), "not JSON: nested too deep at byte 81" },
	{ "{}", "no usable token: 'tokens' is missing" },
	{ "{\"OPENAI_API_KEY\":null}",
	    "no usable token: 'tokens' is missing" },
	{ "{\"auth_mode\":\"ApiKey\",\"OPENAI_API_KEY\":\"sk-1\"}",
	    "'auth_mode' is no mode that Codex knows" },
	{ "{\"auth_mode\":\"api_key\",\"OPENAI_API_KEY\":\"sk-1\"}",
	    "'auth_mode' is no mode that Codex knows" },
	{ "{\"auth_mode\":\"\"," TOKENS "}",
	    "'auth_mode' is no mode that Codex knows" },
	{ "{\"tokens\":{\"id_token\":\"$I\",\"refresh_token\":\"r\"}}",
	    "'access_token' is missing" },
	{ "{\"tokens\":{\"access_token\":\"a\",\"refresh_token\":\"r\"}}",
	    "'id_token' is missing" },
	/* not an object */
	{ "[]", "not a JSON object" },
	{ "null", "not a JSON object" },
	{ "\"sk-1\"", "not a JSON object" },
	{ "[\"apikey\",\"sk-1\",null,null,null,null]", "not a JSON object" },
	/* types, of every member that Codex knows, whatever the mode */
	{ "{\"auth_mode\":1,\"OPENAI_API_KEY\":\"sk-1\"}",
	    "'auth_mode' has the wrong type" },
	{ "{\"OPENAI_API_KEY\":5}", "'OPENAI_API_KEY' has the wrong type" },
	{ KEY("\"tokens\":[]"), "'tokens' has the wrong type" },
	{ KEY("\"tokens\":{}"), "'id_token' is missing" },
	{ KEY("\"last_refresh\":5"), "'last_refresh' has the wrong type" },
	{ KEY("\"personal_access_token\":{}"),
	    "'personal_access_token' has the wrong type" },
	{ KEY("\"agent_identity\":5"),
	    "'agent_identity' has the wrong type" },
	{ KEY("\"agent_identity\":{}"), "'agent_runtime_id' is missing" },
	{ KEY("\"bedrock_api_key\":\"x\""),
	    "'bedrock_api_key' has the wrong type" },
	{ KEY("\"bedrock_api_key\":{\"api_key\":\"x\"}"),
	    "'region' is missing" },
	{ KEY("\"bedrock_access_keys\":{\"access_key_id\":\"x\"}"),
	    "'secret_access_key' is missing" },
	{ "{\"tokens\":{\"id_token\":\"$I\",\"access_token\":null,"
	    "\"refresh_token\":\"r\"}}", "'access_token' is missing" },
	{ "{\"tokens\":{\"id_token\":\"$I\",\"access_token\":\"a\","
	    "\"refresh_token\":1}}", "'refresh_token' has the wrong type" },
	{ CHATGPT(",\"account_id\":5"), "'account_id' has the wrong type" },
	{ CHATGPT(",\"login_owner_id\":5"),
	    "'login_owner_id' has the wrong type" },
	{ CHATGPT(",\"oauth_provenance\":\"x\""),
	    "'oauth_provenance' has the wrong type" },
	{ CHATGPT(",\"oauth_provenance\":{\"issuer\":\"x\"}"),
	    "'client_id' is missing" },
	/* no token in it */
	{ "{\"auth_mode\":\"chatgpt\"}",
	    "no usable token: 'tokens' is missing" },
	{ "{\"auth_mode\":\"chatgpt\",\"tokens\":null}",
	    "no usable token: 'tokens' is missing" },
	{ "{\"auth_mode\":\"chatgpt\",\"OPENAI_API_KEY\":\"sk-1\"}",
	    "no usable token: 'tokens' is missing" },
	{ "{\"tokens\":{\"id_token\":\"$I\",\"access_token\":\"\","
	    "\"refresh_token\":\"r\"}}",
	    "no usable token: 'access_token' is empty" },
	{ "{\"auth_mode\":\"chatgptAuthTokens\",\"tokens\":{\"id_token\":"
	    "\"$I\",\"access_token\":\"\",\"refresh_token\":\"\"}}",
	    "no usable token: 'access_token' is empty" },
	{ "{\"auth_mode\":\"chatgptAuthTokens\"}",
	    "no usable token: 'tokens' is missing" },
	{ "{\"auth_mode\":\"apikey\",\"OPENAI_API_KEY\":null}",
	    "no usable token: 'OPENAI_API_KEY' is missing" },
	{ "{\"auth_mode\":\"apikey\"," TOKENS "}",
	    "no usable token: 'OPENAI_API_KEY' is missing" },
	{ "{\"OPENAI_API_KEY\":\"\"}",
	    "no usable token: 'OPENAI_API_KEY' is empty" },
	{ "{\"OPENAI_API_KEY\":\" \\t\\r\\n\"}",
	    "no usable token: 'OPENAI_API_KEY' is empty" },
	{ "{\"OPENAI_API_KEY\":\"\"," TOKENS "}",
	    "no usable token: 'OPENAI_API_KEY' is empty" },
	{ "{\"personal_access_token\":\"\"}",
	    "no usable token: 'personal_access_token' is empty" },
	{ "{\"auth_mode\":\"personalAccessToken\"," TOKENS "}",
	    "no usable token: 'personal_access_token' is missing" },
	{ "{\"auth_mode\":\"agentIdentity\"}",
	    "no usable token: 'agent_identity' is missing" },
	{ "{\"auth_mode\":\"agentIdentity\",\"agent_identity\":\" \"}",
	    "no usable token: 'agent_identity' is empty" },
	{ "{\"auth_mode\":\"agentIdentity\",\"agent_identity\":\"x\"}",
	    "'agent_identity' is not a JWT" },
	{ "{\"agent_identity\":" AGENT "}",
	    "no usable token: 'tokens' is missing" },
	{ "{\"auth_mode\":\"bedrockApiKey\",\"bedrock_access_keys\":" AWS
	    "}", "no usable token: 'bedrock_api_key' is missing" },
	{ "{\"bedrock_api_key\":{\"api_key\":\"\",\"region\":\"r\"}}",
	    "no usable token: 'api_key' is empty" },
	/* characters that no token has */
	{ "{\"OPENAI_API_KEY\":\"sk-1\\n\"}",
	    "'OPENAI_API_KEY' holds characters no token has" },
	{ "{\"OPENAI_API_KEY\":\"sk-\\\"1\"}",
	    "'OPENAI_API_KEY' holds characters no token has" },
	{ "{\"OPENAI_API_KEY\":\"sk-'1\"}",
	    "'OPENAI_API_KEY' holds characters no token has" },
	{ "{\"OPENAI_API_KEY\":\"sk 1\"}",
	    "'OPENAI_API_KEY' holds characters no token has" },
	{ "{\"OPENAI_API_KEY\":\"sk-\u00e4\"}",
	    "'OPENAI_API_KEY' holds characters no token has" },
	{ "{\"personal_access_token\":\"at-\\r1\"}",
	    "'personal_access_token' holds characters no token has" },
	{ "{\"tokens\":{\"id_token\":\"$I\",\"access_token\":\"a\\u007f\","
	    "\"refresh_token\":\"r\"}}",
	    "'access_token' holds characters no token has" },
	{ "{\"tokens\":{\"id_token\":\"$I\",\"access_token\":\"a\","
	    "\"refresh_token\":\"r\\u001b\"}}",
	    "'refresh_token' holds characters no token has" },
	{ KEY("\"tokens\":{\"id_token\":\"$I\",\"access_token\":\"a\","
	    "\"refresh_token\":\"\\\\\"}"),
	    "'refresh_token' holds characters no token has" },
	/* last_refresh is read in every mode */
	{ REFRESHED("\"\""), "'last_refresh' is no RFC 3339 time" },
	{ REFRESHED("\"yesterday\""), "'last_refresh' is no RFC 3339 time" },
	{ REFRESHED("\"2026-02-30T00:00:00Z\""),
	    "'last_refresh' is no RFC 3339 time" },
	{ KEY("\"last_refresh\":\"2026-11-23T23:06:48\""),
	    "'last_refresh' is no RFC 3339 time" },
	{ REFRESHED("\"2026-11-23T23:06:48.0000000000000000000000000000000000"
	    "000000000Z\""), "'last_refresh' is no RFC 3339 time" },
};

static void
what_codex_cannot_use_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(refused); i++) {
		struct err e = ERR_INIT;
		struct cred c = { .mode = CRED_PAT, .account = "left" };

		(void)fixture_parse(&c, refused[i].text, &e);
		assert_string_equal(e.text, refused[i].why);
		assert_int_equal(e.code, ERR_BAD_CREDENTIAL);
		assert_true(sodium_is_zero((unsigned char *)&c, sizeof(c)));
	}
}

static void
no_error_holds_a_byte_of_the_input(void **state)
{
	static const char text[] = "{\"auth_mode\":\"" CANARY "\",\"" CANARY
	    "\":1,\"OPENAI_API_KEY\":\"" CANARY " " CANARY "\"}";

	(void)state;
	/* Cut everywhere, so that every complaint has its turn. */
	for (size_t n = 0; n < sizeof(text); n++) {
		struct err e = ERR_INIT;
		struct cred c;

		assert_int_equal(cred_parse(&c, fixture_secret(text, n), &e),
		    -1);
		assert_null(strstr(e.text, "cAn"));
		assert_string_equal(e.hint, "");
	}
}

static void
the_size_has_a_limit(void **state)
{
	static const char head[] = "{\"OPENAI_API_KEY\":\"sk-1\",\"x\":\"";
	char *big = malloc(CRED_SIZE_MAX + 1);
	struct err e = ERR_INIT;
	struct cred c;

	(void)state;
	assert_non_null(big);
	memset(big, 'x', CRED_SIZE_MAX + 1);
	memcpy(big, head, sizeof(head) - 1);
	memcpy(big + CRED_SIZE_MAX - 2, "\"} ", 3);
	assert_int_equal(cred_parse(&c,
	    fixture_secret(big, CRED_SIZE_MAX), &e), 0);
	cred_clear(&c);
	assert_int_equal(cred_parse(&c,
	    fixture_secret(big, CRED_SIZE_MAX + 1), &e), -1);
	assert_string_equal(e.text, "larger than 65536 bytes");
	free(big);
}

static void
the_bytes_are_kept_and_hashed(void **state)
{
	static const char text[] = "{ \"x\":1.10,\"OPENAI_API_KEY\" :"
	    "\"sk-1\"}\n\n";
	unsigned char want[CRED_DIGEST_LEN];
	struct err e = ERR_INIT;
	struct cred c;
	size_t len;

	(void)state;
	crypto_hash_sha256(want, (const unsigned char *)text,
	    sizeof(text) - 1);
	assert_int_equal(cred_parse(&c,
	    fixture_secret(text, sizeof(text) - 1), &e), 0);
	assert_memory_equal(c.digest, want, sizeof(want));
	assert_memory_equal(secret_expose(c.bytes, &len), text,
	    sizeof(text) - 1);
	assert_int_equal(len, sizeof(text) - 1);
	cred_clear(&c);
	assert_true(sodium_is_zero((unsigned char *)&c, sizeof(c)));
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
		cmocka_unit_test(what_codex_reads_is_accepted),
		cmocka_unit_test(what_codex_cannot_use_is_refused),
		cmocka_unit_test(no_error_holds_a_byte_of_the_input),
		cmocka_unit_test(the_size_has_a_limit),
		cmocka_unit_test(the_bytes_are_kept_and_hashed),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
