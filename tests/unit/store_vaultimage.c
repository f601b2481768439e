/* Entries come, change and go; what fails leaves all as it was. */
#include "unit/store_vaultfixture.h"

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
good(struct vaultimage *v, const char *name, const char *key, int64_t now)
{
	char text[256];

	snprintf(text, sizeof(text), "{\"OPENAI_API_KEY\":\"%s\"}", key);
	fixture_put(v, name, text, now);
}

static void
holds(const struct vaultimage *v, const char *name, const char *key)
{
	const struct vault_entry *en = vaultimage_find(v, name);
	struct err e = ERR_INIT;
	struct cred c;

	assert_non_null(en);
	assert_int_equal(vaultimage_get(v, en, &c, &e), 0);
	assert_non_null(strstr((char *)secret_expose(c.bytes, NULL), key));
	cred_clear(&c);
}

static void
test_names_are_in_order(void **state)
{
	static const char *const names[] = { "m", "a", "z", "B", "aa", "0" };
	static const char *const sorted[] = { "0", "B", "a", "aa", "m", "z" };
	struct vaultimage *v = *state;

	for (size_t i = 0; i < ROWS(names); i++)
		good(v, names[i], names[i], (int64_t)i);
	assert_int_equal(v->n, ROWS(names));
	for (size_t i = 0; i < ROWS(sorted); i++) {
		assert_string_equal(v->entries[i].name, sorted[i]);
		holds(v, sorted[i], sorted[i]);
	}
}

static void
test_replacing_keeps_its_place(void **state)
{
	struct vaultimage *v = *state;
	const struct vault_entry *en;

	good(v, "a", "one", 5);
	good(v, "b", "two", 6);
	good(v, "a", "three", 7);
	en = vaultimage_find(v, "a");
	assert_int_equal(v->n, 2);
	assert_int_equal(en->serial, 0);
	assert_int_equal(en->added, 5);
	assert_int_equal(en->changed, 7);
	holds(v, "a", "three");
	holds(v, "b", "two");
}

/* A serial belongs to one entry, also after it has gone. */
static void
test_a_serial_is_used_once(void **state)
{
	struct vaultimage *v = *state;
	struct err e;

	good(v, "a", "one", 1);
	assert_int_equal(vaultimage_remove(v, "a", &e), 0);
	assert_int_equal(v->n, 0);
	good(v, "a", "one", 2);
	assert_int_equal(v->entries[0].serial, 1);
	assert_int_equal(vaultimage_remove(v, "b", &e), -1);
	assert_int_equal(e.code, ERR_NO_CREDENTIAL);
	assert_string_equal(e.text, "no 'b' in the store");
}

static void
test_renaming(void **state)
{
	struct vaultimage *v = *state;
	struct err e;

	good(v, "a", "one", 1);
	good(v, "b", "two", 2);
	assert_int_equal(vaultimage_rename(v, "a", "b", 3, &e), -1);
	assert_int_equal(e.code, ERR_USAGE);
	assert_int_equal(vaultimage_rename(v, "a", "a", 3, &e), -1);
	assert_int_equal(vaultimage_rename(v, "x", "c", 3, &e), -1);
	assert_int_equal(e.code, ERR_NO_CREDENTIAL);
	assert_int_equal(vaultimage_rename(v, "a", "a b", 3, &e), -1);
	assert_int_equal(e.code, ERR_USAGE);
	holds(v, "a", "one");
	assert_int_equal(vaultimage_rename(v, "a", "longer", 3, &e), 0);
	assert_null(vaultimage_find(v, "a"));
	holds(v, "longer", "one");
	holds(v, "b", "two");
	assert_int_equal(vaultimage_find(v, "longer")->changed, 3);
	assert_int_equal(vaultimage_find(v, "longer")->serial, 0);
}

static void
test_names(void **state)
{
	static const char *const bad[] = { "", "-a", "a b", "a/b", "a:b",
		"\xc3\xa4", "a\n", "a'b", "$a",
		"12345678901234567890123456789012345678901234567890123456789"
		"012345" };
	struct vaultimage *v = *state;
	struct cred c = { .mode = CRED_APIKEY };
	struct err e;

	c.bytes = fixture_secret("k", 1);
	for (size_t i = 0; i < ROWS(bad); i++) {
		assert_int_equal(vaultimage_put(v, bad[i], &c, 1, &e), -1);
		assert_int_equal(e.code, ERR_USAGE);
	}
	cred_clear(&c);
	assert_int_equal(v->n, 0);
	assert_int_equal(v->next_serial, 0);
	good(v, "kim@work_2.old+x-", "k", 1);
	good(v, bad[ROWS(bad) - 1] + 1, "k", 1);	/* 64 bytes */
}

static void
test_a_new_passphrase(void **state)
{
	static const struct vault_kdf other = { 2, 16384, "another of them" };
	struct vaultimage *v = *state;
	unsigned char id[VAULT_ID_LEN];
	struct err e;

	good(v, "a", "one", 1);
	good(v, "b", "two", 2);
	memcpy(id, v->id, sizeof(id));
	assert_int_equal(vaultimage_rekey(v, &other,
	    fixture_key(&other, "q"), &e), 0);
	assert_int_equal(v->kdf.passes, 2);
	assert_memory_equal(v->id, id, sizeof(id));
	holds(v, "a", "one");
	holds(v, "b", "two");

	/* What can't be opened stops it, and nothing is lost. */
	v->entries[1].box[0] ^= 1;
	assert_int_equal(vaultimage_rekey(v, &fixture_kdf,
	    fixture_key(&fixture_kdf, "p"), &e), -1);
	assert_int_equal(e.code, ERR_BAD_CREDENTIAL);
	assert_int_equal(v->kdf.passes, 2);
	v->entries[1].box[0] ^= 1;
	holds(v, "a", "one");
	holds(v, "b", "two");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_names_are_in_order),
		TEST(test_replacing_keeps_its_place),
		TEST(test_a_serial_is_used_once),
		TEST(test_renaming),
		TEST(test_names),
		TEST(test_a_new_passphrase),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
