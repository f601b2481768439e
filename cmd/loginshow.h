/*
 * loginshow - where the user is to go, for a login here or elsewhere.
 */
#ifndef LOGINSHOW_H
#define LOGINSHOW_H

#include <stdbool.h>

struct ui;

struct loginshow {
	const char	*url;
	const char	*issuer;	/* of a URL */
	const char	*code;		/* a device code */
	const char	*who;		/* gets in by the code; raw */
	const char	*whose;		/* " for ...", safe; or "" */
	const char	*target;	/* it is for that one; or NULL */
	int		 seconds;	/* it can be used for */
	bool		 by_hand;	/* ends at an address to be copied */
};

/*
 * The URL, alone on its line and whole, for a terminal to find it; its host
 * is said before any browser opens (threat O-7).
 */
void	loginshow_url(struct ui *ui, const struct loginshow *s);

/* A device code, whom it lets in, and whom not to trust (RFC 8628 5.3, 5.4). */
void	loginshow_code(struct ui *ui, const struct loginshow *s);

#endif
