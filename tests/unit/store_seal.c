/* What is sealed is opened by its recipients alone, whole or not at all. */
#include "unit/store_fixture.h"

#include "armor.h"
#include "buf.h"
#include "err.h"
#include "seal.h"

#define UNTIL 1800000000
#define BODY  (66 + 2 * 48)	/* where it begins for two recipients */

/* What 'tests/fake/seal.py vector' prints. */
static const char vector[] =
    "-----BEGIN SEALED CODEX LOGIN-----\n"
    "Q1hQU0VBTAEBAhEREREREREREREREREREREAAAAAa0nSAA+qaE7SiGe5=twx+\n"
    "f0pqLe5d+M6XTna3AY4/IqHEzyZ4Vw8geH2KWXs0I376zNsGjgQRZGqr=dx7h\n"
    "mNdiQxXYBO0rrqySr4DIO5DMe2QxzqbaatIRb+Zr9IIxUx18iSm35BGp=HNjt\n"
    "ItF+j0bS8r69CX0lZvOEIqY9UlQ54g7KMWpwVSGh/nSGUvpcORkZnMcA=MAdU\n"
    "SXrHwBBXFvthiYoJQLInqLLBwzXuvIFFsQNm20SoWt685uV9uKm9gPxr=y3yl\n"
    "J3fX+boeQRPzp2aeyMHZcXAsMz/jXoSDr4dJT2ANcrwW2AcMdpR1P2wI=bNQf\n"
    "D80y9XgBgAXPcnuCWREknsWeq4/cyiLY1R0=hOE2\n"
    "-----END SEALED CODEX LOGIN-----\n"
    "cxp1_y7kVgHsG2cxDHeQQEWFrmlzMe7hwfjPJBlzHB__PmuOX2V8\n";

static struct recipient
recipient_for(unsigned char byte)
{
	SECRET_AUTO *key = fixture_filled(byte, RECIPIENT_KEY_LEN);
	struct recipient r;

	recipient_of(&r, key);
	return r;
}

/* CANARY sealed for the keys 1 and 2. */
static void
seal_canary(struct buf *b)
{
	struct recipient to[] = { recipient_for(1), recipient_for(2) };
	SECRET_AUTO *what = fixture_secret(CANARY, strlen(CANARY));
	struct err e = ERR_INIT;

	assert_int_equal(seal_close(b, what, to, 2, UNTIL, &e), 0);
	assert_int_equal(e.code, ERR_NONE);
}

/* Whether the key opens it, and to what. */
static bool
opens(const void *p, size_t len, unsigned char byte, struct err *e)
{
	SECRET_AUTO *key = fixture_filled(byte, RECIPIENT_KEY_LEN);
	struct seal about = { .expires = 0 };
	SECRET_AUTO *what = seal_open(&about, p, len, key, e);

	if (what == NULL) {
		assert_int_equal(about.expires, 0);
		return false;
	}
	assert_int_equal(about.expires, UNTIL);
	assert_int_equal(secret_len(what), strlen(CANARY));
	assert_string_equal(secret_expose(what, NULL), CANARY);
	return true;
}

static void
each_recipient_opens_it_and_nobody_else(void **state)
{
	BUF_AUTO b = BUF_INIT(SEAL_BYTES_MAX);
	struct err e = ERR_INIT;

	(void)state;
	seal_canary(&b);
	assert_int_equal(b.len, BODY + strlen(CANARY) + 16);
	assert_true(opens(b.p, b.len, 1, &e));
	assert_true(opens(b.p, b.len, 2, &e));
	assert_int_equal(e.code, ERR_NONE);
	assert_false(opens(b.p, b.len, 3, &e));
	assert_int_equal(e.code, ERR_BAD_CREDENTIAL);
	assert_string_equal(e.text,
	    "sealed for another key, or changed since");
}

