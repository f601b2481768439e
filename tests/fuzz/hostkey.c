/* known_hosts, RevokedHostKeys and authorized_keys, and host key blobs. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "err.h"
#include "hostkey.h"
#include "keyblob.h"

#define KEY \
	"AAAAC3NzaC1lZDI1NTE5AAAAIH1+ofIe5q2/DoHOSn25e5azf9zztHSuDEmqYZDaC+VM"
#define ALGORITHMS "ssh-ed25519,ecdsa-sha2-nistp256,rsa-sha2-512"

int	LLVMFuzzerTestOneInput(const uint8_t *p, size_t len);

static void
check(const char *path, const uint8_t *p, size_t len, bool revoked)
{
	const char *const files[] = { path, NULL }, *const none[] = { NULL };
	unsigned char blob[KEYBLOB_MAX];
	struct hostkey_answer a;
	struct err e = ERR_INIT;
	struct hostkeys *k;
	char order[128], type[KEYBLOB_TYPE_MAX];
	size_t n;

	k = hostkeys_load(revoked ? none : files, revoked ? files : none, &e);
	if (k == NULL) {
		/* A known_hosts line alone is never an error. */
		if (!revoked)
			abort();
		return;
	}
	if (keyblob_read("ssh-ed25519 " KEY, blob, &n) == -1)
		abort();
	for (int port = 22; port <= 2222; port += 2200) {
		hostkeys_check(k, "web", port, blob, n, &a);
		/* No key is known, nor revoked, without being in the file. */
		if ((a.verdict == HOSTKEY_KNOWN ||
		    a.verdict == HOSTKEY_REVOKED) && a.line == 0)
			abort();
		if (a.verdict == HOSTKEY_KNOWN &&
		    memmem(p, len, "ssh-ed25519", 11) == NULL)
			abort();
		if (hostkeys_order(k, "web", port, ALGORITHMS, order,
		    sizeof(order)) == -1 ||
		    strlen(order) != strlen(ALGORITHMS))
			abort();
	}
	hostkeys_check(k, "web", 22, p, len, &a);
	keyblob_type(p, len, type, sizeof(type));
	hostkeys_free(k);
}

/* A line of authorized_keys: what is behind its options is inside of it. */
static void
options(const uint8_t *p, size_t len)
{
	char *line = calloc(1, len + 1);
	const char *key;
	bool authority;

	if (line == NULL)
		abort();
	memcpy(line, p, len);
	key = keyblob_behind_options(line, &authority);
	if (key != NULL && (key <= line || key > line + strlen(line) ||
	    *key == ' ' || *key == '\t'))
		abort();
	free(line);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t len)
{
	int fd = memfd_create("known_hosts", MFD_CLOEXEC);
	char path[64];

	if (fd == -1 || write(fd, p, len) != (ssize_t)len)
		abort();
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	check(path, p, len, false);
	check(path, p, len, true);
	options(p, len);
	(void)close(fd);
	return 0;
}
