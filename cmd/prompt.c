#include "prompt.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "buf.h"
#include "loop.h"
#include "secret.h"
#include "signals.h"
#include "text.h"
#include "ui.h"

#define LINE_BYTES   4096	/* of an answer; a terminal's own limit */
#define PROMPT_BYTES 2048
#define POLL_MS	     60000	/* then the clock is looked at again */

/* One question: what has to be put back when it is over. */
struct question {
	const struct prompt *p;
	const char	*text;
	bool		 echo;
	bool		 quieted;
	struct termios	 saved;
	int		 stop_fd;
};

static void
tty_write(int fd, const char *s)
{
	size_t left = strlen(s);

	while (left > 0) {
		ssize_t n = write(fd, s, left);

		if (n == -1 && errno != EINTR)
			return;		/* the read will fail as well */
		if (n > 0) {
			s += n;
			left -= (size_t)n;
		}
	}
}

/* Shows the question. False where echo should be off and can't be. */
static bool
question_show(struct question *q)
{
	struct termios t;

	q->stop_fd = signals_hold_stop(true);
	if (!q->echo) {
		if (tcgetattr(q->p->tty, &q->saved) == -1)
			return false;
		t = q->saved;
		t.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK | ECHONL);
		if (tcsetattr(q->p->tty, TCSAFLUSH, &t) == -1)
			return false;
		q->quieted = true;
	}
	tty_write(q->p->tty, q->text);
	return true;
}

static void
question_hide(struct question *q)
{
	if (q->quieted) {
		while (tcsetattr(q->p->tty, TCSAFLUSH, &q->saved) == -1 &&
		    errno == EINTR)
			;
		tty_write(q->p->tty, "\n");	/* the user's had no echo */
	}
	q->quieted = false;
	(void)signals_hold_stop(false);
}

/* Milliseconds for poll; 0: it is late. */
static int
question_left(const struct question *q)
{
	int64_t left = q->p->due == LOOP_NEVER ? POLL_MS :
	    q->p->due - loop_clock();

	return left <= 0 ? 0 : left > POLL_MS ? POLL_MS : (int)left;
}

/* Waits for a key. False: a signal wants an end, or the terminal is gone, or
 * it is late. */
static bool
question_wait(struct question *q)
{
	struct pollfd fds[] = {
		{ .fd = q->p->tty, .events = POLLIN },
		{ .fd = signals_fd(), .events = POLLIN },
		{ .fd = q->stop_fd, .events = POLLIN },
	};

	for (;;) {
		int left = question_left(q);

		if (signals_first() != 0 || left == 0)
			return false;
		if (poll(fds, 3, left) == -1 && errno != EINTR)
			return false;
		if (fds[1].revents != 0)
			return false;
		if ((fds[2].revents & POLLIN) != 0) {
			question_hide(q);
			(void)raise(SIGTSTP);	/* and here we go on */
			if (!question_show(q))
				return false;
			fds[2].fd = q->stop_fd;
		} else if (fds[0].revents != 0) {
			return true;
		}
	}
}

/* Reads a line into size bytes, NUL-terminated; a longer one is refused. */
static bool
question_line(struct question *q, char *line, size_t size, size_t *len)
{
	bool whole = true;
	ssize_t n;

	*len = 0;
	while (question_wait(q)) {
		n = read(q->p->tty, line + *len, 1);
		if (n == -1 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n <= 0)
			return false;
		if (line[*len] == '\n') {
			line[*len] = '\0';
			return whole;
		}
		if (*len + 2 < size)
			++*len;
		else
			whole = false;
	}
	return false;
}

static bool
ask_line(const struct prompt *p, const char *text, bool echo, char *line,
    size_t size, size_t *len)
{
	struct question q = { .p = p, .text = text, .echo = echo };
	bool answered;

	progress_clear(&p->ui->progress);
	answered = question_show(&q) && question_line(&q, line, size, len);
	question_hide(&q);
	return answered;
}

static struct secret *
prompt_ask(void *ctx, const char *text, bool echo)
{
	const struct prompt *p = ctx;
	char safe[PROMPT_BYTES];
	struct secret *s = secret_new(LINE_BYTES);
	size_t len;

	if (s == NULL)
		return NULL;
	text_safes(safe, sizeof(safe), text);
	if (!ask_line(p, safe, echo, (char *)secret_expose(s, NULL),
		LINE_BYTES, &len)) {
		secret_free(s);
		return NULL;
	}
	secret_truncate(s, len);
	return s;
}

static void
hostkey_text(struct buf *b, const struct io_hostkey *k)
{
	char host[256], type[64], print[128], file[512];
	const char *to = k->file != NULL ? k->file : "no file: none is set";

	buf_addf(b, "The authenticity of host '%s' can't be established.\n",
	    text_safes(host, sizeof(host), k->host));
	buf_addf(b, "%s key fingerprint is %s.\n",
	    text_safes(type, sizeof(type), k->type),
	    text_safes(print, sizeof(print), k->fingerprint));
	if (k->authority)
		buf_adds(b, "A @cert-authority line matches this host, but "
		    "host certificates cannot be checked here.\n");
	buf_addf(b, "With 'yes' it is recorded in %s.\n"
	    "Are you sure you want to continue connecting "
	    "(yes/no/[fingerprint])? ",
	    text_safes(file, sizeof(file), to));
}

/* The full word, or the fingerprint read elsewhere; nothing else. */
static bool
prompt_confirm(void *ctx, const struct io_hostkey *k)
{
	const struct prompt *p = ctx;
	BUF_AUTO text = BUF_INIT(PROMPT_BYTES);
	const char *question;
	char line[LINE_BYTES];
	size_t len;

	hostkey_text(&text, k);
	question = buf_str(&text);
	while (ask_line(p, question, true, line, sizeof(line), &len)) {
		if (strcmp(line, "yes") == 0 ||
		    strcmp(line, k->fingerprint) == 0)
			return true;
		if (strcmp(line, "no") == 0)
			return false;
		question = "Please type 'yes', 'no' or the fingerprint: ";
	}
	return false;
}

bool
prompt_can_ask(const struct prompt *p)
{
	return p->tty != -1;
}

bool
prompt_yes(const struct prompt *p, const char *text)
{
	char line[LINE_BYTES];
	size_t len;

	while (prompt_can_ask(p) &&
	    ask_line(p, text, true, line, sizeof(line), &len)) {
		if (strcmp(line, "yes") == 0)
			return true;
		if (strcmp(line, "no") == 0)
			return false;
		text = "Please type 'yes' or 'no': ";
	}
	return false;
}

static void
prompt_trace(void *ctx, int level, const char *who, const char *text)
{
	const struct prompt *p = ctx;

	ui_trace(p->ui, level, who, text);
}

void
prompt_open(struct prompt *p, struct ui *ui, bool no_input)
{
	*p = (struct prompt){ .ui = ui, .tty = -1, .io = { .ctx = p },
		.due = LOOP_NEVER };
	if (!no_input)
		p->tty = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (p->tty != -1) {
		p->io.confirm_hostkey = prompt_confirm;
		p->io.ask = prompt_ask;
	}
	if (ui->verbose > 0)
		p->io.trace = prompt_trace;
}

void
prompt_close(struct prompt *p)
{
	if (p->tty != -1)
		(void)close(p->tty);	/* a terminal has nothing to lose */
	p->tty = -1;
}
