#include "terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define COLUMNS	80
#define ROWS	24

void
terminal_open(struct terminal *t)
{
	const char *name = ttyname(STDOUT_FILENO);

	*t = (struct terminal){ .tty = isatty(STDIN_FILENO) == 1, .out = -1 };
	if (name != NULL)
		t->out = open(name, O_WRONLY | O_NOCTTY | O_CLOEXEC |
		    O_NONBLOCK);
	if (t->out == -1)
		t->out = STDOUT_FILENO;
}

void
terminal_close(struct terminal *t)
{
	terminal_raw(t, false);
	if (t->out != STDOUT_FILENO)
		(void)close(t->out);	/* a terminal has nothing to lose */
	t->out = STDOUT_FILENO;
}

static void
set(const struct termios *to)
{
	while (tcsetattr(STDIN_FILENO, TCSADRAIN, to) == -1 && errno == EINTR)
		;
}

void
terminal_raw(struct terminal *t, bool on)
{
	struct termios raw;

	if (!on && t->raw)
		set(&t->saved);
	if (!on)
		t->raw = false;
	if (!on || !t->tty)
		return;
	/* What the user has now, also after a stop; not our own raw mode. */
	if (!t->raw && tcgetattr(STDIN_FILENO, &t->saved) == -1)
		return;
	raw = t->saved;
	cfmakeraw(&raw);
	t->raw = true;
	set(&raw);
}

struct ttysize
terminal_size(const struct terminal *t)
{
	struct winsize w = { 0 };

	if (!t->tty || ioctl(STDIN_FILENO, TIOCGWINSZ, &w) == -1 ||
	    w.ws_col == 0 || w.ws_row == 0)
		return (struct ttysize){ COLUMNS, ROWS };
	return (struct ttysize){ w.ws_col, w.ws_row };
}
