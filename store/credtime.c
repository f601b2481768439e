/*
 * credtime - the one time format of an auth.json (RFC 3339, 5.6).
 *
 * As chrono reads it, which is Codex's reader: lower case letters, a space
 * for the 'T' and a leap second are fine, the 30th of February is not.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cred.h"
#include "text.h"

#define NANO_DIGITS 9

/* A number of exactly n digits at *s, which moves past it. */
static int
digits(const char **s, size_t n, int min, int max)
{
	char field[8];
	int64_t v;

	if (strspn(*s, "0123456789") < n)
		return -1;
	memcpy(field, *s, n);
	field[n] = '\0';
	*s += n;
	return text_number(field, min, max, &v) == 0 ? (int)v : -1;
}

static int
skip(const char **s, const char *any)
{
	if (**s == '\0' || strchr(any, **s) == NULL)
		return -1;
	(*s)++;
	return 0;
}

/* ".065866242", which may be absent; more digits than nanoseconds are cut. */
static int
fraction(const char **s, long *nsec)
{
	size_t n;
	long unit = 100000000;

	*nsec = 0;
	if (**s != '.')
		return 0;
	(*s)++;
	if ((n = strspn(*s, "0123456789")) == 0)
		return -1;
	for (size_t i = 0; i < n && i < NANO_DIGITS; i++, unit /= 10)
		*nsec += ((*s)[i] - '0') * unit;
	*s += n;
	return 0;
}

/* "Z" or "+01:00", in seconds east. */
static int
offset(const char **s, int *seconds)
{
	int sign = **s == '-' ? -1 : 1, hours, minutes;

	*seconds = 0;
	if (skip(s, "Zz") == 0)
		return 0;
	if (skip(s, "+-") == -1 || (hours = digits(s, 2, 0, 23)) == -1 ||
	    skip(s, ":") == -1 || (minutes = digits(s, 2, 0, 59)) == -1)
		return -1;
	*seconds = sign * (hours * 60 + minutes) * 60;
	return 0;
}

int
cred_time(const char *s, struct timespec *out)
{
	struct tm tm = { 0 };
	int year, month, day, hour, min, sec, east;
	long nsec;

	if ((year = digits(&s, 4, 0, 9999)) == -1 || skip(&s, "-") == -1 ||
	    (month = digits(&s, 2, 1, 12)) == -1 || skip(&s, "-") == -1 ||
	    (day = digits(&s, 2, 1, 31)) == -1 || skip(&s, "Tt ") == -1 ||
	    (hour = digits(&s, 2, 0, 23)) == -1 || skip(&s, ":") == -1 ||
	    (min = digits(&s, 2, 0, 59)) == -1 || skip(&s, ":") == -1 ||
	    (sec = digits(&s, 2, 0, 60)) == -1 ||
	    fraction(&s, &nsec) == -1 || offset(&s, &east) == -1 || *s != '\0')
		return -1;
	tm.tm_year = year - 1900;
	tm.tm_mon = month - 1;
	tm.tm_mday = day;
	out->tv_sec = timegm(&tm) + hour * 3600 + min * 60 + sec - east;
	out->tv_nsec = nsec;
	/* timegm has made another day of one that the month doesn't have. */
	return tm.tm_mday == day ? 0 : -1;
}
