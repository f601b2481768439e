/* What is printed, and that help and man page know every word. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "args.h"
#include "buf.h"
#include "command.h"
#include "cred.h"
#include "err.h"
#include "fleet.h"
#include "help.h"
#include "json.h"
#include "report.h"
#include "target.h"
#include "text.h"
#include "ui.h"

#define MAN "cmd/codex-provision.1"

static const struct target_kind ssh = { .name = "ssh" };

/* A ui that prints into memory. */
struct fixture {
	struct ui	 ui;
	char		*out, *err;
	size_t		 out_len, err_len;
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return -1;
	f->ui.out = open_memstream(&f->out, &f->out_len);
	f->ui.err = open_memstream(&f->err, &f->err_len);
	*state = f;
	return f->ui.out != NULL && f->ui.err != NULL ? 0 : -1;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	(void)ui_end(&f->ui, 0);
	fclose(f->ui.out);
	fclose(f->ui.err);
	free(f->out);
	free(f->err);
	free(f);
	return 0;
}

static void
written(struct result *r)
{
	result_init(r);
	r->state = STATE_WRITTEN;
	r->path = strdup("/home/deploy/.codex/auth.json");
	r->mode = 0600;
	r->owner = 1000;
	r->seconds = 0.2149;
}

static void
changed(struct result *r)
{
	result_init(r);
	r->state = STATE_FAILED;
	r->seconds = 0.05;
	err_set(&r->err, ERR_HOSTKEY_CHANGED, "the key is another");
	err_hint(&r->err, "ssh-keygen -R web3");
}

static void
lines_for_people(void **state)
{
	struct fixture *f = *state;
	struct job job = { .op = JOB_PUSH };
	struct target_spec web1 = { .kind = &ssh, .text = "deploy@web1" };
	struct target_spec web3 = { .kind = &ssh, .text = "web3" };
	struct fleet_count n = { .total = 2, .seconds = 0.26 };
	struct result r;

	written(&r);
	report_result(&f->ui, &job, &web1, &r, 11);
	result_clear(&r);
	changed(&r);
	report_result(&f->ui, &job, &web3, &r, 11);
	n.by_state[STATE_WRITTEN] = n.by_state[STATE_FAILED] = 1;
	report_summary(&f->ui, &n);
	assert_string_equal(f->out,
	    "deploy@web1  written    /home/deploy/.codex/auth.json  0.21 s\n"
	    "web3         failed     hostkey_changed  0.05 s\n"
	    "2 targets: 1 written, 1 failed (0.26 s)\n");
	assert_string_equal(f->err,
	    "codex-provision: web3: the key is another\n"
	    "hint: ssh-keygen -R web3\n");
}

static void
objects_of_the_contract(void **state)
{
	struct fixture *f = *state;
	struct cred cred = { .account = "acct_1" };
	struct job job = { .op = JOB_PUSH, .cred = &cred };
	struct target_spec web1 = { .kind = &ssh, .text = "deploy@web1" };
	struct target_spec web3 = { .kind = &ssh, .text = "web3" };
	struct fleet_count n = { .total = 2, .seconds = 0.26 };
	struct result r;

	f->ui.json = true;
	written(&r);
	result_warn(&r, "mind");
	report_result(&f->ui, &job, &web1, &r, 11);
	result_clear(&r);
	changed(&r);
	report_result(&f->ui, &job, &web3, &r, 11);
	n.by_state[STATE_WRITTEN] = n.by_state[STATE_FAILED] = 1;
	report_summary(&f->ui, &n);
	assert_string_equal(f->out,
	    "{\"target\":\"deploy@web1\",\"kind\":\"ssh\",\"state\":"
	    "\"written\",\"path\":\"/home/deploy/.codex/auth.json\",\"mode\":"
	    "\"0600\",\"owner\":1000,\"account\":\"acct_1\",\"seconds\":0.21,"
	    "\"warnings\":[\"mind\"]}\n"
	    "{\"target\":\"web3\",\"kind\":\"ssh\",\"state\":\"failed\","
	    "\"error\":{\"code\":\"hostkey_changed\",\"message\":"
	    "\"the key is another\",\"hint\":\"ssh-keygen -R web3\"},"
	    "\"seconds\":0.05}\n"
	    "{\"summary\":{\"targets\":2,\"written\":1,\"unchanged\":0,"
	    "\"refused\":0,\"failed\":1,\"removed\":0,\"seconds\":0.26}}\n");
}