static void
no_two_are_alike(void **state)
{
	BUF_AUTO a = BUF_INIT(SEAL_BYTES_MAX), b = BUF_INIT(SEAL_BYTES_MAX);

	(void)state;
	seal_canary(&a);
	seal_canary(&b);
	assert_memory_not_equal(a.p + 10, b.p + 10, SEAL_ID_LEN);
	assert_memory_not_equal(a.p + 34, b.p + 34, 32);
	assert_memory_not_equal(a.p + BODY, b.p + BODY, 16);
}

/* Anonymity: neither key is in it, and no box says whose it is. */
static void
it_does_not_name_its_recipients(void **state)
{
	BUF_AUTO b = BUF_INIT(SEAL_BYTES_MAX);
	struct recipient one = recipient_for(1), two = recipient_for(2);

	(void)state;
	seal_canary(&b);
	assert_null(memmem(b.p, b.len, one.key, 4));
	assert_null(memmem(b.p, b.len, two.key, 4));
	assert_null(memmem(b.p, b.len, CANARY, 4));
}

static void
every_flipped_bit_is_noticed(void **state)
{
	BUF_AUTO b = BUF_INIT(SEAL_BYTES_MAX);
	struct err e;

	(void)state;
	seal_canary(&b);
	for (size_t i = 0; i < b.len * 8; i++) {
		e = (struct err)ERR_INIT;
		b.p[i / 8] ^= (char)(1 << i % 8);
		assert_false(opens(b.p, b.len, 1, &e));
		assert_int_equal(e.code, ERR_BAD_CREDENTIAL);
		assert_true(e.text[0] != '\0');
		b.p[i / 8] ^= (char)(1 << i % 8);
	}
	assert_true(opens(b.p, b.len, 1, &e));
}

static void
every_cut_and_every_addition_is_noticed(void **state)
{
	BUF_AUTO b = BUF_INIT(SEAL_BYTES_MAX);
	struct err e;

	(void)state;
	seal_canary(&b);
	for (size_t len = 0; len < b.len; len++) {
		/* A block of its own, for the sanitizers. */
		char *cut = malloc(len + 1);

		assert_non_null(cut);
		memcpy(cut, b.p, len);
		e = (struct err)ERR_INIT;
		assert_false(opens(cut, len, 1, &e));
		assert_int_equal(e.code, ERR_BAD_CREDENTIAL);
		free(cut);
	}
	assert_int_equal(buf_add(&b, "x", 1), 0);
	assert_false(opens(b.p, b.len, 1, &e));
}

/* Boxes that change places, or come from another text, open nothing. */
static void
parts_of_two_texts_make_none(void **state)
{
	BUF_AUTO a = BUF_INIT(SEAL_BYTES_MAX), b = BUF_INIT(SEAL_BYTES_MAX);
	struct err e = ERR_INIT;
	char box[48];

	(void)state;
	seal_canary(&a);
	seal_canary(&b);
	memcpy(box, a.p + 66, 48);
	memcpy(a.p + 66, a.p + 66 + 48, 48);
	memcpy(a.p + 66 + 48, box, 48);
	assert_false(opens(a.p, a.len, 1, &e));
	assert_string_equal(e.text, "changed since it was sealed, or cut "
	    "short");
	memcpy(b.p + BODY, a.p + BODY, a.len - BODY);
	assert_false(opens(b.p, b.len, 1, &e));
}

static void
unknown_versions_are_named(void **state)
{
	BUF_AUTO b = BUF_INIT(SEAL_BYTES_MAX);
	struct err e = ERR_INIT;

	(void)state;
	seal_canary(&b);
	b.p[7] = 2;
	assert_false(opens(b.p, b.len, 1, &e));
	assert_non_null(strstr(e.text, "version 2"));
	b.p[7] = 1;
	b.p[8] = 9;
	assert_false(opens(b.p, b.len, 1, &e));
	assert_non_null(strstr(e.text, "suite 9"));
	b.p[8] = 1;
	b.p[9] = 17;
	assert_false(opens(b.p, b.len, 1, &e));
	assert_non_null(strstr(e.text, "17 recipients"));
}

