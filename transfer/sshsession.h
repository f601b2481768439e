/*
 * sshsession - a libssh session that knows what we told it and nothing else.
 *
 * Left alone, libssh 0.10 reads ~/.ssh/config and /etc/ssh/ssh_config and runs
 * what Match exec and ProxyCommand name there, looks for keys and known_hosts
 * in getpwuid's home, and offers compression and GSSAPI.
 */
#ifndef SSHSESSION_H
#define SSHSESSION_H

#include <stdbool.h>
#include <sys/types.h>

#include <libssh/libssh.h>

struct err;
struct sshhost;

#define SSHSESSION_PEEK_MAX 96

/*
 * A non-blocking session over the connected fd, which stays the caller's.
 * hostkeys is the list of algorithms to ask for. NULL without memory.
 */
ssh_session	sshsession_new(int fd, const struct sshhost *h,
		    const char *hostkeys);

/*
 * Closes fd if libssh has not done so: 0.10 closes it when ssh_connect fails
 * and leaves it open otherwise, later ones differ. ino is what fstat said of
 * fd when it was handed over.
 */
void		sshsession_close_fd(int fd, ino_t ino);

/*
 * The first bytes that wait on fd, left there, as one safe line; "" if none.
 * A server that refuses us says so in text that libssh would lose.
 */
void		sshsession_peek(int fd, char line[SSHSESSION_PEEK_MAX]);

/*
 * Why a handshake failed, from what the proxy said, what answered instead of
 * a banner (both safe, "" if nothing), or libssh.
 */
void		sshsession_explain(ssh_session s, const struct sshhost *h,
		    const char *peek, const char *proxy, struct err *e);

/*
 * For a TCP connection after each read: sshd's Nagle waits for our delayed ACK
 * otherwise, 40 ms a connection, and TCP_QUICKACK is not sticky.
 */
void		sshsession_acknowledge(int fd);

/*
 * Lets libssh take in what has arrived, for the event of this one session,
 * whose counter is bytes. False when the link is gone.
 */
bool		sshsession_pump(ssh_session s, ssh_event of,
		    const struct ssh_counter_struct *bytes);

#endif