static void
status_says_what_the_credential_is(void **state)
{
	struct fixture *f = *state;
	struct job job = { .op = JOB_STATUS };
	struct target_spec web1 = { .kind = &ssh, .text = "web1" };
	struct result r;

	f->ui.json = true;
	written(&r);
	r.state = STATE_PRESENT;
	r.there = (struct cred){ .mode = CRED_CHATGPT, .account = "acct_1",
		.email = "a@b.c", .plan = "pro", .expires = 1795475208,
		.last_refresh = "2026-11-01T00:00:00Z", .refreshable = true };
	report_result(&f->ui, &job, &web1, &r, 4);
	result_clear(&r);
	assert_string_equal(f->out,
	    "{\"target\":\"web1\",\"kind\":\"ssh\",\"state\":\"present\","
	    "\"path\":\"/home/deploy/.codex/auth.json\",\"file_mode\":"
	    "\"0600\",\"owner\":1000,\"mode\":\"chatgpt\",\"account\":"
	    "\"acct_1\",\"email\":\"a@b.c\",\"plan\":\"pro\",\"expires\":"
	    "\"2026-11-23T23:06:48Z\",\"last_refresh\":"
	    "\"2026-11-01T00:00:00Z\",\"codex\":{\"uses_file\":false,\"why\":"
	    "[\"without last_refresh 'codex exec' sends no authorization\"]},"
	    "\"seconds\":0.21}\n");
}

static void
foreign_text_is_harmless(void **state)
{
	static const char evil[] = "/h\033]0;x\a/\xff\xc3\x28\xe2\x80\xae\n/a";
	struct fixture *f = *state;
	struct job job = { .op = JOB_STATUS };
	struct target_spec web1 = { .kind = &ssh, .text = "web1" };
	struct result r;

	for (int json = 0; json <= 1; json++) {
		f->ui.json = json;
		job.op = json ? JOB_STATUS : JOB_PUSH;
		written(&r);
		free(r.path);
		r.path = strdup(evil);
		r.state = STATE_PRESENT;
		memcpy(r.there.email, evil, sizeof(evil));
		report_result(&f->ui, &job, &web1, &r, 4);
		result_clear(&r);
	}
	assert_true(text_utf8(f->out, f->out_len));
	for (size_t i = 0; i < f->out_len; i++)
		assert_true((unsigned char)f->out[i] >= ' ' ||
		    f->out[i] == '\n');
	assert_int_equal(2, (f->out[f->out_len - 1] == '\n') +
	    (strchr(f->out, '\n') != f->out + f->out_len - 1));
	assert_null(strstr(f->out, "\xe2\x80\xae"));
}

static void
quiet_leaves_errors_only(void **state)
{
	struct fixture *f = *state;
	struct job job = { .op = JOB_PUSH };
	struct target_spec web3 = { .kind = &ssh, .text = "web3" };
	struct fleet_count n = { .total = 1 };
	struct result r;

	f->ui.quiet = true;
	ui_warn(&f->ui, "mind");
	changed(&r);
	result_warn(&r, "this too");
	report_result(&f->ui, &job, &web3, &r, 4);
	result_clear(&r);
	report_summary(&f->ui, &n);
	assert_int_equal(ftell(f->ui.out), 0);
	assert_string_equal(f->err, "codex-provision: web3: the key is "
	    "another\nhint: ssh-keygen -R web3\n");
}

