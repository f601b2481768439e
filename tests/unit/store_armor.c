/* A text survives what chats and consoles do, and tells what they broke. */
#include "unit/store_fixture.h"

#include "armor.h"

#define MAX   4096
#define LINES 12	/* of the text that the cases below break */

/* 12 lines with BEGIN and END around; line[0] is BEGIN, line[13] is END. */
static char line[LINES + 2][128];
static unsigned char bytes[MAX];

static int
make_lines(void **state)
{
	BUF_AUTO b = BUF_INIT(MAX);
	char *at, *end;

	(void)state;
	if (sodium_init() == -1)
		return -1;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)(i * 37 + i / 256);
	(void)armor_write(&b, bytes, LINES * 42 - 5);
	at = b.p;
	for (size_t i = 0; i < LINES + 2; i++, at = end + 1) {
		if ((end = strchr(at, '\n')) == NULL || end - at > 61)
			return -1;
		memcpy(line[i], at, (size_t)(end - at));
	}
	return *at == '\0' ? 0 : -1;
}

/* How it reads, in pieces of `step` bytes: "" or the fault. */
static const char *
reads(const char *text, size_t step, struct err *e)
{
	struct armor a;
	size_t len = strlen(text);
	int rc;

	*e = (struct err)ERR_INIT;
	armor_begin(&a, MAX);
	for (size_t i = 0; i < len; i += step)
		armor_feed(&a, text + i, len - i < step ? len - i : step);
	if ((rc = armor_end(&a, e)) == 0) {
		assert_int_equal(a.out.len, LINES * 42 - 5);
		assert_memory_equal(a.out.p, bytes, a.out.len);
	} else {
		assert_int_equal(e->code, ERR_BAD_CREDENTIAL);
		assert_true(e->hint[0] != '\0');
	}
	armor_clear(&a);
	return e->text;
}

/* The lines, each with something before and behind it. */
static char *
text_of(const char *before, const char *behind)
{
	BUF_AUTO b = BUF_INIT(65536);

	for (size_t i = 0; i < LINES + 2; i++)
		(void)buf_addf(&b, "%s%s%s", before, line[i], behind);
	return buf_take(&b);
}

static void
any_length_comes_back(void **state)
{
	struct err e = ERR_INIT;
	struct armor a;

	(void)state;
	for (size_t len = 1; len < 300; len++) {
		BUF_AUTO b = BUF_INIT(MAX);

		assert_int_equal(armor_write(&b, bytes, len), 0);
		armor_begin(&a, MAX);
		armor_feed(&a, b.p, b.len);
		assert_true(a.done);
		assert_int_equal(armor_end(&a, &e), 0);
		assert_int_equal(a.out.len, len);
		assert_memory_equal(a.out.p, bytes, len);
		armor_clear(&a);
	}
}

static void
decoration_is_passed_over(void **state)
{
	static const char *const around[][2] = {
		{ "", "\n" }, { "", "\r\n" }, { "", "\n\n" }, { "", "\r" },
		{ "> ", "\n" }, { "> > ", "  \r\n" }, { "\t| ", " |\n" },
		{ "\xc2\xa0", "\xe2\x80\x8b\n" },	/* what web pages add */
		{ "\xef\xbb\xbf", "\n" }, { "  ", "\n> \n>\n" },
	};
	struct err e;

	(void)state;
	for (size_t i = 0; i < ROWS(around); i++) {
		for (size_t step = 1; step < 100; step += 33) {
			char *text = text_of(around[i][0], around[i][1]);

			assert_string_equal(reads(text, step, &e), "");
			free(text);
		}
	}
}

static void
what_stands_around_is_no_part_of_it(void **state)
{
	BUF_AUTO b = BUF_INIT(65536);
	struct err e;
	char *text = text_of("", "\n");

	(void)state;
	(void)buf_addf(&b, "Here it is:\n\n```\n%s```\nrm -rf /\n", text);
	assert_string_equal(reads(b.p, 7, &e), "");
	/* Dashes made long by a word processor, END without a newline. */
	buf_clear(&b);
	(void)buf_addf(&b, "\xe2\x80\x94%.24s\xe2\x80\x94\n%s", line[0] + 5,
	    strchr(text, '\n') + 1);
	b.p[b.len - 1] = '\0';
	assert_string_equal(reads(b.p, 7, &e), "");
	/* A paste that was broken off, and then the whole of it. */
	buf_clear(&b);
	(void)buf_addf(&b, "%.200s\n%s", text, text);
	assert_string_equal(reads(b.p, 7, &e), "");
	free(text);
}

