/*
 * issuerurl - what the user may name: the issuer, a proxy, a CA file.
 *
 * Checked before anything is contacted; libcurl's URL API reads the URLs.
 */
#ifndef ISSUERURL_H
#define ISSUERURL_H

#include <stdbool.h>

struct err;
struct issuer_where;

/*
 * The URL without slashes at its end, the caller's. ERR_USAGE unless it is
 * https, or http with a loopback host (RFC 8252 8.3), without user, query or
 * fragment. *loopback: whether the host is this machine.
 */
char	*issuerurl_base(const char *url, bool *loopback, struct err *e);

/* 0; or ERR_USAGE, which does not repeat the URL: it may hold a password. */
int	issuerurl_proxy(const struct issuer_where *w, struct err *e);

/* 0; or ERR_USAGE with the file and the variable that names it. */
int	issuerurl_ca(const struct issuer_where *w, struct err *e);

#endif
