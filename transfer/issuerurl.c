#include "issuerurl.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "buf.h"
#include "curlapi.h"
#include "err.h"
#include "issuer.h"

#define URL_MAX	  200		/* bytes: it stands in errors whole */
#define CA_MAX	  (4 * 1024 * 1024)
#define CHUNK	  65536
#define PEM_BEGIN "-----BEGIN CERTIFICATE-----"
#define PEM_TRUST "-----BEGIN TRUSTED CERTIFICATE-----"

static bool
part_is_empty(const struct curlapi *api, CURLU *u, CURLUPart part)
{
	char *s = NULL;
	bool empty = api->url_get(u, part, &s, 0) != CURLUE_OK;

	api->free(s);
	return empty;
}

static bool
host_is_loopback(const char *host)
{
	struct in6_addr six;
	struct in_addr four;
	char bare[INET6_ADDRSTRLEN];
	size_t len = strlen(host);

	if (strcasecmp(host, "localhost") == 0)
		return true;	/* libcurl itself never asks DNS for it */
	if (inet_pton(AF_INET, host, &four) == 1)
		return ntohl(four.s_addr) >> 24 == 127;
	if (len < 3 || host[0] != '[' || len - 2 >= sizeof(bare))
		return false;
	memcpy(bare, host + 1, len - 2);
	bare[len - 2] = '\0';
	return inet_pton(AF_INET6, bare, &six) == 1 &&
	    IN6_IS_ADDR_LOOPBACK(&six);
}

static int
base_check(const struct curlapi *api, CURLU *u, bool *loopback)
{
	char *scheme = NULL, *host = NULL;
	int rc = -1;

	if (api->url_get(u, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
	    api->url_get(u, CURLUPART_HOST, &host, 0) == CURLUE_OK) {
		*loopback = host_is_loopback(host);
		if (strcmp(scheme, "https") == 0 ||
		    (strcmp(scheme, "http") == 0 && *loopback))
			rc = 0;
	}
	if (!part_is_empty(api, u, CURLUPART_USER) ||
	    !part_is_empty(api, u, CURLUPART_PASSWORD) ||
	    !part_is_empty(api, u, CURLUPART_QUERY) ||
	    !part_is_empty(api, u, CURLUPART_FRAGMENT))
		rc = -1;
	api->free(scheme);
	api->free(host);
	return rc;
}

char *
issuerurl_base(const char *url, bool *loopback, struct err *e)
{
	struct curlapi api;
	size_t len = strlen(url);
	CURLU *u;
	char *base;
	int rc = -1;

	*loopback = false;
	if (curlapi_load(&api, e) == -1)
		return NULL;
	if (len > 0 && len <= URL_MAX && (u = api.url()) != NULL) {
		if (api.url_set(u, CURLUPART_URL, url, 0) == CURLUE_OK)
			rc = base_check(&api, u, loopback);
		api.url_cleanup(u);
	}
	if (rc == -1) {
		err_set(e, ERR_USAGE, "cannot use the issuer's URL '%.*s'",
		    URL_MAX, url);
		err_hint(e, "it has to be https://HOST, or http:// on this "
		    "machine itself, as http://127.0.0.1:8080");
		return NULL;
	}
	while (len > 0 && url[len - 1] == '/')
		len--;
	if ((base = strndup(url, len)) == NULL)
		err_memory(e);
	return base;
}

int
issuerurl_proxy(const struct issuer_where *w, struct err *e)
{
	static const char *const schemes[] = { "http", "https", "socks4",
		"socks4a", "socks5", "socks5h" };
	const char *from = w->proxy_from != NULL ? w->proxy_from : "the proxy";
	struct curlapi api;
	char *scheme = NULL;
	bool known = false;
	CURLU *u;

	if (w->proxy == NULL)
		return 0;
	if (curlapi_load(&api, e) == -1)
		return -1;
	if ((u = api.url()) != NULL &&
	    api.url_set(u, CURLUPART_URL, w->proxy, CURLU_GUESS_SCHEME |
	    CURLU_NON_SUPPORT_SCHEME) == CURLUE_OK &&
	    api.url_get(u, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK) {
		for (size_t i = 0; i < sizeof(schemes) / sizeof(*schemes); i++)
			known = known || strcmp(schemes[i], scheme) == 0;
	}
	api.free(scheme);
	api.url_cleanup(u);
	if (known)
		return 0;
	err_set(e, ERR_USAGE, "cannot use %s: it is no proxy's URL", from);
	return err_hint(e, "as http://host:port, or unset it");
}

static int
ca_fail(const struct issuer_where *w, int sys, struct err *e)
{
	const char *from = w->ca_from != NULL ? w->ca_from : "you";

	if (sys != 0)
		err_sys(e, ERR_USAGE, sys, "cannot read '%s', which %s names",
		    w->ca_file, from);
	else
		err_set(e, ERR_USAGE, "'%s', which %s names, holds no PEM "
		    "certificate", w->ca_file, from);
	return err_hint(e, "name a PEM file of certificates, or unset %s",
	    from);
}

/* 0 or an errno. */
static int
ca_read(int fd, struct buf *b)
{
	struct stat st;
	ssize_t n = 1;

	if (fstat(fd, &st) == -1)
		return errno;
	if (!S_ISREG(st.st_mode))
		return S_ISDIR(st.st_mode) ? EISDIR : EINVAL;
	while (n != 0 && b->len < CA_MAX) {
		char chunk[CHUNK];

		n = read(fd, chunk, sizeof(chunk));
		if (n == -1 && errno != EINTR)
			return errno;
		if (n > 0 && buf_add(b, chunk, (size_t)n) == -1)
			return EFBIG;
	}
	return 0;
}

int
issuerurl_ca(const struct issuer_where *w, struct err *e)
{
	BUF_AUTO b = BUF_INIT(CA_MAX + CHUNK);
	int fd, sys;

	if (w->ca_file == NULL)
		return 0;
	fd = open(w->ca_file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd == -1)
		return ca_fail(w, errno, e);
	sys = ca_read(fd, &b);
	(void)close(fd);	/* only read: nothing can be lost */
	if (sys != 0)
		return ca_fail(w, sys, e);
	if (memmem(buf_str(&b), b.len, PEM_BEGIN, sizeof(PEM_BEGIN) - 1) ==
	    NULL && memmem(buf_str(&b), b.len, PEM_TRUST,
	    sizeof(PEM_TRUST) - 1) == NULL)
		return ca_fail(w, 0, e);
	return 0;
}
