#include "sshtalk.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "install.h"
#include "sftp.h"

#define TALK_LATE_MAX	(1024 * 1024)	/* bytes; a channel's window is less */

static void
talk_feed(struct sshtalk *t, const void *data, size_t len)
{
	if (t->install != NULL)
		install_feed(t->install, data, len);
	else if (t->sftp != NULL)
		sftp_feed(t->sftp, data, len);
}

/*
 * The far side's bytes; all are taken, bounds are kept where they go. libssh
 * may call this from inside a write, before it has told how much it took: an
 * answer to bytes that do not count as sent yet would look out of turn.
 */
static int
talk_arrived(ssh_session session, ssh_channel channel, void *data,
    uint32_t len, int is_stderr, void *userdata)
{
	struct sshtalk *t = userdata;

	(void)session, (void)channel;
	if (is_stderr && t->install != NULL)
		install_feed_error(t->install, data, len);
	else if (!is_stderr && t->writing)
		(void)buf_add(&t->late, data, len);	/* write looks */
	else if (!is_stderr)
		talk_feed(t, data, len);
	return (int)len;
}

int
sshtalk_begin(struct sshtalk *t, ssh_session session)
{
	if ((t->channel = ssh_channel_new(session)) == NULL)
		return -1;
	buf_clear(&t->late);
	t->late.max = TALK_LATE_MAX;
	memset(&t->callbacks, 0, sizeof(t->callbacks));
	t->callbacks.userdata = t;
	t->callbacks.channel_data_function = talk_arrived;
	ssh_callbacks_init(&t->callbacks);
	return ssh_set_channel_callbacks(t->channel, &t->callbacks) == SSH_OK
	    ? 0 : -1;
}

void
sshtalk_end(struct sshtalk *t)
{
	if (t->channel != NULL) {
		ssh_remove_channel_callbacks(t->channel, &t->callbacks);
		ssh_channel_free(t->channel);
		t->channel = NULL;
	}
	buf_clear(&t->late);
	install_free(t->install);
	t->install = NULL;
	sftp_free(t->sftp);
	t->sftp = NULL;
}

static const void *
talk_pending(const struct sshtalk *t, size_t *len)
{
	return t->sftp != NULL ? sftp_pending(t->sftp, len) :
	    install_pending(t->install, len);
}

static void
talk_sent(struct sshtalk *t, size_t len)
{
	if (t->sftp != NULL)
		sftp_sent(t->sftp, len);
	else
		install_sent(t->install, len);
}

static int
talk_write(struct sshtalk *t, const void *p, size_t len)
{
	int n;

	t->writing = true;
	n = ssh_channel_write(t->channel, p, (uint32_t)len);
	t->writing = false;
	if (n > 0)
		talk_sent(t, (size_t)n);
	if (t->late.failed)
		return -1;
	if (t->late.len > 0) {
		talk_feed(t, t->late.p, t->late.len);
		buf_drop(&t->late, t->late.len);
	}
	return n;
}

int
sshtalk_write(struct sshtalk *t)
{
	const void *p;
	size_t len;
	int n;

	while ((p = talk_pending(t, &len)) != NULL && len > 0 &&
	    ssh_channel_window_size(t->channel) > 0) {
		if ((n = talk_write(t, p, len)) < 0)
			return -1;
		if (n == 0)	/* nothing now, or a dead connection */
			return ssh_is_connected(
			    ssh_channel_get_session(t->channel)) ? 0 : -1;
	}
	return 0;
}

bool
sshtalk_finished(const struct sshtalk *t)
{
	enum install_phase phase;

	if (t->sftp != NULL)
		return sftp_done(t->sftp);
	phase = install_phase(t->install);
	return phase == INSTALL_DONE || phase == INSTALL_AGAIN;
}
