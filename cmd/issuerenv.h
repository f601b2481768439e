/*
 * issuerenv - how this user reaches the issuer: what the options and the
 * environment say, by Codex's own rules.
 */
#ifndef ISSUERENV_H
#define ISSUERENV_H

#include "issuer.h"

struct args;

/*
 * --issuer and --client-id; CODEX_CA_CERTIFICATE, else SSL_CERT_FILE;
 * HTTPS_PROXY, https_proxy, ALL_PROXY, all_proxy; NO_PROXY, no_proxy. An
 * empty variable is as if it were not set. Strings are argv's and the
 * environment's own.
 */
void	issuerenv_where(struct issuer_where *w, const struct args *a);

#endif
