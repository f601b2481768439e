#include "pattern.h"

static bool
same(char p, char c, bool fold)
{
	if (fold && p >= 'A' && p <= 'Z')
		p = (char)(p - 'A' + 'a');
	return p == '?' || p == c;
}

bool
pattern_matches(const char *pattern, size_t len, bool fold, const char *s)
{
	const char *p = pattern, *end = pattern + len, *star = NULL, *from = s;

	while (*s != '\0' || p < end) {
		if (p < end && *p == '*') {
			star = ++p;
			from = s;
		} else if (*s != '\0' && p < end && same(*p, *s, fold)) {
			p++;
			s++;
		} else if (star != NULL && *from != '\0') {
			p = star;
			s = ++from;
		} else {
			return false;
		}
	}
	return true;
}