static void
a_call_that_fails_is_one_object(void **state)
{
	struct fixture *f = *state;
	struct err e;

	f->ui.json = true;
	err_set(&e, ERR_BAD_CREDENTIAL, "'x' is no JSON");
	assert_int_equal(ui_fail(&f->ui, &e), 3);
	assert_string_equal(f->out, "{\"error\":{\"code\":\"bad_credential\","
	    "\"message\":\"'x' is no JSON\"}}\n");
	assert_string_equal(f->err, "codex-provision: 'x' is no JSON\n");
}

static void
warnings_of_a_call_are_in_its_summary(void **state)
{
	struct fixture *f = *state;
	struct fleet_count n = { .total = 1, .seconds = 1.004999 };

	f->ui.json = true;
	n.by_state[STATE_ABSENT] = 1;
	ui_warn(&f->ui, "mind %d", 1);
	report_summary(&f->ui, &n);
	assert_string_equal(f->out, "{\"summary\":{\"targets\":1,\"written\":"
	    "0,\"unchanged\":0,\"refused\":0,\"failed\":0,\"removed\":0,"
	    "\"absent\":1,\"seconds\":1,\"warnings\":[\"mind 1\"]}}\n");
	assert_string_equal(f->err, "codex-provision: warning: mind 1\n");
}

static void
a_full_disk_is_said_and_a_closed_pipe_is_not(void **state)
{
	struct fixture *f = *state;
	FILE *memory = f->ui.out;

	f->ui.out = fopen("/dev/full", "w");
	assert_non_null(f->ui.out);
	ui_out(&f->ui, "a line\n");
	assert_int_not_equal(f->ui.lost, 0);
	assert_int_equal(ui_end(&f->ui, 7), 7);
	assert_int_equal(ui_end(&f->ui, 0), 1);
	assert_non_null(strstr(f->err, "no space left"));
	fclose(f->ui.out);
	f->ui.out = memory;
	f->ui.lost = EPIPE;
	assert_int_equal(ui_end(&f->ui, 0), 0);
}

static void
every_option_is_in_its_commands_help(void **state)
{
	(void)state;
	for (size_t c = 0; c < COMMANDS; c++) {
		BUF_AUTO b = BUF_INIT(HELP_BYTES);

		help_text(&b, &commands[c]);
		assert_false(b.failed);
		for (size_t i = 0; i < options_count; i++) {
			const struct opt *o = &options[i];
			bool its = o->group != GROUP_HIDDEN &&
			    (o->commands == 0 ||
				(o->commands & 1u << c) != 0);
			char word[64];

			if (o->name != NULL)
				snprintf(word, sizeof(word), " --%s%s%s ",
				    o->name, o->value != NULL ? " " : "",
				    o->value != NULL ? o->value : "");
			else
				snprintf(word, sizeof(word), "\n  -%c %s ",
				    o->letter, o->value != NULL ?
				    o->value : "");
			if ((strstr(buf_str(&b), word) != NULL) != its)
				fail_msg("%s:%s", commands[c].name, word);
		}
	}
}

static void
help_explains_the_operands(void **state)
{
	(void)state;
	for (size_t c = 0; c < COMMANDS; c++) {
		BUF_AUTO b = BUF_INIT(HELP_BYTES);

		help_text(&b, &commands[c]);
		if (strstr(commands[c].operands, "TARGET") != NULL)
			assert_non_null(strstr(buf_str(&b), "\nA TARGET is "));
	}
}

static void
help_lines_fit_a_terminal(void **state)
{
	(void)state;
	for (size_t c = 0; c <= COMMANDS; c++) {
		BUF_AUTO b = BUF_INIT(HELP_BYTES);
		const char *s;

		help_text(&b, c < COMMANDS ? &commands[c] : NULL);
		for (s = buf_str(&b); *s != '\0'; s += strcspn(s, "\n") + 1)
			assert_true(strcspn(s, "\n") < 80);
	}
}

