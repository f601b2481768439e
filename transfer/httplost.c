#include "httplost.h"

#include <string.h>

#include <openssl/x509_vfy.h>

#include "err.h"

/* libcurl names the host that it could not connect to: is that the proxy? */
static bool
proxy_is_it(const struct httplost *l)
{
	static const char before[] = "Failed to connect to ";
	const char *host = strstr(l->said, before);
	size_t len;

	if (l->where->proxy == NULL)
		return false;
	if (host == NULL)
		return true;
	host += sizeof(before) - 1;
	len = strcspn(host, " ");
	return memmem(l->where->base, strlen(l->where->base), host, len) ==
	    NULL;
}

static enum http_lost
connect_kind(struct httplost *l)
{
	long code = 0;

	(void)l->api->easy_getinfo(l->easy, CURLINFO_HTTP_CONNECTCODE, &code);
	l->proxy_status = (int)code;
	if (code != 0 && code / 100 != 2)
		return HTTP_PROXY_REFUSES;
	return l->rc == CURLE_COULDNT_CONNECT && proxy_is_it(l) ?
	    HTTP_NO_PROXY : HTTP_CUT;
}

static enum http_lost
trust_kind(const struct httplost *l)
{
	long why = X509_V_OK;

	(void)l->api->easy_getinfo(l->easy, CURLINFO_SSL_VERIFYRESULT, &why);
	return why == X509_V_ERR_CERT_NOT_YET_VALID ||
	    why == X509_V_ERR_CERT_HAS_EXPIRED ? HTTP_CLOCK : HTTP_UNTRUSTED;
}

static enum http_lost
kind(struct httplost *l)
{
	if (l->too_much || l->rc == CURLE_OUT_OF_MEMORY)
		return HTTP_TOO_MUCH;	/* of a header line of 100 KB too */
	switch (l->rc) {
	case CURLE_OPERATION_TIMEDOUT:
		return HTTP_LATE;
	case CURLE_COULDNT_RESOLVE_HOST:
		return HTTP_NO_NAME;
	case CURLE_COULDNT_RESOLVE_PROXY:
	case CURLE_PROXY:
		return HTTP_NO_PROXY;
	case CURLE_SSL_CACERT_BADFILE:
		return HTTP_BAD_CA;
	case CURLE_PEER_FAILED_VERIFICATION:
		return trust_kind(l);
	case CURLE_WEIRD_SERVER_REPLY:
	case CURLE_UNSUPPORTED_PROTOCOL:
	case CURLE_HTTP2:
	case CURLE_PARTIAL_FILE:
	case CURLE_GOT_NOTHING:
		return HTTP_BROKEN;
	default:
		return connect_kind(l);
	}
}

/* Of a socket's file libcurl says "localhost port 80", and no reason. */
static int
socket_cause(const struct httplost *l)
{
	long sys = 0;

	if (l->where->unix_path != NULL && l->rc == CURLE_COULDNT_CONNECT)
		(void)l->api->easy_getinfo(l->easy, CURLINFO_OS_ERRNO, &sys);
	return (int)sys;
}

enum http_lost
httplost_read(struct httplost *l, struct err *e)
{
	enum http_lost lost = kind(l);
	int sys = socket_cause(l);

	if (sys != 0) {
		err_sys(e, ERR_UNREACHABLE, sys, "the socket '%s'",
		    l->where->unix_path);
		return lost;
	}
	/* Some words quote the proxy, with its password. */
	if (l->where->proxy != NULL && strstr(l->said, l->where->proxy) != NULL)
		l->said = "";
	err_set(e, lost == HTTP_LATE ? ERR_TIMEOUT :
	    lost == HTTP_TOO_MUCH || lost == HTTP_BROKEN ? ERR_PROTOCOL :
	    ERR_UNREACHABLE, "%s", lost == HTTP_TOO_MUCH ?
	    "the answer is too large" : l->said[0] != '\0' ? l->said :
	    l->api->easy_strerror(l->rc));
	return lost;
}
