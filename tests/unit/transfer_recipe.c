/*
 * The far script for real: every login shell, every sh, every state of the
 * target, and every moment to end it.
 */
#include "far.h"
#include "survey.h"

#define DAEMON 1 /* an account with a group of its own, not root */

static struct far far;
static int homes;

/* A new home, named after `name`, that belongs to uid. Static buffer's owner
 * is the caller. */
static void
new_home(char home[200], const char *name, uid_t uid)
{
	char dir[100];

	(void)snprintf(dir, sizeof(dir), "%s/%d", far.dir, homes++);
	assert_int_equal(0, mkdir(dir, 0755));
	(void)snprintf(home, 200, "%s/%s", dir, name);
	assert_int_equal(0, mkdir(home, 0755));
	assert_int_equal(0, chown(home, uid, uid));
}

static bool
need_root(void)
{
	if (geteuid() == 0)
		return true;
	print_message("SKIPPED: needs root\n");
	return false;
}

static const char *
find(const char *shell)
{
	static const char *const dirs[] = { "/bin/", "/usr/bin/" };
	static char path[64];

	for (size_t i = 0; i < ROWS(dirs); i++) {
		(void)snprintf(path, sizeof(path), "%s%s", dirs[i], shell);
		if (access(path, X_OK) == 0)
			return path;
	}
	print_message("SKIPPED: no %s here\n", shell);
	return NULL;
}

/* Whether the result is that; says what it was otherwise. */
static void
expect(const char *what, const struct result *r, enum target_state state,
    enum err_code code)
{
	if (r->state == state &&
	    (state != STATE_FAILED && state != STATE_REFUSED
		    ? true
		    : r->err.code == code)) {
		if (getenv("FAR_SAY") != NULL && r->err.code != ERR_NONE)
			print_message("%s: %s\n", what, r->err.text);
		return;
	}
	fail_msg("%s: state %s, %s: %s", what, target_state_name(r->state),
	    err_name(r->err.code), r->err.text);
}

static void
expect_there(const char *what, const char *home, uid_t uid, const char *check)
{
	int rc = far_script(&far, home, uid, check);

	if (rc == 0)
		return;
	(void)far_script(&far, home, 0, "find . | xargs -d '\\n' ls -ld >&2");
	fail_msg("%s: '%s' is not so (%d)", what, check, rc);
}

/* --- every shell ------------------------------------------------------ */

static const char *const odd_names[] = {
	"home",
	"odd dir$(touch pwn)'q\"`touch pwn`\\",
	"-rf",
	"\xff\xfe *?[a",
	"tab\tand;|&",
	"%s%n!!$HOME~#{x,y}",
};

static void
push_twice(const char *what, struct far_run *o, const char *codex_home,
    const char *there)
{
	struct job job = { .op = JOB_PUSH,
		.cred = &far.cred[FAR_NEW],
		.codex_home = codex_home,
		.timeout = 30 };
	struct result r;
	size_t n;

	far_job(&far, o, &job, &r);
	expect(what, &r, STATE_WRITTEN, ERR_NONE);
	n = strlen(r.path);
	assert_true(n > 10 && strcmp(r.path + n - 10, "/auth.json") == 0);
	assert_int_equal(0600, r.mode);
	result_clear(&r);
	expect_there(what, o->home, o->uid, there);
	far_job(&far, o, &job, &r);
	expect(what, &r, STATE_UNCHANGED, ERR_NONE);
	result_clear(&r);
	expect_there(
	    what, o->home, 0, "clean && [ -z \"$(find .. -name pwn)\" ]");
}

