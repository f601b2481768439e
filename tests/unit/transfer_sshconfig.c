/* sshconfig, sshhost, sshtoken, sshclass, sshargs and sshrun: the real ssh. */
#include <pwd.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "buf.h"
#include "err.h"
#include "loop.h"
#include "sshclass.h"
#include "sshconfig.h"
#include "sshhost.h"
#include "sshtoken.h"

extern char **environ;

static char dir[] = "/tmp/sshconfigXXXXXX";
static char config[64], included[64];
static struct passwd *me;

struct got {
	struct sshhost	*host;
	struct err	 e;
	int		 calls;
};

static void
note(void *ctx, struct sshhost *h, const struct err *e)
{
	struct got *g = ctx;

	g->calls++;
	g->host = h;
	g->e = e != NULL ? *e : (struct err)ERR_INIT;
	assert_true((h == NULL) == (e != NULL));
}

static int
group_setup(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(dir));
	(void)snprintf(config, sizeof(config), "%s/config", dir);
	(void)snprintf(included, sizeof(included), "%s/included", dir);
	me = getpwuid(getuid());
	assert_non_null(me);
	return 0;
}

static int
group_teardown(void **state)
{
	(void)state;
	(void)unlink(config);
	(void)unlink(included);
	return rmdir(dir);
}

static void
put(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path, 0600), 0);
}

static struct sshopts
options(void)
{
	return (struct sshopts){ .config = config, .home = me->pw_dir,
		.agent = "/agent", .envp = environ };
}

/* Looks all names up at once; returns how often ssh ran. */
static size_t
look(const struct sshopts *o, const char *const *names, size_t n, bool jump,
    struct got *got)
{
	struct loop *l = loop_new();
	struct sshconfig *c = sshconfig_new(l, o);
	size_t calls, missing;

	assert_non_null(c);
	memset(got, 0, n * sizeof(*got));
	for (size_t i = 0; i < n; i++)
		(void)sshconfig_lookup(c, NULL, names[i], 0, jump, note,
		    &got[i]);
	do {
		missing = 0;
		for (size_t i = 0; i < n; i++)
			missing += got[i].calls == 0;
		if (missing > 0)
			loop_turn(l);
	} while (missing > 0);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(got[i].calls, 1);
	calls = sshconfig_calls(c);
	sshconfig_free(c);
	loop_free(l);
	return calls;
}

static struct sshhost *
one(const struct sshopts *o, const char *name, bool jump)
{
	struct got g;

	look(o, &name, 1, jump, &g);
	if (g.host == NULL)
		fail_msg("%s", g.e.text);
	return g.host;
}

static struct err
failure(const struct sshopts *o, const char *name)
{
	struct got g;

	look(o, &name, 1, false, &g);
	assert_null(g.host);
	return g.e;
}

