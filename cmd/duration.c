#include "duration.h"

#include <string.h>

#include "text.h"

static const struct unit {
	char	letter;
	int64_t	seconds;
} units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 } };

bool
duration_parse(const char *s, int64_t *seconds)
{
	size_t len = strlen(s);
	char digits[16];
	int64_t n;

	if (len < 2 || len > sizeof(digits))
		return false;
	memcpy(digits, s, len - 1);
	digits[len - 1] = '\0';
	if (text_number(digits, 1, DURATION_MAX, &n) == -1)
		return false;
	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++) {
		if (units[i].letter != s[len - 1])
			continue;
		if (n > DURATION_MAX / units[i].seconds)
			return false;
		if (seconds != NULL)
			*seconds = n * units[i].seconds;
		return true;
	}
	return false;
}
