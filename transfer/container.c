#include "container.h"

#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "json.h"

#define MOUNTS_MAX 1024
#define NAME_MAX_BYTES 128

static const char alnum[] = "abcdefghijklmnopqrstuvwxyz"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/* The engine's own rule: [a-zA-Z0-9][a-zA-Z0-9_.-]*. */
bool
container_name_ok(const char *name)
{
	size_t n = strspn(name, alnum);

	if (n == 0 || strlen(name) > NAME_MAX_BYTES)
		return false;
	for (name += n; *name != '\0'; name++) {
		if (strchr(alnum, *name) == NULL &&
		    strchr("_.-", *name) == NULL)
			return false;
	}
	return true;
}

void
container_clear(struct container *c)
{
	for (size_t i = 0; i < c->nmounts; i++) {
		free(c->mounts[i].where);
		free(c->mounts[i].volume);
		free(c->mounts[i].source);
	}
	free(c->mounts);
	free(c->id);
	free(c->name);
	free(c->user);
	free(c->home);
	free(c->codex_home);
	*c = (struct container){ 0 };
}

static bool
is_true(const cJSON *o, const char *name)
{
	return cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(o, name));
}

static enum container_state
state_of(const cJSON *state)
{
	const char *status = json_string(state, "Status");

	if (is_true(state, "Paused"))
		return CONTAINER_PAUSED;
	if (is_true(state, "Restarting"))
		return CONTAINER_RESTARTING;
	if (is_true(state, "Dead") || (status != NULL &&
	    (strcmp(status, "removing") == 0 || strcmp(status, "dead") == 0)))
		return CONTAINER_GONE;
	return is_true(state, "Running") ? CONTAINER_RUNNING :
	    CONTAINER_STOPPED;
}

/* The value of NAME=VALUE, the last one, as exec has it; "" is not set. */
static int
env_take(const cJSON *env, const char *name, char **value)
{
	size_t n = strlen(name);
	const cJSON *v;

	cJSON_ArrayForEach(v, env) {
		if (!cJSON_IsString(v) ||
		    strncmp(v->valuestring, name, n) != 0 ||
		    v->valuestring[n] != '=')
			continue;
		free(*value);
		if ((*value = strdup(v->valuestring + n + 1)) == NULL)
			return -1;
	}
	if (*value != NULL && **value == '\0') {
		free(*value);
		*value = NULL;
	}
	return 0;
}

/* Whether NAME=VALUE is there; nobody needs the value. */
static bool
env_has(const cJSON *env, const char *name)
{
	size_t n = strlen(name);
	const cJSON *v;
	bool has = false;

	cJSON_ArrayForEach(v, env) {
		if (cJSON_IsString(v) &&
		    strncmp(v->valuestring, name, n) == 0 &&
		    v->valuestring[n] == '=')
			has = v->valuestring[n + 1] != '\0';
	}
	return has;
}

/* A member that is not empty, as a copy: *out stays NULL without one. */
static int
text_take(const cJSON *o, const char *name, char **out)
{
	const char *value = json_string(o, name);

	if (value == NULL || *value == '\0')
		return 0;
	return (*out = strdup(value)) == NULL ? -1 : 0;
}

/* One at where, with what m says of it; NULL: nothing. */
static int
mount_add(struct container *c, const char *where, const cJSON *m, bool tmpfs)
{
	struct container_mount *more;
	size_t len = where == NULL ? 0 : strlen(where);

	if (len == 0 || where[0] != '/' || c->nmounts == MOUNTS_MAX)
		return 0;
	more = reallocarray(c->mounts, c->nmounts + 1, sizeof(*more));
	if (more == NULL)
		return -1;
	c->mounts = more;
	while (len > 1 && where[len - 1] == '/')
		len--;
	more += c->nmounts++;
	*more = (struct container_mount){ .where = strndup(where, len),
		.tmpfs = tmpfs };
	if (more->where == NULL || text_take(m, "Source", &more->source) == -1 ||
	    text_take(m, "Name", &more->volume) == -1)
		return -1;
	if (more->volume != NULL && !container_name_ok(more->volume)) {
		free(more->volume);
		more->volume = NULL;
	}
	return 0;
}

