/*
 * authput PATH < NEW  puts standard input there
 * authput -r PATH      removes it
 *
 * Prints the state and the warnings, or the error's code and text, for the
 * tests that kill it, fill its disk and compare it with Codex.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <sys/stat.h>

#include <sodium.h>

#include "authjson.h"
#include "authwrite.h"
#include "err.h"
#include "secret.h"

int
main(int argc, char **argv)
{
	static const char *const words[] = {
		[AUTHWRITE_NONE] = "none",
		[AUTHWRITE_WRITTEN] = "written",
		[AUTHWRITE_UNCHANGED] = "unchanged",
		[AUTHWRITE_REMOVED] = "removed",
		[AUTHWRITE_ABSENT] = "absent",
		[AUTHWRITE_CHANGED] = "changed",
	};
	bool removes = argc == 3 && strcmp(argv[1], "-r") == 0;
	struct authwrite_done done;
	struct err e = ERR_INIT;
	SECRET_AUTO *s = NULL;
	int r;

	if (argc != 2 && !removes) {
		fprintf(stderr, "usage: authput [-r] path\n");
		return 2;
	}
	(void)umask(077);
	if (sodium_init() == -1 || signal(SIGXFSZ, SIG_IGN) == SIG_ERR)
		return 99;
	if (removes) {
		r = authwrite_delete(argv[2], NULL, &done, &e);
	} else {
		s = authjson_bytes(STDIN_FILENO, true, "standard input", &e);
		r = s == NULL ? -1 : authwrite_install(argv[1],
		    AUTHWRITE_MAKE, s, NULL, &done, &e);
	}
	if (r == -1) {
		printf("%s: %s\n", err_name(e.code), e.text);
		return err_exit(e.code);
	}
	printf("%s%s%s\n", words[done.state], done.in_place ? " in place" :
	    "", done.not_durable ? " not durable" : "");
	return 0;
}
