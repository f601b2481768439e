/* A recipient's word is one word, and no slip passes for it. */
#include "unit/store_fixture.h"

#include "err.h"
#include "recipient.h"

/* What 'tests/fake/seal.py vector' prints: the key is 32 times 0x44. */
static const char word[] =
    "cxp1_y7kVgHsG2cxDHeQQEWFrmlzMe7hwfjPJBlzHB__PmuOX2V8";
static const char line[] =
    "cxp-private1-REREREREREREREREREREREREREREREREREREREREREQG7gbs\n";

static void
the_word_is_as_described(void **state)
{
	SECRET_AUTO *key = fixture_filled(0x44, RECIPIENT_KEY_LEN);
	char text[RECIPIENT_TEXT_LEN];
	struct err e = ERR_INIT;
	struct recipient r, again;

	(void)state;
	recipient_of(&r, key);
	recipient_text(text, &r);
	assert_string_equal(text, word);
	assert_int_equal(recipient_parse(&again, text, &e), 0);
	assert_memory_equal(&again, &r, sizeof(r));
}

static void
every_slip_in_the_word_is_noticed(void **state)
{
	static const char other[] = "Aa0-_ =\n";
	char text[sizeof(word) + 1];
	struct recipient r;
	struct err e;

	(void)state;
	for (size_t i = 0; i < strlen(word); i++) {
		for (size_t k = 0; k < strlen(other); k++) {
			memcpy(text, word, sizeof(word));
			if (text[i] == other[k])
				continue;
			text[i] = other[k];
			assert_int_equal(recipient_parse(&r, text, &e), -1);
			assert_int_equal(e.code, ERR_USAGE);
		}
		memcpy(text, word, i);
		text[i] = '\0';
		assert_int_equal(recipient_parse(&r, text, &e), -1);
	}
	snprintf(text, sizeof(text), "%sA", word);
	assert_int_equal(recipient_parse(&r, text, &e), -1);
	assert_true(e.hint[0] != '\0');
}

static void
the_private_line_is_as_described(void **state)
{
	SECRET_AUTO *key = fixture_filled(0x44, RECIPIENT_KEY_LEN);
	struct err e = ERR_INIT;
	SECRET_AUTO *text = recipient_key_line(key, &e);

	(void)state;
	assert_non_null(text);
	assert_int_equal(secret_len(text), strlen(line));
	assert_memory_equal(secret_expose(text, NULL), line, strlen(line));
	SECRET_AUTO *again = recipient_key_parse(text, &e);
	assert_non_null(again);
	assert_memory_equal(secret_expose(again, NULL),
	    secret_expose(key, NULL), RECIPIENT_KEY_LEN);
}

static void
a_damaged_private_line_is_no_key(void **state)
{
	struct err e;

	(void)state;
	for (size_t i = 0; i < strlen(line); i++) {
		SECRET_AUTO *text = fixture_secret(line, strlen(line));

		secret_expose(text, NULL)[i] ^= 1;
		e = (struct err)ERR_INIT;
		assert_null(recipient_key_parse(text, &e));
		assert_int_equal(e.code, ERR_BAD_CREDENTIAL);
		secret_expose(text, NULL)[i] ^= 1;
		secret_truncate(text, i);
		assert_null(recipient_key_parse(text, &e));
	}
}

/* RFC 8032 7.1, TEST 1; its halves fit each other after the conversion. */
static void
both_halves_of_an_ed25519_key_convert(void **state)
{
	unsigned char public[32], seed[32];
	struct recipient a, b;
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(sodium_hex2bin(seed, 32, "9d61b19deffd5a60ba844af492"
	    "ec2cc44449c5697b326919703bac031cae7f60", 64, NULL, NULL, NULL),
	    0);
	assert_int_equal(sodium_hex2bin(public, 32, "d75a980182b10ab7d54bfed3"
	    "c964073a0ee172f3daa62325af021a68f707511a", 64, NULL, NULL, NULL),
	    0);
	SECRET_AUTO *half = fixture_secret(seed, sizeof(seed));
	SECRET_AUTO *key = recipient_key_ed25519(half, &e);
	assert_non_null(key);
	recipient_of(&a, key);
	assert_int_equal(recipient_ed25519(&b, public, &e), 0);
	assert_memory_equal(&a, &b, sizeof(a));
}

static void
what_is_no_point_is_refused(void **state)
{
	static const unsigned char low[][32] = {
		{ 0 },			/* order 4 */
		{ 1 },			/* the neutral element */
		{ 2 },			/* not on the curve */
	};
	unsigned char base[32], scalar[32] = { 1 }, order2[32], mixed[32];
	struct recipient r;
	struct err e;

	(void)state;
	for (size_t i = 0; i < ROWS(low); i++) {
		e = (struct err)ERR_INIT;
		assert_int_equal(recipient_ed25519(&r, low[i], &e), -1);
		assert_int_equal(e.code, ERR_USAGE);
	}
	/* A good point plus one of order 2, (0, -1): on the curve, but not of
	 * the group (libsodium took it until CVE-2025-69277). */
	memset(order2, 0xff, sizeof(order2));
	order2[0] = 0xec;
	order2[31] = 0x7f;
	assert_int_equal(crypto_scalarmult_ed25519_base_noclamp(base, scalar),
	    0);
	assert_int_equal(recipient_ed25519(&r, base, &e), 0);
	assert_int_equal(crypto_core_ed25519_add(mixed, base, order2), 0);
	assert_int_equal(recipient_ed25519(&r, mixed, &e), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_word_is_as_described),
		cmocka_unit_test(every_slip_in_the_word_is_noticed),
		cmocka_unit_test(the_private_line_is_as_described),
		cmocka_unit_test(a_damaged_private_line_is_no_key),
		cmocka_unit_test(both_halves_of_an_ed25519_key_convert),
		cmocka_unit_test(what_is_no_point_is_refused),
	};

	return cmocka_run_group_tests_name("recipient", tests, NULL, NULL);
}
