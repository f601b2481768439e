/*
 * vaultseen - how far this machine has seen a store get.
 *
 * Threat: yesterday's file, from a backup, a synchronised folder or a thief,
 * in the place of today's. It is whole and its passphrase is right; but its
 * tokens may have been used up, and what was removed is in it again. So
 * 1. the highest generation seen of each store MUST be kept outside of the
 *    store, where what brings back the one does not bring back the other;
 * 2. it MUST never go down.
 * Whoever can write both files can bring back both: that is not noticed.
 * What is kept tells how often the store was saved, and nothing of it.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "atomicfile.h"
#include "datadir.h"
#include "err.h"
#include "lockfile.h"
#include "text.h"
#include "vaultseen.h"

#define PREFIX	   "seen-"	/* and the store's id in hex */
#define NAME_BYTES (sizeof(PREFIX) + 2 * VAULT_ID_LEN)
#define LOCK_NAME  "seen.lock"
#define LOCK_MS	   1000
#define LINE_BYTES 32		/* a number and a newline */

static void
name_of(char name[NAME_BYTES], const unsigned char id[VAULT_ID_LEN])
{
	memcpy(name, PREFIX, sizeof(PREFIX) - 1);
	text_hex(name + sizeof(PREFIX) - 1, id, VAULT_ID_LEN);
}

static int
failed(struct err *e, const char *state, const char *name)
{
	return err_sys(e, err_file(errno), errno, "cannot read '%s/%s'", state,
	    name);
}

/* What the file says; 0 where there is none. */
static int
read_number(int dirfd, const char *state, const char *name, uint64_t *number,
    struct err *e)
{
	int fd = openat(dirfd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK |
	    O_CLOEXEC);
	char line[LINE_BYTES];
	int64_t said;
	ssize_t n;

	*number = 0;
	if (fd == -1)
		return errno == ENOENT ? 0 : failed(e, state, name);
	if ((n = read(fd, line, sizeof(line) - 1)) == -1)
		(void)failed(e, state, name);
	(void)close(fd);	/* only read */
	if (n == -1)
		return -1;
	if (n > 0 && line[n - 1] == '\n') {
		line[n - 1] = '\0';
		if (text_number(line, 0, INT64_MAX, &said) == 0) {
			*number = (uint64_t)said;
			return 0;
		}
	}
	return err_set(e, ERR_BAD_CREDENTIAL, "'%s/%s' is damaged", state,
	    name);
}

int
vaultseen_get(const char *state, const unsigned char id[VAULT_ID_LEN],
    uint64_t *seen, struct err *e)
{
	int dirfd = datadir_open(state, e), rc;
	char name[NAME_BYTES];

	*seen = 0;
	if (dirfd == -1 && e->code == ERR_NO_HOME) {
		*e = (struct err)ERR_INIT;	/* nothing was noted yet */
		return 0;
	}
	if (dirfd == -1)
		return -1;
	name_of(name, id);
	rc = read_number(dirfd, state, name, seen, e);
	(void)close(dirfd);	/* only read */
	return rc;
}

/* Under the lock. What says nothing is written anew. */
static int
raise_number(int dirfd, const char *state, const char *name,
    uint64_t generation, struct err *e)
{
	struct err none = ERR_INIT;
	char line[LINE_BYTES];
	uint64_t seen;
	bool durable;
	int n;

	if (read_number(dirfd, state, name, &seen, &none) == 0 &&
	    seen >= generation)
		return 0;
	n = snprintf(line, sizeof(line), "%" PRIu64 "\n", generation);
	atomicfile_sweep(dirfd);
	return atomicfile_replace(dirfd, state, name, line, (size_t)n,
	    &durable, e);
}

int
vaultseen_put(const char *state, const unsigned char id[VAULT_ID_LEN],
    uint64_t generation, struct err *e)
{
	struct lockfile lock = LOCKFILE_INIT;
	char name[NAME_BYTES];
	int dirfd, rc;

	if (datadir_make(state, e) == -1 ||
	    (dirfd = datadir_open(state, e)) == -1)
		return -1;
	name_of(name, id);
	rc = lockfile_take(&lock, dirfd, LOCK_NAME, lockfile_now() + LOCK_MS,
	    e);
	if (rc == 0)
		rc = raise_number(dirfd, state, name, generation, e);
	lockfile_release(&lock);
	(void)close(dirfd);	/* the file was synced */
	return rc;
}
