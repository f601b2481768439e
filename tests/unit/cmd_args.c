/* The command line: what is understood, and how what is not is said. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "args.h"
#include "command.h"
#include "err.h"

#define WORDS_MAX 24

/* Splits at blanks; '' is an empty word. The words stay in store. */
static int
parse(struct args *a, const char *line, struct err *e)
{
	static char store[256];
	char *words[WORDS_MAX], *save = NULL, *w;
	int n = 0;

	snprintf(store, sizeof(store), "%s", line);
	words[n++] = (char[]){ "codex-provision" };
	for (w = strtok_r(store, " ", &save); w != NULL;
	    w = strtok_r(NULL, " ", &save)) {
		assert_true(n < WORDS_MAX - 1);
		words[n++] = strcmp(w, "''") == 0 ? w + 2 : w;
	}
	words[n] = NULL;
	*e = (struct err)ERR_INIT;
	return args_parse(a, n, words, e);
}

static void
refused(const char *line, const char *text, const char *hint)
{
	struct args a;
	struct err e;

	if (parse(&a, line, &e) != -1)
		fail_msg("'%s' was understood", line);
	assert_int_equal(e.code, ERR_USAGE);
	assert_string_equal(e.text, text);
	assert_string_equal(e.hint, hint);
	args_clear(&a);
}

static void
options_stand_anywhere(void **state)
{
	static const char *const lines[] = {
		"--json -p 22 -n push a b --from x",
		"push --json a -np22 b --from=x",
		"push a --from x b --json --dry-run -p22",
		"-p 22 --json -n --from x -- push a b",
		"push --json -n -p 22 --from x -- a b",
	};
	struct args a;
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		assert_int_equal(parse(&a, lines[i], &e), 0);
		assert_ptr_equal(a.command, &commands[COMMAND_PUSH]);
		assert_true(a.json);
		assert_true(a.dry_run);
		assert_int_equal(a.ssh_port, 22);
		assert_string_equal(a.from, "x");
		assert_int_equal(a.noperands, 2);
		assert_string_equal(a.operands[0], "a");
		assert_string_equal(a.operands[1], "b");
		args_clear(&a);
	}
}

static void
defaults_are_the_contracts(void **state)
{
	struct args a;
	struct err e;

	(void)state;
	assert_int_equal(parse(&a, "status", &e), 0);
	assert_int_equal(a.parallel, 64);
	assert_int_equal(a.timeout, 30);
	assert_string_equal(a.color, "auto");
	assert_null(a.from);
	assert_null(a.ssh_identities.v);
	args_clear(&a);
}

static void
repeated_options_add_up(void **state)
{
	struct args a;
	struct err e;

	(void)state;
	assert_int_equal(parse(&a, "push -vv --hosts f -v -i k --hosts - "
	    "-ik2 -o A=b -j 1024 -j1", &e), 0);
	assert_int_equal(a.verbose, 3);
	assert_int_equal(a.parallel, 1);
	assert_int_equal(a.hosts.n, 2);
	assert_string_equal(a.hosts.v[1], "-");
	assert_null(a.hosts.v[2]);
	assert_string_equal(a.ssh_identities.v[1], "k2");
	args_clear(&a);
}

static void
what_follows_dashes_is_a_command_s(void **state)
{
	struct args a;
	struct err e;

	(void)state;
	assert_int_equal(parse(&a, "tunnel -v u@web1 -- ls -l -- -N", &e), 0);
	assert_int_equal(a.noperands, 1);
	assert_string_equal(a.operands[0], "u@web1");
	assert_false(a.forward_only);
	assert_int_equal(a.nrest, 4);
	assert_string_equal(a.rest[0], "ls");
	assert_string_equal(a.rest[3], "-N");
	args_clear(&a);
	assert_int_equal(parse(&a, "tunnel web1 -N", &e), 0);
	assert_null(a.rest);
	assert_true(a.forward_only);
	args_clear(&a);
	assert_int_equal(parse(&a, "tunnel web1 --", &e), 0);
	assert_non_null(a.rest);
	assert_int_equal(a.nrest, 0);
	args_clear(&a);
	refused("tunnel -- web1 ls", "'tunnel' needs [USER@]HOST [-- "
	    "COMMAND...]", "run 'codex-provision help tunnel'");
	refused("tunnel web1 ls", "'tunnel' takes no more operands: 'ls'",
	    "run 'codex-provision help tunnel'");
}

static void
a_lone_dash_is_an_operand_and_dashes_end_options(void **state)
{
	struct args a;
	struct err e;

	(void)state;
	assert_int_equal(parse(&a, "status - -- -q --", &e), 0);
	assert_false(a.quiet);
	assert_int_equal(a.noperands, 3);
	assert_string_equal(a.operands[1], "-q");
	assert_string_equal(a.operands[2], "--");
	args_clear(&a);
}

static void
help_and_version_need_nothing_else(void **state)
{
	struct args a;
	struct err e;

	(void)state;
	assert_int_equal(parse(&a, "", &e), 0);
	assert_null(a.command);
	args_clear(&a);
	assert_int_equal(parse(&a, "-h", &e), 0);
	assert_ptr_equal(a.command, &commands[COMMAND_HELP]);
	args_clear(&a);
	assert_int_equal(parse(&a, "push --help", &e), 0);
	assert_ptr_equal(a.command, &commands[COMMAND_PUSH]);
	args_clear(&a);
	assert_int_equal(parse(&a, "-V", &e), 0);
	assert_ptr_equal(a.command, &commands[COMMAND_VERSION]);
	args_clear(&a);
}

