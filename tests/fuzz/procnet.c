/* A line of /proc/net/tcp, maybe a far host's. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "procnet.h"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct procnet p;
	char *s = malloc(len + 1);

	if (s == NULL)
		abort();
	memcpy(s, data, len);
	s[len] = '\0';
	if (procnet_read(&p, s) &&
	    (p.port < 0 || p.port > 65535 || p.reach > PROCNET_OTHER))
		abort();
	free(s);
	return 0;
}
