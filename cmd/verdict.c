#include "verdict.h"

#include <stddef.h>

#include "codexuse.h"
#include "target.h"

void
verdict_result(const struct result *r, time_t now, struct codexuse *u)
{
	struct codexuse_facts f = { .now = now };

	if (r->state != STATE_PRESENT && r->state != STATE_ABSENT) {
		*u = (struct codexuse){ .answer = CODEXUSE_UNKNOWN };
		return;
	}
	if (r->state == STATE_PRESENT)
		f.cred = &r->there;
	codexuse_judge(&f, u);
}
