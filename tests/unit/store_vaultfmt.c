/* The format: what is written opens again, and nothing else does. */
#include <endian.h>

#include "unit/store_vaultfixture.h"

#include "vaultfmt.h"

#define WORK "{\"OPENAI_API_KEY\":\"sk-known-answer\"}"
#define HOME "{\"personal_access_token\":\"at-known-answer\"}"

/* Where the entries of two() end; what follows is fill, tried less often. */
#define CONTENT 2700
#define STEP	61

static void
start(struct vaultimage *v, const struct vault_kdf *kdf, const char *pass)
{
	struct err e = ERR_INIT;

	assert_int_equal(vaultimage_init(v, kdf, fixture_key(kdf, pass), &e), 0);
}

static unsigned char *
seal(const struct vaultimage *v, size_t *len)
{
	struct err e = ERR_INIT;
	unsigned char *file = vaultfmt_seal(v, len, &e);

	assert_non_null(file);
	return file;
}

/* A store of two, and its file. */
static unsigned char *
two(const char *pass, size_t *len)
{
	struct vaultimage v;
	unsigned char *file;

	start(&v, &fixture_kdf, pass);
	fixture_put(&v, "work", WORK, 1700000000);
	fixture_put(&v, "home@x", HOME, 1700000001);
	file = seal(&v, len);
	vaultimage_clear(&v);
	return file;
}

static void
holds(const struct vaultimage *v, const char *name, const char *text)
{
	const struct vault_entry *en = vaultimage_find(v, name);
	struct err e = ERR_INIT;
	struct cred c;

	assert_non_null(en);
	assert_int_equal(vaultimage_get(v, en, &c, &e), 0);
	assert_int_equal(secret_len(c.bytes), strlen(text));
	assert_memory_equal(secret_expose(c.bytes, NULL), text, strlen(text));
	assert_memory_equal(c.digest, en->says.digest, sizeof(c.digest));
	assert_int_equal(c.mode, en->says.mode);
	cred_clear(&c);
}

static int
open_key(struct vaultimage *v, const unsigned char *file, size_t len,
    struct secret *key_take, struct err *e)
{
	struct vaultfmt f;

	*v = (struct vaultimage){ 0 };
	if (vaultfmt_check(&f, file, len, e) == 0)
		return vaultfmt_open(v, &f, key_take, e);
	secret_free(key_take);
	return -1;
}

static int
open_with(struct vaultimage *v, const unsigned char *file, size_t len,
    const char *pass, struct err *e)
{
	*e = (struct err)ERR_INIT;
	return open_key(v, file, len, fixture_key(&fixture_kdf, pass), e);
}

static void
refused(const unsigned char *file, size_t len, const char *pass,
    enum err_code code, const char *text)
{
	struct vaultimage v;
	struct err e;

	assert_int_equal(open_with(&v, file, len, pass, &e), -1);
	assert_string_equal(e.text, text);
	assert_int_equal(e.code, code);
	assert_null(v.key);
	assert_null(v.entries);
}

static void
test_comes_back(void **state)
{
	struct vaultimage v;
	struct err e;
	size_t len;
	unsigned char *file = two("pass", &len);

	(void)state;
	assert_int_equal(open_with(&v, file, len, "pass", &e), 0);
	assert_int_equal(v.n, 2);
	assert_string_equal(v.entries[0].name, "home@x");
	assert_int_equal(v.entries[0].serial, 1);
	assert_int_equal(v.entries[0].changed, 1700000001);
	assert_int_equal(v.next_serial, 2);
	holds(&v, "work", WORK);
	holds(&v, "home@x", HOME);
	assert_null(vaultimage_find(&v, "nobody"));
	vaultimage_clear(&v);
	free(file);
}

static void
test_an_empty_store(void **state)
{
	struct vaultimage v;
	struct err e;
	unsigned char *file;
	size_t len;

	(void)state;
	start(&v, &fixture_kdf, "");
	file = seal(&v, &len);
	vaultimage_clear(&v);
	assert_int_equal(open_with(&v, file, len, "", &e), 0);
	assert_int_equal(v.n, 0);
	vaultimage_clear(&v);
	free(file);
}

