/*
 * issuerask - one request of the log-in to an issuer, as the program makes
 * it, and what came of it.
 *
 *   issuerask [-c CA] [-l KRAM] URL exchange REDIRECT | apikey | whoami |
 *       refresh REASON | revoke HINT
 *
 * The code or token is read from standard input, and for exchange the
 * verifier from its second line. Prints the outcome, then what was given as
 * lengths, then why. With -l all memory is searched in the end for MARK,
 * which is given backwards (arguments are memory too): exit 3 if it is there.
 */
#include <getopt.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "err.h"
#include "issuer.h"
#include "json.h"
#include "loop.h"
#include "secret.h"

#define LINE 4096

static const char *const outcomes[] = { "done", "pending", "slower", "again",
	"refused", "unknown" };
static const char *const refusals[] = { "other", "expired", "reused",
	"invalidated", "denied", "disabled", "page" };

static bool over;

static size_t
len_of(const struct secret *s)
{
	return s != NULL ? secret_len(s) : 0;
}

static void
told(void *ctx, struct issuer_answer *a)
{
	(void)ctx;
	printf("%s %s sent=%d retry_after=%d\n", outcomes[a->outcome],
	    refusals[a->refusal], a->sent, a->retry_after);
	printf("id=%zu access=%zu refresh=%zu key=%zu\n",
	    len_of(a->tokens.id), len_of(a->tokens.access),
	    len_of(a->tokens.refresh), len_of(a->key));
	if (a->why != NULL)
		printf("%s: %s\nhint: %s\n", err_name(a->why->code),
		    a->why->text, a->why->hint);
	over = true;
}

/* A line of standard input, unbuffered: stdio would keep a copy. */
static struct secret *
line_read(void)
{
	struct secret *s = secret_new(LINE);
	char *p = (char *)secret_expose(s, NULL);
	size_t n = 0;

	while (n < LINE && read(STDIN_FILENO, p + n, 1) == 1 && p[n] != '\n')
		n++;
	secret_truncate(s, n);
	return s;
}

static bool
mark_is_at(const unsigned char *p, const char *kram, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (p[i] != (unsigned char)kram[len - 1 - i])
			return false;
	}
	return true;
}

/* Everything that can be written to, by the kernel's own list of it. */
static int
search(const char *kram)
{
	FILE *maps = fopen("/proc/self/maps", "re"), *mem;
	static unsigned char page[4096 + 64];
	size_t len = strlen(kram);
	char line[512], what[8];
	unsigned long from, to;
	int found = 0;

	mem = fopen("/proc/self/mem", "re");
	if (maps == NULL || mem == NULL)
		return 2;
	(void)setvbuf(mem, NULL, _IONBF, 0);
	while (fgets(line, sizeof(line), maps) != NULL) {
		if (sscanf(line, "%lx-%lx %7s", &from, &to, what) != 3 ||
		    what[1] != 'w')
			continue;
		for (; from < to; from += 4096) {
			size_t n;

			(void)fseek(mem, (long)from, SEEK_SET);
			n = fread(page, 1, sizeof(page), mem);
			if ((uintptr_t)page >= from &&
			    (uintptr_t)page < from + sizeof(page))
				continue;	/* what we have just read */
			for (size_t i = 0; i + len <= n; i++) {
				if (mark_is_at(page + i, kram, len)) {
					printf("left: %s", line);
					found = 3;
					break;
				}
			}
			sodium_memzero(page, sizeof(page));
		}
	}
	(void)fclose(maps);
	(void)fclose(mem);
	return found;
}

static int
ask_of(struct issuer_ask *ask, char *argv[])
{
	static const char *const words[] = {
		[ISSUER_EXCHANGE] = "exchange", [ISSUER_APIKEY] = "apikey",
		[ISSUER_USERCODE] = "usercode", [ISSUER_DEVICEPOLL] = "poll",
		[ISSUER_WHOAMI] = "whoami", [ISSUER_REFRESH] = "refresh",
		[ISSUER_REVOKE] = "revoke",
	};
	int what = 0;

	while (what < ISSUER_WHATS && strcmp(words[what], argv[0]) != 0)
		what++;
	if (what == ISSUER_WHATS)
		return -1;
	*ask = (struct issuer_ask){ .what = (enum issuer_what)what,
		.redirect_uri = argv[1], .reason = argv[1], .hint = argv[1] };
	return 0;
}

int
main(int argc, char *argv[])
{
	struct issuer_where where = { .ca_from = "-c" };
	SECRET_AUTO *first = NULL, *second = NULL;
	struct issuer_ask ask;
	struct err e = ERR_INIT;
	struct issuer *issuer;
	struct loop *loop;
	const char *kram = NULL;
	int c;

	while ((c = getopt(argc, argv, "c:l:")) != -1) {
		if (c == 'c')
			where.ca_file = optarg;
		else
			kram = optarg;
	}
	if (argc - optind < 2 || ask_of(&ask, argv + optind + 1) == -1 ||
	    sodium_init() == -1)
		return 2;
	json_init();
	where.url = argv[optind];
	ask.token = ask.code = first = line_read();
	ask.verifier = second = line_read();
	loop = loop_new();
	issuer = issuer_new(loop, &where, &e);
	if (issuer == NULL || issuer_call(issuer, &ask, told, NULL, &e) ==
	    NULL) {
		printf("%s: %s\n", err_name(e.code), e.text);
		return 1;
	}
	while (!over)
		loop_turn(loop);
	issuer_free(issuer);
	loop_free(loop);
	(void)fflush(stdout);
	secret_free(first);
	secret_free(second);
	first = second = NULL;
	return kram != NULL ? search(kram) : 0;
}
