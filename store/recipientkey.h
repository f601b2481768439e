/*
 * recipientkey - this machine's key for sealed texts, in a file of its own.
 */
#ifndef RECIPIENTKEY_H
#define RECIPIENTKEY_H

struct err;
struct secret;

/*
 * The private key kept in dir (datadir.h). It must be ours and for us alone.
 * The caller's; NULL with ERR_NO_CREDENTIAL where there is none yet,
 * ERR_UNSAFE_TARGET for a link, a wider mode or another owner,
 * ERR_BAD_CREDENTIAL where it is damaged.
 */
struct secret	*recipientkey_load(const char *dir, struct err *e);

/*
 * The same; made where there is none, the folder too, and durable then. Of
 * two that make one at once both get the same.
 */
struct secret	*recipientkey_make(const char *dir, struct err *e);

#endif