static void
expands_as_ssh_does(void **state)
{
	struct sshopts o = options();
	char want[512], host[256];
	struct sshhost *h;

	(void)state;
	put(config, "Host *\n IdentityFile ~/k_%h_%n_%k_%p_%r_%u_%i_%%\n"
	    " IdentityFile none\n IdentityFile ${TEST_VAR}/x\n"
	    " CertificateFile %d/c-cert.pub\n"
	    " UserKnownHostsFile ~/kh_%n \"/a b/c\"\n"
	    " GlobalKnownHostsFile ~/g_%h /etc/x\n"
	    " RevokedHostKeys ~/rev\n IdentityAgent ~/s\n"
	    " HostKeyAlias Alias\n ConnectTimeout 7\n AddressFamily inet6\n"
	    " StrictHostKeyChecking no\n HashKnownHosts yes\n"
	    " ProxyCommand nc ~/%h %p %r %n %k %%\n IdentitiesOnly yes\n"
	    " HostName %h.Example.com\n Port 2200\n User bob\n");
	assert_int_equal(setenv("TEST_VAR", "/v", 1), 0);
	o.envp = environ;
	h = one(&o, "Web", false);
	assert_string_equal(h->name, "Web");
	assert_string_equal(h->hostname, "web.example.com");
	assert_string_equal(h->user, "bob");
	assert_int_equal(h->port, 2200);
	(void)snprintf(want, sizeof(want), "%s/k_web.example.com_Web_alias_"
	    "2200_bob_%s_%lu_%%", me->pw_dir, me->pw_name,
	    (unsigned long)getuid());
	assert_string_equal(h->identity_files[0], want);
	assert_string_equal(h->identity_files[1], "/v/x");
	assert_null(h->identity_files[2]);
	(void)snprintf(want, sizeof(want), "%s/c-cert.pub", me->pw_dir);
	assert_string_equal(h->certificate_files[0], want);
	assert_null(h->certificate_files[1]);
	(void)snprintf(want, sizeof(want), "%s/kh_Web", me->pw_dir);
	assert_string_equal(h->user_known_hosts[0], want);
	assert_string_equal(h->user_known_hosts[1], "/a b/c");
	assert_null(h->user_known_hosts[2]);
	(void)snprintf(want, sizeof(want), "%s/g_%%h", me->pw_dir);
	assert_string_equal(h->global_known_hosts[0], want);
	assert_string_equal(h->global_known_hosts[1], "/etc/x");
	(void)snprintf(want, sizeof(want), "%s/rev", me->pw_dir);
	assert_string_equal(h->revoked_host_keys[0], want);
	(void)snprintf(want, sizeof(want), "%s/s", me->pw_dir);
	assert_string_equal(h->identity_agent, want);
	assert_string_equal(h->host_key_alias, "alias");
	assert_string_equal(h->proxy_command,
	    "nc ~/web.example.com 2200 bob Web alias %");
	assert_null(h->proxy_jump);
	assert_true(h->identities_only);
	assert_true(h->hash_known_hosts);
	assert_int_equal(h->strict, SSHSTRICT_ACCEPT_NEW);
	assert_int_equal(h->connect_timeout, 7);
	assert_int_equal(h->address_family, AF_INET6);
	sshhost_free(h);
	/* %C: ssh -G itself prints it for UserKnownHostsFile */
	put(config, "UserKnownHostsFile /%C/%L\nIdentityFile /%C/%L\n"
	    "StrictHostKeyChecking yes\n");
	h = one(&o, "web", false);
	assert_string_equal(h->user_known_hosts[0], h->identity_files[0]);
	assert_int_equal(h->strict, SSHSTRICT_YES);
	assert_string_equal(h->identity_agent, "/agent");
	sshhost_free(h);
	(void)host;
}

static void
agents(void **state)
{
	static const struct {
		const char *value, *want;
	} rows[] = {
		{ "none", NULL },
		{ "SSH_AUTH_SOCK", "/agent" },
		{ "$TEST_SOCK", "/t" },
		{ "$TEST_NOTHING", NULL },
		{ "${TEST_SOCK}/s", "/t/s" },
		{ "/p", "/p" },
	};
	struct sshopts o = options();
	char text[256];

	(void)state;
	assert_int_equal(setenv("TEST_SOCK", "/t", 1), 0);
	o.envp = environ;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sshhost *h;

		(void)snprintf(text, sizeof(text), "IdentityAgent %s\n",
		    rows[i].value);
		put(config, text);
		h = one(&o, "web", false);
		if (rows[i].want == NULL)
			assert_null(h->identity_agent);
		else
			assert_string_equal(h->identity_agent, rows[i].want);
		sshhost_free(h);
	}
}

static void
options_win_and_jumps_have_none(void **state)
{
	const char *const ids[] = { config, NULL };
	const char *const opts[] = { "HashKnownHosts=yes",
		"Ciphers=aes128-ctr", NULL };
	struct sshopts o = options();
	struct sshhost *h;

	(void)state;
	put(config, "User conf\nPort 5\nIdentityFile /conf\n");
	o.user = "opt";
	o.port = 7;
	o.identities = ids;
	o.options = opts;
	o.jump = "a@j1:22,j2%h";
	o.accept_new = true;
	h = one(&o, "web", false);
	assert_string_equal(h->user, "opt");
	assert_int_equal(h->port, 7);
	assert_string_equal(h->identity_files[0], config);
	assert_string_equal(h->proxy_jump, "a@j1:22,j2web");
	assert_true(h->hash_known_hosts);
	assert_int_equal(h->strict, SSHSTRICT_ACCEPT_NEW);
	sshhost_free(h);
	h = one(&o, "web", true);
	assert_string_equal(h->user, "conf");
	assert_int_equal(h->port, 5);
	assert_string_equal(h->identity_files[0], "/conf");
	assert_null(h->proxy_jump);
	sshhost_free(h);
}

