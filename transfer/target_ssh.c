/*
 * target_ssh - a target over SSH: one session, one exec of the recipe; where
 * the host gives no shell, SFTP on the same session.
 *
 * A link that is lost when the file may have been put in place is taken up
 * once more, only to look: "failed" must never be said of a push that may
 * have succeeded.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libssh/libssh.h>

#include "err.h"
#include "farshell.h"
#include "install.h"
#include "loop.h"
#include "net.h"
#include "sftp.h"
#include "sshconn.h"
#include "sshtalk.h"
#include "target.h"

#define SSH_READY_WAIT	10000	/* ms for the far script's first word */
#define SSH_CHANGES_MAX	3	/* when what is there keeps changing */

enum ssh_step {
	SSH_STEP_LINK,		/* no session yet */
	SSH_STEP_OPEN,		/* a channel */
	SSH_STEP_REQUEST,	/* exec or subsystem */
	SSH_STEP_TALK
};

struct task {
	struct task_ctx	 c;
	struct sshconn	*conn;
	enum ssh_step	 step;
	struct sshtalk	 talk;
	struct watch	 timer;		/* for the far shell's first word */
	struct err	 shell_err;	/* why there is no shell, if SFTP too */
	struct err	 lost;		/* why the link was lost */
	char		 nonce[65];	/* of the attempt whose link was lost */
	bool		 recovering;
	int		 changes;
};

static void task_event(void *ctx);

/* The last thing a function does: done() may free t. */
static void
task_end(struct task *t)
{
	loop_unwatch(t->c.net->loop, &t->timer);
	if (t->conn != NULL) {
		sshconn_on_event(t->conn, NULL);
		if (sshconn_warning(t->conn) != NULL)
			result_warn(t->c.result, "%s",
			    sshconn_warning(t->conn));
	}
	t->c.done(t->c.ctx);
}

static void
task_fail(struct task *t, const struct err *e)
{
	struct result *r = t->c.result;

	if (t->recovering)
		result_unknown(r, &t->lost, t->c.spec);
	else if (result_end(r, STATE_FAILED))
		r->err = *e;
	task_end(t);
}

static void
task_fail_libssh(struct task *t, enum err_code code, const char *what)
{
	struct err e = ERR_INIT;

	err_set(&e, code, "%s: %s", what,
	    ssh_get_error(sshconn_session(t->conn)));
	err_hint(&e, "run it again; -v says more");
	task_fail(t, &e);
}

/* Forgets the channel and what talked over it, before another attempt. */
static void
task_hang_up(struct task *t)
{
	sshtalk_end(&t->talk);
	t->step = SSH_STEP_OPEN;
}

static const char *
task_home(const struct task *t)
{
	return t->c.spec->codex_home != NULL ? t->c.spec->codex_home :
	    t->c.job->codex_home;
}

static int
task_prepare(struct task *t, struct err *e)
{
	t->talk.install = install_new(t->c.job, task_home(t),
	    t->recovering ? t->nonce : NULL, &t->lost, t->c.result, e);
	return t->talk.install == NULL ? -1 : 0;
}

static int
task_prepare_sftp(struct task *t, struct err *e)
{
	t->talk.sftp = sftp_new(t->c.job, task_home(t), t->recovering, &t->lost,
	    t->c.result, e);
	return t->talk.sftp == NULL ? -1 : 0;
}

static void task_connected(void *ctx, const struct err *e);

static void
task_began(void *ctx)
{
	struct task *t = ctx;

	t->c.began(t->c.ctx);
}

static int
task_connect(struct task *t)
{
	t->step = SSH_STEP_LINK;
	t->conn = sshconn_open(t->c.net, &(struct sshconn_to){
	    .user = t->c.spec->user, .name = t->c.spec->host,
	    .port = t->c.spec->port,
	    .began = t->recovering ? NULL : task_began }, task_connected, t);
	return t->conn == NULL ? -1 : 0;
}