static void
test_login_shells(void **state)
{
	static const char *const shells[] = { "sh", "dash", "bash", "rbash",
		"fish", "tcsh", "csh", "zsh", "mksh", "ksh", "ksh93" };
	char home[200], other[256];
	struct far_run o;

	(void)state;
	for (size_t i = 0; i < ROWS(shells); i++) {
		if (find(shells[i]) == NULL)
			continue;
		for (size_t j = 0; j < ROWS(odd_names); j++) {
			/* fish itself changes a HOME that isn't UTF-8. */
			if (strcmp(shells[i], "fish") == 0 &&
			    (unsigned char)odd_names[j][0] == 0xff)
				continue;
			new_home(home, odd_names[j], geteuid());
			o = (struct far_run){ .login = find(shells[i]),
				.home = home };
			push_twice(shells[i], &o, NULL,
			    "is \"$NEW\" \"$D/auth.json\"");
			(void)snprintf(
			    other, sizeof(other), "%s/%s", home, odd_names[j]);
			push_twice(shells[i], &o, other,
			    "is \"$NEW\" \"$PWD/${PWD##*/}/auth.json\"");
			(void)snprintf(other, sizeof(other), "%s/env", home);
			o.codex_home = other;
			push_twice(
			    shells[i], &o, NULL, "is $NEW env/auth.json");
		}
	}
}

/* --- every state of the target ---------------------------------------- */

enum {
	FORCE = 1,
	DRY = 2,
	BACKUP = 4,
	REMOVE = 8,
	STATUS = 16,
	PULL = 64,
	SURVEY = 128,
	ROOT = 32
};

