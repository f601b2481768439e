/*
 * farscript as the near side of a hostile far one: the input is a script, as
 * for install. No answer is believed that was not asked for, it ends once,
 * and a file is as long as it was said to be.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "farscript.h"
#include "secret.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

struct seen {
	struct farscript *s;
	int	ends, asked;	/* answers that may still come */
	bool	ready;
};

static void
check(bool ok)
{
	if (!ok)
		abort();
}

static void
on_ready(void *ctx)
{
	struct seen *seen = ctx;

	check(!seen->ready);
	seen->ready = true;
}

static void
on_said(void *ctx, const char *line)
{
	check(((struct seen *)ctx)->asked == 1 && strlen(line) < 20000);
}

static void
answered(struct seen *seen)
{
	check(seen->ready && seen->asked-- == 1);
}

static void
on_now(void *ctx, int status)
{
	check(status >= -1 && status <= 255);
	answered(ctx);
}

static void
on_owner(void *ctx, enum farscript_owner o, const char *who)
{
	check(who != NULL && (o != FARSCRIPT_OTHERS || *who != '\0'));
	answered(ctx);
}

static void
on_file(void *ctx, struct secret *take)
{
	check(take == NULL || secret_len(take) > 0);
	secret_free(take);
	answered(ctx);
}

static void
on_bye(void *ctx)
{
	struct seen *seen = ctx;

	/* The one question that may come before it is ready. */
	check(seen->asked-- == 1 && seen->ends++ == 0);
}

static void
on_failed(void *ctx, const struct err *e)
{
	check(e->code != ERR_NONE && ((struct seen *)ctx)->ends++ == 0);
}

static void
ask(struct seen *seen, int what)
{
	size_t n;
	bool idle = farscript_idle(seen->s), took;
	bool quiet = !farscript_over(seen->s) && seen->asked == 0;

	took = what == 0 ? farscript_ask_said(seen->s) :
	    what == 1 ? farscript_ask_owner(seen->s, 1455) :
	    what == 2 ? farscript_ask_file(seen->s) :
	    farscript_ask_end(seen->s);
	check(took == (what == 3 ? quiet : idle));
	if (took) {
		seen->asked = 1;
		check(farscript_pending(seen->s, &n) != NULL && n > 3);
		farscript_sent(seen->s, n);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct seen seen = { 0 };
	struct farscript_ask a = { .life = 9, .events = { on_ready, on_said,
		on_now, on_owner, on_file, on_bye, on_failed, &seen } };
	struct err e = ERR_INIT;
	char mark[64] = "CXP1 ";
	size_t n;

	check((seen.s = farscript_new(&a, &e)) != NULL);
	memcpy(mark + 5, farscript_argv(seen.s)[4], 32);
	mark[37] = ' ';
	for (; len > 1; data += n, len -= n) {
		uint8_t how = *data++;

		len--;
		n = how & 31;
		n = n > len ? len : n;
		if (how & 64)
			ask(&seen, how & 3);
		if (how & 32)
			farscript_feed(seen.s, mark, 38);
		if (how & 128)
			farscript_feed_error(seen.s, data, n);
		else
			farscript_feed(seen.s, data, n);
		check(farscript_over(seen.s) == (seen.ends == 1));
	}
	farscript_end(seen.s, (int)(len % 3) - 1);
	check(seen.ends == 1);
	farscript_free(seen.s);
	return 0;
}
