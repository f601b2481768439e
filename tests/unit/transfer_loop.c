/* The loop, the gate and dial: what every session stands on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dial.h"
#include "err.h"
#include "gate.h"
#include "loop.h"

struct seen {
	struct loop	*loop;
	struct watch	 w;
	struct watch	*other;
	int		 calls;
	short		 revents;
};

static void
note(struct watch *w, short revents)
{
	struct seen *s = w->ctx;

	s->calls++;
	s->revents = revents;
	if (s->other != NULL)
		loop_unwatch(s->loop, s->other);
}

static struct seen
seen_new(struct loop *l, int fd, int64_t due)
{
	return (struct seen){ .loop = l, .w = { .fd = fd, .events = POLLIN,
		.due = due, .fn = note } };
}

static void
timers_run_in_time_and_once(void **state)
{
	struct loop *l = loop_new();
	struct seen a = seen_new(l, -1, loop_now(l) + 20);

	(void)state;
	a.w.ctx = &a;
	assert_int_equal(loop_watch(l, &a.w), 0);
	while (a.calls == 0)
		loop_turn(l);
	assert_int_equal(a.revents, 0);
	assert_true(a.w.due == LOOP_NEVER);
	loop_unwatch(l, &a.w);
	loop_unwatch(l, &a.w);
	loop_free(l);
}

static void
a_watch_freed_by_another_is_not_called(void **state)
{
	struct loop *l = loop_new();
	struct seen a, b;
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], "xx", 2), 2);
	a = seen_new(l, ends[0], LOOP_NEVER);
	b = seen_new(l, ends[0], LOOP_NEVER);
	a.w.ctx = &a;
	b.w.ctx = &b;
	a.other = &b.w;
	assert_int_equal(loop_watch(l, &a.w), 0);
	assert_int_equal(loop_watch(l, &b.w), 0);
	loop_turn(l);
	assert_int_equal(a.calls, 1);
	assert_int_equal(b.calls, 0);
	loop_unwatch(l, &a.w);
	loop_free(l);
	close(ends[0]);
	close(ends[1]);
}

static void
forgiven_time_moves_every_deadline(void **state)
{
	struct loop *l = loop_new();
	struct seen a = seen_new(l, -1, loop_now(l) + 10);
	int64_t due = a.w.due;

	(void)state;
	a.w.ctx = &a;
	assert_int_equal(loop_watch(l, &a.w), 0);
	loop_forgive(l, 5000);
	assert_true(a.w.due == due + 5000);
	loop_unwatch(l, &a.w);
	loop_free(l);
}

static void
enter(void *ctx)
{
	++*(int *)ctx;
}

static void
a_gate_lets_in_so_many_in_order(void **state)
{
	struct gate *g = gate_new(2);
	struct gate_pass p[4];
	int in[4] = { 0 }, elsewhere = 0;
	struct gate_pass q = { .enter = enter, .ctx = &elsewhere };

	(void)state;
	for (int i = 0; i < 4; i++) {
		p[i] = (struct gate_pass){ .enter = enter, .ctx = &in[i] };
		assert_int_equal(gate_enter(g, "host 22", &p[i]), 0);
	}
	assert_int_equal(gate_enter(g, "host 23", &q), 0);
	assert_int_equal(elsewhere, 1);
	assert_int_equal(in[0] + in[1], 2);
	assert_int_equal(in[2] + in[3], 0);
	gate_leave(g, &p[2]);		/* gives up waiting */
	gate_leave(g, &p[0]);
	assert_int_equal(in[2], 0);
	assert_int_equal(in[3], 1);
	gate_leave(g, &p[0]);		/* twice is fine */
	gate_leave(g, &p[1]);
	gate_leave(g, &p[3]);
	gate_leave(g, &q);
	gate_free(g);
}

struct dialed {
	int		fd;
	struct err	e;
	bool		done;
};

static void
dialed(void *ctx, int fd, const struct err *e)
{
	struct dialed *d = ctx;

	d->done = true;
	d->fd = fd;
	if (e != NULL)
		d->e = *e;
}