static void
errors_are_ssh_s_own_words(void **state)
{
	const char *const bad[] = { "Foo=bar", NULL };
	struct sshopts o = options();
	struct err e;

	(void)state;
	put(config, "Port 22\nFrobnicate yes\n");
	e = failure(&o, "web");
	assert_int_equal(e.code, ERR_USAGE);
	assert_non_null(strstr(e.text, "cannot resolve 'web': "));
	assert_non_null(strstr(e.text, "line 2: Bad configuration option"));
	put(config, "");
	o.options = bad;
	e = failure(&o, "web");
	assert_int_equal(e.code, ERR_USAGE);
	assert_non_null(strstr(e.text, "Bad configuration option: foo"));
	o = options();
	o.config = "/nonexistent/config";
	e = failure(&o, "web");
	assert_non_null(strstr(e.text, "/nonexistent/config"));
	o = options();
	put(config, "IdentityFile /%q\n");
	e = failure(&o, "web");
	assert_int_equal(e.code, ERR_USAGE);
	assert_non_null(strstr(e.text, "IdentityFile"));
	put(config, "ProxyCommand x\nProxyUseFdpass yes\n");
	assert_non_null(strstr(failure(&o, "web").text, "ProxyUseFdpass"));
	assert_int_equal(failure(&o, "-oProxyCommand=x").code, ERR_USAGE);
	assert_int_equal(failure(&o, "").code, ERR_USAGE);
}

static void
no_ssh(void **state)
{
	char *const envp[] = { NULL };
	struct sshopts o = options();
	char *path = strdup(getenv("PATH")), want[256];
	struct sshhost *h;
	struct err e;

	(void)state;
	assert_non_null(path);
	assert_int_equal(setenv("PATH", "/nonexistent", 1), 0);
	put(config, "");
	e = failure(&o, "web");
	assert_int_equal(e.code, ERR_USAGE);
	assert_string_equal(e.hint, "install openssh-client");
	o.config = "none";
	o.envp = envp;
	o.port = 2222;
	o.jump = "j";
	h = one(&o, "web", false);
	assert_string_equal(h->hostname, "web");
	assert_string_equal(h->user, me->pw_name);
	assert_int_equal(h->port, 2222);
	assert_string_equal(h->proxy_jump, "j");
	(void)snprintf(want, sizeof(want), "%s/.ssh/id_rsa", me->pw_dir);
	assert_string_equal(h->identity_files[0], want);
	(void)snprintf(want, sizeof(want), "%s/.ssh/known_hosts", me->pw_dir);
	assert_string_equal(h->user_known_hosts[0], want);
	sshhost_free(h);
	assert_int_equal(setenv("PATH", path, 1), 0);
	free(path);
}

#define MANY 100

static void
hundred_plain_hosts_need_one_call(void **state)
{
	struct sshopts o = options();
	static char text[MANY][32];
	const char *names[MANY];
	struct got got[MANY];

	(void)state;
	put(config, "Host db*\n User db\nHost *\n IdentityFile ~/k_%n\n");
	for (int i = 0; i < MANY; i++) {
		(void)snprintf(text[i], sizeof(text[i]), "web%d", i);
		names[i] = text[i];
	}
	assert_int_equal(look(&o, names, MANY, false, got), 1);
	for (int i = 0; i < MANY; i++) {
		assert_string_equal(got[i].host->hostname, names[i]);
		assert_non_null(strstr(got[i].host->identity_files[0],
		    names[i]));
		sshhost_free(got[i].host);
	}
	names[50] = "db1";
	names[51] = "db2";
	assert_int_equal(look(&o, names, MANY, false, got), 2);
	for (int i = 0; i < MANY; i++) {
		assert_string_equal(got[i].host->user,
		    i == 50 || i == 51 ? "db" : me->pw_name);
		sshhost_free(got[i].host);
	}
}

