/*
 * sftpwire - the bytes of SFTP version 3: packing and parsing with bounds.
 *
 * draft-ietf-secsh-filexfer-02. Nothing here knows a request's meaning, and
 * nothing here ever sees a credential: file contents bypass it (sftp.c).
 */
#ifndef SFTPWIRE_H
#define SFTPWIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;

/* Section 3: packet types. */
enum fxp {
	FXP_INIT = 1,
	FXP_VERSION = 2,
	FXP_OPEN = 3,
	FXP_CLOSE = 4,
	FXP_READ = 5,
	FXP_WRITE = 6,
	FXP_LSTAT = 7,
	FXP_FSTAT = 8,
	FXP_FSETSTAT = 10,
	FXP_OPENDIR = 11,
	FXP_READDIR = 12,
	FXP_REMOVE = 13,
	FXP_MKDIR = 14,
	FXP_RMDIR = 15,
	FXP_REALPATH = 16,
	FXP_STAT = 17,
	FXP_STATUS = 101,
	FXP_HANDLE = 102,
	FXP_DATA = 103,
	FXP_NAME = 104,
	FXP_ATTRS = 105,
	FXP_EXTENDED = 200,
	FXP_EXTENDED_REPLY = 201
};

/* Section 7: what a STATUS says. */
enum fx {
	FX_OK = 0,
	FX_EOF = 1,
	FX_NO_SUCH_FILE = 2,
	FX_PERMISSION_DENIED = 3,
	FX_FAILURE = 4,
	FX_OP_UNSUPPORTED = 8
};

/* Section 6.3: flags of OPEN. */
#define FXF_READ	0x01u
#define FXF_WRITE	0x02u
#define FXF_CREAT	0x08u
#define FXF_EXCL	0x20u

/* Section 5: which attributes are there. */
#define FXA_SIZE	0x01u
#define FXA_UIDGID	0x02u
#define FXA_MODE	0x04u
#define FXA_TIME	0x08u
#define FXA_EXTENDED	0x80000000u

struct sftpattrs {
	uint32_t	flags;
	uint64_t	size;
	uint32_t	uid, mode, mtime;
};

/* What is left of a packet; the first read past its end sets bad for good. */
struct sftpin {
	const unsigned char	*p;
	size_t			 len;
	bool			 bad;
};

uint32_t	 sftpwire_peek(const unsigned char p[4]);

uint32_t	 sftpwire_get32(struct sftpin *in);
uint64_t	 sftpwire_get64(struct sftpin *in);
/* Borrowed from the packet, not NUL-terminated; NULL and 0 if cut short. */
const unsigned char *sftpwire_gets(struct sftpin *in, size_t *len);
void		 sftpwire_attrs(struct sftpin *in, struct sftpattrs *a);

/* Each is sticky like buf_add: look at b->failed once. */
void		 sftpwire_put32(struct buf *b, uint32_t n);
void		 sftpwire_put64(struct buf *b, uint64_t n);
void		 sftpwire_puts(struct buf *b, const void *p, size_t len);
/* Attributes that hold a mode alone. */
void		 sftpwire_putmode(struct buf *b, uint32_t mode);

/*
 * Begins a packet with its type and an unknown length; the result goes to
 * sftpwire_end, with the count of bytes that will follow outside of b.
 */
size_t		 sftpwire_begin(struct buf *b, uint8_t type);
void		 sftpwire_end(struct buf *b, size_t at, size_t more);

#endif
