#include "procnet.h"

#include <stddef.h>
#include <string.h>

#define STATE_LISTEN 0x0a	/* Linux, include/net/tcp_states.h */
#define V4_DIGITS    8
#define V6_DIGITS    32

/* Hexadecimal or decimal digits at *s, 1 to max of them; moves *s behind. */
static bool
number_take(const char **s, int base, int max, uint64_t *out)
{
	int n = 0, digit;
	uint64_t v = 0;

	for (; n <= max; n++, (*s)++) {
		char c = **s, low = (char)(c | 0x20);

		if (c >= '0' && c <= '9')
			digit = c - '0';
		else if (base == 16 && low >= 'a' && low <= 'f')
			digit = low - 'a' + 10;
		else
			break;
		v = v * (uint64_t)base + (uint64_t)digit;
	}
	*out = v;
	return n >= 1 && n <= max;
}

static bool
char_take(const char **s, char c)
{
	if (**s != c)
		return false;
	(*s)++;
	return true;
}

static void
blanks_skip(const char **s)
{
	while (**s == ' ')
		(*s)++;
}

/* A word that is not looked at. */
static bool
word_skip(const char **s)
{
	size_t n = strcspn(*s, " ");

	*s += n;
	blanks_skip(s);
	return n > 0;
}

/* Words of 32 bits, each in the order of the machine that wrote it. */
static enum procnet_reach
reach_of(const char *digits, size_t n)
{
	static const struct {
		const char		*digits;
		enum procnet_reach	 reach;
	} known[] = {
		{ "00000000", PROCNET_ANY },
		{ "0100007F", PROCNET_LOOPBACK },
		{ "7F000001", PROCNET_LOOPBACK },
		{ "00000000000000000000000000000000", PROCNET_ANY },
		{ "00000000000000000000000001000000", PROCNET_LOOPBACK },
		{ "00000000000000000000000000000001", PROCNET_LOOPBACK },
		{ "0000000000000000FFFF00000100007F", PROCNET_LOOPBACK },
		{ "00000000000000000000FFFF7F000001", PROCNET_LOOPBACK },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
		if (strlen(known[i].digits) == n &&
		    memcmp(known[i].digits, digits, n) == 0)
			return known[i].reach;
	}
	return PROCNET_OTHER;
}

static bool
address_take(const char **s, struct procnet *p)
{
	size_t n = strspn(*s, "0123456789ABCDEF");
	uint64_t port;

	if (n != V4_DIGITS && n != V6_DIGITS)
		return false;
	p->reach = reach_of(*s, n);
	*s += n;
	if (!char_take(s, ':') || !number_take(s, 16, 4, &port))
		return false;
	p->port = (int)port;
	return true;
}

/*
 *   sl  local_address rem_address   st tx_queue:rx_queue tr:tm->when retrnsmt
 *   uid  timeout inode ...
 */
bool
procnet_read(struct procnet *p, const char *line)
{
	const char *s = line;
	uint64_t n;

	memset(p, 0, sizeof(*p));
	blanks_skip(&s);
	if (!number_take(&s, 10, 9, &n) || !char_take(&s, ':'))
		return false;
	blanks_skip(&s);
	if (!address_take(&s, p) || !char_take(&s, ' ') || !word_skip(&s) ||
	    !number_take(&s, 16, 2, &n) || !char_take(&s, ' '))
		return false;
	p->listens = n == STATE_LISTEN;
	blanks_skip(&s);
	if (!word_skip(&s) || !word_skip(&s) || !word_skip(&s) ||
	    !number_take(&s, 10, 10, &n) || n > UINT32_MAX)
		return false;
	p->uid = (uint32_t)n;
	blanks_skip(&s);
	if (!word_skip(&s) || !number_take(&s, 10, 19, &n))
		return false;
	p->inode = n;
	return *s == '\0' || *s == ' ';
}
