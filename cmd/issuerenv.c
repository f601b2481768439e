#include "issuerenv.h"

#include <stdbool.h>
#include <string.h>

#include "args.h"
#include "env.h"

/* The first of them that is set; its name in *from. */
static const char *
first_of(const char *const names[], const char **from)
{
	const char *value = NULL;

	for (; *names != NULL && value == NULL; names++) {
		value = env_get(*names);
		*from = *names;
	}
	return value;
}

/* A "*" among others: libcurl knows it alone only, Codex anywhere. */
static bool
names_all(const char *list)
{
	while (list != NULL && *list != '\0') {
		size_t len;

		list += strspn(list, ", ");
		len = strcspn(list, ", ");
		if (len == 1 && *list == '*')
			return true;
		list += len;
	}
	return false;
}

void
issuerenv_where(struct issuer_where *w, const struct args *a)
{
	static const char *const cas[] = { "CODEX_CA_CERTIFICATE",
		"SSL_CERT_FILE", NULL };
	static const char *const proxies[] = { "HTTPS_PROXY", "https_proxy",
		"ALL_PROXY", "all_proxy", NULL };
	static const char *const nots[] = { "NO_PROXY", "no_proxy", NULL };
	const char *from;

	*w = (struct issuer_where){ .url = a->issuer,
		.client_id = a->client_id };
	w->ca_file = first_of(cas, &w->ca_from);
	w->no_proxy = first_of(nots, &from);
	w->proxy = names_all(w->no_proxy) ? NULL :
	    first_of(proxies, &w->proxy_from);
}
