/* /proc/net/tcp: lines of this kernel, of another byte order, and none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "procnet.h"

#define TAIL " 00000000:0000 0A 00000000:00000000 00:00000000 00000000" \
    "  5004        0 123456789 1 0000000000000000 100 0 0 10 0"

static void
addresses_are_told_apart(void **state)
{
	static const struct {
		const char		*line;
		enum procnet_reach	 reach;
	} lines[] = {
		{ "   0: 0100007F:05AF" TAIL, PROCNET_LOOPBACK },
		{ "   0: 7F000001:05AF" TAIL, PROCNET_LOOPBACK },
		{ "   0: 00000000:05AF" TAIL, PROCNET_ANY },
		{ "  17: 0101A8C0:05AF" TAIL, PROCNET_OTHER },
		{ "   1: 00000000000000000000000000000000:05AF" TAIL,
			PROCNET_ANY },
		{ "   1: 00000000000000000000000001000000:05AF" TAIL,
			PROCNET_LOOPBACK },
		{ "   1: 00000000000000000000000000000001:05AF" TAIL,
			PROCNET_LOOPBACK },
		{ "   1: 0000000000000000FFFF00000100007F:05AF" TAIL,
			PROCNET_LOOPBACK },
		{ "   1: 000080FE000000000000000001000000:05AF" TAIL,
			PROCNET_OTHER },
	};
	struct procnet p;

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		assert_true(procnet_read(&p, lines[i].line));
		assert_int_equal(p.reach, lines[i].reach);
		assert_true(p.listens);
		assert_int_equal(p.port, 1455);
		assert_int_equal(p.uid, 5004);
		assert_int_equal(p.inode, 123456789);
	}
}

static void
a_connection_does_not_listen(void **state)
{
	struct procnet p;

	(void)state;
	assert_true(procnet_read(&p, "   3: 0100007F:05AF 0100007F:9C40 01 "
	    "00000000:00000000 02:00000A1B 00000000     0        0 77 2 "
	    "0000000000000000 20 4 30 10 -1"));
	assert_false(p.listens);
	assert_int_equal(p.inode, 77);
}

static void
other_lines_are_none(void **state)
{
	static const char *const lines[] = {
		"",
		"  sl  local_address rem_address   st tx_queue rx_queue tr "
		"tm->when retrnsmt   uid  timeout inode",
		"   0: 0100007F:05AF",
		"   0: 0100007F:05AF 00000000:0000 0A",
		"   0: 100007F:05AF" TAIL,
		"   0: 0100007F:105AF" TAIL,
		"   0: 0100007F 05AF" TAIL,
		"   x: 0100007F:05AF" TAIL,
		"   0: 0100007F:05AF 00000000:0000 0A 0:0 00:0 0 -1 0 12",
		"   0: 0100007F:05AF 00000000:0000 0A 0:0 00:0 0 4294967296 0 1",
		"   0: 0100007F:05AF 00000000:0000 0A 0:0 00:0 0 1 0 x",
		"   0: 0100007F:05AF 00000000:0000 0A 0:0 00:0 0 1 0 1x",
		"   0: 0100007F:05AF 00000000:0000 0A 0:0 00:0 0 1 0 "
		"99999999999999999999",
	};
	struct procnet p;

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		if (procnet_read(&p, lines[i]))
			fail_msg("taken: '%s'", lines[i]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_are_told_apart),
		cmocka_unit_test(a_connection_does_not_listen),
		cmocka_unit_test(other_lines_are_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
