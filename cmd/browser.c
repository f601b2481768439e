#include "browser.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "env.h"

#define WORDS_MAX 16	/* of one command of $BROWSER */
#define FILE_BYTES 4096	/* of a program */
#define ENV_MAX	  64

extern char **environ;

/* A name that ends in '_' stands for all that begin with it. */
static const char *const kept[] = {
	"PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "LC_",
	"TZ", "TMPDIR", "DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "XDG_",
	"DBUS_SESSION_BUS_ADDRESS", "DESKTOP_SESSION", "KDE_FULL_SESSION",
	"KDE_SESSION_VERSION", "GNOME_DESKTOP_SESSION_ID", "WSL_", "WSLENV",
	"http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY",
	"NO_PROXY", "MOZ_ENABLE_WAYLAND",
	"VSCODE_IPC_HOOK_CLI",	/* the way from its terminal to the user */
};

static bool
variable_kept(const char *entry)
{
	size_t len = strcspn(entry, "=");

	for (size_t i = 0; i < sizeof(kept) / sizeof(*kept); i++) {
		size_t n = strlen(kept[i]);

		if (strncmp(entry, kept[i], n) == 0 &&
		    (n == len || kept[i][n - 1] == '_'))
			return true;
	}
	return false;
}

static void
environment_fill(char *env[ENV_MAX + 1])
{
	size_t n = 0;

	for (char **e = environ; e != NULL && *e != NULL && n < ENV_MAX; e++) {
		if (variable_kept(*e))
			env[n++] = *e;
	}
	env[n] = NULL;
}

static bool
program_there(const char *file)
{
	struct stat st;

	return stat(file, &st) == 0 && S_ISREG(st.st_mode) &&
	    access(file, X_OK) == 0;
}

/* As execvp(3) finds it, but known before we fork. */
static bool
program_find(char file[FILE_BYTES], const char *name)
{
	const char *dir = env_get("PATH");
	size_t len;
	int n;

	if (strchr(name, '/') != NULL) {
		n = snprintf(file, FILE_BYTES, "%s", name);
		return n > 0 && n < FILE_BYTES && program_there(file);
	}
	for (; dir != NULL && *dir != '\0'; dir += len + (dir[len] == ':')) {
		len = strcspn(dir, ":");
		n = snprintf(file, FILE_BYTES, "%.*s/%s", (int)len, dir, name);
		if (len > 0 && n > 0 && n < FILE_BYTES && program_there(file))
			return true;
	}
	return false;
}

/* In the child's child: only what is safe there (signal-safety(7)). */
static _Noreturn void
become(const char *file, char *const argv[], char *const env[])
{
	static const int usual[] = { SIGPIPE, SIGXFSZ, SIGINT, SIGQUIT,
		SIGTERM, SIGHUP, SIGTSTP, SIGCHLD };
	sigset_t none;
	int null = open("/dev/null", O_RDWR);

	if (null == -1 || dup2(null, STDIN_FILENO) == -1 ||
	    dup2(null, STDOUT_FILENO) == -1 ||
	    dup2(null, STDERR_FILENO) == -1)
		_exit(EXIT_FAILURE);
	/* What else is open is O_CLOEXEC; this is for what we were given. */
	(void)close_range(3, ~0U, 0);
	for (size_t i = 0; i < sizeof(usual) / sizeof(*usual); i++)
		(void)signal(usual[i], SIG_DFL);
	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)execve(file, argv, env);
	_exit(EXIT_FAILURE);
}

/* init is its parent then, and reaps it. */
static bool
start(const char *file, char *const argv[])
{
	char *env[ENV_MAX + 1];
	int status;
	pid_t pid;

	environment_fill(env);
	pid = fork();
	if (pid == 0) {
		(void)setsid();
		pid = fork();
		if (pid == 0)
			become(file, argv, env);
		_exit(pid == -1 ? EXIT_FAILURE : EXIT_SUCCESS);
	}
	return pid != -1 && waitpid(pid, &status, 0) == pid &&
	    WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS;
}

/* One command of $BROWSER; words is cut up. */
static bool
start_command(char *words, const char *url)
{
	char *argv[WORDS_MAX + 2], file[FILE_BYTES], *rest = NULL;
	bool given = false;
	int n = 0;

	for (char *w = strtok_r(words, " \t", &rest); w != NULL;
	    w = strtok_r(NULL, " \t", &rest)) {
		if (n == WORDS_MAX)
			return false;
		given |= strcmp(w, "%s") == 0;
		argv[n++] = strcmp(w, "%s") == 0 ? (char *)(size_t)url : w;
	}
	if (n == 0 || !program_find(file, argv[0]))
		return false;
	if (!given)
		argv[n++] = (char *)(size_t)url;
	argv[n] = NULL;
	return start(file, argv);
}

static bool
start_named(const char *url)
{
	const char *named = env_get("BROWSER");
	char *copy = named != NULL ? strdup(named) : NULL, *rest = NULL;
	bool done = false;

	if (copy == NULL)
		return false;
	for (char *c = strtok_r(copy, ":", &rest); c != NULL && !done;
	    c = strtok_r(NULL, ":", &rest))
		done = start_command(c, url);
	free(copy);
	return done;
}

bool
browser_open(const char *url)
{
	static const struct {
		const char	*name;
		bool		 screen;	/* without one it is a pager */
	} openers[] = {
		{ "xdg-open", true },
		{ "wslview", false },
		{ "open", true },
	};
	bool screen = env_get("DISPLAY") != NULL ||
	    env_get("WAYLAND_DISPLAY") != NULL;
	char file[FILE_BYTES], *argv[3] = { NULL };

	if (start_named(url))
		return true;
	for (size_t i = 0; i < sizeof(openers) / sizeof(*openers); i++) {
		if ((openers[i].screen && !screen) ||
		    !program_find(file, openers[i].name))
			continue;
		argv[0] = file;
		argv[1] = (char *)(size_t)url;
		if (start(file, argv))
			return true;
	}
	return false;
}
