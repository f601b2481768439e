/*
 * err - one error: a code of the contract, a text, a hint.
 *
 * 1. Text and hint MUST be one line without control characters: they go to a
 *    terminal and into --json as they are.
 * 2. Nothing here may allocate: "out of memory" is told with it too.
 */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "err.h"
#include "text.h"

/*
 * Room to format in before the cut. Escaping only lengthens, so what doesn't
 * fit here would not have fitted into the text either.
 */
#define FORMAT_MAX (4 * ERR_TEXT_MAX)

#define CAUSE_MAX 80	/* the longest errno text glibc has is 49 */

/* Contract 5: code, word and exit status, in this one place. */
static const struct row {
	const char	*name;
	int		 exit;
} rows[] = {
	[ERR_NONE]			= { "none", 0 },
	[ERR_USAGE]			= { "usage", 2 },
	[ERR_NO_CREDENTIAL]		= { "no_credential", 3 },
	[ERR_BAD_CREDENTIAL]		= { "bad_credential", 3 },
	[ERR_OTHER_ACCOUNT]		= { "other_account", 3 },
	[ERR_NEWER_THERE]		= { "newer_there", 3 },
	[ERR_UNREACHABLE]		= { "unreachable", 5 },
	[ERR_TIMEOUT]			= { "timeout", 5 },
	[ERR_HOSTKEY_UNKNOWN]		= { "hostkey_unknown", 6 },
	[ERR_HOSTKEY_CHANGED]		= { "hostkey_changed", 6 },
	[ERR_HOSTKEY_REVOKED]		= { "hostkey_revoked", 6 },
	[ERR_AUTH_FAILED]		= { "auth_failed", 6 },
	[ERR_UNSAFE_TARGET]		= { "unsafe_target", 7 },
	[ERR_PERMISSION_DENIED]		= { "permission_denied", 7 },
	[ERR_DISK_FULL]			= { "disk_full", 7 },
	[ERR_READ_ONLY]			= { "read_only", 7 },
	[ERR_NO_HOME]			= { "no_home", 7 },
	[ERR_NO_SHELL]			= { "no_shell", 7 },
	[ERR_NO_CONTAINER]		= { "no_container", 7 },
	[ERR_AMBIGUOUS_CONTAINER]	= { "ambiguous_container", 7 },
	[ERR_NOT_RUNNING]		= { "not_running", 7 },
	[ERR_ENGINE_UNREACHABLE]	= { "engine_unreachable", 5 },
	[ERR_ENGINE_ERROR]		= { "engine_error", 7 },
	[ERR_PROTOCOL]			= { "protocol", 7 },
	[ERR_INTERFERENCE]		= { "interference", 7 },
	[ERR_PORT_IN_USE]		= { "port_in_use", 4 },
	[ERR_LOCKED]			= { "locked", 8 },
	[ERR_BAD_PASSPHRASE]		= { "bad_passphrase", 8 },
	[ERR_LOGIN_REFUSED]		= { "login_refused", 4 },
	[ERR_CANCELLED]			= { "cancelled", 4 },
	[ERR_INTERRUPTED]		= { "interrupted", 130 },
	[ERR_INTERNAL]			= { "internal", 70 },
};
_Static_assert(sizeof(rows) / sizeof(rows[0]) == ERR_CODES,
    "every error code has its row");

/* The row of a code; one that can't be is a bug, and bugs are "internal". */
static const struct row *
row_of(enum err_code code)
{
	/* A hole in the table would have no name: it counts as unknown. */
	if ((unsigned int)code >= ERR_CODES || rows[code].name == NULL)
		return &rows[ERR_INTERNAL];
	return &rows[code];
}

/* Formats, escapes and cuts to size. */
static void __attribute__((format(printf, 3, 0)))
put(char *dst, size_t size, const char *fmt, va_list ap)
{
	char line[FORMAT_MAX];

	if (vsnprintf(line, sizeof(line), fmt, ap) < 0)
		line[0] = '\0';	/* only a bad wide character gets here */
	text_safes(dst, size, line);
}

/* "a: b", cut to size. */
static void
join(char dst[ERR_TEXT_MAX], const char *a, const char *b)
{
	char line[2 * ERR_TEXT_MAX + sizeof(": ")];

	(void)snprintf(line, sizeof(line), "%s: %s", a, b);
	text_safes(dst, ERR_TEXT_MAX, line);
}

int
err_set(struct err *e, enum err_code code, const char *fmt, ...)
{
	char text[ERR_TEXT_MAX];
	va_list ap;

	/* Formatted aside: an argument may be this error's own text. */
	va_start(ap, fmt);
	put(text, sizeof(text), fmt, ap);
	va_end(ap);
	*e = (struct err){ .code = code };
	memcpy(e->text, text, sizeof(text));
	return -1;
}

int
err_memory(struct err *e)
{
	return err_set(e, ERR_INTERNAL, "out of memory");
}

/* As a sentence goes on: "permission denied", but "RPC ..." stays. */
static void
cause_of(char dst[CAUSE_MAX], int sys)
{
	const char *s = strerrordesc_np(sys);

	if (s == NULL) {
		(void)snprintf(dst, CAUSE_MAX, "error %d", sys);
		return;
	}
	text_safes(dst, CAUSE_MAX, s);
	if (!isupper((unsigned char)dst[1]))
		dst[0] = (char)tolower((unsigned char)dst[0]);
}

int
err_sys(struct err *e, enum err_code code, int sys, const char *fmt, ...)
{
	char cause[CAUSE_MAX], text[ERR_TEXT_MAX];
	size_t room;
	va_list ap;

	/* A long path may be cut; why it failed may not. */
	cause_of(cause, sys);
	room = sizeof(text) - strlen(cause) - strlen(": ");
	va_start(ap, fmt);
	put(text, room, fmt, ap);
	va_end(ap);
	*e = (struct err){ .code = code, .sys = sys };
	join(e->text, text, cause);
	return -1;
}

enum err_code
err_file(int sys)
{
	switch (sys) {
	case ENOSPC:
	case EDQUOT:
	case EFBIG:	/* RLIMIT_FSIZE, with SIGXFSZ ignored */
		return ERR_DISK_FULL;
	case EROFS:
		return ERR_READ_ONLY;
	case EACCES:
	case EPERM:
		return ERR_PERMISSION_DENIED;
	case ELOOP:
	case ENOTDIR:
	case EISDIR:
		return ERR_UNSAFE_TARGET;
	case ENOMEM:
	case EMFILE:
	case ENFILE:
		return ERR_INTERNAL;
	default:
		return ERR_PROTOCOL;	/* as the far side's "cannot" */
	}
}

int
err_hint(struct err *e, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	put(e->hint, sizeof(e->hint), fmt, ap);
	va_end(ap);
	return -1;
}

int
err_wrap(struct err *e, const char *fmt, ...)
{
	char prefix[ERR_TEXT_MAX / 2], text[ERR_TEXT_MAX];
	va_list ap;

	/* At most half, so that the cause is never pushed out. */
	va_start(ap, fmt);
	put(prefix, sizeof(prefix), fmt, ap);
	va_end(ap);
	memcpy(text, e->text, sizeof(text));
	join(e->text, prefix, text);
	return -1;
}

const char *
err_name(enum err_code code)
{
	return row_of(code)->name;
}

int
err_exit(enum err_code code)
{
	return row_of(code)->exit;
}
