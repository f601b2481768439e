#include "authmark.h"

#include <fcntl.h>
#include <unistd.h>

#include <sys/stat.h>

#define MODE_BITS 07777

int
authmark_set(struct authmark *m, const char *path)
{
	struct stat st;

	*m = (struct authmark)AUTHMARK_INIT;
	m->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (m->fd == -1)
		return -1;
	if (fstat(m->fd, &st) == 0 && S_ISREG(st.st_mode)) {
		m->before = st.st_mode & MODE_BITS;
		if (m->before == AUTHMARK_MODE)
			m->before = 0600;	/* of a killed run */
		if (fchmod(m->fd, AUTHMARK_MODE) == 0 &&
		    fstat(m->fd, &st) == 0 &&
		    (st.st_mode & MODE_BITS) == AUTHMARK_MODE)
			return 0;
		(void)fchmod(m->fd, m->before);
	}
	(void)close(m->fd);	/* only looked at */
	m->fd = -1;
	return -1;
}

void
authmark_clear(struct authmark *m)
{
	if (m->fd == -1)
		return;
	(void)fchmod(m->fd, m->before);	/* else: the next mark does */
	(void)close(m->fd);	/* only looked at */
	m->fd = -1;
}