static const struct state_case {
	const char *name;
	const char *before; /* as the account */
	int flags;
	enum target_state state;
	enum err_code code;
	const char *after; /* must be true */
} cases[] = {
	{ "no folder", "", 0, STATE_WRITTEN, 0,
	    "is $NEW $D/auth.json && [ \"$(stat -c %a $D)\" = 700 ]" },
	{ "an empty folder keeps its mode", "mkdir -m 755 $D", 0, STATE_WRITTEN,
	    0,
	    "is $NEW $D/auth.json && "
	    "[ \"$(stat -c %a $D)\" = 755 ]" },
	{ "an older file", "put $OLD $D/auth.json", 0, STATE_WRITTEN, 0,
	    "is $NEW $D/auth.json && [ ! -e $D/auth.json.bak ]" },
	{ "with a backup", "put $OLD $D/auth.json; echo x >$D/auth.json.bak",
	    BACKUP, STATE_WRITTEN, 0,
	    "is $NEW $D/auth.json && is $OLD $D/auth.json.bak" },
	{ "a backup of nothing", "", BACKUP, STATE_WRITTEN, 0,
	    "is $NEW $D/auth.json && [ ! -e $D/auth.json.bak ]" },
	{ "a backup that is a folder",
	    "put $OLD $D/auth.json; "
	    "mkdir $D/auth.json.bak",
	    BACKUP, STATE_FAILED, ERR_PROTOCOL,
	    "is $OLD $D/auth.json && rmdir $D/auth.json.bak" },
	{ "the same",
	    "put $NEW $D/auth.json; touch -d 2000-01-01 "
	    "$D/auth.json",
	    0, STATE_UNCHANGED, 0,
	    "[ \"$(stat -c %Y $D/auth.json)\" -lt 1000000000 ] && "
	    "[ ! -e $D/auth.lock ]" },
	{ "the same with a wider mode",
	    "put $NEW $D/auth.json; chmod 644 "
	    "$D/auth.json",
	    0, STATE_WRITTEN, 0, "is $NEW $D/auth.json" },
	{ "another account", "put $OTHER $D/auth.json", 0, STATE_REFUSED,
	    ERR_OTHER_ACCOUNT,
	    "is $OTHER $D/auth.json && [ ! -e $D/auth.lock ]" },
	{ "another account, forced", "put $OTHER $D/auth.json", FORCE,
	    STATE_WRITTEN, 0, "is $NEW $D/auth.json" },
	{ "a newer file", "put $NEWER $D/auth.json", 0, STATE_REFUSED,
	    ERR_NEWER_THERE, "is $NEWER $D/auth.json" },
	{ "a newer file, compact",
	    "tr -d ' \\n' <$NEWER >n; put ./n "
	    "$D/auth.json",
	    0, STATE_REFUSED, ERR_NEWER_THERE, "" },
	{ "a newer file, forced", "put $NEWER $D/auth.json", FORCE,
	    STATE_WRITTEN, 0, "is $NEW $D/auth.json" },
	{ "dry run", "put $OLD $D/auth.json", DRY, STATE_WOULD_WRITE, 0,
	    "is $OLD $D/auth.json && [ \"$(ls -A $D)\" = auth.json ]" },
	{ "dry run into nothing", "", DRY, STATE_WOULD_WRITE, 0,
	    "[ ! -e $D ]" },
	{ "not a login", "mkdir $D; echo '{}' >$D/auth.json", 0, STATE_WRITTEN,
	    0, "is $NEW $D/auth.json" },
	{ "garbage", "mkdir $D; head -c 60000 /dev/urandom >$D/auth.json", 0,
	    STATE_WRITTEN, 0, "is $NEW $D/auth.json" },
	{ "quotes and nothing else",
	    "mkdir $D; yes '\"tokens\":{\"account_id\""
	    ":\"x\",' 2>&- | head -c 65536 >$D/auth.json",
	    FORCE, STATE_WRITTEN, 0, "is $NEW $D/auth.json" },
	{ "one long claim",
	    "mkdir $D; { printf '{\"last_refresh\":\"'; yes 2>&- | "
	    "tr -d '\\n' 2>&- | head -c 65000; printf '\"'; } >$D/auth.json",
	    0, STATE_WRITTEN, 0, "is $NEW $D/auth.json" },
	{ "huge and sparse", "mkdir $D; truncate -s 9G $D/auth.json", 0,
	    STATE_WRITTEN, 0, "is $NEW $D/auth.json" },
	{ "an empty file", "mkdir $D; : >$D/auth.json", 0, STATE_WRITTEN, 0,
	    "is $NEW $D/auth.json" },
	{ "a link",
	    "put $OLD real/x.json; mkdir $D; ln -s ../real/x.json "
	    "$D/auth.json",
	    0, STATE_WRITTEN, 0, "is $NEW real/x.json && [ -L $D/auth.json ]" },
	{ "a link to a name that needs care",
	    "put $OLD 'r $(x)/-f *'; mkdir "
	    "$D; ln -s '../r $(x)/-f *' $D/auth.json",
	    0, STATE_WRITTEN, 0,
	    "is $NEW 'r $(x)/-f *' && [ -L $D/auth.json ]" },
	{ "a link to nothing yet",
	    "mkdir real $D; ln -s ../real/a "
	    "$D/auth.json",
	    0, STATE_WRITTEN, 0, "is $NEW real/a && [ -L $D/auth.json ]" },
	{ "a link into no folder", "mkdir $D; ln -s ../real/a $D/auth.json", 0,
	    STATE_FAILED, ERR_UNSAFE_TARGET, "[ ! -e real ]" },
	{ "a link to where others write",
	    "mkdir $D; mkdir -m 777 open; put "
	    "$OLD open/a; ln -s ../open/a $D/auth.json",
	    0, STATE_FAILED, ERR_UNSAFE_TARGET, "is $OLD open/a" },
	{ "a link to what others read and write",
	    "put $OLD real/a; chmod 666 "
	    "real/a; mkdir $D; ln -s ../real/a $D/auth.json",
	    0, STATE_FAILED, ERR_UNSAFE_TARGET, "cmp $OLD real/a" },
	{ "a link to /etc", "mkdir $D; ln -s /etc/hostname $D/auth.json", 0,
	    STATE_FAILED, ERR_UNSAFE_TARGET, "[ -L $D/auth.json ]" },
	{ "a loop", "mkdir $D; ln -s auth.json $D/auth.json", 0, STATE_FAILED,
	    ERR_UNSAFE_TARGET, "[ -L $D/auth.json ]" },
	{ "a link to a name with a newline",
	    "mkdir $D; put $OLD \"r/a\nb\"; "
	    "ln -s \"../r/a\nb\" $D/auth.json",
	    0, STATE_FAILED, ERR_UNSAFE_TARGET, "is $OLD \"r/a\nb\"" },
	{ "a link to stdout", "mkdir $D; ln -s /dev/stdout $D/auth.json", 0,
	    STATE_FAILED, ERR_UNSAFE_TARGET, "[ -L $D/auth.json ]" },
	{ "a linked folder", "mkdir -m 700 real; ln -s real $D", 0,
	    STATE_WRITTEN, 0, "is $NEW real/auth.json && [ -L $D ]" },
	{ "a folder linked to nothing", "ln -s real $D", 0, STATE_FAILED,
	    ERR_UNSAFE_TARGET, "[ ! -e real ]" },
	{ "a pipe", "mkdir $D; mkfifo $D/auth.json", 0, STATE_FAILED,
	    ERR_UNSAFE_TARGET, "[ -p $D/auth.json ]" },
	{ "a folder in its place", "mkdir -p $D/auth.json", 0, STATE_FAILED,
	    ERR_UNSAFE_TARGET, "rmdir $D/auth.json" },
	{ "a file in the folder's place", ": >$D", 0, STATE_FAILED,
	    ERR_UNSAFE_TARGET, "[ -f $D ]" },
	{ "a hard link", "put $OLD $D/auth.json; ln $D/auth.json other", 0,
	    STATE_FAILED, ERR_UNSAFE_TARGET, "is $OLD $D/auth.json" },
	{ "a hard link, status", "put $OLD $D/auth.json; ln $D/auth.json o",
	    STATUS, STATE_PRESENT, 0, "" },
	{ "a hard link, remove", "put $OLD $D/auth.json; ln $D/auth.json o",
	    REMOVE, STATE_REMOVED, 0, "is $OLD o && [ ! -e $D/auth.json ]" },
	{ "read-only", "put $OLD $D/auth.json; chmod 400 $D/auth.json", 0,
	    STATE_FAILED, ERR_PERMISSION_DENIED, "cmp $OLD $D/auth.json" },
	{ "unreadable, own", "put $OLD $D/auth.json; chmod 200 $D/auth.json", 0,
	    STATE_FAILED, ERR_UNSAFE_TARGET, "[ ! -r $D/auth.json ]" },
	{ "unreadable, own, forced",
	    "put $OLD $D/auth.json; chmod 200 "
	    "$D/auth.json",
	    FORCE, STATE_WRITTEN, 0, "is $NEW $D/auth.json" },
	{ "a folder others write to", "mkdir $D; chmod 707 $D", 0, STATE_FAILED,
	    ERR_UNSAFE_TARGET, "[ -z \"$(ls -A $D)\" ]" },
	{ "a folder of the account's own group", "mkdir $D; chmod 775 $D", 0,
	    STATE_WRITTEN, 0, "is $NEW $D/auth.json" },
	{ "a folder without write permission", "mkdir -m 500 $D", 0,
	    STATE_FAILED, ERR_PERMISSION_DENIED, "[ -z \"$(ls -A $D)\" ]" },
	{ "a folder that is closed", "mkdir -m 000 $D", 0, STATE_FAILED,
	    ERR_UNSAFE_TARGET, "chmod 700 $D; [ -z \"$(ls -A $D)\" ]" },
	{ "a home without write permission", "chmod 500 .", 0, STATE_FAILED,
	    ERR_PERMISSION_DENIED, "[ ! -e $D ]" },
	{ "remove", "put $OLD $D/auth.json", REMOVE, STATE_REMOVED, 0,
	    "[ ! -e $D/auth.json ]" },
	{ "remove nothing", "mkdir $D", REMOVE, STATE_ABSENT, 0,
	    "[ -z \"$(ls -A $D)\" ]" },
	{ "remove, dry run", "put $OLD $D/auth.json", REMOVE | DRY,
	    STATE_PRESENT, 0, "is $OLD $D/auth.json" },
	{ "remove a link",
	    "put $OLD real/a; mkdir $D; ln -s ../real/a "
	    "$D/auth.json",
	    REMOVE, STATE_REMOVED, 0,
	    "is $OLD real/a && [ ! -L $D/auth.json ]" },
	{ "pull", "put $OLD $D/auth.json", PULL, STATE_PRESENT, 0,
	    "is $OLD $D/auth.json && [ \"$(ls -A $D)\" = auth.json ]" },
	{ "pull by a link, read-only, with a blank in its name",
	    "put $OLD \"real/a b\"; chmod 400 \"real/a b\"; mkdir $D; "
	    "ln -s \"../real/a b\" $D/auth.json",
	    PULL, STATE_PRESENT, 0, "[ -L $D/auth.json ]" },
	{ "pull nothing", "mkdir $D", PULL, STATE_FAILED, ERR_NO_CREDENTIAL,
	    "[ -z \"$(ls -A $D)\" ]" },
	{ "pull rubbish", "mkdir -m 700 $D; echo \"{}\" >$D/auth.json", PULL,
	    STATE_FAILED, ERR_BAD_CREDENTIAL, "" },
	{ "pull what is unreadable",
	    "put $OLD $D/auth.json; chmod 200 $D/auth.json", PULL,
	    STATE_FAILED, ERR_PERMISSION_DENIED, "" },
	{ "status of nothing", "", STATUS, STATE_ABSENT, 0, "[ ! -e $D ]" },
	{ "status", "put $OLD $D/auth.json", STATUS, STATE_PRESENT, 0,
	    "[ \"$(ls -A $D)\" = auth.json ]" },
	{ "survey of nothing", "", STATUS | SURVEY, STATE_ABSENT, 0,
	    "[ ! -e $D ]" },
	{ "survey",
	    "put $OLD $D/auth.json; printf 'a = \"b\\\\tc\"\\n  # d\\n [t]\\n"
	    "token = \"" CANARY "\"\\n' >$D/config.toml",
	    STATUS | SURVEY, STATE_PRESENT, 0,
	    "[ \"$(echo $(ls -A $D))\" = \"auth.json config.toml\" ]" },
	{ "what a killed run left",
	    "mkdir -m 700 $D; "
	    ": >$D/.cxp.$(uname -n).999999.00.abc; "
	    ": >$D/.cxp.elsewhere.1.00.abc; "
	    "touch -d '20 minutes ago' $D/.cxp.elsewhere.1.00.abc",
	    0, STATE_WRITTEN, 0, "is $NEW $D/auth.json" },
	{ "what a run elsewhere has",
	    "mkdir -m 700 $D; "
	    ": >$D/.cxp.elsewhere.999999.00.abc",
	    0, STATE_WRITTEN, 0,
	    "is $NEW $D/auth.json && rm $D/.cxp.elsewhere.999999.00.abc" },
	{ "a lock that cannot be opened",
	    "put $OLD $D/auth.json; "
	    ": >$D/auth.lock; chmod 0 $D/auth.lock",
	    0, STATE_FAILED, ERR_PERMISSION_DENIED, "is $OLD $D/auth.json" },
	{ "a lock held for a second",
	    "put $OLD $D/auth.json; "
	    "(flock 9; sleep 1) 9>>$D/auth.json.lock & sleep .1",
	    0, STATE_WRITTEN, 0, "is $NEW $D/auth.json" },
	/* as root */
	{ "somebody else's folder", "mkdir $D; chown 2 $D", ROOT, STATE_FAILED,
	    ERR_UNSAFE_TARGET, "[ -z \"$(ls -A $D)\" ]" },
	{ "somebody else's link",
	    "mkdir $D real; ln -s ../real/a "
	    "$D/auth.json; chown -h 2 $D/auth.json",
	    ROOT, STATE_FAILED, ERR_UNSAFE_TARGET, "[ -z \"$(ls -A real)\" ]" },
	{ "somebody else's file",
	    "put $OLD $D/auth.json; chown 2 "
	    "$D/auth.json",
	    ROOT, STATE_WRITTEN, 0, "is $NEW $D/auth.json" },
	{ "read-only, root", "put $OLD $D/auth.json; chmod 400 $D/auth.json",
	    ROOT, STATE_FAILED, ERR_PERMISSION_DENIED,
	    "cmp $OLD $D/auth.json" },
	{ "a group that is not the account's own",
	    "mkdir -m 770 $D; "
	    "chgrp 2 $D",
	    ROOT, STATE_FAILED, ERR_UNSAFE_TARGET, "[ -z \"$(ls -A $D)\" ]" },
	{ "a mounted file",
	    "put $OLD ./m; mkdir $D; : >$D/auth.json; "
	    "mount --bind m $D/auth.json",
	    ROOT, STATE_WRITTEN, 0, "is $NEW m && umount -l $D/auth.json" },
	{ "a mounted file on a full disk",
	    "mkdir $D m; : >$D/auth.json; "
	    "mount -t tmpfs -o size=16k tmpfs m; put $OLD m/a; "
	    "mount --bind m/a $D/auth.json; cat /dev/zero >m/b 2>&-; true",
	    ROOT, STATE_FAILED, ERR_DISK_FULL,
	    "is $OLD m/a; x=$?; umount -l $D/auth.json m; [ $x = 0 ] && clean" },
	{ "a full disk",
	    "mkdir $D; mount -t tmpfs -o size=64k,mode=700 tmpfs "
	    "$D; put $OLD $D/auth.json; cat /dev/zero >$D/full 2>&-; true",
	    ROOT, STATE_FAILED, ERR_DISK_FULL,
	    "is $OLD $D/auth.json && clean && umount -l $D" },
	{ "a read-only disk",
	    "mkdir $D; mount -t tmpfs -o mode=700 tmpfs $D; "
	    "put $OLD $D/auth.json; mount -o remount,ro $D",
	    ROOT, STATE_FAILED, ERR_READ_ONLY,
	    "is $OLD $D/auth.json && umount -l $D" },
	{ "an immutable file",
	    "put $OLD $D/auth.json; "
	    "chattr +i $D/auth.json",
	    ROOT, STATE_FAILED, ERR_PERMISSION_DENIED,
	    "chattr -i $D/auth.json; "
	    "is $OLD $D/auth.json" },
	{ "default rights for others",
	    "mkdir $D; "
	    "setfacl -d -m u:2:rwx $D || exit 77",
	    ROOT, STATE_WRITTEN, 0,
	    "is $NEW $D/auth.json && getfacl -c $D/auth.json | "
	    "grep -q '^mask::---'" },
};

