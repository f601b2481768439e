/*
 * json - cJSON behind a gate that is as strict as Codex's own parser.
 *
 * cJSON 1.7.15 accepts duplicate members, a BOM, invalid UTF-8, raw control
 * characters, \u0000 (which truncates) and leading zeros, and looks names up
 * without regard to case. Everything foreign is therefore scanned here first
 * (RFC 8259, plus: no duplicate names, no NUL, depth at most 32) and read
 * through the getters below only.
 */
#ifndef JSON_H
#define JSON_H

#include <stdbool.h>
#include <stddef.h>

#include <cjson/cJSON.h>

struct err;

#define JSON_DEPTH_MAX 32

/* Makes cJSON wipe what it frees; once, before the first parse. */
void	 json_init(void);

/*
 * Parses exactly one value in len bytes. The tree is the caller's, to
 * cJSON_Delete. NULL sets e to `code` with what is wrong and at which byte;
 * the text never holds a byte of the input.
 */
cJSON	*json_parse(const void *p, size_t len, int code, struct err *e);

/* Case-sensitive member of the given type, or NULL. Borrowed from o. */
const cJSON	*json_object(const cJSON *o, const char *name);
const char	*json_string(const cJSON *o, const char *name);

/* Whether the member is there and is not null. */
bool	 json_has(const cJSON *o, const char *name);

static inline void
json_free_auto(cJSON **j)
{
	cJSON_Delete(*j);
}
#define JSON_AUTO __attribute__((cleanup(json_free_auto))) cJSON

#endif
