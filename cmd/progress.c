#include "progress.h"

#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "buf.h"
#include "env.h"
#include "fleet.h"
#include "loop.h"
#include "text.h"

#define FIRST_MS 400	/* a run that is quicker shows nothing */
#define EACH_MS	 100
#define SLOW	 3	/* names */
#define NAME_BYTES 64
#define LINE_BYTES 512

void
progress_init(struct progress *p, FILE *f)
{
	const char *term = env_get("TERM");

	*p = (struct progress){ 0 };
	if (f == NULL || isatty(fileno(f)) != 1 || term == NULL ||
	    strcmp(term, "dumb") == 0)
		return;
	p->f = f;
}

static int
width(FILE *f)
{
	struct winsize w;

	if (ioctl(fileno(f), TIOCGWINSZ, &w) == -1 || w.ws_col == 0)
		return 80;
	return w.ws_col;
}

static void
compose(struct buf *b, const struct fleet *f)
{
	const struct fleet_count *n = fleet_progress(f);
	size_t bad = n->by_state[STATE_FAILED] + n->by_state[STATE_REFUSED] +
	    n->by_state[STATE_UNKNOWN];
	const struct target_spec *spec;
	char name[NAME_BYTES];
	const char *stage;
	double seconds;

	buf_addf(b, "%zu of %zu done", n->done, n->total);
	if (bad > 0)
		buf_addf(b, ", %zu without success", bad);
	for (size_t i = 0; i < SLOW; i++) {
		if ((spec = fleet_slow(f, i, &stage, &seconds)) == NULL)
			break;
		buf_addf(b, "%s %s (%s, %.0f s)", i == 0 ? ";" : ",",
		    text_safes(name, sizeof(name), spec->text), stage,
		    seconds);
	}
}

void
progress_say(struct progress *p, const char *line)
{
	if (p->f == NULL)
		return;
	/* the last column stays free: some terminals wrap there */
	(void)fprintf(p->f, "\r%.*s\033[K", width(p->f) - 1, line);
	(void)fflush(p->f);
	p->drawn = true;
}

void
progress_draw(struct progress *p, const struct fleet *f)
{
	BUF_AUTO line = BUF_INIT(LINE_BYTES);
	int64_t now = loop_clock();

	if (p->f == NULL)
		return;
	if (p->due == 0)
		p->due = now + FIRST_MS;
	if (now < p->due)
		return;
	p->due = now + EACH_MS;
	compose(&line, f);
	progress_say(p, buf_str(&line));
}

void
progress_clear(struct progress *p)
{
	if (!p->drawn)
		return;
	(void)fputs("\r\033[K", p->f);
	(void)fflush(p->f);
	p->drawn = false;
}