/*
 * --mount is in Mounts, --tmpfs in HostConfig alone, and /dev nowhere: every
 * container has one of its own.
 */
static int
mounts_take(struct container *c, const cJSON *j)
{
	const cJSON *m, *host = json_object(j, "HostConfig");

	if (mount_add(c, "/dev", NULL, true) == -1)
		return -1;
	cJSON_ArrayForEach(m, cJSON_GetObjectItemCaseSensitive(j, "Mounts")) {
		const char *type = json_string(m, "Type");

		if (mount_add(c, json_string(m, "Destination"), m, type != NULL &&
		    strcmp(type, "tmpfs") == 0) == -1)
			return -1;
	}
	cJSON_ArrayForEach(m, json_object(host, "Tmpfs")) {
		if (mount_add(c, m->string, NULL, true) == -1)
			return -1;
	}
	return 0;
}

bool
container_id_ok(const char *id)
{
	size_t n = id == NULL ? 0 : strspn(id, "0123456789abcdef");

	return n > 0 && n <= NAME_MAX_BYTES && id[n] == '\0';
}

static int
fill(struct container *c, const cJSON *j)
{
	const cJSON *config = json_object(j, "Config");
	const cJSON *env = cJSON_GetObjectItemCaseSensitive(config, "Env");
	const char *id = json_string(j, "Id"), *name = json_string(j, "Name");
	const char *user = json_string(config, "User");

	if (name != NULL && *name == '/')
		name++;
	c->id = strdup(id);
	/* It is shown in commands: none that does more than name it. */
	c->name = strdup(name != NULL && container_name_ok(name) ? name : id);
	c->user = strdup(user != NULL ? user : "");
	c->state = state_of(json_object(j, "State"));
	c->env_api_key = env_has(env, "CODEX_API_KEY");
	c->env_access_token = env_has(env, "CODEX_ACCESS_TOKEN");
	return c->id == NULL || c->name == NULL || c->user == NULL ||
	    env_take(env, "HOME", &c->home) == -1 ||
	    env_take(env, "CODEX_HOME", &c->codex_home) == -1 ||
	    mounts_take(c, j) == -1 ? -1 : 0;
}

int
container_parse(struct container *c, const char *json, size_t len,
    struct err *e)
{
	JSON_AUTO *j = json_parse(json, len, ERR_PROTOCOL, e);

	*c = (struct container){ 0 };
	if (j == NULL)
		return err_wrap(e, "the engine's answer");
	if (!container_id_ok(json_string(j, "Id")) || json_object(j, "State") == NULL ||
	    json_object(j, "Config") == NULL)
		return err_set(e, ERR_PROTOCOL, "the engine's answer is not "
		    "about a container");
	if (fill(c, j) == 0)
		return 0;
	container_clear(c);
	return err_memory(e);
}

int
container_usable(const struct container *c, struct err *e)
{
	switch (c->state) {
	case CONTAINER_RUNNING:
	case CONTAINER_STOPPED:
		return 0;
	case CONTAINER_PAUSED:
		err_set(e, ERR_NOT_RUNNING, "the container '%s' is paused",
		    c->name);
		return err_hint(e, "docker unpause %s", c->name);
	case CONTAINER_RESTARTING:
		err_set(e, ERR_NOT_RUNNING, "the container '%s' is "
		    "restarting", c->name);
		return err_hint(e, "'docker logs %s' may say why", c->name);
	case CONTAINER_GONE:
		break;
	}
	err_set(e, ERR_NOT_RUNNING, "the container '%s' is being removed",
	    c->name);
	return err_hint(e, "'docker ps -a' lists what there is");
}

/* The longest one wins. */
const struct container_mount *
container_mount_of(const struct container *c, const char *path)
{
	const struct container_mount *best = NULL;
	size_t longest = 0;

	for (size_t i = 0; i < c->nmounts; i++) {
		const char *where = c->mounts[i].where;
		size_t len = strlen(where);

		if (strcmp(where, "/") == 0)
			len = 0;
		if (strncmp(path, where, len) == 0 &&
		    (path[len] == '/' || path[len] == '\0') &&
		    (best == NULL || len > longest)) {
			best = &c->mounts[i];
			longest = len;
		}
	}
	return best;
}
