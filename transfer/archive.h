/*
 * archive - tar archives as the Docker Engine takes and gives them, in memory.
 *
 * The way into a container that is not running or has no shell. Pure: no
 * descriptor, no disk, nothing is ever extracted. What is read came from a
 * container and is hostile; what is written holds a credential, so both are
 * struct secret. libarchive does the formats and is loaded on first use
 * (archiveapi.h); who a user of the container is, passwd.h says.
 */
#ifndef ARCHIVE_H
#define ARCHIVE_H

struct err;
struct secret;

#define ARCHIVE_FILE_MAX   65536	/* bytes of a file that is read */
#define ARCHIVE_TAR_MAX	   (ARCHIVE_FILE_MAX + 16384)	/* and of its tar */
#define ARCHIVE_ID_MAX	   2147483647L	/* the Engine's own limit of ids */

/* What archive_pack writes. Names are single components; ids are numeric. */
struct archive_put {
	const char	*dir;	/* made before the file, 0700; NULL: none */
	const char	*name;	/* the file, 0600 (below dir, if there is one) */
	long		 uid, gid;
};

/*
 * A tar with that folder and that file, dated now, to be sent to the parent
 * of both. The entry of a folder that exists already would change its mode
 * and owner, so name dir only where it is missing. Owned by the caller; NULL
 * with ERR_INTERNAL.
 */
struct secret	*archive_pack(const struct archive_put *put,
		    const struct secret *bytes, struct err *e);

enum archive_kind {
	ARCHIVE_NONE,		/* the tar holds no such name */
	ARCHIVE_FILE,
	ARCHIVE_LINK,		/* symbolic, or hard to another entry */
	ARCHIVE_DIR,
	ARCHIVE_OTHER		/* device, FIFO, socket */
};

struct archive_found {
	enum archive_kind kind;
	struct secret	*bytes;		/* of ARCHIVE_FILE, else NULL; owned */
	long		 uid, gid;
	int		 mode;		/* permission bits, as 07777 */
};

/*
 * Looks for the entry with this base name, the first one alone; what else is
 * in the tar is skipped. With userns-remap the ids are the host's. 0, or -1
 * with ERR_PROTOCOL: not a tar, cut short, too many entries, a sparse or
 * larger file, an id out of range. found is clear then.
 */
int	archive_find(struct archive_found *found, const struct secret *tar,
	    const char *name, struct err *e);

/* Wipes and frees; found is as after no find. */
void	archive_found_clear(struct archive_found *found);

#endif
