/*
 * authform refreshed OLD NEW   OLD with the tokens and the time of NEW
 * authform lease OLD           OLD as a lease
 * authform apikey|pat < KEY
 *
 * Prints the auth.json that store/authform.c makes, for the tests that
 * compare it with Codex's own.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "authform.h"
#include "authjson.h"
#include "cred.h"
#include "err.h"
#include "json.h"
#include "secret.h"

static struct secret *
refreshed(const struct cred *old, const char *path, struct err *e)
{
	struct authform_login fresh = { 0 };
	SECRET_AUTO *id = NULL, *access = NULL, *refresh = NULL;
	struct cred new;

	if (authjson_read(&new, path, e) == -1)
		return NULL;
	fresh.id_token = id = cred_token(&new, "id_token");
	fresh.access_token = access = cred_token(&new, "access_token");
	fresh.refresh_token = refresh = cred_token(&new, "refresh_token");
	fresh.now = new.refreshed;
	cred_clear(&new);
	return authform_refreshed(old, &fresh, e);
}

static struct secret *
made(int argc, char **argv, struct err *e)
{
	struct cred old = { .mode = CRED_NONE };
	SECRET_AUTO *key = NULL;
	struct secret *s = NULL;

	if (argc == 2) {
		key = authjson_bytes(STDIN_FILENO, true, "standard input", e);
		if (key == NULL)
			return NULL;
		return strcmp(argv[1], "pat") == 0 ? authform_pat(key, e) :
		    authform_apikey(key, e);
	}
	if (authjson_read(&old, argv[2], e) == -1)
		return NULL;
	s = argc == 4 ? refreshed(&old, argv[3], e) : authform_lease(&old, e);
	cred_clear(&old);
	return s;
}

int
main(int argc, char **argv)
{
	struct err e = ERR_INIT;
	SECRET_AUTO *s = NULL;
	size_t len;

	if (argc < 2 || argc > 4) {
		fprintf(stderr, "usage: authform what [old [new]]\n");
		return 2;
	}
	json_init();
	if ((s = made(argc, argv, &e)) == NULL) {
		fprintf(stderr, "authform: %s\n", e.text);
		return 1;
	}
	len = secret_len(s);
	return fwrite(secret_expose(s, NULL), 1, len, stdout) == len &&
	    fflush(stdout) == 0 ? 0 : 1;
}