/* With sharing off there is a call a name, and not more than 4 at once. */
static void
match_ends_sharing(void **state)
{
	const char *const names[] = { "a", "b", "c", "d", "e", "f", "a" };
	struct sshopts o = options();
	struct got got[7];

	(void)state;
	put(config, "Match host c\n User c\n");
	assert_int_equal(look(&o, names, 7, false, got), 6);
	for (size_t i = 0; i < 7; i++) {
		assert_string_equal(got[i].host->hostname, names[i]);
		assert_string_equal(got[i].host->user,
		    i == 2 ? "c" : me->pw_name);
		sshhost_free(got[i].host);
	}
}

/* "Host *" with ProxyJump: ssh refuses the jump host itself, and no other. */
static void
jump_host_among_its_targets(void **state)
{
	const char *const first[] = { "bastion", "a", "b" };
	const char *const last[] = { "a", "b", "bastion" };
	struct sshopts o = options();
	struct got got[3];

	(void)state;
	put(config, "Host *\n ProxyJump bastion\n");
	look(&o, first, 3, false, got);
	assert_null(got[0].host);
	assert_non_null(strstr(got[0].e.text, "jumphost loop"));
	assert_string_equal(got[1].host->hostname, "a");
	sshhost_free(got[1].host);
	sshhost_free(got[2].host);
	look(&o, last, 3, false, got);
	assert_non_null(strstr(got[2].e.text, "jumphost loop"));
	sshhost_free(got[0].host);
	sshhost_free(got[1].host);
}

/* The same name as two users, at two ports, as a target and as a jump. */
static void
who_is_asked_for_counts(void **state)
{
	static const struct {
		const char *user;
		int port;
		bool jump;
	} rows[] = { { "a", 0, false }, { "b", 0, false }, { "a", 5, false },
		{ NULL, 0, false }, { "a", 0, true }, { "a", 0, false } };
	enum { N = sizeof(rows) / sizeof(rows[0]) };
	struct sshopts o = options();
	struct loop *l = loop_new();
	struct sshconfig *c;
	struct got got[N] = { 0 };

	(void)state;
	put(config, "");
	o.user = "opt";
	o.jump = "j";
	c = sshconfig_new(l, &o);
	for (int i = 0; i < N; i++) {
		(void)sshconfig_lookup(c, rows[i].user, "web", rows[i].port,
		    rows[i].jump, note, &got[i]);
	}
	for (int i = 0; i < N; i++) {
		while (got[i].calls == 0)
			loop_turn(l);
		assert_string_equal(got[i].host->user,
		    rows[i].user != NULL ? rows[i].user : "opt");
		assert_int_equal(got[i].host->port,
		    rows[i].port != 0 ? rows[i].port : 22);
		assert_true((got[i].host->proxy_jump == NULL) == rows[i].jump);
		sshhost_free(got[i].host);
	}
	assert_int_equal(sshconfig_calls(c), N - 1);
	sshconfig_free(c);
	loop_free(l);
}

static void
broken_config_fails_all_with_one_call(void **state)
{
	const char *const names[] = { "web1", "web2", "web3" };
	struct sshopts o = options();
	struct got got[3];

	(void)state;
	put(config, "Frobnicate yes\n");
	assert_int_equal(look(&o, names, 3, false, got), 1);
	for (int i = 0; i < 3; i++)
		assert_non_null(strstr(got[i].e.text, names[i]));
}

static void
cancel_and_free(void **state)
{
	struct sshopts o = options();
	struct loop *l = loop_new();
	struct sshconfig *c;
	struct sshlookup *k[6];
	struct got got[6] = { 0 };
	char name[8];

	(void)state;
	put(config, "Match exec \"sleep 2\"\n User x\n");
	c = sshconfig_new(l, &o);
	for (int i = 0; i < 6; i++) {
		(void)snprintf(name, sizeof(name), "h%d", i);
		k[i] = sshconfig_lookup(c, NULL, name, 0, false, note,
		    &got[i]);
		assert_non_null(k[i]);
	}
	assert_int_equal(sshconfig_calls(c), 4);
	sshlookup_cancel(k[0]);
	sshlookup_cancel(k[5]);
	sshlookup_cancel(NULL);
	sshconfig_free(c);
	loop_free(l);
	for (int i = 0; i < 6; i++)
		assert_int_equal(got[i].calls, 0);
}

