/* What a login in use has learnt gets to its own entry, and to no other. */
#include "unit/store_vaultfixture.h"

#include "vaultlogin.h"

/* A ChatGPT login; "" leaves a member out. */
struct say {
	const char *account, *user, *login, *refreshed, *token;
	bool	 lease;
};

static struct cred
chatgpt(struct say s)
{
	char payload[512], text[4096];
	struct err e = ERR_INIT;
	struct cred c;
	char *jwt;

	snprintf(payload, sizeof(payload),
	    "{\"https://api.openai.com/auth\":{\"chatgpt_account_id\":\"%s\","
	    "\"chatgpt_user_id\":\"%s\"}}", s.account, s.user);
	jwt = fixture_jwt(payload);
	snprintf(text, sizeof(text), "{\"auth_mode\":\"%s\",\"tokens\":"
	    "{\"id_token\":\"%s\",\"access_token\":\"%s\","
	    "\"refresh_token\":\"%s\",\"login_owner_id\":\"%s\"}%s%s%s}",
	    s.lease ? "chatgptAuthTokens" : "chatgpt", jwt, jwt,
	    s.lease ? "" : s.token, s.login, s.refreshed[0] != '\0' ?
	    ",\"last_refresh\":\"" : "", s.refreshed,
	    s.refreshed[0] != '\0' ? "\"" : "");
	free(jwt);
	assert_int_equal(cred_parse(&c, fixture_secret(text, strlen(text)),
	    &e), 0);
	return c;
}

static int
setup(void **state)
{
	static struct vaultimage v;
	struct err e = ERR_INIT;

	*state = &v;
	json_init();
	return vaultimage_init(&v, &fixture_kdf,
	    fixture_key(&fixture_kdf, "p"), &e);
}

static int
teardown(void **state)
{
	vaultimage_clear(*state);
	return 0;
}

static void
add(struct vaultimage *v, const char *name, struct say s)
{
	struct cred c = chatgpt(s);
	struct err e = ERR_INIT;

	assert_int_equal(vaultimage_put(v, name, &c, 1, &e), 0);
	cred_clear(&c);
}

static void
learn(struct vaultimage *v, struct say s, enum vaultlogin what,
    const char *name)
{
	struct cred c = chatgpt(s);
	struct vaultlearnt learnt;
	struct err e = ERR_INIT;

	assert_int_equal(vaultlogin_learn(v, &c, 9, &learnt, &e), 0);
	assert_int_equal(learnt.what, what);
	assert_string_equal(learnt.name, name);
	cred_clear(&c);
}

static void
holds(const struct vaultimage *v, const char *name, const char *token)
{
	const struct vault_entry *en = vaultimage_find(v, name);
	struct err e = ERR_INIT;
	struct cred c;

	assert_non_null(en);
	assert_int_equal(vaultimage_get(v, en, &c, &e), 0);
	assert_non_null(strstr((char *)secret_expose(c.bytes, NULL), token));
	cred_clear(&c);
}

#define T1 "2026-01-01T00:00:00Z"
#define T2 "2026-02-01T00:00:00Z"
#define T3 "2026-03-01T00:00:00Z"

static void
test_a_refresh_gets_into_its_entry(void **state)
{
	struct vaultimage *v = *state;

	add(v, "other", (struct say){ "A", "U", "L2", T1, "rt-o", false });
	add(v, "work", (struct say){ "A", "U", "L1", T1, "rt-1", false });
	learn(v, (struct say){ "A", "U", "L1", T2, "rt-2", false },
	    VAULTLOGIN_LEARNT, "work");
	holds(v, "work", "rt-2");
	holds(v, "other", "rt-o");
	assert_int_equal(vaultimage_find(v, "work")->changed, 9);
	/* and once more there is nothing to learn */
	learn(v, (struct say){ "A", "U", "L1", T2, "rt-2", false },
	    VAULTLOGIN_KEPT, "work");
}

static void
test_an_older_one_does_not(void **state)
{
	struct vaultimage *v = *state;

	add(v, "work", (struct say){ "A", "U", "L1", T2, "rt-2", false });
	learn(v, (struct say){ "A", "U", "L1", T1, "rt-1", false },
	    VAULTLOGIN_KEPT, "work");
	holds(v, "work", "rt-2");
}