/* Everything that is said of a login comes back as it was. */
static void
test_claims_come_back(void **state)
{
	char *jwt = fixture_jwt("{\"email\":\"a@x\",\"exp\":4102444800,"
	    "\"https://api.openai.com/auth\":{\"chatgpt_account_id\":\"A\","
	    "\"chatgpt_user_id\":\"U\",\"chatgpt_plan_type\":\"pro\"}}");
	char text[2048];
	struct vaultimage v;
	const struct cred *c;
	unsigned char *file;
	struct err e;
	size_t len;

	(void)state;
	snprintf(text, sizeof(text), "{\"tokens\":{\"id_token\":\"%s\","
	    "\"access_token\":\"%s\",\"refresh_token\":\"r\","
	    "\"login_owner_id\":\"L\"},"
	    "\"last_refresh\":\"2026-01-02T03:04:05.678Z\"}", jwt, jwt);
	free(jwt);
	start(&v, &fixture_kdf, "p");
	fixture_put(&v, "n", text, 1);
	file = seal(&v, &len);
	vaultimage_clear(&v);
	assert_int_equal(open_with(&v, file, len, "p", &e), 0);
	c = &v.entries[0].says;
	assert_int_equal(c->mode, CRED_CHATGPT);
	assert_string_equal(c->account, "A");
	assert_string_equal(c->workspace, "A");
	assert_string_equal(c->user, "U");
	assert_string_equal(c->login, "L");
	assert_string_equal(c->email, "a@x");
	assert_string_equal(c->plan, "pro");
	assert_int_equal(c->expires, 4102444800);
	assert_true(c->refreshable && c->has_refreshed);
	assert_string_equal(c->last_refresh, "2026-01-02T03:04:05.678Z");
	assert_int_equal(c->refreshed.tv_nsec, 678000000);
	assert_null(c->bytes);
	vaultimage_clear(&v);
	free(file);
}

/* Random bytes that a second implementation can make too (vault.py kat). */
static unsigned draws;

static const char *
draw_name(void)
{
	return "counting";
}

static uint32_t
draw_word(void)
{
	return 4;
}

static void
draw(void *p, size_t len)
{
	unsigned char *at = p;

	for (size_t i = 0; i < len; i++)
		at[i] = (unsigned char)(31 * draws + 7 * i + 1);
	draws++;
}

static void
test_known_answer(void **state)
{
	static const char want[] = "98ec28aa5aff0f0aca033b057e4af518"
	    "2d96d49823d21b46c8e511d36265e315";
	struct randombytes_implementation counting = {
		.implementation_name = draw_name,
		.random = draw_word,
		.buf = draw,
	};
	struct vault_kdf kdf = { .passes = 2, .memory = 65536 };
	unsigned char hash[32], *file;
	char hex[65];
	struct vaultimage v;
	size_t len;

	(void)state;
	for (unsigned char i = 0; i < VAULT_SALT_LEN; i++)
		kdf.salt[i] = i;
	randombytes_set_implementation(&counting);
	start(&v, &kdf, "correct horse");
	fixture_put(&v, "work", WORK, 1700000000);
	fixture_put(&v, "home@x", HOME, 1700000001);
	v.generation = 7;
	file = seal(&v, &len);
	randombytes_set_implementation(&randombytes_sysrandom_implementation);
	crypto_generichash(hash, sizeof(hash), file, len, NULL, 0);
	assert_string_equal(sodium_bin2hex(hex, sizeof(hex), hash,
	    sizeof(hash)), want);
	vaultimage_clear(&v);
	free(file);
}

static void
test_parameters_are_moderate(void **state)
{
	struct vault_kdf a, b;

	(void)state;
	vaultfmt_kdf_new(&a);
	vaultfmt_kdf_new(&b);
	assert_int_equal(a.passes, 3);
	assert_int_equal(a.memory, 256 << 20);
	assert_memory_not_equal(a.salt, b.salt, sizeof(a.salt));
}

