/*
 * logindevice - the login by device code as the user sees it.
 */
#ifndef LOGINDEVICE_H
#define LOGINDEVICE_H

struct err;
struct loginrun;
struct secret;

/* The finished auth.json, the caller's; NULL with e set. */
struct secret	*logindevice(struct loginrun *r, struct err *e);

#endif
