/*
 * recipient - who a sealed text is for: an X25519 public key, and its text.
 *
 * Ours is one word: "cxp1", then key and check in base64url (RFC 4648 5). It
 * survives every shell, chat and form unquoted, and a slip of the mouse is
 * noticed here: what is sealed for a mistyped key nobody ever opens.
 * (Bech32, age's form, is for keys that are read aloud; it is twice the code
 * for a checksum that has to be our own. These are pasted.)
 */
#ifndef RECIPIENT_H
#define RECIPIENT_H

#include <stddef.h>

struct err;
struct secret;

#define RECIPIENT_KEY_LEN  32	/* bytes of either half of a key */
#define RECIPIENT_TEXT_LEN 53	/* "cxp1", 48 characters, NUL */

struct recipient {
	unsigned char key[RECIPIENT_KEY_LEN];
};

/* The public half of a private key of RECIPIENT_KEY_LEN bytes. */
void	recipient_of(struct recipient *r, const struct secret *key);

/* The word for r. */
void	recipient_text(char out[RECIPIENT_TEXT_LEN],
	    const struct recipient *r);

/* Reads such a word, exactly. 0, or -1 with ERR_USAGE. */
int	recipient_parse(struct recipient *r, const char *text, struct err *e);

/*
 * The same for an Ed25519 public key (RFC 8032), which is checked to be a
 * point of the right group and no small one. 0, or -1 with ERR_USAGE.
 */
int	recipient_ed25519(struct recipient *r, const unsigned char *key,
	    struct err *e);

/*
 * The private half for an Ed25519 seed (RFC 8032 5.1.5; as libsodium's
 * conversion, that of RFC 7748's birational map). The caller's; NULL with
 * ERR_INTERNAL.
 */
struct secret	*recipient_key_ed25519(const struct secret *seed,
		    struct err *e);

/*
 * A private key as one line for a file, and back, checked like the public
 * word. The caller's; NULL with ERR_INTERNAL, or ERR_BAD_CREDENTIAL for what
 * is no such line.
 */
struct secret	*recipient_key_line(const struct secret *key, struct err *e);
struct secret	*recipient_key_parse(const struct secret *line,
		    struct err *e);

#endif
