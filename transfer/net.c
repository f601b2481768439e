#include "net.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include "loop.h"
#include "text.h"

#define TRACE_MAX 1024

void
net_forgive_since(struct net *n, int64_t began)
{
	loop_forgive(n->loop, loop_clock() - began);
}

bool
net_confirm_hostkey(struct net *n, const struct io_hostkey *q)
{
	int64_t began = loop_clock();
	bool yes;

	if (n->io == NULL || n->io->confirm_hostkey == NULL)
		return false;
	yes = n->io->confirm_hostkey(n->io->ctx, q);
	net_forgive_since(n, began);
	return yes;
}

bool
net_can_ask(const struct net *n)
{
	return n->io != NULL && n->io->ask != NULL;
}

struct secret *
net_ask(struct net *n, const char *prompt, bool echo)
{
	int64_t began = loop_clock();
	struct secret *answer;

	if (!net_can_ask(n))
		return NULL;
	answer = n->io->ask(n->io->ctx, prompt, echo);
	net_forgive_since(n, began);
	return answer;
}

void
net_trace(struct net *n, int level, const char *who, const char *fmt, ...)
{
	char raw[TRACE_MAX], safe[TRACE_MAX];
	va_list ap;

	if (n->io == NULL || n->io->trace == NULL)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(raw, sizeof(raw), fmt, ap);	/* cut is fine */
	va_end(ap);
	n->io->trace(n->io->ctx, level, who,
	    text_safes(safe, sizeof(safe), raw));
}
