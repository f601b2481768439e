/*
 * identity - the private keys that may open a sealed text.
 */
#ifndef IDENTITY_H
#define IDENTITY_H

struct args;
struct armor;
struct err;
struct seal;
struct secret;
struct ui;

/*
 * Opens the text with this machine's key, or with the SSH keys of -i alone,
 * in their order; asks for their passphrases on the terminal. What was
 * sealed, the caller's; NULL with what the last key said.
 */
struct secret	*identity_open(struct ui *ui, const struct args *a,
		    const struct armor *text, struct seal *about,
		    struct err *e);

#endif