static void
test_parameters_do_not_fall(void **state)
{
	struct vault_kdf low = { 16, 8192, "fifteen letters" };
	struct vault_kdf high = { 4, 1 << 30, "fifteen letters" }, next;

	(void)state;
	vaultfmt_kdf_next(&next, &low);
	assert_int_equal(next.passes, 3);
	assert_int_equal(next.memory, 256 << 20);
	vaultfmt_kdf_next(&next, &high);
	assert_int_equal(next.passes, 4);
	assert_int_equal(next.memory, 1 << 30);
	assert_memory_not_equal(next.salt, high.salt, sizeof(next.salt));
}

static void
test_wrong_passphrase(void **state)
{
	size_t len;
	unsigned char *file = two("pass", &len);

	(void)state;
	refused(file, len, "pas", ERR_BAD_PASSPHRASE, "wrong passphrase");
	refused(file, len, "", ERR_BAD_PASSPHRASE, "wrong passphrase");
	free(file);
}

/* The checksum as anybody can make it, who changes the file on purpose. */
static void
sum(unsigned char *file, size_t len)
{
	unsigned char body[32], front[192];

	crypto_generichash(body, 32, file + 192, len - 192, NULL, 0);
	memcpy(front, file, 160);
	memcpy(front + 160, body, 32);
	crypto_generichash(file + 160, 32, front, 192, NULL, 0);
}

/* With the right key, whichever bit it is. */
static void
flipped(unsigned char *file, size_t len, size_t bit, const struct secret *key,
    bool summed)
{
	struct vaultimage v;
	struct err e;

	file[bit / 8] ^= (unsigned char)(1 << bit % 8);
	if (summed)
		sum(file, len);
	assert_int_equal(open_key(&v, file, len,
	    fixture_secret(secret_expose(key, NULL), 32), &e), -1);
	assert_true(e.code == ERR_BAD_CREDENTIAL ||
	    (summed && e.code == ERR_BAD_PASSPHRASE));
	file[bit / 8] ^= (unsigned char)(1 << bit % 8);
}

static void
test_every_flipped_bit_is_noticed(void **state)
{
	SECRET_AUTO *key = fixture_key(&fixture_kdf, "pass");
	size_t len;
	unsigned char *file = two("pass", &len);

	(void)state;
	for (size_t bit = 0; bit < len * 8;
	    bit += bit < CONTENT * 8 ? 1 : STEP * 8 + 1)
		flipped(file, len, bit, key, false);
	for (size_t bit = 0; bit < len * 8;
	    bit += bit < 160 * 8 ? 1 : STEP * 8 + 1) {
		if (bit / 8 < 160 || bit / 8 >= VAULT_FRONT_LEN)
			flipped(file, len, bit, key, true);
	}
	free(file);
}

static void
test_every_length_is_noticed(void **state)
{
	size_t len;
	unsigned char *file = two("pass", &len), *cut, more[1] = { 0 };
	struct vaultimage v;
	struct vaultfmt f;
	struct err e;

	(void)state;
	for (size_t n = 0; n < len;
	    n += n < CONTENT || n > len - STEP ? 1 : STEP) {
		/* its own memory: one byte too far is found */
		cut = malloc(n + 1);
		assert_non_null(cut);
		memcpy(cut, file, n);
		assert_int_equal(vaultfmt_check(&f, cut, n, &e), -1);
		assert_int_equal(e.code, ERR_BAD_CREDENTIAL);
		free(cut);
	}
	cut = malloc(len + 1);
	assert_non_null(cut);
	memcpy(cut, file, len);
	memcpy(cut + len, more, 1);
	assert_int_equal(open_with(&v, cut, len + 1, "pass", &e), -1);
	assert_string_equal(e.text, "it is damaged");
	free(cut);
	free(file);
}