/* The link broke while the outcome was over there: connect again and look. */
static void
task_recover(struct task *t)
{
	struct err e = ERR_INIT;

	err_set(&t->lost, ERR_UNREACHABLE, "the link was lost");
	if (t->recovering) {
		task_fail(t, &t->lost);
		return;
	}
	net_trace(t->c.net, 1, t->c.spec->text,
	    "link lost, connecting again to look");
	t->recovering = true;
	if (t->talk.install != NULL)
		(void)snprintf(t->nonce, sizeof(t->nonce), "%s",
		    install_nonce(t->talk.install));
	task_hang_up(t);
	sshconn_close(t->conn);
	if (task_connect(t) == -1) {
		err_memory(&e);
		task_fail(t, &e);
	}
}

/* Where SFTP is not there either, the shell's own failure is the news. */
static void
task_no_sftp(struct task *t)
{
	if (t->recovering || t->c.result->state == STATE_NONE) {
		task_fail(t, &t->shell_err);
		return;
	}
	task_end(t);
}

/* No shell: what install said is kept for the case that SFTP fails too. */
static void
task_try_sftp(struct task *t)
{
	struct result *r = t->c.result;
	struct err e = ERR_INIT;

	t->shell_err = r->err;
	result_clear(r);
	net_trace(t->c.net, 1, t->c.spec->text, "no shell (%s), trying SFTP",
	    t->shell_err.text);
	task_hang_up(t);
	if (task_prepare_sftp(t, &e) == -1) {
		task_fail(t, &e);
		return;
	}
	task_event(t);
}

/* What is there changed between the look and the rename: look again. */
static void
task_again(struct task *t)
{
	struct err e = ERR_INIT;

	if (++t->changes > SSH_CHANGES_MAX) {
		err_set(&e, ERR_PROTOCOL, "auth.json there keeps changing");
		err_hint(&e, "see what writes it, then run it again");
		task_fail(t, &e);
		return;
	}
	task_hang_up(t);
	task_event(t);
}

/* The stream ended: by itself (status), or with the link (-1). */
static void
task_ended(struct task *t, int status)
{
	bool verdict;

	if (t->talk.sftp != NULL) {
		if (sftp_done(t->talk.sftp))
			task_end(t);
		else if (sftp_committing(t->talk.sftp))
			task_recover(t);
		else if (!sftp_spoke(t->talk.sftp))
			task_no_sftp(t);
		else
			task_fail_libssh(t, ERR_UNREACHABLE,
			    "the SFTP session ended");
		return;
	}
	verdict = install_end(t->talk.install, status);
	if (install_phase(t->talk.install) == INSTALL_AGAIN)
		task_again(t);
	else if (!verdict)
		task_recover(t);
	else if (t->c.result->state == STATE_FAILED &&
	    (t->c.result->err.code == ERR_NO_SHELL ||
	    t->c.result->err.code == ERR_INTERFERENCE) &&
	    ssh_is_connected(sshconn_session(t->conn)))
		task_try_sftp(t);
	else
		task_end(t);
}

/* The far script did not speak in time. */
static void
task_timer(struct watch *w, short revents)
{
	struct task *t = w->ctx;

	(void)revents;
	if (t->talk.install != NULL &&
	    install_phase(t->talk.install) == INSTALL_WAIT)
		task_ended(t, FARSHELL_SILENT);
}

/*
 * Everything that can be moved now. The exit status of a channel is known only
 * once it is closed, so that is what ends the talk.
 */
static void
task_talk(struct task *t)
{
	ssh_channel channel = t->talk.channel;
	bool alive = sshconn_pump(t->conn);

	if (!sshtalk_finished(&t->talk) && alive)
		alive = sshtalk_write(&t->talk) == 0;
	if (sshtalk_finished(&t->talk) || !alive)
		task_ended(t, -1);
	else if (ssh_channel_is_closed(channel))
		task_ended(t, ssh_channel_get_exit_status(channel));
	else
		sshconn_arm(t->conn);
}

/*
 * The server opens no channel. When it has refused the shell before, that is
 * the news (MaxSessions 1 counts the first channel until it is closed there);
 * else it gives no sessions at all.
 */
static void
task_refused(struct task *t)
{
	struct err e = ERR_INIT;

	if (!ssh_is_connected(sshconn_session(t->conn))) {
		task_fail_libssh(t, ERR_UNREACHABLE, "the link was lost");
		return;
	}
	if (t->talk.sftp != NULL) {
		task_fail(t, &t->shell_err);
		return;
	}
	err_set(&e, ERR_NO_SHELL, "the server opens no session: %s",
	    ssh_get_error(sshconn_session(t->conn)));
	err_hint(&e, "its sshd_config may say MaxSessions 0 or forbid them");
	task_fail(t, &e);
}

