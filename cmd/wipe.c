/*
 * wipe - free(3) and realloc(3) that leave nothing behind.
 *
 * What we hold ourselves is struct secret. But libssh, libcrypto and the C
 * library copy what passes through them into ordinary blocks, and let these go
 * as they are: eleven copies of a login after one push over SFTP, two of an SSH
 * key after one unseal (tests/cli/no-secret-stays-in-memory.sh finds them).
 *
 * 1. Every block of the process MUST be wiped before it is given back: which
 *    of them held a secret is not known here.
 * 2. This is no allocator: blocks are the C library's own.
 *
 * What an executable defines is used by all its libraries ("Replacing malloc"
 * in the GNU C library's manual), which keeps its own as __libc_free. Another C
 * library, and the sanitizers with their own allocator, go without.
 */
#include <stddef.h>
#include <features.h>

#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__)

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#define EXPORTED __attribute__((visibility("default")))

void	*__libc_malloc(size_t size);
void	 __libc_free(void *p);

EXPORTED void
free(void *p)
{
	if (p != NULL)
		explicit_bzero(p, malloc_usable_size(p));
	__libc_free(p);
}

/* Growing moves: the block behind may be in use, and then libc would. */
EXPORTED void *
realloc(void *p, size_t size)
{
	size_t have = p != NULL ? malloc_usable_size(p) : 0;
	void *moved;

	if (p != NULL && size == 0) {
		free(p);
		return NULL;
	}
	if (p != NULL && size <= have && size >= have / 2)
		return p;
	if ((moved = __libc_malloc(size)) == NULL || p == NULL)
		return moved;
	memcpy(moved, p, size < have ? size : have);
	free(p);
	return moved;
}

#endif