static char *
man_page(void)
{
	FILE *f = fopen(MAN, "r");
	char *text = calloc(1, HELP_BYTES);

	if (f == NULL)
		skip();		/* not run from the top of the tree */
	assert_non_null(text);
	assert_true(fread(text, 1, HELP_BYTES - 1, f) > 0);
	fclose(f);
	return text;
}

static void
man_page_lists_exactly_the_options(void **state)
{
	BUF_AUTO b = BUF_INIT(HELP_BYTES);
	char *text = man_page(), *begin, *end;

	(void)state;
	help_man_options(&b);
	begin = strstr(text, ".Sh OPTIONS\n");
	assert_non_null(begin);
	end = strstr(begin, "\n.Sh OUTPUT");
	assert_non_null(end);
	end[1] = '\0';
	assert_string_equal(begin, buf_str(&b));
	free(text);
}

static void
man_page_knows_every_command(void **state)
{
	char *text = man_page(), word[64];

	(void)state;
	for (size_t i = 0; i < COMMANDS; i++) {
		snprintf(word, sizeof(word), "\n.It Cm %s", commands[i].name);
		assert_non_null(strstr(text, word));
	}
	free(text);
}

/* Whether `name` is a word of the text up to end. */
static bool
has_word(const char *text, const char *end, const char *name)
{
	size_t len = strlen(name);

	while ((text = strstr(text, name)) != NULL && text < end) {
		if (text[-1] == ' ' && strchr(" \n", text[len]) != NULL)
			return true;
		text += len;
	}
	return false;
}

static void
man_page_has_every_code_at_its_status(void **state)
{
	char *text = man_page(), item[32];
	const char *exits, *begin, *end;

	(void)state;
	assert_non_null(exits = strstr(text, ".Sh EXIT STATUS"));
	for (int c = ERR_NONE + 1; c < ERR_CODES; c++) {
		int status = err_exit((enum err_code)c);

		if (c == ERR_INTERRUPTED)
			snprintf(item, sizeof(item), "\n.It 129 , %d", status);
		else
			snprintf(item, sizeof(item), "\n.It %d\n", status);
		assert_non_null(begin = strstr(exits, item));
		end = strstr(begin + 1, "\n.It ");
		if (end == NULL)
			assert_non_null(end = strstr(begin, "\n.El"));
		if (!has_word(begin, end, err_name((enum err_code)c)))
			fail_msg("%s is not at %d", err_name((enum err_code)c),
			    status);
	}
	free(text);
}

static void
words_are_for_completion(void **state)
{
	BUF_AUTO b = BUF_INIT(HELP_BYTES);

	(void)state;
	help_words(&b);
	assert_non_null(strstr(buf_str(&b), "push\n"));
	assert_non_null(strstr(buf_str(&b), "\n--accept-new\n"));
	assert_non_null(strstr(buf_str(&b), "\n-J\n"));
	assert_null(strstr(buf_str(&b), "--words"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define WITH_UI(t) cmocka_unit_test_setup_teardown(t, setup, teardown)
		WITH_UI(lines_for_people),
		WITH_UI(objects_of_the_contract),
		WITH_UI(status_says_what_the_credential_is),
		WITH_UI(foreign_text_is_harmless),
		WITH_UI(quiet_leaves_errors_only),
		WITH_UI(a_call_that_fails_is_one_object),
		WITH_UI(warnings_of_a_call_are_in_its_summary),
		WITH_UI(a_full_disk_is_said_and_a_closed_pipe_is_not),
		cmocka_unit_test(every_option_is_in_its_commands_help),
		cmocka_unit_test(help_explains_the_operands),
		cmocka_unit_test(help_lines_fit_a_terminal),
		cmocka_unit_test(man_page_lists_exactly_the_options),
		cmocka_unit_test(man_page_knows_every_command),
		cmocka_unit_test(man_page_has_every_code_at_its_status),
		cmocka_unit_test(words_are_for_completion),
	};

	json_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
