/*
 * loginkey - logins that are a key the user already has.
 *
 * From standard input, or on a terminal asked for without echo; never from an
 * argument (threat L4).
 */
#ifndef LOGINKEY_H
#define LOGINKEY_H

struct args;
struct err;
struct issuer_who;
struct secret;
struct ui;

/* Each: the finished auth.json, the caller's; NULL with e set. */

/* Any key, as Codex takes any; nobody is asked about it. */
struct secret	*loginkey_api(struct ui *ui, const struct args *a,
		    struct err *e);

/* A personal access token (at-...) that the issuer knows. */
struct secret	*loginkey_pat(struct ui *ui, const struct args *a,
		    struct issuer_who *who, struct err *e);

#endif
