/* look: the rules of contract 4.4 and 4.5, row by row. */
#include "store_fixture.h"

#include "look.h"
#include "target.h"

/* What differs from a push of ours onto ours, 0600, owned by the account. */
enum {
	ABSENT = 1,
	OPAQUE = 2,
	BYTES = 4,
	WIDE = 8,
	OWNER = 16,
	OTHER = 32,
	NEWER = 64,
	NOLOGIN = 128,
	FORCE = 256,
	DRY = 512,
	INPLACE = 1024,
	EXACT = 2048,
	OLDER = 8192,
	NOBODY = 4096	/* nothing here that a pull would replace */
};

static const struct cred ours = { .mode = CRED_CHATGPT,
	.account = "acct-1",
	.email = "me@example.com",
	.has_refreshed = true,
	.refreshed = { .tv_sec = 1000 },
	.last_refresh = "1970",
	.digest = { 1, 2, 3 } };

static void
make(unsigned int f, enum job_op op, struct look *l, struct job *job)
{
	look_init(l);
	l->present = !(f & ABSENT);
	l->readable = !(f & (ABSENT | OPAQUE));
	l->mode = f & WIDE ? 0640 : 0600;
	l->owner = f & OWNER ? 0 : 7;
	l->account = 7;
	l->replaced = !(f & INPLACE);
	l->path = strdup("/h/auth.json");
	memcpy(l->digest, ours.digest, CRED_DIGEST_LEN);
	if (f & (BYTES | OTHER | NEWER | OLDER | NOLOGIN))
		l->digest[31] = 9;
	if (l->readable && !(f & NOLOGIN)) {
		l->claims = ours;
		if (f & OTHER)
			(void)strncpy(l->claims.account, "acct-2", 7);
		if (f & NEWER)
			l->claims.refreshed.tv_sec = 2000;
		if (f & OLDER)
			l->claims.refreshed.tv_sec = 500;
	}
	*job = (struct job){
		.op = op, .cred = f & NOBODY ? NULL : &ours,
		.force = f & FORCE, .dry_run = f & DRY, .exact = f & EXACT
	};
}