/* For a key of small order everybody could open it (libsodium's list). */
static void
small_orders_are_refused(void **state)
{
	SECRET_AUTO *what = fixture_secret(CANARY, strlen(CANARY));
	struct recipient to[2] = { recipient_for(1) };
	struct err e = ERR_INIT;

	(void)state;
	for (unsigned char v = 0; v < 2; v++) {
		BUF_AUTO b = BUF_INIT(SEAL_BYTES_MAX);

		to[1].key[0] = v;
		assert_int_equal(seal_close(&b, what, to, 2, UNTIL, &e), -1);
		assert_int_equal(e.code, ERR_USAGE);
		assert_int_equal(b.len, 0);
	}
}

static void
sizes_have_their_ends(void **state)
{
	struct recipient to[SEAL_RECIPIENTS_MAX + 1];
	SECRET_AUTO *none = secret_new(0);
	SECRET_AUTO *most = secret_new(CRED_SIZE_MAX);
	SECRET_AUTO *more = secret_new(CRED_SIZE_MAX + 1);
	BUF_AUTO b = BUF_INIT(SEAL_BYTES_MAX);
	struct err e = ERR_INIT;
	struct seal about;

	(void)state;
	for (unsigned char i = 0; i <= SEAL_RECIPIENTS_MAX; i++)
		to[i] = recipient_for((unsigned char)(i + 1));
	assert_int_equal(seal_close(&b, none, to, 1, UNTIL, &e), -1);
	assert_int_equal(seal_close(&b, more, to, 1, UNTIL, &e), -1);
	assert_int_equal(seal_close(&b, most, to, 0, UNTIL, &e), -1);
	assert_int_equal(seal_close(&b, most, to, SEAL_RECIPIENTS_MAX + 1,
	    UNTIL, &e), -1);
	assert_int_equal(b.len, 0);
	assert_int_equal(seal_close(&b, most, to, SEAL_RECIPIENTS_MAX, UNTIL,
	    &e), 0);
	assert_int_equal(b.len, SEAL_BYTES_MAX);
	SECRET_AUTO *key = fixture_filled(SEAL_RECIPIENTS_MAX, RECIPIENT_KEY_LEN);
	SECRET_AUTO *what = seal_open(&about, b.p, b.len, key, &e);
	assert_non_null(what);
	assert_int_equal(secret_len(what), CRED_SIZE_MAX);
}

/* Made by the second implementation: the format is what its head says. */
static void
a_known_text_is_opened(void **state)
{
	SECRET_AUTO *one = fixture_filled(0x44, RECIPIENT_KEY_LEN);
	SECRET_AUTO *two = fixture_filled(0x55, RECIPIENT_KEY_LEN);
	struct err e = ERR_INIT;
	struct armor a;
	struct seal about;

	(void)state;
	armor_begin(&a, SEAL_BYTES_MAX);
	armor_feed(&a, vector, strlen(vector));
	assert_int_equal(armor_end(&a, &e), 0);
	for (int i = 0; i < 2; i++) {
		SECRET_AUTO *what = seal_open(&about, a.out.p, a.out.len,
		    i == 0 ? one : two, &e);

		assert_non_null(what);
		assert_int_equal(secret_len(what), 100);
		for (unsigned int k = 0; k < 100; k++)
			assert_int_equal(secret_expose(what, NULL)[k], k);
		assert_int_equal(about.expires, UNTIL);
		assert_int_equal(about.id[0], 0x11);
		assert_int_equal(about.id[SEAL_ID_LEN - 1], 0x11);
	}
	armor_clear(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_recipient_opens_it_and_nobody_else),
		cmocka_unit_test(no_two_are_alike),
		cmocka_unit_test(it_does_not_name_its_recipients),
		cmocka_unit_test(every_flipped_bit_is_noticed),
		cmocka_unit_test(every_cut_and_every_addition_is_noticed),
		cmocka_unit_test(parts_of_two_texts_make_none),
		cmocka_unit_test(unknown_versions_are_named),
		cmocka_unit_test(small_orders_are_refused),
		cmocka_unit_test(sizes_have_their_ends),
		cmocka_unit_test(a_known_text_is_opened),
	};

	return cmocka_run_group_tests_name("seal", tests, NULL, NULL);
}
