#include "ttyescape.h"

#define ESCAPE	'~'

size_t
ttyescape_filter(struct ttyescape *t, const char *in, size_t len, char *out,
    bool *quit)
{
	size_t n = 0;

	*quit = false;
	for (size_t i = 0; i < len; i++) {
		if (t->at == TTYESCAPE_TILDE && in[i] == '.') {
			*quit = true;
			return n;
		}
		if (t->at == TTYESCAPE_START && in[i] == ESCAPE) {
			t->at = TTYESCAPE_TILDE;	/* held back */
			continue;
		}
		if (t->at == TTYESCAPE_TILDE && in[i] != ESCAPE)
			out[n++] = ESCAPE;	/* it was none */
		out[n++] = in[i];
		t->at = in[i] == '\r' || in[i] == '\n' ? TTYESCAPE_START :
		    TTYESCAPE_LINE;
	}
	return n;
}
