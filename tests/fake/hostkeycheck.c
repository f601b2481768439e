/*
 * hostkeycheck FILE NAME PORT BASE64KEY - our verdict on a host key, one word
 * a line, for the test that compares it with ssh's.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "err.h"
#include "hostkey.h"

int
main(int argc, char **argv)
{
	static const char *const words[] = {
		[HOSTKEY_UNKNOWN] = "unknown",
		[HOSTKEY_KNOWN] = "known",
		[HOSTKEY_CHANGED] = "changed",
		[HOSTKEY_REVOKED] = "revoked",
	};
	const char *files[] = { argc == 5 ? argv[1] : NULL, NULL };
	unsigned char blob[16384];
	struct hostkey_answer a;
	struct err e = ERR_INIT;
	struct hostkeys *k;
	size_t len;

	if (argc != 5) {
		fprintf(stderr, "usage: hostkeycheck file name port key\n");
		return 2;
	}
	if (sodium_base642bin(blob, sizeof(blob), argv[4], strlen(argv[4]),
	    NULL, &len, NULL, sodium_base64_VARIANT_ORIGINAL) != 0)
		return 2;
	if ((k = hostkeys_load(files, NULL, &e)) == NULL) {
		fprintf(stderr, "hostkeycheck: %s\n", e.text);
		return 1;
	}
	hostkeys_check(k, argv[2], (int)strtol(argv[3], NULL, 10), blob, len,
	    &a);
	printf("%s\n", words[a.verdict]);
	hostkeys_free(k);
	return 0;
}
