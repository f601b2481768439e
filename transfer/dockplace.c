#include "dockplace.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <sodium.h>

#include "buf.h"
#include "container.h"
#include "err.h"
#include "json.h"

#define STAT_MAX	4096		/* bytes of the header's JSON */
#define MODE_LINK	(1u << 27)	/* Go's os.FileMode */
#define MODE_DIR	(1u << 31)
#define MODE_TYPES	0x8f280000u	/* what is not a regular file */
#define MODE_OTHERS_WRITE 02u

/* Absolute, and with no component that means another. */
static bool
plain(const char *path)
{
	return *path == '/' && strstr(path, "//") == NULL &&
	    strstr(path, "/../") == NULL && strstr(path, "/./") == NULL &&
	    strchr(path, '\n') == NULL;
}

int
dockplace_find(struct buf *file, const struct container *c,
    const char *codex_home, const char *home, struct err *e)
{
	const char *more = "";

	if (codex_home == NULL && c->codex_home == NULL) {
		codex_home = c->home != NULL ? c->home : home;
		more = "/.codex";
	} else if (codex_home == NULL) {
		codex_home = c->codex_home;
	}
	(void)buf_adds(file, codex_home);
	while (file->len > 0 && file->p[file->len - 1] == '/')
		file->p[--file->len] = '\0';
	(void)buf_addf(file, "%s/auth.json", more);
	if (!file->failed && plain(buf_str(file)))
		return 0;
	err_set(e, ERR_NO_HOME, "'%s' is no plain absolute path", codex_home);
	return err_hint(e, "say where it is with --codex-home");
}

bool
dockplace_hidden(const char *file, const struct container *c, struct err *e)
{
	const struct container_mount *m = container_mount_of(c, file);

	if (m == NULL || !m->tmpfs)
		return false;
	if (c->state == CONTAINER_RUNNING) {
		err_set(e, ERR_NO_SHELL, "'%s' is on a tmpfs, where only a "
		    "shell inside the container gets at it", file);
		err_hint(e, "put it on a volume");
	} else {
		err_set(e, ERR_NOT_RUNNING, "'%s' is on a tmpfs, which is not "
		    "there before the container runs", file);
		err_hint(e, "docker start %s", c->name);
	}
	return true;
}

/* {"name":..,"size":..,"mode":..,"linkTarget":..}, or NULL. */
static cJSON *
stat_read(const char *header)
{
	unsigned char text[STAT_MAX];
	struct err ignored;
	size_t len;

	if (sodium_base642bin(text, sizeof(text), header, strlen(header),
	    NULL, &len, NULL, sodium_base64_VARIANT_ORIGINAL) == -1)
		return NULL;
	return json_parse(text, len, ERR_PROTOCOL, &ignored);
}

/* 0 and the number, or -1. */
static int
stat_number(const cJSON *stat, const char *name, uint32_t *out)
{
	const cJSON *n = cJSON_GetObjectItemCaseSensitive(stat, name);

	if (!cJSON_IsNumber(n) || n->valuedouble < 0)
		return -1;
	*out = n->valuedouble < UINT32_MAX ? (uint32_t)n->valuedouble :
	    UINT32_MAX;
	return 0;
}

const char *
dockplace_judge(const char *header, enum dockplace what)
{
	JSON_AUTO *stat = stat_read(header);
	uint32_t mode;

	if (stat_number(stat, "mode", &mode) == -1)
		return "cannot be told from a link";
	if (mode & MODE_LINK)
		return "is a link, which cannot be followed from outside";
	if (what == DOCKPLACE_FILE)
		return mode & MODE_TYPES ? "is not a regular file" : NULL;
	if ((mode & MODE_DIR) == 0)
		return "is not a directory";
	if (what == DOCKPLACE_HOME && (mode & MODE_OTHERS_WRITE) != 0)
		return "can be written by others";
	return NULL;
}

bool
dockplace_large(const char *header, uint32_t max, int *mode)
{
	JSON_AUTO *stat = stat_read(header);
	uint32_t size, bits;

	if (stat_number(stat, "size", &size) == -1 || size <= max ||
	    stat_number(stat, "mode", &bits) == -1)
		return false;
	*mode = (int)(bits & 0777);
	return true;
}

int
dockplace_leads(struct buf *to, const char *header)
{
	JSON_AUTO *stat = stat_read(header);
	const char *target = json_string(stat, "linkTarget");

	if (target == NULL || !plain(target))
		return -1;
	return buf_adds(to, target);
}

/* Whether it may stand in a hint as it is, as a word of a shell. */
static bool
word_ok(const char *s)
{
	for (; *s != '\0'; s++) {
		if (strchr("_.-/+@:,%", *s) == NULL && (*s < '0' || *s > '9') &&
		    (*s < 'a' || *s > 'z') && (*s < 'A' || *s > 'Z'))
			return false;
	}
	return true;
}

/* The one command that removes it; -1 where there is none. */
static int
stays_hint(const char *file, const struct container_mount *m, struct err *e)
{
	const char *rest = m != NULL ? file + strlen(m->where) : "";

	if (m == NULL || !word_ok(rest))
		return -1;
	if (m->volume != NULL)
		err_hint(e, "docker run --rm -v %s:/v busybox rm /v%s",
		    m->volume, rest);
	else if (m->source != NULL && word_ok(m->source))
		err_hint(e, "on the engine's host: rm %s%s", m->source, rest);
	else
		return -1;
	return 0;
}

void
dockplace_stays(const char *file, const struct container *c, struct err *e)
{
	const struct container_mount *m = container_mount_of(c, file);
	bool runs = c->state == CONTAINER_RUNNING;

	err_set(e, runs ? ERR_NO_SHELL : ERR_NOT_RUNNING, "'%s' cannot be "
	    "removed from outside: the container %s", file, runs ?
	    "has no shell" : "does not run");
	if (!runs)
		err_hint(e, "docker start %s", c->name);
	else if (stays_hint(file, m, e) == -1)
		err_hint(e, m != NULL ? "remove it where '%s' comes from" :
		    "it goes with the container: docker rm -f %s",
		    m != NULL ? m->where : c->name);
}
