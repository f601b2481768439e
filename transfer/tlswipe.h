/*
 * tlswipe - has OpenSSL wipe what it has decrypted.
 *
 * A TLS connection keeps the last record it received until the next one comes
 * and then frees it as it is: an issuer's tokens would stay in the heap.
 */
#ifndef TLSWIPE_H
#define TLSWIPE_H

#include "curlapi.h"

/*
 * A CURLOPT_SSL_CTX_FUNCTION. Always CURLE_OK: where libcurl's OpenSSL can't
 * be told, everything works as before.
 */
CURLcode	tlswipe(CURL *easy, void *ssl_ctx, void *unused);

#endif