static void
test_changes_with_a_good_checksum(void **state)
{
	static const struct {
		size_t at;
		enum err_code code;
		const char *text;
	} rows[] = {
		{ 32, ERR_BAD_PASSPHRASE, "wrong passphrase" },	/* salt */
		{ 48, ERR_BAD_PASSPHRASE, "wrong passphrase" },
		{ 159, ERR_BAD_PASSPHRASE, "wrong passphrase" },
		{ 192, ERR_BAD_CREDENTIAL, "it is damaged" },
		{ 65535, ERR_BAD_CREDENTIAL, "it is damaged" },
	};
	size_t len;
	unsigned char *file = two("pass", &len);

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		file[rows[i].at] ^= 1;
		sum(file, len);
		refused(file, len, "pass", rows[i].code, rows[i].text);
		file[rows[i].at] ^= 1;
	}
	free(file);
}

/* The front of one store over the body of another, or of its own past. */
static void
test_no_mixture_opens(void **state)
{
	size_t len, other_len;
	unsigned char *file = two("pass", &len), *other;
	struct vaultimage v;
	struct err e;

	(void)state;
	assert_int_equal(open_with(&v, file, len, "pass", &e), 0);
	assert_int_equal(vaultimage_remove(&v, "work", &e), 0);
	other = seal(&v, &other_len);
	vaultimage_clear(&v);
	assert_int_equal(len, other_len);
	memcpy(other, file, VAULT_FRONT_LEN);
	sum(other, len);
	refused(other, len, "pass", ERR_BAD_CREDENTIAL, "it is damaged");
	free(other);
	free(file);
}

/* Sealed for one name, serial and expiry, it is good for no other. */
static void
test_a_credential_is_its_entrys_alone(void **state)
{
	size_t len;
	unsigned char *file = two("pass", &len);
	struct vaultimage v;
	struct vault_entry en;
	struct err e;

	(void)state;
	assert_int_equal(open_with(&v, file, len, "pass", &e), 0);
	en = v.entries[0];
	en.serial++;
	assert_null(vaultbox_get(&en, &v, &e));
	en = v.entries[0];
	en.says.expires++;
	assert_null(vaultbox_get(&en, &v, &e));
	en = v.entries[0];
	en.name[0]++;
	assert_null(vaultbox_get(&en, &v, &e));
	assert_string_equal(e.text, "it is damaged");
	v.kdf.salt[0]++;	/* another header */
	assert_null(vaultbox_get(&v.entries[0], &v, &e));
	vaultimage_clear(&v);
	free(file);
}

static void
test_unknown_numbers_are_named(void **state)
{
	static const struct {
		size_t at;
		unsigned char byte;
		const char *text;
	} rows[] = {
		{ 0, 'C', "it is no store" },
		{ 8, 2, "version 2 of the store is not known to this "
		    "program" },
		{ 12, 9, "key derivation 9 of the store is not known to this "
		    "program" },
		{ 16, 7, "encryption 7 of the store is not known to this "
		    "program" },
		{ 20, 0, "it asks for 0 passes of Argon2id; 1 to 16 are taken" },
		{ 20, 17, "it asks for 17 passes of Argon2id; 1 to 16 are "
		    "taken" },
		{ 25, 0, "it asks for 0 bytes of memory; 1073741824 are the "
		    "most" },
		{ 28, 25, "it asks for 107374190592 bytes of memory; "
		    "1073741824 are the most" },
	};
	size_t len;
	unsigned char *file = two("pass", &len), was;
	struct vaultfmt f;
	struct err e;

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		was = file[rows[i].at];
		file[rows[i].at] = rows[i].byte;
		sum(file, len);
		assert_int_equal(vaultfmt_check(&f, file, len, &e), -1);
		assert_string_equal(e.text, rows[i].text);
		assert_int_equal(e.code, ERR_BAD_CREDENTIAL);
		file[rows[i].at] = was;
	}
	free(file);
}

