#include "sshsession.h"

#include <sys/socket.h>
#include <sys/stat.h>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <unistd.h>

#include "err.h"
#include "sshconfig.h"
#include "text.h"

#define READ_BYTES 4096	/* libssh's; less, and no more is there */
#define READS	32	/* in a row, before others get their turn */

/*
 * AES-GCM comes second: libssh before 0.10.6-0+deb12u3 did not check its tag
 * with OpenSSL (CVE-2026-59847).
 */
static const char ciphers[] = "chacha20-poly1305@openssh.com,"
    "aes256-gcm@openssh.com,aes128-gcm@openssh.com,"
    "aes256-ctr,aes192-ctr,aes128-ctr";

static int
session_set(ssh_session s, enum ssh_options_e option, const void *value)
{
	return ssh_options_set(s, option, value) == SSH_OK ? 0 : -1;
}

/* /dev/null stands for each file that would be read unasked. */
static int
session_configure(ssh_session s, int fd, const struct sshhost *h,
    const char *hostkeys)
{
	static const int no = 0;

	ssh_set_blocking(s, 0);
	if (session_set(s, SSH_OPTIONS_PROCESS_CONFIG, &no) == -1 ||
	    session_set(s, SSH_OPTIONS_SSH_DIR, "/dev/null") == -1 ||
	    session_set(s, SSH_OPTIONS_KNOWNHOSTS, "/dev/null") == -1 ||
	    session_set(s, SSH_OPTIONS_GLOBAL_KNOWNHOSTS, "/dev/null") == -1 ||
	    session_set(s, SSH_OPTIONS_HOST, h->hostname) == -1 ||
	    session_set(s, SSH_OPTIONS_USER, h->user) == -1 ||
	    session_set(s, SSH_OPTIONS_CIPHERS_C_S, ciphers) == -1 ||
	    session_set(s, SSH_OPTIONS_CIPHERS_S_C, ciphers) == -1 ||
	    session_set(s, SSH_OPTIONS_COMPRESSION, "no") == -1 ||
	    session_set(s, SSH_OPTIONS_GSSAPI_AUTH, &no) == -1 ||
	    session_set(s, SSH_OPTIONS_HOSTKEYS, hostkeys) == -1)
		return -1;
	return session_set(s, SSH_OPTIONS_FD, &fd);
}

ssh_session
sshsession_new(int fd, const struct sshhost *h, const char *hostkeys)
{
	ssh_session s = ssh_new();

	if (s != NULL && session_configure(s, fd, h, hostkeys) == 0)
		return s;
	ssh_free(s);
	return NULL;
}

void
sshsession_close_fd(int fd, ino_t ino)
{
	struct stat st;

	if (fd != -1 && fstat(fd, &st) == 0 && st.st_ino == ino)
		close(fd);
}

void
sshsession_peek(int fd, char line[SSHSESSION_PEEK_MAX])
{
	char raw[SSHSESSION_PEEK_MAX / 2];
	ssize_t n = recv(fd, raw, sizeof(raw), MSG_PEEK | MSG_DONTWAIT);

	line[0] = '\0';
	while (n > 0 && (raw[n - 1] == '\n' || raw[n - 1] == '\r'))
		n--;
	if (n > 0)
		text_safe(line, SSHSESSION_PEEK_MAX, raw, (size_t)n);
}

void
sshsession_explain(ssh_session s, const struct sshhost *h, const char *peek,
    const char *proxy, struct err *e)
{
	if (*proxy != '\0')
		err_set(e, ERR_UNREACHABLE, "cannot connect to '%s': the "
		    "ProxyCommand says: %s", h->name, proxy);
	else if (*peek != '\0' && strncmp(peek, "SSH-", 4) != 0)
		err_set(e, ERR_UNREACHABLE, "cannot connect to '%s': the "
		    "server says: %s", h->name, peek);
	else
		err_set(e, ERR_UNREACHABLE, "cannot connect to '%s' port %d: "
		    "%s", h->hostname, h->port, ssh_get_error(s));
	err_hint(e, "see whether 'ssh %s' gets through", h->name);
}

void
sshsession_acknowledge(int fd)
{
	static const int on = 1;

	(void)setsockopt(fd, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof(on));
}

bool
sshsession_pump(ssh_session s, ssh_event of,
    const struct ssh_counter_struct *bytes)
{
	uint64_t before;
	int rc, reads = 0;

	do {
		before = bytes->in_bytes;
		rc = ssh_event_dopoll(of, 0);
	} while (rc == SSH_OK && bytes->in_bytes - before >= READ_BYTES &&
	    ++reads < READS);
	return rc != SSH_ERROR && ssh_is_connected(s);
}