static void
test_judge(void **state)
{
	static const struct {
		enum job_op op;
		unsigned int flags;
		bool go;
		enum target_state state;
		enum err_code code;
		size_t warnings;
	} rows[] = {
		{ JOB_PUSH, 0, false, STATE_UNCHANGED, 0, 0 },
		{ JOB_PUSH, FORCE, false, STATE_UNCHANGED, 0, 0 },
		{ JOB_PUSH, DRY, false, STATE_UNCHANGED, 0, 0 },
		{ JOB_PUSH, ABSENT, true, 0, 0, 0 },
		{ JOB_PUSH, ABSENT | DRY, false, STATE_WOULD_WRITE, 0, 0 },
		{ JOB_PUSH, BYTES, true, 0, 0, 0 },
		{ JOB_PUSH, WIDE, true, 0, 0, 0 },
		{ JOB_PUSH, OWNER, true, 0, 0, 0 },
		{ JOB_PUSH, WIDE | DRY, false, STATE_WOULD_WRITE, 0, 0 },
		{ JOB_PUSH, OTHER, false, STATE_REFUSED, ERR_OTHER_ACCOUNT, 0 },
		{ JOB_PUSH, OTHER | DRY, false, STATE_REFUSED,
		    ERR_OTHER_ACCOUNT, 0 },
		{ JOB_PUSH, OTHER | FORCE, true, 0, 0, 0 },
		{ JOB_PUSH, NEWER, false, STATE_REFUSED, ERR_NEWER_THERE, 0 },
		{ JOB_PUSH, NEWER | FORCE, true, 0, 0, 0 },
		{ JOB_PUSH, NEWER | FORCE | DRY, false, STATE_WOULD_WRITE, 0,
		    0 },
		{ JOB_PUSH, OPAQUE, false, STATE_FAILED, ERR_UNSAFE_TARGET, 0 },
		{ JOB_PUSH, OPAQUE | DRY, false, STATE_FAILED,
		    ERR_UNSAFE_TARGET, 0 },
		{ JOB_PUSH, OPAQUE | FORCE, true, 0, 0, 0 },
		{ JOB_PUSH, NOLOGIN, true, 0, 0, 1 },
		{ JOB_REMOVE, 0, true, 0, 0, 0 },
		{ JOB_REMOVE, OPAQUE, true, 0, 0, 0 },
		{ JOB_REMOVE, OTHER, true, 0, 0, 0 },
		{ JOB_REMOVE, ABSENT, false, STATE_ABSENT, 0, 0 },
		{ JOB_REMOVE, DRY, false, STATE_PRESENT, 0, 0 },
		{ JOB_REMOVE, EXACT, true, 0, 0, 0 },
		{ JOB_REMOVE, EXACT | ABSENT, false, STATE_ABSENT, 0, 0 },
		{ JOB_REMOVE, EXACT | BYTES, false, STATE_REFUSED,
		    ERR_NEWER_THERE, 0 },
		{ JOB_REMOVE, EXACT | OPAQUE, false, STATE_REFUSED,
		    ERR_NEWER_THERE, 0 },
		{ JOB_PULL, NOBODY, true, 0, 0, 0 },
		{ JOB_PULL, NOBODY | DRY, false, STATE_WOULD_WRITE, 0, 0 },
		{ JOB_PULL, NOBODY | ABSENT, false, STATE_FAILED,
		    ERR_NO_CREDENTIAL, 0 },
		{ JOB_PULL, NOBODY | OPAQUE, false, STATE_FAILED,
		    ERR_PERMISSION_DENIED, 0 },
		{ JOB_PULL, 0, false, STATE_UNCHANGED, 0, 0 },
		{ JOB_PULL, NEWER, true, 0, 0, 0 },
		{ JOB_PULL, NEWER | DRY, false, STATE_WOULD_WRITE, 0, 0 },
		{ JOB_PULL, OLDER, false, STATE_REFUSED, ERR_NEWER_THERE, 0 },
		{ JOB_PULL, OLDER | FORCE, true, 0, 0, 0 },
		{ JOB_PULL, OTHER, false, STATE_REFUSED, ERR_OTHER_ACCOUNT,
		    0 },
		{ JOB_PULL, OTHER | FORCE, true, 0, 0, 0 },
		{ JOB_STATUS, 0, false, STATE_PRESENT, 0, 0 },
		{ JOB_STATUS, ABSENT, false, STATE_ABSENT, 0, 0 },
		{ JOB_STATUS, OPAQUE, false, STATE_PRESENT, 0, 1 },
	};
	struct look l;
	struct job job;
	struct result r;

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		make(rows[i].flags, rows[i].op, &l, &job);
		result_init(&r);
		if (look_judge(&l, &job, &r) != rows[i].go ||
		    r.state != rows[i].state || r.err.code != rows[i].code ||
		    r.nwarnings != rows[i].warnings)
			fail_msg("row %zu: %s, %s", i,
			    target_state_name(r.state), r.err.text);
		assert_string_equal("/h/auth.json", r.path);
		assert_int_equal(l.present ? l.mode : -1, r.mode);
		assert_int_equal(r.state == STATE_WOULD_WRITE &&
		    job.op == JOB_PUSH ? l.account :
		    l.present ? l.owner : -1, r.owner);
		assert_int_equal(l.claims.mode, r.there.mode);
		assert_null(r.there.bytes);
		look_clear(&l);
		result_clear(&r);
	}
}

