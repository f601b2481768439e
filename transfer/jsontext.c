#include "jsontext.h"

#include <string.h>

#include "buf.h"

void
jsontext_string(struct buf *b, const char *s)
{
	(void)buf_adds(b, "\"");
	for (; *s != '\0'; s++) {
		size_t n = 0;

		while ((unsigned char)s[n] >= ' ' && s[n] != '"' &&
		    s[n] != '\\')
			n++;
		(void)buf_add(b, s, n);
		s += n;
		if (*s == '\0')
			break;
		if (*s == '"' || *s == '\\')
			(void)buf_addf(b, "\\%c", *s);
		else
			(void)buf_addf(b, "\\u%04x",
			    (unsigned int)(unsigned char)*s);
	}
	(void)buf_adds(b, "\"");
}

void
jsontext_query(struct buf *b, const char *s)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";

	for (; *s != '\0'; s++) {
		if (strchr(plain, *s) != NULL)
			(void)buf_add(b, s, 1);
		else
			(void)buf_addf(b, "%%%02X",
			    (unsigned int)(unsigned char)*s);
	}
}
