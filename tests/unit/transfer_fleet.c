/*
 * The fleet, over a kind of target of its own: one that ends, hangs, or can't
 * be cancelled, as its name says.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <stdio.h>
#include <unistd.h>

#include "fleet.h"
#include "loop.h"

#define MANY 200

struct task {
	struct task_ctx	c;
	struct watch	w;
};

static size_t flying, most;

static void
ends(struct watch *w, short revents)
{
	struct task *t = w->ctx;

	(void)revents;
	if (strcmp(t->c.spec->host, "fails") == 0) {
		(void)result_end(t->c.result, STATE_FAILED);
		err_set(&t->c.result->err, ERR_UNREACHABLE, "no");
	} else {
		(void)result_end(t->c.result, STATE_WRITTEN);
	}
	t->c.done(t->c.ctx);
}

static struct task *
start(const struct task_ctx *c)
{
	struct task *t = calloc(1, sizeof(*t));
	bool hangs = strcmp(c->spec->host, "hangs") == 0 ||
	    strcmp(c->spec->host, "unsure") == 0;

	t->c = *c;
	t->w = (struct watch){ .fd = -1, .fn = ends, .ctx = t,
		.due = hangs ? LOOP_NEVER : loop_now(c->net->loop) + 1 };
	assert_int_equal(loop_watch(c->net->loop, &t->w), 0);
	if (++flying > most)
		most = flying;
	return t;
}

static bool
committing(const struct task *t)
{
	return strcmp(t->c.spec->host, "unsure") == 0;
}

static const char *
stage(const struct task *t)
{
	(void)t;
	return "testing";
}

static void
done_with(struct task *t)
{
	loop_unwatch(t->c.net->loop, &t->w);
	flying--;
	free(t);
}

static const struct target_kind kind = { "test", "test", start, committing,
	stage, done_with };

struct report {
	int		calls, signal_fd, ticks;
	enum err_code	code[MANY];
	enum target_state state[MANY];
};

static void
ended(void *ctx, const struct target_spec *spec, struct result *r)
{
	struct report *p = ctx;

	p->state[spec->port] = r->state;
	p->code[spec->port] = r->err.code;
	p->calls++;
	if (p->signal_fd != -1 && p->calls == 5)
		assert_int_equal(write(p->signal_fd, "i", 1), 1);
}

static void
tick(void *ctx, const struct fleet *f)
{
	struct report *p = ctx;
	const char *what;
	double seconds;

	assert_true(fleet_progress(f)->flying > 0);
	assert_non_null(fleet_slow(f, 0, &what, &seconds));
	assert_string_equal(what, "testing");
	if (++p->ticks == 2 && p->signal_fd != -1)
		assert_int_equal(write(p->signal_fd, "i", 1), 1);
}

static struct fleet_count
run(const char *const *hosts, size_t n, int parallel, struct report *p,
    int signal_fd)
{
	static struct target_spec specs[MANY];
	struct job job = { .timeout = 1 };
	struct fleet_watcher w = { .ctx = p, .ended = ended, .tick = tick };
	struct fleet_plan plan = { .job = &job, .targets = specs,
		.ntargets = n, .parallel = parallel, .signal_fd = signal_fd,
		.watcher = &w };
	struct fleet_count count;
	struct err e;

	for (size_t i = 0; i < n; i++)
		specs[i] = (struct target_spec){ .kind = &kind, .text = "t",
			.host = (char *)(uintptr_t)hosts[i],
			.port = (int)i };
	flying = most = 0;
	assert_int_equal(fleet_run(&plan, &count, &e), 0);
	assert_int_equal(p->calls, n);
	assert_int_equal(count.done, n);
	assert_int_equal(flying, 0);
	return count;
}

static void
every_target_has_one_verdict_and_few_fly(void **state)
{
	static const char *hosts[MANY];
	struct report p = { .signal_fd = -1 };
	struct fleet_count c;

	(void)state;
	for (size_t i = 0; i < MANY; i++)
		hosts[i] = i % 3 == 0 ? "fails" : "works";
	c = run(hosts, MANY, 7, &p, -1);
	assert_int_equal(most, 7);
	assert_int_equal(c.by_state[STATE_FAILED], 67);
	assert_int_equal(c.by_state[STATE_WRITTEN], 133);
	for (size_t i = 0; i < MANY; i++)
		assert_int_equal(p.state[i],
		    i % 3 == 0 ? STATE_FAILED : STATE_WRITTEN);
}

static void
a_deadline_ends_what_hangs(void **state)
{
	const char *hosts[] = { "hangs", "works", "unsure" };
	struct report p;
	struct fleet_count c;
	int tries = 5;

	(void)state;
	/* A busy machine may be late, but not each time. */
	do {
		p = (struct report){ .signal_fd = -1 };
		c = run(hosts, 3, 64, &p, -1);
		assert_int_equal(p.code[0], ERR_TIMEOUT);
		assert_int_equal(p.state[0], STATE_FAILED);
		assert_int_equal(p.state[1], STATE_WRITTEN);
		assert_int_equal(p.state[2], STATE_UNKNOWN);
		assert_true(c.seconds >= 1);
		assert_true(--tries > 0);
	} while (c.seconds >= 2 || p.ticks <= 2);
}