static void
same_list(char *const *a, char *const *b)
{
	for (; *a != NULL && *b != NULL; a++, b++)
		assert_string_equal(*a, *b);
	assert_true(*a == *b);
}

static void
same_string(const char *a, const char *b)
{
	if (a == NULL || b == NULL)
		assert_true(a == b);
	else
		assert_string_equal(a, b);
}

static void
same_host(const struct sshhost *a, const struct sshhost *b)
{
	same_string(a->name, b->name);
	same_string(a->hostname, b->hostname);
	same_string(a->user, b->user);
	assert_int_equal(a->port, b->port);
	same_list(a->identity_files, b->identity_files);
	same_list(a->certificate_files, b->certificate_files);
	same_list(a->user_known_hosts, b->user_known_hosts);
	same_list(a->global_known_hosts, b->global_known_hosts);
	same_list(a->revoked_host_keys, b->revoked_host_keys);
	assert_int_equal(a->identities_only, b->identities_only);
	same_string(a->identity_agent, b->identity_agent);
	same_string(a->host_key_alias, b->host_key_alias);
	assert_int_equal(a->hash_known_hosts, b->hash_known_hosts);
	assert_int_equal(a->strict, b->strict);
	same_string(a->proxy_jump, b->proxy_jump);
	same_string(a->proxy_command, b->proxy_command);
	assert_int_equal(a->connect_timeout, b->connect_timeout);
	assert_int_equal(a->address_family, b->address_family);
}

static const char *
pick(unsigned int *seed, const char *const *list, size_t n)
{
	return list[(size_t)rand_r(seed) % n];
}
#define PICK(list) pick(seed, list, sizeof(list) / sizeof((list)[0]))

/* A few lines of ssh_config, made at random. */
static void
make_config(unsigned int *seed, struct buf *b, bool include)
{
	static const char *const patterns[] = { "web1", "web2", "web*",
		"*", "!web1 *", "* !web2", "db1 web3", "WEB1", "!*",
		"web? !web3", "10.0.0.*", "=web1", "b*n # comment" };
	static const char *const settings[] = { "User u%d", "Port %d",
		"IdentityFile ~/%%n_%d", "IdentityFile /k%d",
		"HostName h%d", "HostName web1", "HostName=WEB2",
		"ProxyJump bastion", "ProxyJump none",
		"UserKnownHostsFile /k%d", "UserKnownHostsFile /k%d/%%n",
		"IdentitiesOnly yes", "HostKeyAlias al%d",
		"ProxyCommand nc %%h %d", "CertificateFile /c%d-%%h",
		"StrictHostKeyChecking yes", "ConnectTimeout %d",
		"IdentityAgent /a%d", "IdentityAgent none",
		"CanonicalizeHostname no", "  # a comment", "",
		"AddressFamily inet", "Match all", "HashKnownHosts yes" };
	static const char *const rare[] = { "Match host web1",
		"Match originalhost web2 user x", "HostName x%%h",
		"Host \"web 1\" web2", "Match final", "Host web\\1" };

	for (int i = rand_r(seed) % 10; i >= 0; i--) {
		int number = rand_r(seed) % 50 + 1, kind = rand_r(seed) % 40;

		if (kind == 0)
			(void)buf_addf(b, "%s\n", PICK(rare));
		else if (kind < 4 && include)
			(void)buf_addf(b, "Include %s\n", included);
		else if (kind < 15)
			(void)buf_addf(b, "Host %s\n", PICK(patterns));
		else {
			const char *s = PICK(settings), *d = strstr(s, "%d");

			for (; *s != '\0'; s++) {
				if (s == d) {
					(void)buf_addf(b, "%d", number);
					s++;
				} else if (*s != '%' || s[1] != '%') {
					(void)buf_add(b, s, 1);
				}
			}
			(void)buf_adds(b, "\n");
		}
	}
}