static void
test_confirm_and_recover(void **state)
{
	static const struct {
		enum job_op op;
		unsigned int flags;
		bool good;
	} rows[] = {
		{ JOB_PUSH, 0, true },
		{ JOB_PUSH, INPLACE, true },
		{ JOB_PUSH, ABSENT, false },
		{ JOB_PUSH, OPAQUE, false },
		{ JOB_PUSH, BYTES, false },
		{ JOB_PUSH, WIDE, false },
		{ JOB_PUSH, OWNER, false },
		{ JOB_REMOVE, ABSENT, true },
		{ JOB_REMOVE, 0, false },
	};
	struct err why = { .code = ERR_TIMEOUT, .text = "late" };
	struct look l;
	struct job job;
	struct result r;

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		enum target_state want = !rows[i].good ? STATE_FAILED
					 : rows[i].op == JOB_PUSH
					     ? STATE_WRITTEN
					     : STATE_REMOVED;

		make(rows[i].flags, rows[i].op, &l, &job);
		result_init(&r);
		look_confirm(&l, &job, &r);
		assert_int_equal(want, r.state);
		assert_int_equal(
		    rows[i].good ? ERR_NONE : ERR_PROTOCOL, r.err.code);
		assert_int_equal(rows[i].flags & INPLACE ? 1 : 0, r.nwarnings);
		result_clear(&r);

		look_recover(&l, &job, &why, &r);
		assert_int_equal(want, r.state);
		assert_int_equal(
		    rows[i].good ? ERR_NONE : ERR_TIMEOUT, r.err.code);
		assert_int_equal(0, r.nwarnings);
		look_clear(&l);
		result_clear(&r);
	}
}

/* A file that may be the very one that is pushed, leased or pulled here. */
static void
test_mine(void **state)
{
	static const struct {
		enum job_op op;
		int mark, mode;
		bool bytes, again, go;
		enum err_code code;
	} rows[] = {
		{ JOB_PUSH, 0700, 0700, true, false, false,
		    ERR_UNSAFE_TARGET },
		{ JOB_PUSH, 0700, 0600, true, true, false, ERR_NONE },
		{ JOB_PUSH, 0700, 0644, true, true, true, ERR_NONE },
		{ JOB_PUSH, 0700, 0700, false, false, true, ERR_NONE },
		{ JOB_PUSH, -1, 0600, true, false, false,
		    ERR_UNSAFE_TARGET },
		{ JOB_REMOVE, 0700, 0700, true, false, false,
		    ERR_UNSAFE_TARGET },
		{ JOB_REMOVE, 0700, 0600, true, true, true, ERR_NONE },
		{ JOB_REMOVE, -1, 0600, true, false, false,
		    ERR_UNSAFE_TARGET },
	};
	struct look l;
	struct job job;
	struct result r;

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		/* not even with --force */
		make(FORCE | EXACT | (rows[i].bytes ? 0 : BYTES), rows[i].op,
		    &l, &job);
		if (rows[i].op == JOB_REMOVE)
			job.force = false;
		job.mine = ours.digest;
		job.mine_mode = rows[i].mark;
		l.mode = rows[i].mode;
		result_init(&r);
		assert_int_equal(look_again(&l, &job, &r), rows[i].again);
		assert_false(look_again(&l, &job, &r));
		assert_int_equal(look_judge(&l, &job, &r), rows[i].go);
		assert_int_equal(r.err.code, rows[i].code);
		look_clear(&l);
		result_clear(&r);
	}
}

static void
test_lease(void **state)
{
	struct cred full = ours, lease = ours;
	struct look l;
	struct job job;
	struct result r;

	(void)state;
	full.refreshable = true;
	lease.mode = CRED_LEASE;
	lease.digest[0] = 77;
	make(0, JOB_PUSH, &l, &job);
	l.claims = full;
	job.cred = &lease;
	result_init(&r);
	assert_false(look_judge(&l, &job, &r));
	assert_int_equal(r.err.code, ERR_NEWER_THERE);
	result_clear(&r);
	job.lease = true;	/* made of the login here: a copy may go */
	assert_true(look_judge(&l, &job, &r));
	result_clear(&r);
	look_clear(&l);
	make(0, JOB_PULL, &l, &job);
	l.claims = lease;
	memcpy(l.digest, lease.digest, sizeof(l.digest));
	job.cred = &full;
	assert_false(look_judge(&l, &job, &r));
	assert_int_equal(r.err.code, ERR_NEWER_THERE);
	look_clear(&l);
	result_clear(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_judge),
		cmocka_unit_test(test_confirm_and_recover),
		cmocka_unit_test(test_mine),
		cmocka_unit_test(test_lease),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