/* Codex wrote no id before 0.166; where only one entry fits it is that. */
static void
test_without_an_id_the_account_tells(void **state)
{
	struct vaultimage *v = *state;

	add(v, "home", (struct say){ "B", "U", "", T1, "rt-b", false });
	add(v, "work", (struct say){ "A", "U", "", T1, "rt-1", false });
	learn(v, (struct say){ "A", "U", "", T2, "rt-2", false },
	    VAULTLOGIN_LEARNT, "work");
	learn(v, (struct say){ "A", "U", "L", T3, "rt-3", false },
	    VAULTLOGIN_LEARNT, "work");
	holds(v, "work", "rt-3");
	holds(v, "home", "rt-b");
}

static void
test_two_that_may_be_it_are_left_alone(void **state)
{
	struct vaultimage *v = *state;

	add(v, "a", (struct say){ "A", "U", "", T1, "rt-a", false });
	add(v, "b", (struct say){ "A", "U", "", T1, "rt-b", false });
	learn(v, (struct say){ "A", "U", "", T2, "rt-c", false },
	    VAULTLOGIN_UNSURE, "");
	holds(v, "a", "rt-a");
	holds(v, "b", "rt-b");
	/* unless one is it for sure */
	learn(v, (struct say){ "A", "U", "", T1, "rt-b", false },
	    VAULTLOGIN_KEPT, "b");
}

static void
test_strangers(void **state)
{
	struct vaultimage *v = *state;
	static const struct say strangers[] = {
		{ "B", "U", "", T2, "x", false },
		{ "A", "V", "", T2, "x", false },
		{ "A", "U", "L9", T2, "x", false },
		{ "", "", "", T2, "x", false },
	};
	struct vaultlearnt learnt;
	struct err e = ERR_INIT;
	struct cred key;

	add(v, "a", (struct say){ "A", "U", "L1", T1, "rt-a", false });
	for (size_t i = 0; i < ROWS(strangers); i++)
		learn(v, strangers[i], VAULTLOGIN_UNKNOWN, "");
	assert_int_equal(cred_parse(&key, fixture_secret(
	    "{\"OPENAI_API_KEY\":\"k\"}", 22), &e), 0);
	assert_int_equal(vaultlogin_learn(v, &key, 9, &learnt, &e), 0);
	assert_int_equal(learnt.what, VAULTLOGIN_UNKNOWN);
	assert_int_equal(vaultimage_put(v, "k", &key, 9, &e), 0);
	assert_int_equal(vaultlogin_learn(v, &key, 9, &learnt, &e), 0);
	assert_int_equal(learnt.what, VAULTLOGIN_KEPT);
	assert_string_equal(learnt.name, "k");
	cred_clear(&key);
	holds(v, "a", "rt-a");
}

/* Two names for one login: a refresh makes the tokens of both useless. */
static void
test_all_copies_of_a_login_learn(void **state)
{
	struct vaultimage *v = *state;

	add(v, "a", (struct say){ "A", "U", "L1", T1, "rt-1", false });
	add(v, "b", (struct say){ "A", "U", "L1", T3, "rt-3", false });
	add(v, "c", (struct say){ "A", "U", "L1", T1, "rt-1", false });
	learn(v, (struct say){ "A", "U", "L1", T2, "rt-2", false },
	    VAULTLOGIN_LEARNT, "c");
	holds(v, "a", "rt-2");
	holds(v, "b", "rt-3");
	holds(v, "c", "rt-2");
}

static void
test_a_lease_takes_no_refresh_token_away(void **state)
{
	struct vaultimage *v = *state;

	add(v, "a", (struct say){ "A", "U", "L1", T1, "rt-1", false });
	learn(v, (struct say){ "A", "U", "L1", T2, "", true },
	    VAULTLOGIN_KEPT, "a");
	holds(v, "a", "rt-1");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_refresh_gets_into_its_entry),
		TEST(test_an_older_one_does_not),
		TEST(test_without_an_id_the_account_tells),
		TEST(test_two_that_may_be_it_are_left_alone),
		TEST(test_strangers),
		TEST(test_all_copies_of_a_login_learn),
		TEST(test_a_lease_takes_no_refresh_token_away),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
