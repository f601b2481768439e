/*
 * porthold - who on this machine listens on a port.
 *
 * Threat C1: it is only looked for, in /proc. Nothing is ever sent to it, and
 * nothing is asked of it: Codex's own "GET /cancel" ends a stranger's login.
 */
#ifndef PORTHOLD_H
#define PORTHOLD_H

struct err;

#define PORTHOLD_TEXT 128	/* bytes, the NUL included */

/*
 * Who keeps 127.0.0.1 or ::1 from us at port: "'node' (pid 812, user ann)",
 * or as much of it as the system tells us, at least "another program".
 * Returns dst.
 */
char	*porthold_name(char dst[PORTHOLD_TEXT], int port);

/*
 * Sets ERR_PORT_IN_USE that names the holder of each of the ports (ends with
 * 0). Returns -1.
 */
int	porthold_explain(const int *ports, struct err *e);

#endif
