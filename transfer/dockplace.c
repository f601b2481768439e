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
	const struct container_mount *m;
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
	if (file->failed || !plain(buf_str(file))) {
		err_set(e, ERR_NO_HOME, "'%s' is no plain absolute path",
		    codex_home);
		return err_hint(e, "say where it is with --codex-home");
	}
	m = container_mount_of(c, buf_str(file));
	if (m == NULL || !m->tmpfs)
		return 0;
	err_set(e, c->state == CONTAINER_RUNNING ? ERR_NO_SHELL :
	    ERR_NOT_RUNNING, "'%s' is on a tmpfs, where only a shell inside "
	    "the running container can put it", buf_str(file));
	return err_hint(e, "put it on a volume");
}

/* {"name":..,"size":..,"mode":..}; 0 and the mode, or -1. */
static int
stat_mode(const char *header, uint32_t *mode)
{
	unsigned char text[STAT_MAX];
	struct err ignored;
	size_t len;
	JSON_AUTO *j = NULL;
	const cJSON *m;

	if (sodium_base642bin(text, sizeof(text), header, strlen(header),
	    NULL, &len, NULL, sodium_base64_VARIANT_ORIGINAL) == -1)
		return -1;
	j = json_parse(text, len, ERR_PROTOCOL, &ignored);
	m = cJSON_GetObjectItemCaseSensitive(j, "mode");
	if (!cJSON_IsNumber(m) || m->valuedouble < 0 ||
	    m->valuedouble > UINT32_MAX)
		return -1;
	*mode = (uint32_t)m->valuedouble;
	return 0;
}

const char *
dockplace_judge(const char *header, enum dockplace what)
{
	uint32_t mode;

	if (stat_mode(header, &mode) == -1)
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

void
dockplace_stays(const char *file, const struct container *c, struct err *e)
{
	if (c->state == CONTAINER_RUNNING) {
		err_set(e, ERR_NO_SHELL, "'%s' cannot be removed from outside: "
		    "the container has no shell", file);
		err_hint(e, "docker rm -f %s, or where it is on a volume "
		    "remove it there", c->name);
		return;
	}
	err_set(e, ERR_NOT_RUNNING, "'%s' cannot be removed from outside: "
	    "the container does not run", file);
	err_hint(e, "docker start %s", c->name);
}
