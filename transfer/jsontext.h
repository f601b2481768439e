/*
 * jsontext - text for a JSON body (RFC 8259 7). The few requests we make hold
 * no secret and need no tree.
 */
#ifndef JSONTEXT_H
#define JSONTEXT_H

struct buf;

/* Adds s as a string, in its quotes. The caller looks at b->failed. */
void	jsontext_string(struct buf *b, const char *s);

/* Adds s as it stands in a query: all but letters, digits and "-._~" as %XX. */
void	jsontext_query(struct buf *b, const char *s);

#endif