static void
shared_answers_equal_each_host_s_own(void **state)
{
	static const char *const names[] = { "web1", "web2", "web3", "web4",
		"db1", "db2", "WEB1", "10.0.0.1", "127.1", "bastion", "h7",
		"::1" };
	enum { N = sizeof(names) / sizeof(names[0]) };
	int rounds = getenv("ROUNDS") != NULL ? atoi(getenv("ROUNDS")) : 25;
	struct sshopts o = options();
	struct got got[N], alone;
	size_t calls = 0;

	(void)state;
	for (int round = 0; round < rounds; round++) {
		unsigned int seed = 100U + (unsigned int)round;
		BUF_AUTO main = BUF_INIT(65536), inner = BUF_INIT(65536);

		make_config(&seed, &inner, false);
		make_config(&seed, &main, true);
		put(included, buf_str(&inner));
		put(config, buf_str(&main));
		calls += look(&o, names, N, false, got);
		for (size_t i = 0; i < N; i++) {
			look(&o, &names[i], 1, false, &alone);
			if ((alone.host == NULL) != (got[i].host == NULL))
				fail_msg("round %d, %s: %s%s\n%s--\n%s", round,
				    names[i], alone.e.text, got[i].e.text,
				    buf_str(&main), buf_str(&inner));
			if (alone.host != NULL)
				same_host(got[i].host, alone.host);
			else
				assert_string_equal(got[i].e.text,
				    alone.e.text);
			sshhost_free(got[i].host);
			sshhost_free(alone.host);
		}
	}
	print_message("%zu calls for %zu look-ups\n", calls,
	    (size_t)rounds * N);
	assert_true(calls < (size_t)rounds * N);
}

static void
what_ends_sharing(void **state)
{
	static const struct {
		const char *text;
		bool off;
	} rows[] = {
		{ "", false },
		{ "Host *\n  SendEnv LANG\n", false },
		{ "Match all\n", false },
		{ "match ALL # x\n", false },
		{ "Match all host x\n", true },
		{ "Match exec true\n", true },
		{ "HostName x\n", false },
		{ "HostName x%h\n", true },
		{ "CanonicalizeHostname no\n", false },
		{ "CanonicalizeHostname yes\n", true },
		{ "CanonicalizePermittedCNAMEs a:b\n", true },
		{ "Host \"a b\"\n", true },
		{ "\"Host\" a\n", true },
		{ "=Host a\n", true },
		{ "Host a\\ b\n", true },
		{ "Host a#b\n", true },
		{ "Host a #b \"\n", false },
		{ "Host a\rb\n", true },
		{ "Host a\r\n", false },
		{ "UserKnownHostsFile ~/x%h\n", true },
		{ "IdentityAgent ~/x%h\n", true },
		{ "IdentityFile ~/x%h\n", false },
		{ "User %u\n", true },
		{ "Include /nonexistent/*\n", false },
		{ "Include ~bob/x\n", true },
		{ "Include ${X}/y\n", true },
		{ "Include /dev/null\n", false },
	};
	char *const envp[] = { NULL };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sshclass *c = sshclass_new("none", "/nonexistent",
		    envp, NULL);

		assert_non_null(c);
		sshclass_text(c, rows[i].text);
		if (sshclass_off(c) != rows[i].off)
			fail_msg("row %zu: %s", i, rows[i].text);
		sshclass_free(c);
	}
}

/* A loop of includes is ssh's to complain about, not ours to follow. */
static void
include_loop(void **state)
{
	char *const envp[] = { NULL };
	struct sshclass *c;
	char text[128];

	(void)state;
	(void)snprintf(text, sizeof(text), "Include %s\n", config);
	put(config, text);
	c = sshclass_new(config, "/nonexistent", envp, NULL);
	assert_true(sshclass_off(c));
	sshclass_free(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(expands_as_ssh_does),
		cmocka_unit_test(agents),
		cmocka_unit_test(options_win_and_jumps_have_none),
		cmocka_unit_test(errors_are_ssh_s_own_words),
		cmocka_unit_test(no_ssh),
		cmocka_unit_test(hundred_plain_hosts_need_one_call),
		cmocka_unit_test(match_ends_sharing),
		cmocka_unit_test(jump_host_among_its_targets),
		cmocka_unit_test(who_is_asked_for_counts),
		cmocka_unit_test(broken_config_fails_all_with_one_call),
		cmocka_unit_test(cancel_and_free),
		cmocka_unit_test(shared_answers_equal_each_host_s_own),
		cmocka_unit_test(what_ends_sharing),
		cmocka_unit_test(include_loop),
	};

	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