static const unsigned char survey_key[SURVEY_KEY_LEN] = { 1, 2, 3 };

/* SHA-256(key . SHA-256(key . token . newline) . newline), all in hex. */
static void
want_token(unsigned char out[SURVEY_TOKEN_LEN], const char *token)
{
	char key[2 * SURVEY_KEY_LEN + 1], inner[2 * SURVEY_TOKEN_LEN + 1];
	char text[300];

	sodium_bin2hex(key, sizeof(key), survey_key, sizeof(survey_key));
	for (int i = 0; i < 2; i++) {
		(void)snprintf(text, sizeof(text), "%s%s\n", key,
		    i == 0 ? token : inner);
		crypto_hash_sha256(out, (const unsigned char *)text,
		    strlen(text));
		sodium_bin2hex(inner, sizeof(inner), out, SURVEY_TOKEN_LEN);
	}
}

/* What a status has learnt: all of it, by every shell. */
static void
expect_survey(const struct result *r)
{
	unsigned char token[SURVEY_TOKEN_LEN];
	char text[200];

	assert_non_null(r->survey);
	assert_true(r->survey->whole);
	assert_int_equal(0, r->nwarnings);
	assert_true(r->survey->timed);
	assert_in_range(r->survey->ahead + 60, 0, 120);
	assert_true(r->survey->fs[0] != '\0');
	if (r->survey->file[CODEXCONFIG_USER].there)
		assert_string_equal("a = \"b\\tc\"\n  # d\n",
		    buf_str(&r->survey->file[CODEXCONFIG_USER].text));
	assert_int_equal(r->state == STATE_PRESENT, r->survey->has_token);
	if (r->state != STATE_PRESENT)
		return;
	(void)snprintf(text, sizeof(text), CANARY "%030d", 0);
	want_token(token, text);
	assert_memory_equal(token, r->survey->token, sizeof(token));
}

