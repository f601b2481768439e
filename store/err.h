/*
 * err - one error: a code of the contract, a text, a hint.
 *
 * The caller owns the struct (usually on its stack); nothing here allocates
 * and nothing here may ever be given a secret. A function that can fail takes
 * a struct err * last and returns -1 or NULL after setting it exactly once at
 * the cause; err_wrap() prefixes it at the edge of a room.
 */
#ifndef ERR_H
#define ERR_H

#include <stdbool.h>
#include <stddef.h>

/* The contract's error.code list, in its order; the table is in err.c. */
enum err_code {
	ERR_NONE,
	ERR_USAGE,
	ERR_NO_CREDENTIAL,
	ERR_BAD_CREDENTIAL,
	ERR_OTHER_ACCOUNT,
	ERR_NEWER_THERE,
	ERR_UNREACHABLE,
	ERR_TIMEOUT,
	ERR_HOSTKEY_UNKNOWN,
	ERR_HOSTKEY_CHANGED,
	ERR_HOSTKEY_REVOKED,
	ERR_AUTH_FAILED,
	ERR_UNSAFE_TARGET,
	ERR_PERMISSION_DENIED,
	ERR_DISK_FULL,
	ERR_READ_ONLY,
	ERR_NO_HOME,
	ERR_NO_SHELL,
	ERR_NO_CONTAINER,
	ERR_AMBIGUOUS_CONTAINER,
	ERR_NOT_RUNNING,
	ERR_ENGINE_UNREACHABLE,
	ERR_ENGINE_ERROR,
	ERR_PROTOCOL,
	ERR_INTERFERENCE,
	ERR_PORT_IN_USE,
	ERR_LOCKED,
	ERR_BAD_PASSPHRASE,
	ERR_LOGIN_REFUSED,
	ERR_CANCELLED,
	ERR_INTERRUPTED,
	ERR_INTERNAL,
	ERR_CODES	/* how many there are */
};

#define ERR_TEXT_MAX 300	/* bytes, the NUL included (codex-provision(1)) */
#define ERR_HINT_MAX 240

struct err {
	enum err_code	code;
	int		sys;	/* errno at the cause, 0 where there is none */
	char		text[ERR_TEXT_MAX];
	char		hint[ERR_HINT_MAX];
};

#define ERR_INIT { ERR_NONE, 0, "", "" }

/*
 * Sets code and text (cut to size, control characters escaped), clears the
 * hint. Always returns -1, so that "return err_set(...)" reads well.
 */
int	err_set(struct err *e, enum err_code code, const char *fmt, ...)
	    __attribute__((format(printf, 3, 4)));

/* ERR_INTERNAL: out of memory. Returns -1. */
int	err_memory(struct err *e);

/* As err_set, with ": " and the text of the errno the caller saved. */
int	err_sys(struct err *e, enum err_code code, int sys, const char *fmt, ...)
	    __attribute__((format(printf, 4, 5)));

/* The code of a failed call on a file, by its errno. */
enum err_code	err_file(int sys);

/* Sets the hint: the one command or step that fixes it. Returns -1. */
int	err_hint(struct err *e, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));

/* Puts "prefix: " before the text. Returns -1. */
int	err_wrap(struct err *e, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));

/* The contract's word for a code ("hostkey_changed"); never NULL. */
const char	*err_name(enum err_code code);

/* The exit status a code leads to when one target was asked for. */
int	err_exit(enum err_code code);

#endif