static int
listener(const char *address, int *port)
{
	struct sockaddr_in sa = { .sin_family = AF_INET };
	socklen_t len = sizeof(sa);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	inet_pton(AF_INET, address, &sa.sin_addr);
	sa.sin_port = htons((uint16_t)*port);
	assert_int_equal(bind(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
	assert_int_equal(listen(fd, 5), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&sa, &len), 0);
	*port = ntohs(sa.sin_port);
	return fd;
}

static struct dialed
dial(const char *host, int port, int family)
{
	struct loop *l = loop_new();
	struct gate *g = gate_new(1);
	struct dialed d = { .fd = -1 };
	struct err e;
	struct dial *call = dial_start(l, g, &(struct dial_to){ .host = host,
	    .port = port, .family = family, .done = dialed, .ctx = &d }, &e);

	assert_non_null(call);
	assert_false(d.done);
	while (!d.done)
		loop_turn(l);
	dial_free(call);
	gate_free(g);
	loop_free(l);
	return d;
}

static void
a_name_is_resolved_and_every_address_tried(void **state)
{
	int port = 0, fd, on = 0;
	socklen_t len = sizeof(on);
	struct dialed d;

	(void)state;
	/* localhost is ::1 first where the machine has it; nobody is there. */
	fd = listener("127.0.0.1", &port);
	d = dial("localhost", port, AF_UNSPEC);
	assert_true(d.fd >= 0);
	assert_true(fcntl(d.fd, F_GETFD) & FD_CLOEXEC);
	assert_true(fcntl(d.fd, F_GETFL) & O_NONBLOCK);
	getsockopt(d.fd, IPPROTO_TCP, TCP_NODELAY, &on, &len);
	assert_true(on);
	close(d.fd);
	close(fd);
}

static void
a_refusal_names_host_port_and_cause(void **state)
{
	int port = 0, fd;
	struct dialed d;

	(void)state;
	fd = listener("127.0.0.1", &port);
	close(fd);
	d = dial("127.0.0.1", port, AF_INET);
	assert_int_equal(d.fd, -1);
	assert_int_equal(d.e.code, ERR_UNREACHABLE);
	assert_non_null(strstr(d.e.text, "127.0.0.1"));
	assert_non_null(strstr(d.e.text, "efused"));
	d = dial("no-such-host.invalid", 22, AF_UNSPEC);
	assert_int_equal(d.fd, -1);
	assert_int_equal(d.e.code, ERR_UNREACHABLE);
}

/*
 * Waits until the look-ups that were given up have ended as well: a process
 * that ends in the middle of one leaves the resolver's memory to valgrind.
 * Linux counts the threads as links of the folder, beside "." and "..".
 */
static void
wait_for_threads(void)
{
	struct stat st;

	do {
		sched_yield();
		assert_int_equal(stat("/proc/self/task", &st), 0);
	} while (st.st_nlink > 2 + 1);
}

static void
a_dial_can_be_given_up_at_once(void **state)
{
	struct loop *l = loop_new();
	struct gate *g = gate_new(1);
	struct dialed d = { .fd = -1 };
	struct err e;

	(void)state;
	for (int i = 0; i < 50; i++) {
		struct dial *call = dial_start(l, g, &(struct dial_to){
		    .host = "localhost", .port = 1, .family = AF_UNSPEC,
		    .done = dialed, .ctx = &d }, &e);

		assert_non_null(call);
		dial_free(call);
	}
	assert_false(d.done);
	gate_free(g);
	loop_free(l);
	wait_for_threads();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(timers_run_in_time_and_once),
		cmocka_unit_test(a_watch_freed_by_another_is_not_called),
		cmocka_unit_test(forgiven_time_moves_every_deadline),
		cmocka_unit_test(a_gate_lets_in_so_many_in_order),
		cmocka_unit_test(a_name_is_resolved_and_every_address_tried),
		cmocka_unit_test(a_refusal_names_host_port_and_cause),
		cmocka_unit_test(a_dial_can_be_given_up_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