static int
task_open(struct task *t)
{
	struct err e = ERR_INIT;

	if (t->talk.install == NULL && t->talk.sftp == NULL &&
	    task_prepare(t, &e) == -1) {
		task_fail(t, &e);
		return -1;
	}
	if (t->talk.channel == NULL &&
	    sshtalk_begin(&t->talk, sshconn_session(t->conn)) == -1) {
		task_fail_libssh(t, ERR_INTERNAL, "out of memory");
		return -1;
	}
	switch (ssh_channel_open_session(t->talk.channel)) {
	case SSH_OK:
		t->step = SSH_STEP_REQUEST;
		return 0;
	case SSH_AGAIN:
		sshconn_arm(t->conn);
		return -1;
	default:
		task_refused(t);
		return -1;
	}
}

/* Ten seconds, or half of a time that is shorter than twenty. */
static int64_t
ready_wait(const struct task *t)
{
	int64_t half = 500 * (int64_t)t->c.job->timeout;

	return half < SSH_READY_WAIT ? half : SSH_READY_WAIT;
}

static int
task_request(struct task *t)
{
	int rc = t->talk.sftp != NULL ?
	    ssh_channel_request_subsystem(t->talk.channel, "sftp") :
	    ssh_channel_request_exec(t->talk.channel,
	    install_command(t->talk.install));

	switch (rc) {
	case SSH_OK:
		t->step = SSH_STEP_TALK;
		t->timer.due = loop_now(t->c.net->loop) + ready_wait(t);
		return 0;
	case SSH_AGAIN:
		sshconn_arm(t->conn);
		return -1;
	default:
		break;
	}
	if (!ssh_is_connected(sshconn_session(t->conn)))
		task_fail_libssh(t, ERR_UNREACHABLE, "the link was lost");
	else if (t->talk.sftp != NULL)
		task_no_sftp(t);
	else if (install_end(t->talk.install, 127))
		task_try_sftp(t);
	return -1;
}

static void
task_event(void *ctx)
{
	struct task *t = ctx;

	if (t->step == SSH_STEP_OPEN && task_open(t) == -1)
		return;
	if (t->step == SSH_STEP_REQUEST && task_request(t) == -1)
		return;
	task_talk(t);
}

static void
task_connected(void *ctx, const struct err *e)
{
	struct task *t = ctx;

	if (e != NULL) {
		task_fail(t, e);
		return;
	}
	t->step = SSH_STEP_OPEN;
	sshconn_on_event(t->conn, task_event);
	task_event(t);
}

static void
ssh_free_task(struct task *t)
{
	if (t == NULL)
		return;
	task_hang_up(t);
	loop_unwatch(t->c.net->loop, &t->timer);
	sshconn_close(t->conn);
	free(t);
}

static struct task *
ssh_start(const struct task_ctx *c)
{
	struct task *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return NULL;
	t->c = *c;
	t->timer = (struct watch){ .fd = -1, .due = LOOP_NEVER,
		.fn = task_timer, .ctx = t };
	if (loop_watch(c->net->loop, &t->timer) == 0 && task_connect(t) == 0)
		return t;
	ssh_free_task(t);
	return NULL;
}

/* Whether the file may be in place, or soon be, without our knowing. */
static bool
task_committing(const struct task *t)
{
	if (t->recovering)
		return true;
	if (t->talk.sftp != NULL)
		return sftp_committing(t->talk.sftp);
	return t->talk.install != NULL &&
	    install_phase(t->talk.install) == INSTALL_COMMITTING;
}

static const char *
ssh_stage(const struct task *t)
{
	if (t->recovering)
		return "looking again";
	switch (t->step) {
	case SSH_STEP_LINK:
		return t->conn != NULL ? sshconn_stage(t->conn) : "waiting";
	case SSH_STEP_TALK:
		return task_committing(t) ? "installing" : "looking";
	default:
		return "opening a channel";
	}
}

const struct target_kind target_ssh = {
	.name = "ssh",
	.scheme = "ssh",
	.start = ssh_start,
	.committing = task_committing,
	.stage = ssh_stage,
	.free = ssh_free_task,
};
