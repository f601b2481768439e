#include "sshdirect.h"

#include <string.h>

#include "err.h"

/* SSH_OPEN_ADMINISTRATIVELY_PROHIBITED (RFC 4254 5.1), as libssh shows it. */
#define PROHIBITED	"error (1)"

static enum sshdirect
direct_why(ssh_session s, int port, struct err *e)
{
	const char *why = ssh_get_error(s);

	if (!ssh_is_connected(s)) {
		err_set(e, ERR_UNREACHABLE, "the connection was lost: %s",
		    why);
		return SSHDIRECT_FAILED;
	}
	if (strstr(why, PROHIBITED) == NULL) {
		err_set(e, ERR_UNREACHABLE, "no connection to port %d there: "
		    "%s", port, why);
		return SSHDIRECT_REFUSED;
	}
	err_set(e, ERR_PERMISSION_DENIED, "the server forbids forwarding to "
	    "its port %d: %s", port, why);
	err_hint(e, "allow it there (AllowTcpForwarding and PermitOpen in "
	    "sshd_config), or use --device-auth, which needs no forwarding");
	return SSHDIRECT_FORBIDDEN;
}

enum sshdirect
sshdirect_open(ssh_session s, ssh_channel *c, const char *host, int port,
    struct err *e)
{
	enum sshdirect d;

	if (*c == NULL && (*c = ssh_channel_new(s)) == NULL) {
		err_memory(e);
		return SSHDIRECT_FAILED;
	}
	if (ssh_channel_is_open(*c))
		return SSHDIRECT_OPEN;
	/* Who asked is nobody's business: the originator is a constant. */
	switch (ssh_channel_open_forward(*c, host, port, SSHDIRECT_HOST, 0)) {
	case SSH_OK:
		return SSHDIRECT_OPEN;
	case SSH_AGAIN:
		return SSHDIRECT_WAITS;
	default:
		break;
	}
	d = direct_why(s, port, e);
	/* Nothing else: an EOF for a channel that does not exist makes sshd
	 * end the whole session. */
	ssh_channel_free(*c);
	*c = NULL;
	return d;
}
