/*
 * memscan - what a program still has in its memory at its very end.
 *
 *   memscan REPORT WORD... -- COMMAND...
 *
 * Runs COMMAND and stops it, and each program it starts, when it is about to
 * end: main has returned, everything that is ever wiped is wiped, and nothing
 * is unmapped yet. Then all of its memory that can be read is searched for
 * the WORDs, and the REPORT gets a line for each place: pid, name, address,
 * mapping, which word, and what stands around it. A word "hex:..." is bytes.
 * Threads that end before the program does are none of it. Ends as COMMAND
 * did; 120
 * where it could not be watched. Root can do that to a program that
 * PR_SET_DUMPABLE hides from its own user.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/ptrace.h>
#include <sys/wait.h>

#define FAILED	120
#define AROUND	24	/* bytes shown on either side */
#define PIECE	(1 << 20)
#define WORDS_MAX 32

struct word {
	const char	*name;
	unsigned char	*p;
	size_t		 len;
};

struct scan {
	FILE		*report;
	struct word	 words[WORDS_MAX];
	size_t		 nwords, overlap;	/* the longest, for the seams */
};

/* len bytes at p, which is `at` over there; the word is at p + k. */
static void
show(const struct scan *s, uint64_t at, const struct word *w,
    const unsigned char *p, size_t len, size_t k)
{
	size_t from = k < AROUND ? 0 : k - AROUND;
	size_t to = k + w->len + AROUND < len ? k + w->len + AROUND : len;

	fprintf(s->report, "  %" PRIx64 " '%.8s...': ", at + k, w->name);
	for (size_t i = from; i < to; i++)
		(void)fputc(isprint(p[i]) ? p[i] : '.', s->report);
	(void)fputc('\n', s->report);
}

static void
scan_piece(const struct scan *s, const char *where, uint64_t at,
    const unsigned char *p, size_t len)
{
	const unsigned char *found;

	for (size_t i = 0; i < s->nwords; i++) {
		const struct word *w = &s->words[i];

		for (size_t k = 0; (found = memmem(p + k, len - k, w->p,
		    w->len)) != NULL; k = (size_t)(found - p) + w->len) {
			fprintf(s->report, "FOUND in %s:", where);
			show(s, at, w, p, len, (size_t)(found - p));
		}
	}
}

static void
scan_mapping(const struct scan *s, int mem, const char *where, uint64_t from,
    uint64_t to)
{
	static unsigned char piece[PIECE];

	while (from < to) {
		size_t want = to - from < PIECE ? (size_t)(to - from) : PIECE;
		ssize_t n = pread(mem, piece, want, (off_t)from);

		if (n <= 0) {
			from += 4096;	/* a guard page, a device */
			continue;
		}
		scan_piece(s, where, from, piece, (size_t)n);
		from += (uint64_t)n;
		if (from < to && (size_t)n > s->overlap)
			from -= s->overlap;
	}
}

static void
scan_process(const struct scan *s, pid_t pid)
{
	char path[64], line[512], name[256] = "";
	FILE *maps;
	int mem;

	snprintf(path, sizeof(path), "/proc/%d/exe", (int)pid);
	if (readlink(path, name, sizeof(name) - 1) == -1)
		name[0] = '\0';
	snprintf(path, sizeof(path), "/proc/%d/mem", (int)pid);
	mem = open(path, O_RDONLY | O_CLOEXEC);
	snprintf(path, sizeof(path), "/proc/%d/maps", (int)pid);
	maps = fopen(path, "re");
	if (mem == -1 || maps == NULL) {
		perror(path);
		exit(FAILED);
	}
	while (fgets(line, sizeof(line), maps) != NULL) {
		uint64_t from, to;
		char perms[8], where[256] = "anonymous";

		if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %7s %*s %*s %*s "
		    "%255s", &from, &to, perms, where) >= 3 &&
		    strncmp(where, "[v", 2) != 0)
			scan_mapping(s, mem, where, from, to);
	}
	fprintf(s->report, "scanned %s\n", name);
	(void)fclose(maps);
	(void)close(mem);
}

/* Whether it is a thread beside others: its end is nobody's. */
static bool
is_thread(pid_t pid)
{
	char path[64], line[256];
	int leader = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	if ((f = fopen(path, "re")) == NULL)
		return true;
	while (leader == 0 && fgets(line, sizeof(line), f) != NULL)
		(void)sscanf(line, "Tgid: %d", &leader);
	(void)fclose(f);
	return leader != pid;
}

/* Lets pid go on; a signal that stopped it is handed on. */
static void
go_on(const struct scan *s, pid_t pid, int status)
{
	int sig = WSTOPSIG(status), event = status >> 16;

	if (event == PTRACE_EVENT_EXIT && !is_thread(pid))
		scan_process(s, pid);
	if (event != 0 || sig == SIGTRAP || sig == SIGSTOP)
		sig = 0;
	(void)ptrace(PTRACE_CONT, pid, 0, sig);
}

static int
watch(const struct scan *s, pid_t child)
{
	int status, ended = FAILED;
	pid_t pid;

	if (waitpid(child, &status, 0) != child || !WIFSTOPPED(status) ||
	    ptrace(PTRACE_SETOPTIONS, child, 0, PTRACE_O_TRACEEXIT |
	    PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE |
	    PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL) == -1) {
		perror("ptrace");
		return FAILED;
	}
	(void)ptrace(PTRACE_CONT, child, 0, 0);
	while ((pid = waitpid(-1, &status, __WALL)) > 0) {
		if (WIFSTOPPED(status))
			go_on(s, pid, status);
		else if (pid == child)
			ended = WIFEXITED(status) ? WEXITSTATUS(status) :
			    128 + WTERMSIG(status);
	}
	return ended;
}

static bool
add_word(struct scan *s, const char *text)
{
	struct word *w = &s->words[s->nwords];
	size_t len = strlen(text);

	if (s->nwords == WORDS_MAX || len < 8)
		return false;
	w->name = text;
	w->p = (unsigned char *)strdup(text);
	w->len = len;
	if (strncmp(text, "hex:", 4) == 0) {
		w->len = (len - 4) / 2;
		for (size_t i = 0; i < w->len; i++)
			(void)sscanf(text + 4 + 2 * i, "%2hhx", &w->p[i]);
	}
	if (w->len > s->overlap)
		s->overlap = w->len;
	s->nwords++;
	return true;
}

int
main(int argc, char *argv[])
{
	struct scan s = { .nwords = 0 };
	int at = 2, status;
	bool ok = argc > 3 && (s.report = fopen(argv[1], "we")) != NULL;
	pid_t child;

	for (; ok && at < argc && strcmp(argv[at], "--") != 0; at++)
		ok = add_word(&s, argv[at]);
	if (!ok || at + 1 >= argc || s.nwords == 0) {
		fprintf(stderr, "usage: memscan REPORT WORD... -- COMMAND\n");
		return FAILED;
	}
	if ((child = fork()) == 0) {
		(void)ptrace(PTRACE_TRACEME, 0, 0, 0);
		(void)raise(SIGSTOP);
		(void)execv(argv[at + 1], argv + at + 1);
		_exit(FAILED);
	}
	status = watch(&s, child);
	return fclose(s.report) == 0 ? status : FAILED;
}
