#include "porthold.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "buf.h"
#include "err.h"
#include "procnet.h"
#include "text.h"

#define LINE_BYTES 512	/* of /proc/net/tcp; they are about 150 long */
#define COMM_BYTES 64	/* of /proc/PID/comm */
#define PW_BYTES   4096	/* an account's line */
#define NAME_BYTES 64

/* The socket that listens there, from one of the two tables. */
static bool
table_find(const char *table, int port, struct procnet *p)
{
	char line[LINE_BYTES];
	bool found = false;
	FILE *f = fopen(table, "re");

	if (f == NULL)
		return false;
	while (!found && fgets(line, sizeof(line), f) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		found = procnet_read(p, line) && p->listens &&
		    p->port == port && p->reach != PROCNET_OTHER;
	}
	(void)fclose(f);	/* only read from */
	return found;
}

/* Whether one of the process's descriptors is the socket. */
static bool
process_holds(int proc, const char *pid, const char *socket)
{
	char path[NAME_BYTES], link[NAME_BYTES];
	bool found = false;
	struct dirent *d;
	ssize_t n;
	DIR *dir;
	int fd;

	(void)snprintf(path, sizeof(path), "%.20s/fd", pid);
	fd = openat(proc, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1)
		return false;	/* another user's, as a rule */
	if ((dir = fdopendir(fd)) == NULL) {
		(void)close(fd);
		return false;
	}
	while (!found && (d = readdir(dir)) != NULL) {
		n = readlinkat(fd, d->d_name, link, sizeof(link) - 1);
		link[n > 0 ? n : 0] = '\0';
		found = strcmp(link, socket) == 0;
	}
	(void)closedir(dir);
	return found;
}

/* The process that holds the socket; false where that is not ours to know. */
static bool
process_find(uint64_t inode, int64_t *pid, char comm[COMM_BYTES])
{
	char socket[NAME_BYTES], path[NAME_BYTES];
	DIR *dir = opendir("/proc");
	bool found = false;
	struct dirent *d;
	ssize_t n;
	int fd;

	if (dir == NULL)
		return false;
	(void)snprintf(socket, sizeof(socket), "socket:[%" PRIu64 "]", inode);
	while (!found && (d = readdir(dir)) != NULL)
		found = text_number(d->d_name, 1, INT32_MAX, pid) == 0 &&
		    process_holds(dirfd(dir), d->d_name, socket);
	comm[0] = '\0';
	(void)snprintf(path, sizeof(path), "%" PRId64 "/comm", found ? *pid : 0);
	fd = found ? openat(dirfd(dir), path, O_RDONLY | O_CLOEXEC) : -1;
	if (fd != -1) {
		n = read(fd, comm, COMM_BYTES - 1);
		comm[n > 0 ? n : 0] = '\0';
		comm[strcspn(comm, "\n")] = '\0';
		(void)close(fd);	/* only read from */
	}
	(void)closedir(dir);
	return found;
}

static void
user_name(char dst[NAME_BYTES], uint32_t uid)
{
	char room[PW_BYTES];
	struct passwd pw, *found = NULL;

	if (getpwuid_r(uid, &pw, room, sizeof(room), &found) == 0 &&
	    found != NULL)
		text_safes(dst, NAME_BYTES, pw.pw_name);
	else
		(void)snprintf(dst, NAME_BYTES, "%" PRIu32, uid);
}

char *
porthold_name(char dst[PORTHOLD_TEXT], int port)
{
	char comm[COMM_BYTES], safe[COMM_BYTES], user[NAME_BYTES];
	struct procnet p;
	int64_t pid;

	if (!table_find("/proc/net/tcp", port, &p) &&
	    !table_find("/proc/net/tcp6", port, &p)) {
		(void)snprintf(dst, PORTHOLD_TEXT, "another program");
		return dst;
	}
	user_name(user, p.uid);
	if (process_find(p.inode, &pid, comm))
		(void)snprintf(dst, PORTHOLD_TEXT, "'%.40s' (pid %" PRId64
		    ", user %.40s)", text_safes(safe, sizeof(safe), comm),
		    pid, user);
	else
		(void)snprintf(dst, PORTHOLD_TEXT, "a program of user %.40s",
		    user);
	return dst;
}

int
porthold_explain(const int *ports, struct err *e)
{
	BUF_AUTO text = BUF_INIT(ERR_TEXT_MAX);
	char name[PORTHOLD_TEXT];

	for (const int *port = ports; *port != 0; port++)
		buf_addf(&text, "%s%d is held by %s", port == ports ? "" :
		    ", ", *port, porthold_name(name, *port));
	err_set(e, ERR_PORT_IN_USE, "the port of the login is taken: %s",
	    buf_str(&text));
	return err_hint(e, "end that program, or log in without a port of "
	    "this machine: --device-auth or --paste");
}
