#include "hosts.h"

#include "lines.h"
#include "targets.h"

static int
add(void *ctx, const char *line, struct err *e)
{
	return targets_add(ctx, line, e);
}

int
hosts_read(struct targets *t, const char *file, struct err *e)
{
	return lines_read(file, &(struct lines_take){ add, t }, e);
}
