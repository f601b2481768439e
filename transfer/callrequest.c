#include "callrequest.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

enum callrequest_place
callrequest_place(const char *target, const char *callback,
    const char **query)
{
	const struct {
		const char		*path;
		enum callrequest_place	 place;
	} places[] = {
		{ callback, CALLREQUEST_CALLBACK },
		{ CALLREQUEST_DONE_PATH, CALLREQUEST_DONE },
		{ "/cancel", CALLREQUEST_CANCEL },
	};
	size_t len = strcspn(target, "?");

	*query = target[len] == '?' ? target + len + 1 : NULL;
	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
		if (strlen(places[i].path) == len &&
		    memcmp(places[i].path, target, len) == 0)
			return places[i].place;
	}
	return CALLREQUEST_NOWHERE;
}

/* RFC 9110 7.2; 4.2.3: a host is compared without regard to case. */
static bool
host_ours(const char *host, int port)
{
	static const char *const names[] = { "127.0.0.1", "localhost",
		"[::1]" };
	char ours[32];

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		(void)snprintf(ours, sizeof(ours), "%s:%d", names[i], port);
		if (strcasecmp(host, ours) == 0)
			return true;
	}
	return false;
}

void
callrequest_header(struct callrequest *r, const char *name,
    const char *value)
{
	r->headers_size += strlen(name) + strlen(": ") + strlen(value) + 2;
	r->blanks += *value == '\0';	/* "Name:" has one less */
	if (strcasecmp(name, "Host") == 0) {
		r->hosts++;
		r->hosts_ours += host_ours(value, r->port);
	} else if (strcasecmp(name, "Content-Length") == 0) {
		r->body |= strcmp(value, "0") != 0;
	} else if (strcasecmp(name, "Transfer-Encoding") == 0) {
		r->body = true;
	} else if (strcasecmp(name, "Origin") == 0) {
		r->foreign = true;
	} else if (strcasecmp(name, "Sec-Fetch-Mode") == 0) {
		r->foreign |= strcmp(value, "navigate") != 0;
	} else if (strcasecmp(name, "Sec-Fetch-Dest") == 0) {
		r->foreign |= strcmp(value, "document") != 0;
	}
}

/* "METHOD target version CRLF", the headers, CRLF: one blank each, no more. */
static bool
size_right(const struct callrequest *r)
{
	size_t size = strlen(r->method) + 1 + r->target_len + 1 +
	    strlen(r->version) + 2 + r->headers_size + 2;

	return r->size <= size && r->size >= size - r->blanks;
}

int
callrequest_judge(const struct callrequest *r)
{
	if (r->size > CALLREQUEST_MAX)
		return 431;
	if (!size_right(r) || r->body || r->hosts > 1 ||
	    (strcmp(r->version, "HTTP/1.1") != 0 &&
	    strcmp(r->version, "HTTP/1.0") != 0))
		return 400;
	if (strcmp(r->method, "GET") != 0)
		return 405;
	if (r->hosts_ours != 1)
		return 421;
	return r->foreign ? 403 : 0;
}
