/*
 * toml - the values of a TOML text, one after the other.
 *
 * Pure memory. Enough of TOML 1.1 (strings of four kinds, comments, tables,
 * arrays, dotted and quoted keys) to find a few settings of Codex's without
 * taking for one what stands in a comment, a string or another table. Not a
 * validator: of numbers and dates only the shape is looked at, and that no
 * name stands twice is for the caller to see.
 */
#ifndef TOML_H
#define TOML_H

#include <stddef.h>

struct err;

#define TOML_PATH_MAX	256	/* bytes of a path; what is longer is cut */
#define TOML_STRING_MAX 4096	/* the same of a string */

enum toml_type {
	TOML_STRING,
	TOML_ARRAY,	/* begins: its elements follow, one level deeper */
	TOML_OTHER	/* number, date, true or false */
};

struct toml_value {
	/* "table.key": names of tables and keys with dots between them; a
	 * dot inside a quoted name, and an empty name, are U+001F. */
	const char	*path;
	enum toml_type	 type;
	/* Of a string, without its escapes, U+0000 as U+FFFD; else "". */
	const char	*text;
	int		 array;	/* how many arrays it is an element in */
};

/*
 * Calls each() for every value in the order of the text. The strings are lent
 * for that call. -1 from it ends the walk with that; else 0, or -1 with `code`
 * and the line, without a byte of the text (configurations hold secrets).
 */
int	toml_walk(const char *p, size_t len,
	    int (*each)(void *ctx, const struct toml_value *v, struct err *e),
	    void *ctx, int code, struct err *e);

#endif
