/* The URLs of real codexes are taken; what is one step away is refused. */
#include "store_fixture.h"

#include "err.h"
#include "farurl.h"

#define TAIL "&scope=openid+profile+email+offline_access+api.connectors.read" \
	     "&id_token_add_organizations=true&codex_cli_simplified_flow=true" \
	     "&originator=codex_cli_rs"
#define HEAD "https://auth.openai.com/oauth/authorize?response_type=code" \
	     "&client_id=app_EMoamEEZ73f0CkXaXp7hrann"
#define BACK "&redirect_uri=http%3A%2F%2F127.0.0.1%3A1455%2Fauth%2Fcallback"
#define PKCE "&code_challenge=8DvCR9brQsp7Ap4y982yxKxPZO0sTeNkH6ztEpN_Byo" \
	     "&code_challenge_method=S256"
#define STATE "&state=IOWJyyUqdU6_JDYDv9fkPveyvPBQI6kflshUzGzgL-k"

static const struct farurl_want want = { "https://auth.openai.com",
	"app_EMoamEEZ73f0CkXaXp7hrann" };

static void
taken(const char *line, int port)
{
	struct err e = ERR_INIT;
	struct farurl u;

	assert_true(farurl_is(line));
	if (farurl_parse(&u, line, &want, &e) != 0)
		fail_msg("%s: %s", line, e.text);
	assert_int_equal(port, u.port);
	assert_string_equal("/auth/callback", u.path);
	assert_int_equal(43, secret_len(u.state));
	assert_memory_equal("IOWJ", secret_expose(u.state, NULL), 4);
	assert_non_null(strstr(line, u.text));
	farurl_clear(&u);
}

static void
test_taken(void **state)
{
	(void)state;
	taken(HEAD BACK PKCE STATE TAIL, 1455);
	taken("  " HEAD BACK PKCE STATE TAIL " \r", 1455);
	taken(HEAD BACK PKCE STATE TAIL "&allowed_workspace_id=ID1%2CID2",
	    1455);
	/* 0.169 when 1455 is taken, 0.130 */
	taken(HEAD "&redirect_uri=http%3A%2F%2F127.0.0.1%3A1457%2Fauth%2F"
	    "callback" PKCE STATE TAIL, 1457);
	taken(HEAD "&redirect_uri=http%3A%2F%2Flocalhost%3A1455%2Fauth%2F"
	    "callback&scope=openid%20profile" PKCE STATE, 1455);
	assert_false(farurl_is("Starting local login server on "
	    "http://localhost:1455."));
	assert_false(farurl_is(""));
}

#define REDIRECT(uri) HEAD "&redirect_uri=" uri PKCE STATE TAIL

static void
test_refused(void **state)
{
	static const struct {
		const char *line, *why;
	} rows[] = {
		{ "https://auth.openai.com.evil.example/oauth/authorize?"
		  BACK PKCE STATE, "wants a login at" },
		{ "https://auth.openai.com@evil.example/oauth/authorize?"
		  BACK PKCE STATE, "wants a login at" },
		{ "http://auth.openai.com/oauth/authorize?" BACK PKCE STATE,
		  "wants a login at" },
		{ "https://auth.openai.com/other?" BACK PKCE STATE,
		  "wants a login at" },
		{ HEAD BACK PKCE, "without 'state'" },
		{ HEAD PKCE STATE, "without 'redirect_uri'" },
		{ HEAD BACK STATE, "without 'code_challenge'" },
		{ HEAD BACK PKCE STATE STATE, "twice" },
		{ HEAD BACK PKCE STATE "&%73tate=x", "encoded" },
		{ HEAD BACK PKCE STATE "#x", "characters" },
		{ HEAD BACK PKCE STATE " x", "characters" },
		{ HEAD BACK PKCE STATE "&a=\033[31m", "characters" },
		{ HEAD BACK PKCE STATE "&a=\"", "characters" },
		{ HEAD BACK PKCE "&state=short", "state" },
		{ HEAD BACK "&code_challenge=8DvCR9brQsp7Ap4y982yxKxPZO0sTeN"
		  "kH6ztEpN_Byo&code_challenge_method=plain" STATE, "S256" },
		{ "https://auth.openai.com/oauth/authorize?response_type=code"
		  "&client_id=app_other" BACK PKCE STATE, "client_id" },
		{ "https://auth.openai.com/oauth/authorize?response_type=token"
		  "&client_id=app_EMoamEEZ73f0CkXaXp7hrann" BACK PKCE STATE,
		  "response_type" },
		{ REDIRECT("http%3A%2F%2F127.0.0.1.evil%3A1455%2Fa"),
		  "this machine" },
		{ REDIRECT("https%3A%2F%2F127.0.0.1%3A1455%2Fa"),
		  "this machine" },
		{ REDIRECT("http%3A%2F%2Fevil.example%3A1455%2Fa"),
		  "this machine" },
		{ REDIRECT("http%3A%2F%2F127.0.0.1%3A8080%2Fa"), "1457" },
		{ REDIRECT("http%3A%2F%2F127.0.0.1%3A14550%2Fa"), "1457" },
		{ REDIRECT("http%3A%2F%2F127.0.0.1%3A1455%2Fcancel"), "path" },
		{ REDIRECT("http%3A%2F%2F127.0.0.1%3A1455%2F"), "path" },
		{ REDIRECT("http%3A%2F%2F127.0.0.1%3A1455%2Fa%3Fb"), "path" },
		{ REDIRECT("http%3A%2F%2F127.0.0.1%3A1455%2Fa%0d%0aX"),
		  "malformed" },
		{ REDIRECT("http%3A%2F%2F127.0.0.1%3A1455%2F%2"), "malformed" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct err e = ERR_INIT;
		struct farurl u;

		assert_int_equal(-1,
		    farurl_parse(&u, rows[i].line, &want, &e));
		if (e.code != ERR_PROTOCOL ||
		    strstr(e.text, rows[i].why) == NULL)
			fail_msg("%s: %s", rows[i].line, e.text);
		assert_null(u.text);
		assert_null(u.state);
	}
}

static void
test_device(void **state)
{
	static const char *const lines[] = { "",
		"Welcome to Codex [v\033[90m0.169.0\033[0m]",
		"1. Open this link in your browser and sign in to your account",
		"   \033[94mhttps://auth.openai.com/codex/device\033[0m", "",
		"2. Enter this one-time code \033[90m(expires)\033[0m",
		"CONTINUE",
		"   \033[94mABCD-12345\033[0m", "", "OTHER-999" };
	struct farcode c = { "", "" };
	struct err e = ERR_INIT;

	(void)state;
	for (size_t i = 0; i < ROWS(lines); i++)
		assert_int_equal(0, farcode_line(&c, lines[i], &want, &e));
	assert_string_equal("https://auth.openai.com/codex/device", c.url);
	assert_string_equal("ABCD-12345", c.code);
	assert_int_equal(-1, farcode_line(&c, "https://evil.example/codex/"
	    "device", &want, &e));
	assert_int_equal(0, farcode_line(&c, "\033]0;x\007AAAA-1", &want, &e));
	assert_string_equal("ABCD-12345", c.code);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_taken),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_device),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