/* The text with line i replaced by what the caller made of it. */
static const char *
with(size_t i, const char *instead, struct err *e)
{
	char saved[sizeof(line[0])], *text;
	const char *told;

	memcpy(saved, line[i], sizeof(saved));
	snprintf(line[i], sizeof(line[i]), "%s", instead);
	text = text_of("", "\n");
	memcpy(line[i], saved, sizeof(saved));
	told = reads(text, 61, e);
	free(text);
	return told;
}

static void
every_changed_character_names_its_line(void **state)
{
	static const char other[] = "A*= 9";
	char broken[sizeof(line[0])], want[80];
	struct err e;

	(void)state;
	for (size_t i = 1; i <= LINES; i++) {
		snprintf(want, sizeof(want), "line %zu is damaged", i);
		for (size_t k = 0; k < strlen(line[i]); k++) {
			char c = other[(i + k) % strlen(other)];

			memcpy(broken, line[i], sizeof(broken));
			broken[k] = broken[k] == c ? 'B' : c;
			assert_non_null(strstr(with(i, broken, &e), want));
			memcpy(broken, line[i], sizeof(broken));
			broken[k] = '\0';	/* cut there */
			if (k > 0)
				assert_non_null(strstr(with(i, broken, &e),
				    want));
		}
	}
}

static void
lost_lines_are_named(void **state)
{
	char two[2 * sizeof(line[0])];
	struct err e;

	(void)state;
	assert_string_equal(with(3, "", &e), "line 3 is missing");
	assert_string_equal(with(1, "", &e), "line 1 is missing");
	assert_string_equal(with(LINES, "", &e),
	    "line 12 and what follows is missing");
	assert_string_equal(with(LINES + 1, "", &e), "");
	assert_string_equal(with(0, "", &e), "there is no line "
	    "'-----BEGIN SEALED CODEX LOGIN-----'");
	snprintf(two, sizeof(two), "%s\n%s", line[4], line[4]);
	assert_string_equal(with(4, two, &e),
	    "line 4 comes again, or too late");
	snprintf(two, sizeof(two), "%s\n%s", line[6], line[5]);
	assert_string_equal(with(5, two, &e),
	    "3 faults, the first: line 5 is missing");
	snprintf(two, sizeof(two), "%s\n%s", line[LINES], line[4]);
	assert_non_null(strstr(with(LINES, two, &e),
	    "line 13 comes after the last one"));
	assert_string_equal(reads("", 1, &e), "there is no line "
	    "'-----BEGIN SEALED CODEX LOGIN-----'");
}

/* Whatever is damaged, all is taken until END: no paste ends in a shell. */
static void
a_fault_is_told_at_the_end(void **state)
{
	struct err e = ERR_INIT;
	struct armor a;

	(void)state;
	armor_begin(&a, MAX);
	for (size_t i = 0; i < LINES + 2; i++) {
		assert_false(a.done);
		armor_feed(&a, i == 2 ? "damaged" : line[i],
		    strlen(i == 2 ? "damaged" : line[i]));
		armor_feed(&a, "\n", 1);
	}
	assert_true(a.done);
	assert_int_equal(armor_end(&a, &e), -1);
	assert_string_equal(e.text, "line 2 is damaged");
	armor_clear(&a);
}

static void
sizes_have_their_ends(void **state)
{
	char *text = text_of("", "\n");
	struct err e = ERR_INIT;
	struct armor a;

	(void)state;
	armor_begin(&a, LINES * 42 - 6);
	armor_feed(&a, text, strlen(text));
	assert_int_equal(armor_end(&a, &e), -1);
	assert_non_null(strstr(e.text, "larger"));
	armor_clear(&a);
	armor_begin(&a, MAX);
	for (size_t i = 0; i < ARMOR_INPUT_MAX; i++) {
		assert_false(a.done);
		armor_feed(&a, i % 300 != 0 ? "x" : "\n", 1);
	}
	assert_true(a.done);
	assert_int_equal(armor_end(&a, &e), -1);
	armor_clear(&a);
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_length_comes_back),
		cmocka_unit_test(decoration_is_passed_over),
		cmocka_unit_test(what_stands_around_is_no_part_of_it),
		cmocka_unit_test(every_changed_character_names_its_line),
		cmocka_unit_test(lost_lines_are_named),
		cmocka_unit_test(a_fault_is_told_at_the_end),
		cmocka_unit_test(sizes_have_their_ends),
	};

	return cmocka_run_group_tests_name("armor", tests, make_lines, NULL);
}
