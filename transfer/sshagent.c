#include "sshagent.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libssh/libssh.h>
#include <sodium.h>

#include "agentwire.h"
#include "loop.h"

#define AGENT_LIST_WAIT	2000	/* ms for the list of keys */
#define AGENT_KEYS_MAX	256
#define AGENT_TYPE_MAX	64	/* bytes of a key type's name */

struct key {
	struct message	 blob;
	char		*base64;
};

struct sshagent {
	char		*path;
	struct key	 keys[AGENT_KEYS_MAX];
	size_t		 nkeys;
};

/* Takes a length-prefixed string off the front of m. */
static int
take_string(struct message *m, struct message *s)
{
	if (m->len < 4 || agentwire_get32(m->p) > m->len - 4)
		return -1;
	s->len = agentwire_get32(m->p);
	s->p = m->p + 4;
	m->p += 4 + s->len;
	m->len -= 4 + s->len;
	return 0;
}

/* A blob begins with its type's name; libssh leaks on other bytes. */
static bool
key_usable(const struct message *blob)
{
	struct message rest = *blob, type;
	char name[AGENT_TYPE_MAX];

	if (take_string(&rest, &type) == -1 || type.len == 0 ||
	    type.len >= sizeof(name) || rest.len == 0)
		return false;
	memcpy(name, type.p, type.len);
	name[type.len] = '\0';
	return ssh_key_type_from_name(name) != SSH_KEYTYPE_UNKNOWN;
}

static int
key_add(struct sshagent *a, const struct message *blob)
{
	struct key *k = &a->keys[a->nkeys];
	size_t size = sodium_base64_ENCODED_LEN(blob->len,
	    sodium_base64_VARIANT_ORIGINAL);

	k->blob = (struct message){ malloc(blob->len), blob->len };
	k->base64 = malloc(size);
	if (k->blob.p == NULL || k->base64 == NULL) {
		free(k->blob.p);
		free(k->base64);
		return -1;
	}
	memcpy(k->blob.p, blob->p, blob->len);
	sodium_bin2base64(k->base64, size, k->blob.p, k->blob.len,
	    sodium_base64_VARIANT_ORIGINAL);
	a->nkeys++;
	return 0;
}

static void
agent_take_keys(struct sshagent *a, const struct message *answer)
{
	struct message rest = { answer->p + 5, answer->len - 5 };
	struct message blob, comment;
	uint32_t count = agentwire_get32(answer->p + 1);

	while (count-- > 0 && a->nkeys < AGENT_KEYS_MAX &&
	    take_string(&rest, &blob) == 0 &&
	    take_string(&rest, &comment) == 0) {
		if (key_usable(&blob) && key_add(a, &blob) == -1)
			return;
	}
}

static void
agent_list(struct sshagent *a)
{
	unsigned char ask[] = { SSH_AGENTC_REQUEST_IDENTITIES };
	struct patience w = { loop_clock() + AGENT_LIST_WAIT, -1 };
	struct message request = { ask, sizeof(ask) }, answer;
	int fd = agentwire_ask(a->path, &request);

	if (fd == -1)
		return;
	if (agentwire_read(fd, &answer, &w) == 0) {
		if (answer.len >= 5 &&
		    answer.p[0] == SSH_AGENT_IDENTITIES_ANSWER)
			agent_take_keys(a, &answer);
		free(answer.p);
	}
	close(fd);
}

struct sshagent *
sshagent_open(const char *path)
{
	struct sshagent *a = calloc(1, sizeof(*a));

	if (a == NULL || (a->path = strdup(path)) == NULL) {
		free(a);
		return NULL;
	}
	agent_list(a);
	return a;
}

void
sshagent_free(struct sshagent *a)
{
	if (a == NULL)
		return;
	for (size_t i = 0; i < a->nkeys; i++) {
		free(a->keys[i].blob.p);
		free(a->keys[i].base64);
	}
	free(a->path);
	free(a);
}

const char *
sshagent_path(const struct sshagent *a)
{
	return a->path;
}

size_t
sshagent_count(const struct sshagent *a)
{
	return a->nkeys;
}

const char *
sshagent_key(const struct sshagent *a, size_t i)
{
	return a->keys[i].base64;
}

const struct message *
sshagent_blob(const struct sshagent *a, size_t i)
{
	return &a->keys[i].blob;
}
