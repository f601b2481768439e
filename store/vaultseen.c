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

static uint64_t
read_number(int dirfd, const char *name)
{
	int fd = openat(dirfd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK |
	    O_CLOEXEC);
	char line[LINE_BYTES];
	int64_t number;
	ssize_t n;

	if (fd == -1)
		return 0;
	n = read(fd, line, sizeof(line) - 1);
	(void)close(fd);	/* only read */
	if (n <= 0 || line[n - 1] != '\n')
		return 0;
	line[n - 1] = '\0';
	return text_number(line, 0, INT64_MAX, &number) == 0 ?
	    (uint64_t)number : 0;
}

uint64_t
vaultseen_get(const char *state, const unsigned char id[VAULT_ID_LEN])
{
	struct err e = ERR_INIT;
	int dirfd = datadir_open(state, &e);
	char name[NAME_BYTES];
	uint64_t seen;

	if (dirfd == -1)
		return 0;
	name_of(name, id);
	seen = read_number(dirfd, name);
	(void)close(dirfd);	/* only read */
	return seen;
}

/* What can't be noted is not: vaultseen.h says why. */
static void
raise_number(int dirfd, const char *state, const char *name,
    uint64_t generation)
{
	struct lockfile lock = LOCKFILE_INIT;
	struct err e = ERR_INIT;
	char line[LINE_BYTES];
	bool durable;
	int n;

	if (lockfile_take(&lock, dirfd, LOCK_NAME, lockfile_now() + LOCK_MS,
	    &e) == -1)
		return;
	if (read_number(dirfd, name) < generation) {
		n = snprintf(line, sizeof(line), "%" PRIu64 "\n",
		    generation);
		atomicfile_sweep(dirfd);
		(void)atomicfile_replace(dirfd, state, name, line, (size_t)n,
		    &durable, &e);
	}
	lockfile_release(&lock);
}

void
vaultseen_put(const char *state, const unsigned char id[VAULT_ID_LEN],
    uint64_t generation)
{
	struct err e = ERR_INIT;
	char name[NAME_BYTES];
	int dirfd = -1;

	if (datadir_make(state, &e) == 0)
		dirfd = datadir_open(state, &e);
	if (dirfd == -1)
		return;
	name_of(name, id);
	raise_number(dirfd, state, name, generation);
	(void)close(dirfd);	/* the file was synced */
}