/* Rule 6: no file makes anybody wait longer than SENSITIVE does. */
static void
test_the_cost_is_bounded(void **state)
{
	static const struct {
		uint32_t passes;
		uint64_t memory;
		const char *why;
	} rows[] = {
		{ 4, 1 << 30, "" },
		{ 8, 512 << 20, "" },
		{ 16, 256 << 20, "" },
		{ 5, 1 << 30, "it asks for 5 passes of Argon2id over 1024 MB; "
		    "4 are the most" },
		{ 16, 1 << 30, "it asks for 16 passes of Argon2id over 1024 "
		    "MB; 4 are the most" },
		{ 16, (256 << 20) + 1, "it asks for 16 passes of Argon2id over "
		    "256 MB; 15 are the most" },
	};
	size_t len;
	unsigned char *file = two("pass", &len);
	struct vaultfmt f;

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		uint32_t passes = htole32(rows[i].passes);
		uint64_t memory = htole64(rows[i].memory);
		struct err e = ERR_INIT;

		memcpy(file + 20, &passes, sizeof(passes));
		memcpy(file + 24, &memory, sizeof(memory));
		sum(file, len);
		(void)vaultfmt_check(&f, file, len, &e);
		assert_string_equal(e.text, rows[i].why);
	}
	free(file);
}

/* Rule 1: one more, one less, short or long, it looks the same. */
static void
test_the_length_tells_little(void **state)
{
	static const char key[] = "{\"OPENAI_API_KEY\":\"";
	char text[16384];
	struct vaultimage v;
	size_t len, before = 0;

	(void)state;
	snprintf(text, sizeof(text), "%s%0*d\"}", key, 5000, 1);
	start(&v, &fixture_kdf, "p");
	for (int i = 0; i < 200; i++) {
		char name[8];

		free(seal(&v, &len));
		assert_true(len >= 65536 && len % 8192 == 0);
		assert_true(len == before || len >= before + before / 16);
		before = len;
		snprintf(name, sizeof(name), "n%d", i);
		fixture_put(&v, name, text, 1);
	}
	assert_in_range(len, 200 * 5000, 200 * 5000 * 3 / 2);
	vaultimage_clear(&v);
}

/* Rule 5, and that saving again shows nothing: all is new but the boxes. */
static void
test_no_nonce_twice(void **state)
{
	static const size_t nonces[] = { 48, 192 };
	struct vaultimage v;
	unsigned char *a, *b;
	size_t len;

	(void)state;
	start(&v, &fixture_kdf, "p");
	fixture_put(&v, "work", WORK, 1);
	a = seal(&v, &len);
	b = seal(&v, &len);
	for (size_t i = 0; i < ROWS(nonces); i++)
		assert_memory_not_equal(a + nonces[i], b + nonces[i], 24);
	assert_memory_equal(a, b, 48);
	vaultimage_clear(&v);
	free(a);
	free(b);
}

static void
test_nothing_is_readable(void **state)
{
	static const char *const words[] = { "work", "home@x", "known",
		"api" };
	size_t len;
	unsigned char *file = two("pass", &len);

	(void)state;
	for (size_t i = 0; i < ROWS(words); i++)
		assert_null(memmem(file, len, words[i], strlen(words[i])));
	free(file);
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
		cmocka_unit_test(test_comes_back),
		cmocka_unit_test(test_an_empty_store),
		cmocka_unit_test(test_claims_come_back),
		cmocka_unit_test(test_known_answer),
		cmocka_unit_test(test_parameters_are_moderate),
		cmocka_unit_test(test_parameters_do_not_fall),
		cmocka_unit_test(test_wrong_passphrase),
		cmocka_unit_test(test_every_flipped_bit_is_noticed),
		cmocka_unit_test(test_every_length_is_noticed),
		cmocka_unit_test(test_changes_with_a_good_checksum),
		cmocka_unit_test(test_no_mixture_opens),
		cmocka_unit_test(test_a_credential_is_its_entrys_alone),
		cmocka_unit_test(test_unknown_numbers_are_named),
		cmocka_unit_test(test_the_cost_is_bounded),
		cmocka_unit_test(test_the_length_tells_little),
		cmocka_unit_test(test_no_nonce_twice),
		cmocka_unit_test(test_nothing_is_readable),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