/* A reader that must see the whole old file or the whole new one. */
static void
one_case(const struct state_case *c, const char *sh)
{
	struct far_run o = { .sh = sh, .uid = c->flags & ROOT ? 0 : DAEMON,
		.fetch = c->flags & PULL };
	struct job job = { .op = c->flags & REMOVE   ? JOB_REMOVE
				 : c->flags & STATUS ? JOB_STATUS
				 : c->flags & PULL   ? JOB_PULL
						     : JOB_PUSH,
		.cred = c->flags & PULL ? NULL : &far.cred[FAR_NEW],
		.force = c->flags & FORCE,
		.dry_run = c->flags & DRY,
		.backup = c->flags & BACKUP,
		.survey = c->flags & SURVEY ? survey_key : NULL,
		.timeout = 30 };
	char home[200], what[200];
	struct result r;
	int rc;

	new_home(home, "home", o.uid);
	o.home = home;
	(void)snprintf(
	    what, sizeof(what), "%s (%s)", c->name, sh == NULL ? "sh" : sh);
	if ((rc = far_script(&far, home, o.uid, c->before)) == 77) {
		print_message("SKIPPED: %s\n", what);
		return;
	}
	assert_int_equal(0, rc);
	if (getenv("FAR_SAY") != NULL)
		print_message("%s\n", what);
	far_job(&far, &o, &job, &r);
	(void)far_script(&far, home, 0, "chmod u+rwx .");
	expect(what, &r, c->state, c->code);
	assert_null(strstr(r.err.text, CANARY));
	if (c->flags & SURVEY)
		expect_survey(&r);
	if (c->flags & PULL && c->state == STATE_PRESENT)
		assert_memory_equal(far.cred[FAR_OLD].digest, r.there.digest,
		    CRED_DIGEST_LEN);
	result_clear(&r);
	expect_there(what, home, o.uid, c->after);
	if (strstr(c->after, "umount") == NULL)
		expect_there(what, home, 0, "clean");
}

static void
test_states(void **state)
{
	static const char *const shells[] = { "dash", "bash", "busybox", "mksh",
		"ksh93", "zsh" };
	char sh[64];

	(void)state;
	if (!need_root())
		return;
	for (size_t s = 0; s < ROWS(shells); s++) {
		if (find(shells[s]) == NULL ||
		    (getenv("FAR_SH") != NULL &&
			strcmp(getenv("FAR_SH"), shells[s]) != 0))
			continue;
		(void)snprintf(sh, sizeof(sh), "%s", find(shells[s]));
		for (size_t i = 0; i < ROWS(cases); i++)
			one_case(&cases[i], sh);
	}
}

static int
setup(void **state)
{
	(void)state;
	far_open(&far);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	far_close(&far);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_login_shells),
		cmocka_unit_test(test_states),
	};

	cmocka_set_test_filter(getenv("FAR_ONLY")); /* NULL: all */
	return cmocka_run_group_tests(tests, setup, teardown);
}