static void
what_is_wrong_is_named(void **state)
{
	const char *help = "run 'codex-provision help'";
	const char *push = "run 'codex-provision help push'";

	(void)state;
	/* A key as an argument is not repeated. */
	refused("login --with-api-key sk-x", "'login' takes no operand: a key "
	    "is read from standard input, where nobody else sees it",
	    "run 'codex-provision help login'");
	refused("fetch a", "unknown command 'fetch'", help);
	refused("psuh a", "unknown command 'psuh'", "did you mean 'push'?");
	refused("pus\033 a", "unknown command 'pus\\x1b'",
	    "did you mean 'push'?");
	refused("push", "'push' needs TARGET...", push);
	refused("version x", "'version' takes no more operands: 'x'",
	    "run 'codex-provision help version'");
	refused("push a --bogus", "unknown option '--bogus'", push);
	refused("--bogus=1 push a", "unknown option '--bogus'", help);
	refused("push a --froce", "unknown option '--froce'",
	    "did you mean '--force'?");
	refused("push a --timeou 3", "unknown option '--timeou'",
	    "did you mean '--timeout'?");
	refused("push a --js", "unknown option '--js'", push);
	refused("push a -qx", "unknown option '-x'", push);
	refused("status a --force", "'status' has no option '--force'",
	    "run 'codex-provision help status'");
	refused("version -p 1", "'version' has no option '-p'",
	    "run 'codex-provision help version'");
	refused("push a --json=1", "option '--json' takes no value", push);
	refused("push a --from", "option '--from' needs a value: SRC", push);
	refused("push a --from ''", "option '--from' wants SRC, not ''", push);
	refused("push a --from=", "option '--from' wants SRC, not ''", push);
	refused("push a -j 0",
	    "option '-j' wants a number from 1 to 1024, not '0'", push);
	refused("push a --parallel=1025",
	    "option '--parallel' wants a number from 1 to 1024, not '1025'",
	    push);
	refused("push a -p 99999999999999999999", "option '-p' wants a number "
	    "from 1 to 65535, not '99999999999999999999'", push);
	refused("push a --color red",
	    "option '--color' wants auto, always or never, not 'red'", push);
	refused("push a --codex-home x",
	    "option '--codex-home' wants an absolute path, not 'x'", push);
}

/* These get into argument lists and ProxyCommands (CVE-2023-51385). */
static void
ssh_values_are_judged(void **state)
{
	static const struct {
		const char	*line;
		int		 rc;
	} rows[] = {
		{ "push a -l deploy.x@corp", 0 },
		{ "push a -l -x", -1 },
		{ "push a -l a;b", -1 },
		{ "push a -l $(id)", -1 },
		{ "push a -J me@[::1]:22,ssh://b:2", 0 },
		{ "push a -J none", 0 },
		{ "push a -J -oProxyCommand=x", -1 },
		{ "push a -J a,-b", -1 },
		{ "push a -J u@-b", -1 },
		{ "push a -J a,", -1 },
		{ "push a -J a,,b", -1 },
		{ "push a -J a`id`", -1 },
		{ "push a -o Port=22", 0 },
		{ "push a -oUser=x", 0 },
		{ "push a -o Port", -1 },
		{ "push a -o =x", -1 },
		{ "push a -o Port=", -1 },
		{ "push a -o Po-rt=2", -1 },
		{ "push a -o A=\033", -1 },
	};
	struct args a;
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		if (parse(&a, rows[i].line, &e) != rows[i].rc)
			fail_msg("%s: %s", rows[i].line, e.text);
		args_clear(&a);
	}
}

static void
a_slip_is_one_edit(void **state)
{
	(void)state;
	assert_true(word_near("push", "psuh"));
	assert_true(word_near("push", "pushh"));
	assert_true(word_near("push", "pus"));
	assert_true(word_near("push", "oush"));
	assert_true(word_near("push", "push"));
	assert_false(word_near("push", "pull"));
	assert_false(word_near("push", ""));
	assert_false(word_near("status", "store"));
}

/* Two options with one name would shadow each other. */
static void
names_are_unique(void **state)
{
	(void)state;
	for (size_t i = 0; i < options_count; i++) {
		const struct opt *a = &options[i];

		assert_true(a->letter != 0 || a->name != NULL);
		assert_true(a->group == GROUP_HIDDEN || a->help != NULL);
		assert_true((a->value == NULL) ==
		    (a->type == OPT_FLAG || a->type == OPT_COUNT));
		for (size_t k = 0; k < i; k++) {
			const struct opt *b = &options[k];

			assert_true(a->letter == 0 || a->letter != b->letter);
			assert_true(a->name == NULL || b->name == NULL ||
			    strcmp(a->name, b->name) != 0);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_stand_anywhere),
		cmocka_unit_test(defaults_are_the_contracts),
		cmocka_unit_test(repeated_options_add_up),
		cmocka_unit_test(what_follows_dashes_is_a_command_s),
		cmocka_unit_test(
		    a_lone_dash_is_an_operand_and_dashes_end_options),
		cmocka_unit_test(help_and_version_need_nothing_else),
		cmocka_unit_test(what_is_wrong_is_named),
		cmocka_unit_test(ssh_values_are_judged),
		cmocka_unit_test(a_slip_is_one_edit),
		cmocka_unit_test(names_are_unique),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