static void
an_interrupt_leaves_nobody_out(void **state)
{
	static const char *hosts[MANY];
	struct report p = { 0 };
	struct fleet_count c;
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	p.signal_fd = fds[1];
	for (size_t i = 0; i < MANY; i++)
		hosts[i] = i < 5 ? "works" : i == 5 ? "unsure" : "hangs";
	c = run(hosts, MANY, 20, &p, fds[0]);
	assert_true(c.interrupted);
	assert_int_equal(p.state[0], STATE_WRITTEN);
	assert_int_equal(p.state[5], STATE_UNKNOWN);
	for (size_t i = 6; i < MANY; i++) {
		assert_int_equal(p.state[i], STATE_FAILED);
		assert_int_equal(p.code[i], ERR_INTERRUPTED);
	}
	close(fds[0]);
	close(fds[1]);
}

/* "own" has a job of its own, "none" its verdict. */
static const struct job *
choose(void *ctx, const struct target_spec *spec, struct result *r)
{
	static const struct job own = { .timeout = 7 };

	(void)ctx;
	if (strcmp(spec->host, "own") == 0)
		return &own;
	(void)result_end(r, STATE_REFUSED);
	err_set(&r->err, ERR_CANCELLED, "no");
	return NULL;
}

static void
own_job(void *ctx, const struct target_spec *spec, struct result *r)
{
	int *seen = ctx;

	seen[spec->port]++;
	assert_int_equal(r->state, strcmp(spec->host, "own") == 0 ?
	    STATE_WRITTEN : STATE_REFUSED);
}

static void
a_target_may_have_a_job_of_its_own_or_none(void **state)
{
	static char *const hosts[] = { "none", "own", "none", "own" };
	struct target_spec specs[4];
	int seen[4] = { 0 };
	struct fleet_watcher w = { .ctx = seen, .choose = choose,
		.settle = own_job };
	struct fleet_plan plan = { .targets = specs, .ntargets = 4,
		.parallel = 2, .signal_fd = -1, .watcher = &w };
	struct fleet_count c;
	struct err e;

	(void)state;
	for (int i = 0; i < 4; i++)
		specs[i] = (struct target_spec){ .kind = &kind, .text = "t",
			.host = hosts[i], .port = i };
	flying = most = 0;
	assert_int_equal(fleet_run(&plan, &c, &e), 0);
	assert_int_equal(most, 2);
	assert_int_equal(c.by_state[STATE_WRITTEN], 2);
	assert_int_equal(c.by_state[STATE_REFUSED], 2);
	assert_int_equal(c.last_error, ERR_CANCELLED);
	for (int i = 0; i < 4; i++)
		assert_int_equal(seen[i], 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_target_has_one_verdict_and_few_fly),
		cmocka_unit_test(a_deadline_ends_what_hangs),
		cmocka_unit_test(an_interrupt_leaves_nobody_out),
		cmocka_unit_test(a_target_may_have_a_job_of_its_own_or_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
